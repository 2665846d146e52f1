"""The buyer and the route: facturation-pro.md §3.5, §5 and the numbered situations of §6.3."""

from __future__ import annotations

import pytest
from bills import BUYER_SIREN, customer, item, mapped, stopped, warned

from pdp_bridge.errors import Held
from pdp_bridge.model.invoice import Identifier
from pdp_bridge.source.facturation_pro.places import country_code
from pdp_bridge.source.facturation_pro.route import public_body

PUBLIC = customer(siret="20000001600010", vat_number=None)


def with_buyer(**over):
    return {"buyer": customer(**over)}


def test_case_059_no_siret():
    finding = stopped(**with_buyer(siret=None, vat_number=None))
    assert (finding.rule, finding.field, finding.term) == ("BUYER_SIRET_MISSING", "siret", "BT-47")


@pytest.mark.parametrize(
    "entry", ["100 000 041 00010", "100\u00a0000\u00a0041 00010", "100.000.041.00010", "SIRET : 10000004100010"]
)
def test_case_060_a_siret_as_people_write_it(entry):
    party = mapped(**with_buyer(siret=entry)).buyer
    assert (party.siren, party.siret) == (BUYER_SIREN, "10000004100010")


@pytest.mark.parametrize(
    "entry", ["10000004100011", "21690123400019", "00000000000000", "en cours", "N/A", "DE123456789", "1000"]
)
def test_case_061_064_065_what_is_no_siret(entry):
    finding = stopped(**with_buyer(siret=entry, vat_number=None))
    assert finding.rule == "BUYER_SIRET_INVALID"
    assert finding.value == entry


def test_case_062_the_post_office_has_its_own_check_digit():
    siret = "35600000009075"
    assert mapped(**with_buyer(siret=siret, vat_number=None)).buyer.siret == siret


def test_case_063_nine_digits_are_a_siren():
    party = mapped(**with_buyer(siret=BUYER_SIREN)).buyer
    assert (party.siren, party.siret) == (BUYER_SIREN, None)


def test_case_064_nine_zeros():
    assert stopped(**with_buyer(siret="000000000", vat_number=None)).rule == "BUYER_SIRET_INVALID"


def test_case_066_nobody_invoices_himself():
    assert stopped(**with_buyer(siret="10000000900018", vat_number=None)).rule == "BUYER_SIRET_INVALID"


@pytest.mark.parametrize("entry", ["FR 87 100000041", "fr87100000041", "FR87.100.000.041"])
def test_case_067_a_vat_number_as_people_write_it(entry):
    assert mapped(**with_buyer(vat_number=entry)).buyer.vat_number == "FR87100000041"


@pytest.mark.parametrize("entry", ["FR00100000041", "FR15100000009", "87100000041", "FR"])
def test_case_067_wrong_key_another_company_no_country(entry):
    assert stopped(**with_buyer(vat_number=entry)).rule == "BUYER_VAT_INVALID"


def test_case_067_an_empty_vat_number_is_left_out():
    assert mapped(**with_buyer(vat_number="")).buyer.vat_number is None


def test_case_067_the_siren_inside_the_vat_number_serves_without_siret():
    invoice = mapped(**with_buyer(siret=None))
    assert invoice.buyer.siren == BUYER_SIREN
    assert "BUYER_SIREN_FROM_VAT" in warned(invoice)


def test_case_068_intra_community_supply_without_a_foreign_vat_number():
    assert stopped(item(vat="0.0"), vat_exemption="art. 262 ter I du CGI").rule == "BUYER_VAT_INVALID"


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        (None, BUYER_SIREN),
        ("", BUYER_SIREN),
        (f"0225:{BUYER_SIREN}_FACT", f"{BUYER_SIREN}_FACT"),
        (f"iso6523-actorid-upis::0225:{BUYER_SIREN}", BUYER_SIREN),
        (f"{BUYER_SIREN}_10000004100010", f"{BUYER_SIREN}_10000004100010"),
    ],
)
def test_case_069_electronic_addresses(entry, address):
    endpoint = mapped(**with_buyer(electronic_address=entry)).buyer.electronic_address
    assert (endpoint.value, endpoint.scheme) == (address, "0225")


