"""`pdp-bridge plan` over loopback, with the demo firm."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdp_bridge.cli import forecast, words
from pdp_bridge.model.report import Layer, LayerName
from pdp_bridge.planning.decision import Decision, Group, Plan

GROUPS = {"send", "public", "held", "b2c", "international", "out_of_scope", "refused", "in_doubt", "failed"}


def numbers(plan, group):
    return [decision["number"] for decision in plan["groups"][group]]


def test_a_plan_says_what_a_run_then_does(cli, sandbox, folder):
    planned = cli("plan", "--json")
    assert planned.code == 1  # one invoice is refused by our own checks
    assert set(planned.json["groups"]) == GROUPS
    assert len(numbers(planned.json, "send")) == 17
    assert numbers(planned.json, "refused") == ["2026-116"]
    assert numbers(planned.json, "held") == ["2026-119"]
    assert planned.json["passed_over"] == {"draft": 1, "external": 1}
    assert not sandbox.iopole.deposits
    assert cli("status", "--json").json == []  # the journal was only read

    ran = cli("run", "--json").json
    assert ran["outcomes"] == {"held": 1, "refused": 1, "sent": 17}

    again = cli("plan", "--json").json
    assert again["sent_before"] == 17
    assert numbers(again, "send") == []
    assert {(change["before"], change["after"]) for change in again["changes"]} == {("send", "sent")}
    assert len(again["changes"]) == 17
    assert again["since"] == planned.json["made_at"]


def test_totals_are_those_printed_by_the_source(cli, sandbox):
    totals = {total["group"]: total for total in cli("plan", "--json").json["totals"]}
    assert totals["refused"] == {
        "group": "refused",
        "currency": "EUR",
        "invoices": 1,
        "unknown": 0,
        "total_without_vat": "320.00",
        "vat": "64.00",
        "total_with_vat": "384.00",
    }
    assert totals["send"]["total_with_vat"] == "40399.85"


def test_people_read_each_reason(cli, sandbox):
    told = cli("plan").out
    for part in ("To be sent – 17 invoices", "BUYER_SIRET_MISSING", "it is sent on that day", "1 draft, 1 external"):
        assert part in told
    assert "Since" not in told
    told = cli("plan", "--lang", "fr").out
    for part in ("À envoyer – 17 factures", "renseignez-le", "1 brouillon, 1 externe", "40 399,85\u00a0€"):
        assert part in told.replace("\u202f", " ")
    assert "rien n’a changé" in told


def test_the_plan_is_kept_whole_and_a_torn_one_is_ignored(cli, sandbox, folder):
    cli("plan")
    path = folder / "data" / "plan.json"
    kept = json.loads(path.read_text("utf-8"))
    assert len(kept["invoices"]) == 19
    assert path.stat().st_mode & 0o077 == 0
    path.write_text(path.read_text("utf-8")[:100], "utf-8")
    torn = cli("plan", "--json").json
    assert (torn["compared"], torn["changes"]) == (False, [])
    assert json.loads(path.read_text("utf-8"))["edition"] == 1


def test_long_lists_are_cut_unless_all_is_asked(cli, sandbox, monkeypatch):
    monkeypatch.setattr("pdp_bridge.cli.forecast.ROWS", 3)
    cut = cli("plan").out
    assert "2026-103" in cut
    assert "2026-118" not in cut
    assert "… and 14 more: --all lists them." in cut
    assert "2026-118" in cli("plan", "--all").out


def test_only_the_source_is_needed(cli, sandbox, monkeypatch):
    for name in ("IOPOLE_CLIENT_ID", "IOPOLE_CLIENT_SECRET", "IOPOLE_BASE_URL", "IOPOLE_AUTH_URL"):
        monkeypatch.delenv(name)
    assert cli("plan").code == 1
    monkeypatch.delenv("FACTURATION_PRO_API_ID")
    assert cli("plan").code == 2


@pytest.mark.parametrize(
    ("language", "idle", "failed"),
    [
        ("en", "XML structure (the engine is missing)", "ZeroDivisionError: of a bug"),
        ("fr", "structure XML (le moteur manque)", "message exact\u00a0: ZeroDivisionError: of a bug"),
    ],
)
def test_what_stops_an_invoice_is_told_in_the_operators_language(language, idle, failed, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    layer = Layer.not_run(LayerName.XSD, "test", "the engine is missing", "le moteur manque")
    refused = Decision(source_id="1", number="FA-1", group=Group.REFUSED, version="v", idle=(layer,), reason="xsd: …")
    broken = replace(refused, group=Group.FAILED, idle=(), reason="ZeroDivisionError: of a bug")
    words.choose(language)
    try:
        forecast._tell(Plan(made_at=datetime(2026, 11, 21, tzinfo=UTC), decisions=(refused, broken)), rows=20)
    finally:
        words.choose("en")
    told = capsys.readouterr().out
    assert idle in told
    assert failed in told
    assert ("exact" in told) == (language == "fr")
