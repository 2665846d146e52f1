"""Settings as operators write them: where values come from, and everything that is wrong told at once."""

import logging
import pickle
import re
from dataclasses import fields
from pathlib import Path

import pytest

from pdp_bridge.errors import ConfigError
from pdp_bridge.model.codes import Operation
from pdp_bridge.model.seller import Mentions, Policy, VatRegime
from pdp_bridge.settings import KEYS, Environment, Secret, Settings, SettingsError, Timing, load

CONTRACT = """
environment = "sandbox"
[seller]
name = "Atelier Numérique SAS"
siren = "100000009"
siret = "10000000900017"
vat_number = "FR88100000009"
legal_form = "SAS au capital de 10 000 €"
registration = "RCS Paris 100 000 009"
address = ["12 rue de l'Exemple"]
postcode = "75011"
city = "Paris"
country = "FR"
email = "facturation@example.fr"
vat_regime = "normal"
vat_on_debits = false
default_operation = "services"
[seller.bank]
iban = "FR76 9999 9000 0100 0012 3456 768"
bic = "EXMPFRPP"
holder = "Atelier Numérique SAS"
[mentions]
recovery_cost = "Indemnité forfaitaire pour frais de recouvrement : 40 €"
late_payment = "Pénalités de retard : trois fois le taux d'intérêt légal"
early_payment = "Pas d'escompte pour paiement anticipé"
"""

