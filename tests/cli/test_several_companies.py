"""The command line with two companies in one settings file: each in turn, a heading each, never the other's invoice."""

import json
import tomllib
from datetime import UTC, datetime

import pytest
from town import BOTH, FORGE_FIRM, OF_ATELIER, OF_FORGE, Town, fill, started

from pdp_bridge.sandbox.facturation_pro import FIRM_ID


@pytest.fixture
def town(folder):
    with started(origin=datetime.now(UTC)) as sandbox:
        fill(sandbox)
        yield Town(sandbox, folder)


def both(ran):
    assert list(ran.json) == ["atelier", "forge"]
    return ran.json.values()


def test_a_day_of_two_companies(cli, town, folder):
    for mine in both(cli("pull", "--json")):
        assert mine["new"] == 2
    planned = cli("plan")
    assert planned.code == 0
    assert planned.out.index("══ atelier ══") < planned.out.index("2026-101") < planned.out.index("══ forge ══")
    assert planned.out.count("2026-101") == 2
    assert {path.name for path in (folder / "journal").glob("plan*.json")} == {"plan-atelier.json", "plan-forge.json"}

    ran = cli("run")
    assert ran.code == 0
    assert ran.out.count("══") == 4
    assert town.deposited == BOTH
    town.sandbox.advance(10)
    for mine in both(cli("sync", "--json")):
        assert mine["invoices"] == {"pending": 0, "validated": 2, "rejected": 0}
    for mine in both(cli("status", "--json")):
        assert [each["number"] for each in mine] == ["2026-101", "2026-102"]
    assert [each["number"] for each in cli("status", "--company", "forge", "--json").json] == ["2026-101", "2026-102"]

    for mine in both(cli("audit", "--period", "2026-09", "--csv", "audit.csv", "--json")):
        assert mine["complete"], mine["findings"]
    assert {path.name for path in folder.glob("audit*.csv")} == {
        f"audit-{name}{tables}.csv" for name in ("atelier", "forge") for tables in ("", "-vat")
    }
    assert cli("doctor").code == 0
    assert {mine["settings"][0]["value"] for mine in both(cli("settings", "--json"))} == {"sandbox"}
    rendered = cli("render", "--all", "-o", "pdf", "--json")
    assert len({each["file"] for each in rendered.json}) == 4
    assert (folder / "pdf" / "forge" / "2026-101.pdf").read_bytes() != (
        folder / "pdf" / "atelier" / "2026-101.pdf"
    ).read_bytes()


@pytest.mark.parametrize("company", [(), ("--company", "forge")])
def test_an_answer_goes_to_standard_output_while_somebody_looks_at_the_progress(cli, town, company, monkeypatch):
    cli("pull")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal: bars are drawn
    assert cli("status", *company, "--json").json
    assert "2026-101" in cli("status", *company).out


def test_one_invoice_is_found_with_the_company_that_has_it(cli, town):
    (only,) = [
        row for row in town.sandbox.firms[FORGE_FIRM].records("invoices") if row["full_invoice_ref"] == "2026-102"
    ]
    town.sandbox.firms[FORGE_FIRM].edit_invoice(only["id"], full_invoice_ref="F-7", invoice_ref="7")
    assert cli("pull").code == 0

    for command in ("status", "history", "send"):
        asked = cli(command, "2026-101")
        assert asked.code == 2, command
        assert "2026-101 is an invoice of several companies (atelier, forge)" in " ".join(asked.err.split())
    sent = cli("send", "F-7", "--json")
    assert (sent.code, sent.json["state"]) == (0, "sent")
    assert cli("send", "2026-101", "--company", "atelier").code == 0
    shown = cli("status", "F-7", "2026-102", "--json").json
    assert [each["number"] for each in shown] == ["F-7", "2026-102"]
    assert cli("history", "F-7").code == 0
    assert [path["reference"] for path in cli("render", "F-7", "--json").json] == ["F-7"]
    absent = cli("status", "X-1")
    assert absent.code == 2
    assert "No company has an invoice X-1" in " ".join(absent.err.split())
    assert town.deposited[OF_FORGE["customer"]] == [("F-7", OF_FORGE["siren"])]
    assert cli("history", "F-7", "--company", "usine").code == 2


def test_one_companys_trouble_is_its_own(cli, town, folder, monkeypatch):
    town.write({**OF_ATELIER, "firm": 999}, OF_FORGE)
    ran = cli("run", "--json")
    assert ran.code == 2
    assert "firm 999 is not in this account" in ran.json["atelier"]["error"]
    assert ran.json["forge"]["outcomes"] == {"sent": 2}
    assert "firm 999" in ran.err
    assert town.deposited == {OF_ATELIER["customer"]: [], OF_FORGE["customer"]: BOTH[OF_FORGE["customer"]]}

    town.write({**OF_ATELIER, "siren": "123"}, OF_FORGE)
    ran = cli("status", "--json")
    assert ran.code == 2
    assert "seller.siren" in ran.json["atelier"]["error"]
    assert len(ran.json["forge"]) == 2
    ran = cli("render", "--all", "-o", "pdf", "--json")
    assert ran.code == 2
    assert {each.get("company"): bool(each["file"]) for each in ran.json} == {"atelier": False, None: True}
    assert len(list((folder / "pdf" / "forge").glob("*.pdf"))) == 2
    assert "atelier" in ran.err
    monkeypatch.setenv("PDP_BRIDGE_COMPANY", "forge")
    assert cli("status", "--json").code == 0


