"""When the story of a sent invoice is over, as far as anybody can tell: for archives."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, false, text

from pdp_bridge.journal import tables as t


def settled() -> ColumnElement[bool]:
    """The invoice is at the platform, validated and made available to its buyer, and nobody has to be told of it.

    Nothing that the line does by itself needs its file any more: a lost answer is over, and a rejected copy or an
    unacceptable file (501) would be an open matter. Later statuses, a payment say, change its row alone. What was never
    sent stays whole: a run looks at it again. So does what is gone from the source, which `drift` tells of. No record
    that is still being sent has the same bytes: they hold the number, which one record of a seller claims at a time.
    """
    return and_(text(f"{t.SENT} AND NOT ({t.OPEN}) AND NOT ({t.CHANGED})"), t.invoice.c.passed_over == false())


def issued(first: date, before: date) -> ColumnElement[bool]:
    """On these days of issue, the last one excluded."""
    return and_(t.invoice.c.issue_date >= first, t.invoice.c.issue_date < before)