ACCESS = {
    "FACTURATION_PRO_API_ID": "4242",
    "FACTURATION_PRO_API_KEY": "cle-secrete-1",
    "FACTURATION_PRO_FIRM_ID": "77",
    "FACTURATION_PRO_USER_AGENT": "essai (contact@example.fr)",
    "IOPOLE_CLIENT_ID": "moi+labs@example.fr",
    "IOPOLE_CLIENT_SECRET": "cle-secrete-2",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(folder, text=CONTRACT, **environ):
    path = folder / "pdp-bridge.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, {"HOME": str(folder), **environ})


def refused(folder, text, **environ):
    with pytest.raises(SettingsError) as caught:
        loaded(folder, text, **environ)
    return {problem.key: str(problem) for problem in caught.value.problems}


def test_the_contract_file_and_environment_give_everything(folder):
    settings = loaded(folder, **ACCESS)
    seller = settings.require_seller()
    assert settings.environment is Environment.SANDBOX
    assert seller.party.name == "Atelier Numérique SAS"
    assert seller.party.legal_text == "SAS au capital de 10 000 € – RCS Paris 100 000 009"
    assert seller.party.address.lines == ("12 rue de l'Exemple",)
    assert seller.party.contact.email == "facturation@example.fr"
    assert seller.bank.iban == "FR7699999000010000123456768"
    assert seller.vat_regime is VatRegime.NORMAL
    assert seller.default_operation is Operation.SERVICES
    assert seller.mentions.early_payment == "Pas d'escompte pour paiement anticipé"
    source, platform = settings.require_source(), settings.require_platform()
    assert (source.base_url, source.firm_id, source.rpm) == ("https://www.facturation.pro", 77, 114)
    assert source.api_key.reveal() == "cle-secrete-1"
    assert (platform.base_url, platform.auth_url) == ("https://api.ppd.iopole.fr", "https://auth.ppd.iopole.fr")
    assert platform.customer_id is None
    assert platform.client_secret.reveal() == "cle-secrete-2"


def test_every_environment_name_of_the_contract_is_read(folder):
    settings = loaded(
        folder,
        **ACCESS,
        FACTURATION_PRO_BASE_URL="http://127.0.0.1:8801/",
        PDP_PROVIDER="iopole",
        IOPOLE_BASE_URL="http://localhost:8802",
        IOPOLE_AUTH_URL="http://[::1]:8803",
        IOPOLE_CUSTOMER_ID="9f0c",
        PDP_BRIDGE_DATA=str(folder / "données"),
        PDP_BRIDGE_DATABASE_URL="postgresql://u:p@db/journal",
        PDP_BRIDGE_ARCHIVE=str(folder / "années"),
        PDP_BRIDGE_SOURCE_RPM="0",
        PDP_BRIDGE_PLATFORM_RPM="30",
        PDP_BRIDGE_RETRY_FIRST_SECONDS="0.1",
        PDP_BRIDGE_LEASE_SECONDS="2",
        PDP_BRIDGE_SETTLE_SECONDS="3",
        PDP_BRIDGE_HISTORY_INTERVAL_SECONDS="4",
    )
    assert settings.require_source().base_url == "http://127.0.0.1:8801"
    assert settings.require_source().rpm == 0
    assert settings.require_platform().base_url == "http://localhost:8802"
    assert settings.require_platform().auth_url == "http://[::1]:8803"
    assert settings.require_platform().customer_id == "9f0c"
    assert settings.require_platform().rpm == 30
    assert settings.data == folder / "données"
    assert settings.database_url == "postgresql://u:p@db/journal"
    assert settings.archive == folder / "années"
    assert settings.timing == Timing(
        retry_first_seconds=0.1, lease_seconds=2, settle_seconds=3, history_interval_seconds=4
    )


def test_nothing_at_all_loads_with_safe_defaults(folder):
    settings = load(None, {"HOME": str(folder)})
    assert (settings.seller, settings.source, settings.platform, settings.environment) == (None, None, None, None)
    assert settings.timing == Timing()
    assert (settings.timing.lease_seconds, settings.timing.settle_seconds) == (60, 900)
    assert settings.timing.history_interval_seconds == 1800
    assert settings.database_url == f"sqlite:///{settings.data}/journal.db"
    assert settings.archive == settings.data / "archive"


def test_sandbox_and_production_never_share_a_journal(folder):
    sandbox = loaded(folder, 'environment = "sandbox"')
    production = loaded(folder, 'environment = "production"')
    assert sandbox.data != production.data
    assert sandbox.database_url != production.database_url


def test_production_hosts(folder):
    platform = loaded(folder, 'environment = "production"', **ACCESS).require_platform()
    assert (platform.base_url, platform.auth_url) == ("https://api.iopole.com", "https://auth.iopole.com")


def test_order_argument_environment_file_default(folder):
    text = 'language = "fr"\n[source]\nrpm = 10\n'
    assert loaded(folder, text).language == "fr"
    assert loaded(folder, text, PDP_BRIDGE_LANG="en").language == "en"
    path = folder / "pdp-bridge.toml"
    settings = load(path, {"HOME": str(folder), "PDP_BRIDGE_LANG": "en"}, {"language": "fr"})
    assert settings.language == "fr"
    assert settings.origins["language"] == "argument"
    assert settings.origins["source.rpm"] == str(path)
    assert loaded(folder, text, PDP_BRIDGE_SOURCE_RPM="7").origins["source.rpm"] == "environment PDP_BRIDGE_SOURCE_RPM"
    assert settings.origins["timing.lease_seconds"] == "default"
    assert set(settings.origins) == set(KEYS)


def test_an_empty_variable_is_not_a_value(folder):
    assert loaded(folder, "[source]\nrpm = 10", PDP_BRIDGE_SOURCE_RPM="").shown["source.rpm"] == "10"


def test_file_is_found_by_variable_then_folder_then_user_configuration(folder, monkeypatch):
    environ = {"HOME": str(folder / "home")}
    user = folder / "home" / ".config" / "pdp-bridge" / "pdp-bridge.toml"
    user.parent.mkdir(parents=True)
    user.write_text('language = "en"')
    assert load(None, environ).config == user
    (folder / "pdp-bridge.toml").write_text('language = "fr"')
    assert load(None, environ).language == "fr"
    named = folder / "autre.toml"
    named.write_text('language = "en"')
    assert load(None, environ | {"PDP_BRIDGE_CONFIG": str(named)}).config == named


def test_a_named_file_that_does_not_exist_is_an_error(folder):
    with pytest.raises(ConfigError, match=r"PDP_BRIDGE_CONFIG names no file: .*absent\.toml"):
        load(None, {"HOME": str(folder), "PDP_BRIDGE_CONFIG": "absent.toml"})
    with pytest.raises(ConfigError, match="--config names no file"):
        load(Path("absent.toml"), {"HOME": str(folder)})


def test_broken_toml_names_the_file_and_the_line(folder):
    with pytest.raises(ConfigError, match=r"pdp-bridge.toml is not valid TOML: .*line 2"):
        loaded(folder, 'language = "fr"\nenvironment = sandbox\n')


def test_every_problem_is_told_together_with_its_place(folder):
    told = refused(
        folder,
        """
        environment = "test"
        [seller]
        siren = "100000008"
        address = "12 rue de l'Exemple"
        vat_on_debits = "false"
        [seller.bank]
        iban = "FR7699999000010000123456767"
        [mentions]
        late_payment = " "
        """,
        PDP_BRIDGE_LEASE_SECONDS="soon",
    )
    assert set(told) == {
        "environment",
        "seller.siren",
        "seller.address",
        "seller.vat_on_debits",
        "seller.bank.iban",
        "mentions.late_payment",
        "timing.lease_seconds",
    }
    assert "sandbox, production" in told["environment"]
    assert "nine digits" in told["seller.siren"]
    assert told["seller.siren"].endswith("pdp-bridge.toml)")
    assert told["timing.lease_seconds"].endswith("(environment PDP_BRIDGE_LEASE_SECONDS)")
    assert "1234567890" not in told["seller.bank.iban"]


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ("enviroment = 'sandbox'", "enviroment", "environment"),
        ("[seler]\nname = 'X'", "seler", "seller"),
        ("[seller]\nsirenn = '1'", "seller.sirenn", "seller.siren"),
        ("[seller]\niban = '1'", "seller.iban", "seller.bank.iban"),
        ("[seller.bank]\nibann = '1'", "seller.bank.ibann", "seller.bank.iban"),
        ("[mentions]\nlate_paiement = 'x'", "mentions.late_paiement", "mentions.late_payment"),
        ("[platform]\nclient_secert = 'x'", "platform.client_secert", "platform.client_secret"),
        ("[iopol]\nclient_id = 'x'", "iopol", "iopole"),
    ],
)
def test_an_unknown_key_names_the_nearest(folder, text, key, nearest):
    assert f"did you mean {nearest}?" in refused(folder, text)[key]


