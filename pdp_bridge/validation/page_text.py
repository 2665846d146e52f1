"""The readable page against the message: number, dates and totals must be the same for eyes and for machines.

Factur-X 1.09: the page and the XML state one invoice. Numbers and dates are looked for as French, English, Spanish,
Dutch and German pages write them; text is taken from all pages, by pypdf where it is set in an unusual way.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache, lru_cache

from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.money import Amount
from pdp_bridge.model.report import Finding
from pdp_bridge.validation.wording import NoVerdict, error, french_figure

_LANGUAGES = ("fr", "en", "es", "nl", "de")
_SPACES = "\u0020\u00a0\u2009\u202f"
_GROUP = f"[{_SPACES}.,'’]?"
_MINUS = "[-−–]"

logging.getLogger("pypdf").addHandler(logging.NullHandler())
"""Its complaints about foreign files go to whoever configured logging, not to the operator's screen."""

Rule = Callable[[Invoice, str], Iterator[Finding]]


class NoText(NoVerdict):
    """The text of the pages cannot be had."""


def text_of(pdf: bytes) -> str:
    """The text of every page, in reading order as far as it can be told. Raises `NoText`."""
    from pypdf import PdfReader  # noqa: PLC0415 - a tenth of a second, and most pages are read without it

    try:
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    except Exception as problem:  # pypdf raises whatever it meets in a file made by anybody
        # Its words are left out: they may quote the page, or hold an address in memory.
        kind = type(problem).__name__
        raise NoText(f"reading its text stops with {kind}", f"la lecture de son texte s’arrête sur {kind}") from problem
    if not text.strip():
        raise NoText(
            "the pages hold no text, only images", "les pages ne contiennent pas de texte, seulement des images"
        )
    return text


def page_findings(invoice: Invoice, pdf: bytes, lines: str | None = None) -> Iterator[Finding]:
    """Every difference between the page and the message; one finding when there is no text to compare.

    `lines`: the text of the pages when it is known already. Only "no difference" is taken from it: with any, or when it
    is None, the complete reader decides, and its findings are those that are told.
    """
    if lines is not None:
        broken = not _plainly_agrees(invoice, lines) and any(_broken(rule, invoice, lines) for rule in RULES)
        if not broken:
            return
    try:
        text = text_of(pdf)
    except NoText as problem:
        yield error(
            "PAGE_TEXT",
            f"The page cannot be compared with the XML ({problem}): make a PDF whose text can be selected.",
            f"La page ne peut être comparée au XML ({problem}) : faites un PDF dont le texte peut être sélectionné.",
        )
        return
    for rule in RULES:
        yield from rule(invoice, text)


def _broken(rule: Rule, invoice: Invoice, text: str) -> bool:
    return next(rule(invoice, text), None) is not None


def _plainly_agrees(invoice: Invoice, text: str) -> bool:
    """True when every rule is met by what is written in the most usual way: no pattern is made for this invoice."""
    totals = invoice.totals
    stated = (totals.total_without_vat, totals.total_with_vat, totals.due, *(vat.tax for vat in invoice.vat_breakdown))
    if not _stands(invoice.number, text) or not invoice.vat_breakdown:
        return False
    days = [day for day in (invoice.issue_date, invoice.due_date) if day is not None]
    if not all(_stands(f"{day:%d/%m/%Y}", text) or _written(day).search(text) for day in days):
        return False
    return all(_figure_stands(value, text) for value in stated if value)


def _stands(number: str, text: str) -> bool:
    """Is the number in the text, and not part of a longer word or number?"""
    at = text.find(number)
    end = at + len(number)
    return at >= 0 and number != "" and not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum()


_USUAL = (("\u202f", ","), ("\u00a0", ","), (",", "."), (".", ","), ("", ","), ("", "."))
"""How thousands and cents are parted."""
_BEFORE = re.compile("[0-9][.,'’\u00a0\u2009\u202f]?\\Z")
_AFTER = re.compile(f"[.,'’\u00a0\u2009\u202f]?[0-9]|[{_SPACES}]?%")


def _figure_stands(value: Amount, text: str) -> bool:
    """Is the amount in the text, usually written, no rate or part of a longer number, where it comes first at least?"""
    whole, _, cents = f"{value:,.2f}".partition(".")
    for group, mark in _USUAL:
        written = f"{whole.replace(',', group)}{mark}{cents}"
        at = text.find(written)
        if at >= 0:
            return not _BEFORE.search(text[max(0, at - 2) : at]) and not _AFTER.match(text, at + len(written))
    return False


def page_number(invoice: Invoice, text: str) -> Iterator[Finding]:
    """The invoice number is on the page (BT-1)."""
    loose = r"\s?".join(map(re.escape, invoice.number))
    if not invoice.number or not re.search(rf"(?<![A-Za-z0-9]){loose}(?![A-Za-z0-9])", text):
        yield error(
            "PAGE_NUMBER",
            f"The number {invoice.number} of the XML is not on the page: the two must state one invoice."
            " Make the PDF again with `pdp-bridge render`.",
            f"Le numéro {invoice.number} du XML n’est pas sur la page : les deux doivent dire la même facture."
            " Refaites le PDF avec `pdp-bridge render`.",
            term="BT-1",
            value=invoice.number,
        )