def test_what_nobody_foresaw_is_raised_after_the_last_company(cli, town, monkeypatch):
    from pdp_bridge.bridge import Bridge  # noqa: PLC0415 - patched here only

    whole = Bridge.pull

    def pull(bridge):
        if bridge.settings.company == "atelier":
            raise ZeroDivisionError
        return whole(bridge)

    monkeypatch.setattr(Bridge, "pull", pull)
    with pytest.raises(ZeroDivisionError):
        cli("pull")
    assert len(cli("status", "--json").json["forge"]) == 2


def test_a_variable_that_would_bind_all_to_one_firm_stops_both(cli, town, monkeypatch):
    monkeypatch.setenv("FACTURATION_PRO_FIRM_ID", str(FIRM_ID))
    ran = cli("run")
    assert ran.code == 2
    assert ran.err.count("FACTURATION_PRO_FIRM_ID names one firm") == 2
    assert "══ forge ══" in ran.out


# -- init --------------------------------------------------------------------------------------------------------------

ATELIER = {
    "seller.name": "Atelier Numérique SAS",
    "seller.siren": "100004217",
    "seller.vat_number": "FR05100004217",
    "seller.address": "12 rue de l’Exemple",
    "seller.postcode": "75011",
    "seller.city": "Paris",
    "seller.email": "atelier@example.fr",
    "source.firm_id": "12",
}
FORGE = {**ATELIER, "seller.name": "Forge SARL", "seller.siren": "200000008", "source.firm_id": "34"}
FORGE["seller.vat_number"] = OF_FORGE["vat_number"]


def init(cli, answers, *arguments):
    choices = [part for key, value in answers.items() for part in ("--set", f"{key}={value}")]
    return cli("init", "--yes", *choices, *arguments)


def test_init_adds_a_company_and_leaves_the_rest_as_it_is(cli, folder):
    first = init(cli, ATELIER, "--company", "atelier", "--json")
    assert (first.code, first.json["company"]) == (0, "atelier")
    path = folder / "pdp-bridge.toml"
    before = "# by hand\n" + path.read_text("utf-8").replace("[company.atelier.mentions]", "[mentions]")
    path.write_text(before, encoding="utf-8")

    second = init(cli, FORGE, "--company", "forge")
    assert second.code == 0, second.err
    assert "company.forge was added" in second.out
    after = path.read_text("utf-8")
    assert after.startswith(before.rstrip("\n"))
    tree = tomllib.loads(after)
    assert tree["environment"] == "sandbox"
    assert {name: table["seller"]["siren"] for name, table in tree["company"].items()} == {
        "atelier": "100004217",
        "forge": "200000008",
    }
    assert "mentions" not in tree["company"]["forge"], "what is shared is not asked again"
    assert [row["key"] for mine in both(cli("settings", "--json")) for row in mine["settings"][:1]] == [
        "environment"
    ] * 2

    assert "describes company.forge already" in init(cli, FORGE, "--company", "forge").err.replace("\n", " ")
    assert path.read_text("utf-8") == after


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source.firm_id": "12"}, "the firm of company.atelier too"),
        ({"seller.siren": "100004217", "seller.vat_number": "FR05100004217"}, "the SIREN of company.atelier too"),
        ({"timing.lease_seconds": "9"}, "timing.lease_seconds is the same for every company"),
    ],
)
def test_init_adds_nothing_that_would_mix_two_companies(cli, folder, changes, told):
    init(cli, ATELIER, "--company", "atelier")
    before = (folder / "pdp-bridge.toml").read_bytes()
    refused = init(cli, {**FORGE, **changes}, "--company", "forge")
    assert refused.code == 2
    assert told in " ".join(refused.err.split())
    assert (folder / "pdp-bridge.toml").read_bytes() == before


def test_init_asks_to_move_a_seller_that_stands_alone(cli, folder):
    init(cli, ATELIER)
    before = (folder / "pdp-bridge.toml").read_bytes()
    refused = init(cli, FORGE, "--company", "forge")
    assert refused.code == 2
    assert "write it under [company.NAME.seller]" in " ".join(refused.err.split())
    assert (folder / "pdp-bridge.toml").read_bytes() == before


def test_a_name_that_is_none(cli, folder):
    assert "is not a name for a company" in " ".join(init(cli, ATELIER, "--company", "à côté").err.split())
    assert not (folder / "pdp-bridge.toml").exists()


def test_french(cli, town):
    town.write({**OF_ATELIER, "firm": FORGE_FIRM}, OF_FORGE)
    told = " ".join(cli("pull", "--lang", "fr").err.split())
    assert "qui est aussi le dossier de company.forge" in told
    assert json.dumps(town.deposited) == json.dumps({OF_ATELIER["customer"]: [], OF_FORGE["customer"]: []})