def test_an_unknown_key_with_nothing_near_is_an_error_too(folder):
    assert "is not a known setting" in refused(folder, "zzz = 1")["zzz"]


def test_sections_may_bear_the_name_of_the_service_but_only_once(folder):
    settings = loaded(folder, '[facturation_pro]\nfirm_id = 5\n[iopole]\nclient_id = "x"')
    assert settings.shown["source.firm_id"] == "5"
    assert settings.shown["platform.client_id"] == "x"
    assert "same section" in refused(folder, "[iopole]\nrpm = 1\n[platform]\nrpm = 2")["iopole"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("10000000900017", "10000000900018", "seller.siret"),
        ("10000000900017", "20000000800017", "seller.siret"),
        ("FR88100000009", "FR89100000009", "seller.vat_number"),
        ("FR88100000009", "DE136695976", "seller.vat_number"),
        ("EXMPFRPP", "EXMP", "seller.bank.bic"),
        ('country = "FR"', 'country = "France"', "seller.country"),
        ('postcode = "75011"', 'postcode = "7501"', "seller.postcode"),
        ("facturation@example.fr", "facturation.example.fr", "seller.email"),
        ('["12 rue de l\'Exemple"]', '["a", "b", "c", "d"]', "seller.address"),
        ('["12 rue de l\'Exemple"]', '["a", ""]', "seller.address"),
        ('vat_regime = "normal"', 'vat_regime = "micro"', "seller.vat_regime"),
        ('default_operation = "services"', 'default_operation = "service"', "seller.default_operation"),
        ('name = "Atelier Numérique SAS"\nsiren', "name = 12\nsiren", "seller.name"),
    ],
)
def test_a_wrong_seller_is_refused_by_the_right_key(folder, old, new, key):
    assert old in CONTRACT
    assert list(refused(folder, CONTRACT.replace(old, new))) == [key]


def test_identifiers_are_kept_bare(folder):
    text = CONTRACT.replace('"100000009"', '"100 000 009"').replace("FR88100000009", "FR 88 100 000 009")
    party = loaded(folder, text).require_seller().party
    assert (party.siren, party.vat_number) == ("100000009", "FR88100000009")