@pytest.mark.parametrize(
    "entry", ["100000017", "compta@lefebvre.example", f"{BUYER_SIREN}_{'A' * 116}", f"{BUYER_SIREN}/1"]
)
def test_case_069_addresses_that_lead_nowhere(entry):
    assert stopped(**with_buyer(electronic_address=entry)).rule == "BUYER_ENDPOINT_INVALID"


def test_case_070_a_private_person_with_a_siret():
    assert stopped(**with_buyer(individual=True)).rule == "BUYER_KIND_CONFLICT"


def test_case_071_a_company_without_name_is_its_owner():
    who = {"company_name": " ", "civility": "Mme", "first_name": "Anne", "last_name": "Dupont"}
    party = mapped(**with_buyer(**who, email="a@x.example")).buyer
    assert party.name == "Mme Anne Dupont"
    assert party.contact.name is None
    assert mapped(**with_buyer(company_name=None, last_name="Dupont")).buyer.name == "Dupont"
    assert mapped(**with_buyer(company_name=None, first_name="Anne")).buyer.name == "Anne"
    assert mapped(**with_buyer(company_name=None, civility="Mme", short_name="Dup")).buyer.name == "Dup"


def test_case_071_the_last_resort_is_the_name_on_the_invoice():
    nameless = with_buyer(company_name=None)
    assert mapped(**nameless, customer_identity="SARL Dupont").buyer.name == "SARL Dupont"
    assert mapped(**nameless, customer_name="SARL Dupont").buyer.name == "SARL Dupont"
    assert stopped(**nameless).rule == "BUYER_NAME_MISSING"


@pytest.mark.parametrize("gone", [{"soft_deleted": True}, {"soft_deleted": 1}])
def test_case_073_a_deleted_customer(gone):
    assert stopped(**with_buyer(**gone)).rule == "BUYER_NOT_FOUND"


@pytest.mark.parametrize(
    ("changed", "warns"),
    [("2026-09-18T10:00:00+02:00", True), ("2026-09-17T15:00:00+02:00", False), (None, False), ("hier", False)],
)
def test_case_074_a_customer_changed_after_issue(changed, warns):
    invoice = mapped(**with_buyer(updated_at=changed), created_at="2026-09-17T15:06:54.711+02:00")
    assert ("CUSTOMER_CHANGED_AFTER_ISSUE" in warned(invoice)) is warns


@pytest.mark.parametrize(
    ("street", "lines"),
    [
        ("Gordon House\r\nBarrow Street", ("Gordon House", "Barrow Street")),
        ("a\nb\nc\nd\ne", ("a", "b", "c, d, e")),
        ("\t 12  rue\tX \n\n", ("12 rue X",)),
        ("", ()),
        (None, ()),
    ],
)
def test_case_076_streets(street, lines):
    assert mapped(**with_buyer(street=street)).buyer.address.lines == lines


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("fr", "FR"),
        ("France", "FR"),
        ("GB", "GB"),
        ("UK", "GB"),
        ("EL", "GR"),
        ("Belgique", "BE"),
        ("germany", "DE"),
        ("XX", None),
        ("EU", None),
    ],
)
def test_case_077_countries_as_people_write_them(entry, code):
    assert country_code(entry) == code


@pytest.mark.parametrize("who", [{"siret": "10000004100010"}, {"zip_code": "59000"}, {"vat_number": "FR87100000041"}])
def test_case_077_no_country_means_france_when_something_says_so(who):
    nothing = {"country": None, "zip_code": None, "siret": BUYER_SIREN, "vat_number": None}
    assert mapped(**with_buyer(**nothing | who)).buyer.address.country == "FR"
    assert stopped(**with_buyer(**nothing)).rule == "COUNTRY_UNKNOWN"


@pytest.mark.parametrize(
    ("who", "treatment"),
    [
        ({"individual": True, "siret": None}, "B2C"),
        ({"individual": True, "siret": None, "country": "BE"}, "B2CINT"),
        ({"country": "IE"}, "B2BINT"),
        ({"zip_code": "97300"}, "B2BINT"),
        ({"zip_code": "97600"}, "B2BINT"),
        ({"zip_code": "98800"}, "B2BINT"),
        ({"zip_code": "97133"}, "B2BINT"),
        ({"zip_code": "97150"}, "B2BINT"),
        ({"country": "NC"}, "B2BINT"),
        ({"country": "MC"}, "B2BINT"),
        ({"zip_code": "98000"}, "B2BINT"),
    ],
)
def test_case_078_sales_that_do_not_travel_are_held(who, treatment):
    with pytest.raises(Held) as stop:
        mapped(**with_buyer(**who))
    assert stop.value.finding.rule == "NOT_E_INVOICED"
    assert stop.value.finding.value == treatment
    assert stop.value.until is None


