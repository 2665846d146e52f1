"""The section `[webhook]`: secrets that Iopole would take, one after the other, and where callbacks are received."""

import pytest

from pdp_bridge.settings import SettingsError, load

ONE, TWO = "a" * 32, "b" * 512


def settings(tmp_path, text="", **environ):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ)


def revealed(loaded):
    return [secret.reveal() for secret in loaded.webhook.secrets]


def test_without_a_word_there_is_no_secret_and_we_listen_on_this_machine_only(tmp_path):
    webhook = settings(tmp_path).webhook
    assert webhook.secrets == ()
    assert (webhook.host, webhook.port, webhook.path_prefix, webhook.replay_seconds) == (
        "127.0.0.1",
        8470,
        "/iopole",
        600,
    )


def test_one_secret_replaces_another_without_a_gap(tmp_path):
    (tmp_path / "secret").write_text(f"{ONE}\n\n  {TWO} \n", encoding="utf-8")
    loaded = settings(tmp_path, PDP_BRIDGE_WEBHOOK_SECRET_FILE=str(tmp_path / "secret"))
    assert revealed(loaded) == [ONE, TWO]
    assert ONE not in repr(loaded) + str(loaded.shown)


def test_the_environment_is_stronger_than_a_file_of_the_settings(tmp_path):
    (tmp_path / "secret").write_text(ONE, encoding="utf-8")
    loaded = settings(tmp_path, '[webhook]\nsecret_file = "secret"', PDP_BRIDGE_WEBHOOK_SECRET=TWO)
    assert revealed(loaded) == [TWO]


@pytest.mark.parametrize("secret", ["a" * 31, "a" * 513, f"{ONE}\nshort"])
def test_a_secret_that_iopole_would_not_take_is_refused_without_being_shown(tmp_path, secret):
    with pytest.raises(SettingsError, match="32 to 512") as refused:
        settings(tmp_path, PDP_BRIDGE_WEBHOOK_SECRET=secret)
    assert secret not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("path_prefix", '"iopole"'),
        ("path_prefix", '"/iopole/"'),
        ("path_prefix", '"/"'),
        ("path_prefix", '"/a?b"'),
        ("host", '"example.fr"'),
        ("port", "65536"),
        ("port", "-1"),
        ("replay_seconds", "0"),
    ],
)
def test_what_cannot_be_listened_on_is_refused(tmp_path, key, value):
    with pytest.raises(SettingsError, match=f"webhook.{key}"):
        settings(tmp_path, f"[webhook]\n{key} = {value}")
