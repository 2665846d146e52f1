"""The audit as CSV for a spreadsheet: in French with semicolons and decimal commas, in English with commas and points.

UTF-8 with a byte order mark, so that a spreadsheet reads accents. Text that a spreadsheet would run as a formula gets
an apostrophe in front (CWE-1236); amounts are ours, and stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from pdp_bridge.audit.figures import RateLine
from pdp_bridge.audit.rows import Row
from pdp_bridge.cli import proof_words as told
from pdp_bridge.cli.screen import plain
from pdp_bridge.cli.words import _, language

_RUN = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What begins a formula, in usual and in full width."""


def of_rows(rows: Iterable[Row]) -> bytes:
    """One line for each number of the period."""
    heading = (
        _("Invoice"),
        _("Dated"),
        _("Status"),
        _("Buyer"),
        _("Currency"),
        _("Without VAT"),
        _("VAT"),
        _("Total with VAT"),
        _("Without VAT, sent"),
        _("VAT, sent"),
        _("Total with VAT, sent"),
        _("Lifecycle"),
        _("Id at Iopole"),
        _("Rules"),
        _("Reason"),
    )
    return _table(heading, (_row(row) for row in rows))


def of_rates(lines: Iterable[RateLine]) -> bytes:
    """One line for each VAT rate."""
    heading = (
        _("Currency"),
        _("VAT category"),
        _("VAT rate"),
        _("Base, source"),
        _("Base, sent"),
        _("VAT, source"),
        _("VAT, sent"),
    )
    return _table(
        heading,
        (
            (
                cell(line.currency),
                cell(line.category),
                number(line.rate),
                *(number(each) for each in (line.source_base, line.sent_base, line.source_tax, line.sent_tax)),
            )
            for line in lines
        ),
    )


def cell(text: str | None) -> str:
    """Text from outside in a cell: one line, no control character, never a formula.

    >>> cell("=cmd|' /C calc'!A0"), cell(" @SUM(A1)"), cell("2026-101")
    ("'=cmd|' /C calc'!A0", "' @SUM(A1)", '2026-101')
    """
    shown = plain(text or "")
    return f"'{shown}" if shown.strip().startswith(_RUN) else shown


def number(value: Decimal | None) -> str:
    """A figure as the spreadsheet of that language reads it; empty when unknown."""
    text = "" if value is None else f"{value:f}"
    return text.replace(".", ",") if language() == "fr" else text


def _row(row: Row) -> tuple[str, ...]:
    printed, sent = row.printed, row.sent
    amounts = (
        *((printed.total_without_vat, printed.vat, printed.total_with_vat) if printed else (None, None, None)),
        *((sent.without_vat, sent.vat, sent.with_vat) if sent else (None, None, None)),
    )
    return (
        cell(row.number),
        row.issue_date.isoformat() if row.issue_date else "",
        told.standing_words(row.standing),
        cell(printed.buyer if printed else None),
        cell(printed.currency if printed else None),
        *(number(amount) for amount in amounts),
        cell(row.lifecycle),
        cell(row.submission_id),
        cell(", ".join(dict.fromkeys(finding.rule for finding in row.findings))),
        cell(told.why(row)),
    )


def _table(heading: Iterable[str], lines: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if language() == "fr" else ",", lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")
