"""demo, init, settings, doctor, sandbox: what a newcomer runs."""

import json
import os
import signal
import stat
import subprocess
import sys
import tomllib

import pytest

from pdp_bridge.cli.interview import WORDINGS
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.settings import load

SELLER = {
    "seller.name": "Atelier Exemple",
    "seller.siren": "100 000 009",
    "seller.vat_number": "FR88100000009",
    "seller.address": '12, rue de l\'Exemple; Bâtiment "B"',
    "seller.postcode": "75011",
    "seller.city": "Paris",
    "seller.email": "facturation@example.fr",
}


def given(**more):
    settings = SELLER | {name.replace("__", "."): value for name, value in more.items()}
    return [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]


def test_demo_runs_the_whole_line_and_leaves_the_files(cli, folder):
    ran = cli("demo", "-o", "out", "--json")
    assert ran.code == 0
    invoices = ran.json["invoices"]
    assert len(invoices) >= 12
    refused = [invoice for invoice in invoices if invoice["state"] == "refused"]
    rejected = [invoice for invoice in invoices if invoice["technical_status"] == "rejected"]
    assert (len(refused), len(rejected)) == (1, 1)
    assert all(invoice["technical_status"] in {"validated", "rejected"} for invoice in invoices if invoice["file"])
    files = {invoice["file"] for invoice in invoices if invoice["file"]}
    assert {str(path.relative_to(folder)) for path in (folder / "out").iterdir()} == files
    assert cli("validate", next(iter(files))).code == 0


def test_demo_explains_itself_in_french(cli, folder):
    ran = cli("demo", "--lang", "fr")
    assert ran.code == 0
    assert "refusée par nos propres contrôles" in ran.out
    assert "rejetée par la plateforme" in ran.out
    assert "2 139,00\u00a0€" in ran.out.replace("\u202f", " ")
    assert str(folder / "pdp-bridge-demo") in ran.out
    assert "rien ne quitte cette machine" in ran.err


def test_init_without_questions(cli, folder):
    written = cli("init", "--yes", *given())
    assert written.code == 0
    path = folder / "pdp-bridge.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    seller = load(path, {"HOME": str(folder)}).require_seller()
    assert seller.party.address.lines == ("12, rue de l'Exemple", 'Bâtiment "B"')
    assert seller.mentions.late_payment == WORDINGS["mentions.late_payment"]
    assert "read them under [mentions]" in written.out
    assert "export IOPOLE_CLIENT_SECRET=" in written.out


def test_init_never_overwrites_without_force(cli, folder):
    (folder / "pdp-bridge.toml").write_text("# mine")
    assert cli("init", "--yes", *given()).code == 2
    assert (folder / "pdp-bridge.toml").read_text() == "# mine"
    assert cli("init", "--yes", "--force", *given()).code == 0
    assert cli("init", "--yes", "--config", "ailleurs/réglages.toml", *given()).code == 0
    assert tomllib.loads((folder / "ailleurs" / "réglages.toml").read_text())["seller"]["siren"] == "100000009"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"seller__siren": "100000008"}, "nine digits"),
        ({"seller__vat_number": "FR89100000009"}, "VAT number"),
        ({"seller__siret": "20000000800017"}, "does not start with the SIREN"),
        ({"seller__bank__iban": "FR7699999000010000123456767"}, "IBAN"),
        ({"seller__postcode": "7501"}, "five digits"),
        ({"seller__nam": "X"}, "did you mean seller.name?"),
        ({"iopole__client_secret": "hush-hush"}, "IOPOLE_CLIENT_SECRET"),
        ({"seller__vat_on_debits": "maybe"}, "true or false"),
    ],
)
def test_init_checks_what_is_given_and_writes_nothing_wrong(cli, folder, wrong, told):
    refused = cli("init", "--yes", *given(**wrong))
    assert refused.code == 2
    assert told in refused.err
    assert "hush-hush" not in refused.err
    assert list(folder.glob("*.toml")) == []


def test_init_names_every_missing_answer(cli, folder):
    refused = cli("init", "--yes", "--set", "seller.name=X")
    assert refused.code == 2
    assert refused.err.count("is missing: give it with --set") == 6
    assert "seller.vat_number" in refused.err
    franchise = cli("init", "--yes", "--set", "seller.name=X", "--set", "seller.vat_regime=franchise")
    assert "seller.vat_number" not in franchise.err


ANSWERS = [
    "",  # sandbox
    "Atelier Exemple",
    "100000008",  # wrong: asked again
    "100 000 009",
    "",  # no SIRET
    "",  # normal
    "FR89100000009",  # wrong key
    "FR88100000009",
    "oui",
    "SAS au capital de 10 000 €",
    "",  # no registration
    "",  # an address is needed: asked again
    "12, rue de l’Exemple",
    "75011",
    "Paris",
    "",  # FR
    "facturation@example.fr",
    "",  # services
    "FR7699999000010000123456767",  # wrong
    "FR76 9999 9000 0100 0012 3456 768",
    "",  # no BIC
    "",  # the holder proposed
    "",  # accepted
    "",  # accepted
    "Escompte de 1 % sous huit jours.",  # changed
    "4242",
    "77",
    "oui",  # Facturation.pro sends nothing by itself
    "moi@example.fr",
]


