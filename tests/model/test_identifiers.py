"""What people type is cleaned; what is wrong is refused with a reason; nothing is repaired."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from pdp_bridge.model.identifiers import (
    IdentifierError,
    bic,
    french_address,
    iban,
    siren,
    siren_of,
    siren_of_vat,
    siret,
    vat_number,
)

SIREN = "100000009"
SIRET = "10000000900017"
LA_POSTE = "35600000049837"  # an establishment: Luhn fails, the digits sum to a multiple of 5


@pytest.mark.parametrize(
    "text",
    [
        "100000009",
        "100 000 009",
        "100\u00a0000\u202f009",
        "100.000.009",
        "SIREN 100000009",
        "Siren : 100 000 009",
        "N° SIREN 100000009",
        "RCS 100 000 009",
        "R.C.S. Paris 100 000 009",
        "100 000 009 RCS Aix-en-Provence",
        "RCS PARIS B 100 000 009",
        "\ufeff100000009\u200b",
        "１０００００００９",
    ],
)
def test_siren_as_people_write_it(text):
    assert siren(text) == SIREN


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no number"),
        ("SIREN", "holds no number"),
        ("en cours", "not made of digits"),
        ("N/A", "not made of digits"),
        ("CHE-123.456.789", "not made of digits"),
        ("000000000", "made of zeros"),
        ("100000008", "check digits"),
        ("10000000", "9 digits"),
        (SIRET, "9 digits"),
    ],
)
def test_siren_refused_with_a_reason(text, reason):
    with pytest.raises(IdentifierError, match=reason):
        siren(text)


@pytest.mark.parametrize(
    "text", ["10000000900017", "100 000 009 00017", "SIRET: 100.000.009.00017", "n° Siret 100000009 00017", LA_POSTE]
)
def test_siret_as_people_write_it(text):
    assert siret(text) in {SIRET, LA_POSTE}
    assert siren_of(siret(text)) == siret(text)[:9]


def test_la_poste_has_its_own_rule():
    assert not luhn.is_valid(LA_POSTE)
    assert siret(LA_POSTE) == LA_POSTE
    with pytest.raises(IdentifierError, match="check digits"):
        siret("35600000049838")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("00000000000000", "made of zeros"),
        ("10000000900000", "last five digits are zero"),
        ("10000000900018", "check digits"),
        ("21690123400019", "check digits"),
        ("100000009", "14 digits"),
        ("100000008 00018", "check digits"),
        ("GB123456789", "not made of digits"),
    ],
)
def test_siret_refused_with_a_reason(text, reason):
    with pytest.raises(IdentifierError, match=reason):
        siret(text)


@given(st.integers(1, 99_999_999))
def test_every_siren_with_its_luhn_digit_passes_and_every_other_fails(body):
    start = f"{body:08d}"
    good = start + luhn.calc_check_digit(start)
    assert siren(good) == good
    for digit in "0123456789":
        if start + digit != good:
            with pytest.raises(IdentifierError):
                siren(start + digit)


@given(st.integers(1, 99_999_999))
def test_french_vat_key_is_that_of_the_siren(body):
    start = f"{body + 100:08d}"[-8:]
    number = start + luhn.calc_check_digit(start)
    if number.startswith("000"):
        return
    key = (12 + 3 * (int(number) % 97)) % 97
    assert siren_of_vat(vat_number(f"FR{key:02d}{number}")) == number
    with pytest.raises(IdentifierError):
        vat_number(f"FR{(key + 1) % 100:02d}{number}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FR 88 100000009", "FR88100000009"),
        ("fr88.100.000.009", "FR88100000009"),
        ("N° TVA : FR88100000009", "FR88100000009"),
        ("TVA intracommunautaire FR88100000009", "FR88100000009"),
        ("VAT number FR88100000009", "FR88100000009"),
        ("FRA1100000009", "FRA1100000009"),
        ("DE 100 000 008", "DE100000008"),
        ("IE1000001J", "IE1000001J"),
        ("EL 100000003", "EL100000003"),
        ("GR100000003", "EL100000003"),
        ("BE100000070", "BE0100000070"),
        ("ESB10000008", "ESB10000008"),
        ("nl 100000101 b01", "NL100000101B01"),
        ("XI100000132", "XI100000132"),
    ],
)
def test_vat_numbers_of_the_union(text, number):
    assert vat_number(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not start with a country"),
        ("100000009", "does not start with a country"),
        ("FR", "made of zeros"),
        ("FR00000000000", "made of zeros"),
        ("FR00100000009", "check digits"),
        ("FR8810000000", "length"),
        ("FR88100000008", "check digits"),
        ("US123456789", "not of a member state"),
        ("en attente", "not of a member state"),
        ("DE100000009", "check digits"),
    ],
)
def test_vat_number_refused_with_a_reason(text, reason):
    with pytest.raises(IdentifierError, match=reason):
        vat_number(text)


def test_monaco_has_french_vat_numbers_without_siren():
    number = vat_number("FR88000100000")
    with pytest.raises(IdentifierError, match="Monaco"):
        siren_of_vat(number)


def test_iban_and_bic():
    assert iban("FR76 9999 9000 0100 0012 3456 768") == "FR7699999000010000123456768"
    assert iban("IBAN fr7699999000010000123456768") == "FR7699999000010000123456768"
    assert bic(" exmp fr pp 882 ") == "EXMPFRPP882"


@pytest.mark.parametrize("text", ["", "FR7699999000010000123456767", "FR76", "XX7699999000010000123456768"])
def test_iban_refused_without_showing_it(text):
    with pytest.raises(IdentifierError) as caught:
        iban(text)
    assert len(text) < 5 or text[:-4] not in str(caught.value)


@pytest.mark.parametrize("text", ["", "EXMPFR", "1234FRPP", "EXMPFRPP88"])
def test_bic_refused(text):
    with pytest.raises(IdentifierError):
        bic(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("100000009", "100000009"),
        ("0225:100000009_FACT", "100000009_FACT"),
        ("iso6523-actorid-upis::0225:100000009_10000000900017_COMPTA", "100000009_10000000900017_COMPTA"),
        ("ISO6523-ACTORID-UPIS::0225:100000009", "100000009"),
        (" 100000009_a.b-c+d ", "100000009_a.b-c+d"),
        ("100000009_" + "x" * 115, "100000009_" + "x" * 115),
    ],
)
def test_french_addresses(text, address):
    assert french_address(text, siren(SIREN)) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "may only hold"),
        ("0225:", "may only hold"),
        ("contact@exemple.fr", "may only hold"),
        ("100000009 FACT", "may only hold"),
        ("100000009_été", "may only hold"),
        ("100000009/1", "may only hold"),
        ("200000008_FACT", "does not start with the SIREN"),
        ("0088:100000009", "may only hold"),
        ("100000009_" + "x" * 116, "126 characters"),
    ],
)
def test_french_address_refused_with_a_reason(text, reason):
    with pytest.raises(IdentifierError, match=reason):
        french_address(text, siren(SIREN))


@given(st.text(max_size=40))
def test_any_text_is_an_identifier_or_an_error(text):
    for read in (siren, siret, vat_number, iban, bic):
        try:
            value = read(text)
        except IdentifierError as error:
            assert str(error)  # noqa: PT017 - either outcome is right, another exception is not
        else:
            assert value.isascii()
            assert value.isalnum()