def page_dates(invoice: Invoice, text: str) -> Iterator[Finding]:
    """The issue date and the due date are on the page (BT-2, BT-9)."""
    for term, day in (("BT-2", invoice.issue_date), ("BT-9", invoice.due_date)):
        if day is not None and not _written(day).search(text):
            yield error(
                "PAGE_DATES",
                f"The date {day.isoformat()} ({term}) of the XML is not on the page: the two must agree."
                " Make the PDF again with `pdp-bridge render`.",
                f"La date {day:%d/%m/%Y} ({term}) du XML n’est pas sur la page : les deux doivent concorder."
                " Refaites le PDF avec `pdp-bridge render`.",
                term=term,
                value=day.isoformat(),
            )


def page_totals(invoice: Invoice, text: str) -> Iterator[Finding]:
    """The totals are on the page: without VAT, with VAT, due (BT-109, BT-112, BT-115)."""
    totals = invoice.totals
    stated = (("BT-109", totals.total_without_vat), ("BT-112", totals.total_with_vat), ("BT-115", totals.due))
    for term, value in stated:
        if not _shown(value, invoice, text):
            yield _other_amount("PAGE_TOTALS", term, value)


def page_vat(invoice: Invoice, text: str) -> Iterator[Finding]:
    """The VAT is on the page, in all or by rate (BT-110 or each BT-117)."""
    if invoice.totals.vat_total is None or _shown(invoice.totals.vat_total, invoice, text):
        return
    hidden = [vat.tax for vat in invoice.vat_breakdown if not _shown(vat.tax, invoice, text)]
    if hidden or not invoice.vat_breakdown:
        yield _other_amount("PAGE_VAT", "BT-110", invoice.totals.vat_total)


RULES: tuple[Rule, ...] = (page_number, page_dates, page_totals, page_vat)


def _shown(value: Amount, invoice: Invoice, text: str) -> bool:
    """Is the amount on the page? Zero need not be: an exempt invoice has no VAT line, a paid one nothing due."""
    return not value or _figure(value, invoice.currency).search(text) is not None


def _other_amount(rule: str, term: str, value: Amount) -> Finding:
    return error(
        rule,
        f"The amount {value} ({term}) of the XML is not on the page: the two must agree. Make the PDF again "
        f"with `pdp-bridge render`.",
        f"Le montant {french_figure(value)} ({term}) du XML n’est pas sur la page : les deux doivent concorder. "
        f"Refaites le PDF avec `pdp-bridge render`.",
        term=term,
        value=value,
    )


def _figure(value: Amount, currency: str) -> re.Pattern[str]:
    """How an amount is written: 1 234,56; 1.234,56; 1,234.56; −5,00. Yen and the like may leave the cents out.

    No digit may touch it, not even across a separator of thousands that breaks no line; and a rate is no amount.
    """
    whole, _, cents = f"{abs(value):.2f}".partition(".")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    fraction = rf"[{_SPACES}]?[.,]\s?{cents}"
    if cents == "00" and not _has_cents(currency):
        fraction = f"(?:{fraction})?"
    sign = rf"{_MINUS}\s?" if value < 0 else ""
    before = "(?<![0-9])(?<![0-9][.,'’\u00a0\u2009\u202f])"
    after = f"(?![0-9])(?![.,'’\u00a0\u2009\u202f][0-9])(?![{_SPACES}]?%)"
    return re.compile(f"{sign}{before}{_GROUP.join(groups)}{fraction}{after}")


@cache
def _has_cents(currency: str) -> bool:
    from babel.numbers import get_currency_precision  # noqa: PLC0415 - only when a page is read

    return get_currency_precision(currency) > 0


@lru_cache(maxsize=1024)
def _written(day: date) -> re.Pattern[str]:
    """How a date is written: 31/01/2026, 31.01.26, 2026-01-31, 31 janvier 2026, 1er janvier, January 31, 2026 …"""
    d, m, y = f"0?{day.day}", f"0?{day.month}", f"(?:{day.year}|{day.year % 100:02d})"
    name = f"(?:{'|'.join(_month_names(day.month))})"
    forms = (
        rf"{d}\s?[/.-]\s?{m}\s?[/.-]\s?{y}",
        rf"{day.year}\s?[-/.]\s?{day.month:02d}\s?[-/.]\s?{day.day:02d}",
        rf"{day.month:02d}/{day.day:02d}/{day.year}",
        rf"{d}(?:er|º|\.|st|nd|rd|th)?[\s-]+(?:de\s+)?{name}\.?,?[\s-]+(?:de\s+)?{day.year}",
        rf"{name}\.?\s+{d}(?:st|nd|rd|th)?,?\s+{day.year}",
    )
    return re.compile(rf"(?<![0-9])(?:{'|'.join(forms)})(?![0-9])", re.IGNORECASE)


@cache
def _month_names(month: int) -> tuple[str, ...]:
    from babel.dates import get_month_names  # noqa: PLC0415 - only when a page is read

    names = {
        get_month_names(width, locale=language)[month].rstrip(".")
        for width in ("wide", "abbreviated")
        for language in _LANGUAGES
    }
    return tuple(sorted((re.escape(name) for name in names), key=len, reverse=True))