def test_electronic_address_is_the_siren_unless_given(folder):
    assert loaded(folder).require_seller().party.electronic_address.value == "100000009"
    given = CONTRACT.replace("[seller.bank]", 'electronic_address = "0225:100000009_COMPTA"\n[seller.bank]')
    address = loaded(folder, given).require_seller().party.electronic_address
    assert (address.value, address.scheme) == ("100000009_COMPTA", "0225")
    wrong = given.replace("100000009_COMPTA", "200000008")
    assert "must start with the SIREN 100000009" in refused(folder, wrong)["seller.electronic_address"]


def test_franchise_needs_no_vat_number_but_the_normal_regime_does(folder):
    text = re.sub(r"vat_number = .*\n", "", CONTRACT)
    franchise = text.replace('vat_regime = "normal"', 'vat_regime = "franchise"')
    assert loaded(folder, franchise).require_seller().party.vat_number is None
    with pytest.raises(ConfigError, match=r"seller\.vat_number is missing"):
        loaded(folder, text).require_seller()


def test_a_missing_access_names_every_key_and_every_place(folder):
    settings = loaded(folder, CONTRACT, IOPOLE_CLIENT_ID="x")
    with pytest.raises(ConfigError) as caught:
        settings.require_source()
    message = str(caught.value)
    for variable in ("FACTURATION_PRO_API_ID", "FACTURATION_PRO_API_KEY", "FACTURATION_PRO_FIRM_ID"):
        assert f"environment {variable}" in message
    assert str(folder / "pdp-bridge.toml") in message
    assert caught.value.key == "source.api_id"
    with pytest.raises(ConfigError) as caught:
        settings.require_platform()
    assert "platform.client_secret is missing" in str(caught.value)
    assert "client_id" not in str(caught.value)
    assert "IOPOLE_CLIENT_SECRET_FILE" in str(caught.value)


def test_the_environment_is_never_guessed(folder):
    settings = loaded(folder, "", IOPOLE_CLIENT_ID="x", IOPOLE_CLIENT_SECRET="y")
    with pytest.raises(ConfigError, match="environment is missing"):
        settings.require_platform()


def test_user_agent_holds_a_contact_in_ascii(folder):
    for agent, reason in (("Société (a@example.fr)", "plain ASCII"), ("pdp_bridge", "contact"), ("x @ y", "contact")):
        told = refused(folder, CONTRACT, FACTURATION_PRO_USER_AGENT=agent)
        assert reason in told["source.user_agent"]
    assert loaded(folder, FACTURATION_PRO_USER_AGENT="x (https://example.fr)").shown["source.user_agent"]
    derived = {name: value for name, value in ACCESS.items() if "AGENT" not in name}
    assert loaded(folder, **derived).require_source().user_agent == "pdp_bridge (facturation@example.fr)"


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("FACTURATION_PRO_BASE_URL", "http://www.facturation.pro", "https"),
        ("FACTURATION_PRO_BASE_URL", "http://127.0.0.1.example.fr", "https"),
        ("FACTURATION_PRO_BASE_URL", "https://me:secret@example.fr", "credentials"),
        ("FACTURATION_PRO_BASE_URL", "facturation.pro", "not an address"),
        ("FACTURATION_PRO_BASE_URL", "https://example.fr:port", "not an address"),
        ("IOPOLE_BASE_URL", "https://api.iopole.com/v1", "root of the service"),
        ("IOPOLE_AUTH_URL", "https://auth.iopole.com/realms/iopole/protocol/openid-connect/token", "root"),
        ("PDP_PROVIDER", "other", "can only be iopole"),
        ("FACTURATION_PRO_FIRM_ID", "abc", "whole number"),
        ("FACTURATION_PRO_FIRM_ID", "0", "at least 1"),
        ("PDP_BRIDGE_SOURCE_RPM", "-1", "at least 0"),
        ("PDP_BRIDGE_LEASE_SECONDS", "0", "above zero"),
        ("PDP_BRIDGE_SETTLE_SECONDS", "nan", "seconds"),
        ("PDP_BRIDGE_SETTLE_SECONDS", "inf", "seconds"),
    ],
)
def test_a_wrong_variable_is_refused(folder, variable, value, reason):
    (told,) = refused(folder, CONTRACT, **{variable: value}).values()
    assert reason in told
    assert told.endswith(f"(environment {variable})")


