"""Secrets from a keyring, and the hosts that they may be sent to."""

from __future__ import annotations

import sys

import pytest

from pdp_bridge.settings import SettingsError, load

ACCESS = {
    "FACTURATION_PRO_API_ID": "4242",
    "FACTURATION_PRO_FIRM_ID": "77",
    "FACTURATION_PRO_USER_AGENT": "essai (contact@example.fr)",
    "IOPOLE_CLIENT_ID": "moi@example.fr",
}
KEYS = {"FACTURATION_PRO_API_KEY": "cle-1", "IOPOLE_CLIENT_SECRET": "cle-2"}


@pytest.fixture
def told(tmp_path):
    def loaded(text, **environ):
        path = tmp_path / "pdp-bridge.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, {"HOME": str(tmp_path), **ACCESS, **environ})

    return loaded


def refusals(told, text, **environ):
    with pytest.raises(SettingsError) as caught:
        told(text, **environ)
    return {problem.key: problem.reason.format(**problem.values) for problem in caught.value.problems}


# -- the keyring ---------------------------------------------------------------------------------------------------


@pytest.fixture
def ring():
    """The real library over a keyring in memory."""
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend  # noqa: PLC0415 - where it is installed
    from keyring.errors import KeyringLocked  # noqa: PLC0415

    class Ring(KeyringBackend):
        priority = 1

        def __init__(self):
            super().__init__()
            self.entries = {("pdp-bridge", "iopole"): " s3cr3t-1\n", ("pdp-bridge", "a/b"): "s3cr3t-2"}
            self.locked = False

        def get_password(self, service, username):
            if self.locked:
                raise KeyringLocked("no")
            return self.entries.get((service, username))

        def set_password(self, service, username, password):
            self.entries[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(Ring())
    yield keyring.get_keyring()
    keyring.set_keyring(before)


RING = """environment = "sandbox"
[platform]
client_secret_keyring = "pdp-bridge/iopole"
[source]
api_key_keyring = "pdp-bridge/a/b"
"""


def test_a_secret_lies_in_the_keyring(told, ring):
    settings = told(RING)
    assert settings.require_platform().client_secret.reveal() == "s3cr3t-1"
    assert settings.require_source().api_key.reveal() == "s3cr3t-2"
    assert "pdp-bridge/iopole" in settings.origins["platform.client_secret"]
    assert "s3cr3t" not in f"{settings!r} {settings.shown} {settings.origins}"


def test_what_is_said_directly_is_stronger(told, ring):
    assert told(RING, IOPOLE_CLIENT_SECRET="other").require_platform().client_secret.reveal() == "other"
    ring.locked = True  # and then nobody asks it
    assert told(RING, **KEYS).require_source().api_key.reveal() == "cle-1"


def test_a_keyring_that_does_not_help_is_told(told, ring):
    ring.entries.clear()
    assert refusals(told, RING) == {
        "platform.client_secret_keyring": "names no entry of the keyring: pdp-bridge/iopole",
        "source.api_key_keyring": "names no entry of the keyring: pdp-bridge/a/b",
    }
    ring.locked = True
    assert "cannot be opened: KeyringLocked" in refusals(told, RING)["source.api_key_keyring"]
    for place in ("iopole", "/iopole", "pdp-bridge/", "/"):
        text = f'environment = "sandbox"\n[platform]\nclient_secret_keyring = "{place}"'
        assert "service/name" in refusals(told, text)["platform.client_secret_keyring"]


def test_the_extra_is_named_where_it_is_missing(told, monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "pdp_bridge[keyring]" in refusals(told, RING)["source.api_key_keyring"]
    assert told("", **KEYS).source is not None


# -- the hosts -----------------------------------------------------------------------------------------------------

ELSEWHERE = "https://api.iopole.com.example.fr"


@pytest.mark.parametrize("environment", ["production", "sandbox"])
@pytest.mark.parametrize("name", ["FACTURATION_PRO_BASE_URL", "IOPOLE_BASE_URL", "IOPOLE_AUTH_URL"])
def test_an_unknown_host_is_refused_until_it_is_named(told, environment, name):
    text = f'environment = "{environment}"\n'
    (reason,) = refusals(told, text, **KEYS, **{name: ELSEWHERE}).values()
    assert "api.iopole.com.example.fr" in reason
    assert "trusted_hosts" in reason
    trusting = text + 'trusted_hosts = ["API.iopole.com.example.fr"]\n'
    settings = told(trusting, **KEYS, **{name: ELSEWHERE})
    assert ELSEWHERE in {
        settings.require_source().base_url,
        settings.require_platform().base_url,
        settings.require_platform().auth_url,
    }


def test_the_hosts_of_the_other_environment_are_not_those_of_this_one(told):
    real = {"IOPOLE_BASE_URL": "https://api.iopole.com", "IOPOLE_AUTH_URL": "https://auth.iopole.com"}
    trial = {"IOPOLE_BASE_URL": "https://api.ppd.iopole.fr", "IOPOLE_AUTH_URL": "https://auth.preprod.iopole.fr"}
    assert set(refusals(told, 'environment = "sandbox"', **KEYS, **real)) == {"platform.base_url", "platform.auth_url"}
    assert set(refusals(told, 'environment = "production"', **KEYS, **trial)) == {
        "platform.base_url",
        "platform.auth_url",
    }
    assert told('environment = "production"', **KEYS, **real).platform
    assert told('environment = "sandbox"', **KEYS, **trial).platform


def test_this_machine_is_for_trials(told):
    here = {"IOPOLE_BASE_URL": "http://127.0.0.1:8802", "FACTURATION_PRO_BASE_URL": "http://localhost:8801"}
    assert told('environment = "sandbox"', **KEYS, **here).platform
    assert set(refusals(told, 'environment = "production"', **KEYS, **here)) == {
        "platform.base_url",
        "source.base_url",
    }


def test_no_environment_opens_no_host(told):
    given = {"IOPOLE_BASE_URL": "https://api.example.fr", "IOPOLE_AUTH_URL": "https://auth.iopole.com"}
    assert set(refusals(told, "", **KEYS, **given)) == {"platform.base_url"}


@pytest.mark.parametrize("host", ["https://api.example.fr", "*.example.fr", "", "a b", "api.example.fr/x"])
def test_what_is_no_host_is_not_trusted(told, host):
    assert set(refusals(told, f'trusted_hosts = ["{host}"]')) == {"trusted_hosts"}
