"""The demo's firm: consistent figures, numbers of the right shape, and the situations it promises to show."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from demo_payloads import TODAY, payload, sent
from stdnum import iban
from stdnum.fr import siren, siret, tva

from pdp_bridge.errors import MappingError
from pdp_bridge.sandbox import demo
from pdp_bridge.settings import load
from pdp_bridge.source.facturation_pro.mapping import to_invoice


@pytest.fixture(scope="module")
def firm():
    return demo.firm(TODAY)


@pytest.fixture(scope="module")
def seller(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "settings.toml"
    path.write_text(demo.settings_text(), encoding="utf-8")
    return load(path, {}).require_seller()


def test_numbers_have_the_right_shape_and_belong_to_nobody(firm, seller):
    for customer in firm["customers"]:
        if customer["siret"]:
            assert siret.is_valid(customer["siret"])
            assert tva.is_valid(customer["vat_number"])
            assert customer["vat_number"][4:] == customer["siret"][:9]
            assert customer["siret"].startswith("10000")
    assert siren.is_valid(seller.party.siren)
    assert tva.is_valid(seller.party.vat_number)
    assert iban.is_valid(seller.bank.iban)
    assert all(siren.is_valid(number) for number in firm["unreachable"])


def test_lines_and_totals_agree(firm):
    for invoice in firm["invoices"]:
        kept = 1 - Decimal(invoice["rebate_percentage"]) / 100
        lines = [item for item in invoice["items"] if not item["style"]]
        for item in lines:
            assert abs(Decimal(item["quantity"]) * Decimal(item["unit_price"]) - Decimal(item["total"])) <= Decimal(
                "0.001"
            )
        net = sum((Decimal(item["total"]) * kept for item in lines), Decimal(0))
        gross = sum((Decimal(item["total"]) * kept * (1 + Decimal(item["vat"])) for item in lines), Decimal(0))
        gross += sum(Decimal(item["total"]) for item in invoice["items"] if item["style"] == "subsidy")
        assert abs(net - Decimal(invoice["total"])) <= Decimal("0.001")
        assert abs(gross - Decimal(invoice["total_with_vat"])) <= Decimal("0.001")


def test_one_invoice_of_those_sent_is_refused_by_the_mapping_and_names_its_field(firm, seller):
    refused = {}
    mapped = {}
    for invoice in sent(firm):
        try:
            mapped[invoice["full_invoice_ref"]] = to_invoice(payload(firm, invoice), seller)
        except MappingError as error:
            refused[invoice["full_invoice_ref"]] = (error.finding.rule, error.finding.field)
    assert refused == {"2026-116": ("BUYER_SIRET_MISSING", "siret")}
    assert len(mapped) >= 14
    assert Counter(invoice.type for invoice in mapped.values()) == {"380": 15, "381": 1, "386": 1}
    assert {invoice.framework for invoice in mapped.values()} == {"S1", "B1", "M1", "S2", "S4"}
    assert {group.category for invoice in mapped.values() for group in invoice.vat_breakdown} == {"S", "AE"}
    assert [str(line.net) for line in mapped["2026-111"].lines] == ["33.34", "33.33", "33.33", "1200.02"]
    assert len(mapped["2026-114"].lines) == 60
    assert mapped["2026-112"].totals.paid == 500
    assert mapped["2026-106"].preceding[0].number == "2026-105"
    assert mapped["2026-117"].buyer.siren in firm["unreachable"]
    assert mapped["2026-115"].buyer.name.startswith("Ελιά")


def test_one_draft_one_external_one_to_come(firm):
    passed_over = [invoice for invoice in firm["invoices"] if invoice not in sent(firm)]
    assert len(passed_over) == 3
    assert [invoice["draft"] for invoice in passed_over].count(True) == 1
    assert [invoice["external"] for invoice in passed_over].count(True) == 1
    assert demo.firm(date(2031, 1, 1))["invoices"][-3]["invoiced_on"] == "2031-01-31"


def test_the_sandbox_serves_the_demo_and_a_settings_file_that_loads(start, firm_client, tmp_path):
    sandbox = start()
    sandbox.load_demo()
    client = firm_client(sandbox)
    path = "/firms/4242/invoices.json"
    assert len(client.get(path).json()) == len(demo.firm(TODAY)["invoices"])
    assert [row["id"] for row in client.get(path, params={"bill_type": "down_payment"}).json()] == [700105]
    assert sandbox.iopole.outdated == set(demo.firm(TODAY)["unreachable"])
    config = tmp_path / "pdp-bridge.toml"
    config.write_text(sandbox.settings_text(), encoding="utf-8")
    settings = load(config, {})
    assert settings.require_source().base_url == sandbox.facturation_pro_url
    assert settings.require_platform().auth_url == sandbox.auth_url
    assert settings.require_seller().party.name == "Atelier Numérique SAS"