def test_init_asks_checks_and_proposes(cli, folder):
    written = cli("init", answers="\n".join(ANSWERS) + "\n")
    assert written.code == 0
    assert written.err.count("which is not a valid") == 2
    assert "is not a valid IBAN" in written.err
    assert "An answer is needed." in written.err
    assert WORDINGS["mentions.recovery_cost"].split("\u00a0")[0] in " ".join(written.err.split())
    settings = load(folder / "pdp-bridge.toml", {"HOME": str(folder)})
    seller = settings.require_seller()
    assert seller.vat_on_debits
    assert (seller.bank.iban, seller.bank.holder) == ("FR7699999000010000123456768", "Atelier Exemple")
    assert seller.mentions.early_payment == "Escompte de 1 % sous huit jours."
    assert seller.mentions.recovery_cost == WORDINGS["mentions.recovery_cost"]
    assert settings.shown["source.native_sending_disabled"] == "true"
    assert (settings.shown["source.firm_id"], settings.shown["platform.client_id"]) == ("77", "moi@example.fr")


def test_init_cut_short_writes_nothing(cli, folder):
    stopped = cli("init", answers="\nAtelier\n")
    assert stopped.code == 2
    assert "nothing was written" in stopped.err
    assert list(folder.glob("*.toml")) == []


def test_settings_show_origins_and_hide_secrets(cli, sandbox, monkeypatch):
    monkeypatch.setenv("PDP_BRIDGE_DATABASE_URL", "postgresql://u:mot-de-passe@db/j")
    shown = cli("settings", "--json")
    assert shown.code == 0
    rows = {row["key"]: row for row in shown.json["settings"]}
    assert rows["platform.client_id"]["origin"] == "environment IOPOLE_CLIENT_ID"
    assert rows["seller.siren"]["origin"] == "pdp-bridge.toml"
    assert rows["timing.settle_seconds"] == {
        "key": "timing.settle_seconds",
        "value": "2.0",
        "origin": "environment PDP_BRIDGE_SETTLE_SECONDS",
    }
    assert rows["source.api_key"]["value"] == "<secret>"
    text = shown.out + cli("settings", "--lang", "fr").out
    for secret in ("mot-de-passe", sandbox.source_options.api_key, sandbox.platform_options.client_secret):
        assert secret not in text
    assert shown.json["missing"] == []


def test_settings_say_what_is_missing_in_french(cli, folder):
    shown = cli("settings", "--lang", "fr")
    assert "Il manque encore" in shown.out
    assert "seller.siren manque" in shown.out
    assert "environnement IOPOLE_CLIENT_SECRET" in shown.out


def test_wrong_settings_are_told_in_french(cli, folder):
    (folder / "pdp-bridge.toml").write_text('enviroment = "sandbox"\n[seller]\nsiren = "1"\n')
    told = cli("settings", "--lang", "fr")
    assert told.code == 2
    assert "2 réglages sont à corriger" in told.err
    assert "vouliez-vous dire environment" in told.err
    assert "n’est pas un SIREN valide" in told.err


def test_doctor(cli, sandbox, monkeypatch):
    well = cli("doctor", "--json")
    assert well.code == 0
    assert all(probe["ok"] for probe in well.json)
    french = cli("doctor", "--lang", "fr").out
    for part in ("0 facture", "société 4242", "compte ", "est inscrit"):
        assert part in french
    for part in ("invoice", "firm", "customer", "enrolled"):
        assert part not in french
    sandbox.iopole_faults.add(Fault(Kind.STATUS, "*", status=503, times=None))
    unreachable = cli("doctor")
    assert unreachable.code == 3
    assert "✗ Iopole" in unreachable.out
    assert "✗ Iopole  Iopole est en panne" in cli("doctor", "--lang", "fr").out
    monkeypatch.delenv("IOPOLE_CLIENT_ID")
    incomplete = cli("doctor", "--lang", "fr")
    assert incomplete.code == 2
    assert "L’accès à Iopole est incomplet" in incomplete.out
    assert "IOPOLE_CLIENT_ID" in incomplete.out


def test_sandbox_serves_until_it_is_told_to_stop(folder):
    command = [sys.executable, "-m", "pdp_bridge", "sandbox", "--json", "--settings", "demo.toml"]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, text=True) as process:
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(process.stdout.readline())
        environment = json.loads("".join(lines))
        assert environment["IOPOLE_BASE_URL"].startswith("http://127.0.0.1:")
        environment.pop("pid")
        settings = load(folder / "demo.toml", environment)
        assert settings.require_platform().client_id == environment["IOPOLE_CLIENT_ID"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_sandbox_refuses_nonsense(cli, folder):
    assert cli("sandbox", "--ports", "80").code == 2
    (folder / "x.toml").touch()
    assert cli("sandbox", "--settings", "x.toml").code == 2