def test_a_good_environment_repairs_a_wrong_file(folder):
    assert loaded(folder, "[source]\nrpm = 'x'", PDP_BRIDGE_SOURCE_RPM="3").shown["source.rpm"] == "3"


def test_secrets_come_from_files_too(folder):
    (folder / "iopole.key").write_text("du-fichier\n")
    text = CONTRACT + '[iopole]\nclient_id = "x"\nclient_secret_file = "iopole.key"\n'
    settings = loaded(folder, text)
    assert settings.require_platform().client_secret == Secret("du-fichier")
    assert loaded(folder, text, IOPOLE_CLIENT_SECRET="direct").require_platform().client_secret.reveal() == "direct"
    (folder / "other.key").write_text("autre")
    other = loaded(folder, text, IOPOLE_CLIENT_SECRET_FILE=str(folder / "other.key"))
    assert other.require_platform().client_secret.reveal() == "autre"
    told = refused(folder, text.replace("iopole.key", "absent.key"))
    assert "cannot be read" in told["platform.client_secret_file"]


def test_no_secret_is_ever_printed(folder, caplog):
    settings = loaded(folder, PDP_BRIDGE_DATABASE_URL="postgresql://u:cle-secrete-3@db/j", **ACCESS)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("essai").debug("%s %r", settings, settings)
    shown = f"{settings} {settings!r} {settings.shown} {settings.origins} {caplog.text}"
    shown += f"{settings.source!s} {settings.platform!r}"
    assert "cle-secrete" not in shown
    assert shown.count("<secret>") >= 4
    with pytest.raises(TypeError):
        pickle.dumps(settings.source)


def test_relative_paths_start_from_the_file(folder):
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n...")
    elsewhere = folder / "ailleurs"
    elsewhere.mkdir()
    settings = loaded(folder, 'data = "journal"\n[page]\nlogo = "logo.png"\naccent = "#AA0000"')
    assert settings.style.logo == b"\x89PNG\r\n\x1a\n..."
    assert settings.style.accent == "#aa0000"
    assert settings.style.qr_code is True
    assert settings.data == folder / "journal"


def test_the_payment_code_can_be_switched_off(folder):
    assert loaded(folder, "[page]\nqr_code = false").style.qr_code is False


def test_a_logo_that_is_not_a_picture_is_refused(folder):
    (folder / "logo.svg").write_text("<svg/>")
    told = refused(folder, '[page]\nlogo = "logo.svg"\naccent = "blue"')
    assert "neither PNG nor JPEG" in told["page.logo"]
    assert "#1f3a5f" in told["page.accent"]


def test_policy(folder):
    text = CONTRACT + (
        '[policy]\ngo_live = 2026-09-01\nstrict_units = true\npublic_buyers = ["200 000 008"]\n'
        '[policy.exemptions]\n"Formation, art. 261-4-4° a" = ["E", "VATEX-FR-CGI261-4"]\n'
    )
    policy = loaded(folder, text).require_seller().policy
    assert policy.go_live == "2026-09-01"
    assert policy.strict_units
    assert policy.public_buyers == {"200000008"}
    assert policy.exemptions == {"Formation, art. 261-4-4° a": ("E", "VATEX-FR-CGI261-4")}
    assert "go_live" in str(refused(folder, '[policy]\ngo_live = "septembre"'))


def test_every_policy_and_mention_has_a_key():
    assert {field.name for field in fields(Policy)} == {k[7:] for k in KEYS if k.startswith("policy.")}
    assert {field.name for field in fields(Mentions)} == {k[9:] for k in KEYS if k.startswith("mentions.")}


def test_french_spaces_are_welcome_and_control_characters_are_not(folder):
    nice = loaded(folder, 'language = "fr"\n[mentions]\nlate_payment = "Retard\u00a0: 1\u202f000\u00a0€"')
    assert nice.shown["mentions.late_payment"] == "Retard\u00a0: 1\u202f000\u00a0€"
    for hidden in ("\\u001b", "\\u0000", "\\u202e"):
        told = refused(folder, f'[mentions]\nlate_payment = "Retard{hidden}"')
        assert "control character" in told["mentions.late_payment"]


def test_settings_are_frozen(folder):
    settings: Settings = loaded(folder)
    with pytest.raises(AttributeError):
        settings.language = "en"