@pytest.mark.parametrize(
    "who", [{"zip_code": "97410"}, {"country": "GP", "zip_code": "97110"}, {"country": "MQ"}, {"country": "RE"}]
)
def test_case_078_the_islands_inside_e_invoicing_are_written_fr(who):
    assert mapped(**with_buyer(**who)).buyer.address.country == "FR"


def test_case_079_a_public_buyer_needs_its_commitment_number_and_a_siret():
    assert stopped(buyer=PUBLIC).rule == "B2G_REFERENCE_MISSING"
    assert mapped(buyer=PUBLIC, purchase_number="EJ-1").order_reference == "EJ-1"
    assert stopped(buyer=PUBLIC | {"siret": "200000016"}, purchase_number="EJ-1").rule == "BUYER_SIRET_MISSING"


def test_case_079_public_bodies_by_number_and_by_setting():
    assert public_body("110000015", frozenset())
    assert public_body("200000016", frozenset())
    assert not public_body(BUYER_SIREN, frozenset())
    assert public_body(BUYER_SIREN, frozenset({BUYER_SIREN}))
    assert stopped(adjust={"policy": {"public_buyers": [BUYER_SIREN]}}).rule == "B2G_REFERENCE_MISSING"


def test_case_079_service_code_and_contract_come_from_the_fields_the_operator_names():
    buyer = PUBLIC | {"field1": "SERV-1", "field2": "MARCHE-2"}
    fields = {"policy": {"buyer_reference_field": "field1", "contract_field": "field2"}}
    invoice = mapped(buyer=buyer, purchase_number="EJ-1", adjust=fields)
    assert (invoice.buyer_reference, invoice.contract_reference) == ("SERV-1", "MARCHE-2")


@pytest.mark.parametrize(
    ("entries", "email"),
    [
        ({"email": "a@x.example; b@y.example"}, "a@x.example"),
        ({"email": "compta", "invoice_email": "b@y.example\nc@z.example"}, "b@y.example"),
        ({"email": "a@@x.example"}, None),
    ],
)
def test_case_080_the_first_e_mail_address(entries, email):
    contact = mapped(**with_buyer(**entries)).buyer.contact
    assert (contact.email if contact else None) == email


def test_case_081_names_are_plain_text():
    name = "<i>O\u2019Connor</i> &amp; So\u0308hne\x00\u200b\ufffe\ufdd0\U0001ffff\r\n🎉 שלום"
    assert mapped(**with_buyer(company_name=name)).buyer.name == "O\u2019Connor & S\u00f6hne 🎉 שלום"


def test_case_132_private_notes_never_travel():
    secret = "ne-pas-transmettre"
    invoice = mapped(
        **with_buyer(notes=secret, account_code=secret, website=secret), internal_note=secret, accounting_entry="706"
    )
    assert secret not in repr(invoice)


def test_the_customer_reference_is_an_identifier_of_the_buyer():
    assert mapped(**with_buyer(reference="CLI-1")).buyer.other_ids == (Identifier(value="CLI-1"),)


def test_only_disbursements_are_out_of_scope():
    with pytest.raises(Held) as stop:
        mapped(item(vat="0.0", nature=8))
    assert stop.value.finding.value == "OUTOFSCOPE"


def test_foreign_vat_is_held_and_a_foreign_country_with_french_rates_is_a_warning():
    with pytest.raises(Held):
        mapped(item(vat="0.19"), vat_country="DE")
    assert "VAT_COUNTRY_FOREIGN" in warned(mapped(vat_country="IE"))


def test_a_franchise_seller_without_vat_number_gives_its_siren_as_tax_number():
    party = mapped(item(vat=None), seller="franchise", total_with_vat="100.0").seller
    assert (party.vat_number, party.tax_number) == (None, party.siren)


def test_the_seller_is_reached_at_its_siren_unless_it_says_otherwise():
    assert mapped().seller.electronic_address.value == "100000009"
    assert mapped(seller="debits").seller.electronic_address.value == "100000033_FACTURES"
