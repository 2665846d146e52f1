"""The words of an audit, for the screen and for the sheet."""

from __future__ import annotations

from pdp_bridge.audit.figures import RateLine
from pdp_bridge.audit.rows import Row, Standing
from pdp_bridge.cli.line import skip_words
from pdp_bridge.cli.words import _, language, sentence


def standing_words(standing: Standing) -> str:
    """Where a number stands, in a few words."""
    return {
        Standing.VALIDATED: _("sent, validated"),
        Standing.PENDING: _("sent, no verdict yet"),
        Standing.REJECTED: _("rejected by the platform"),
        Standing.B2C: _("to be reported: sale to a consumer"),
        Standing.INTERNATIONAL: _("to be reported: international sale"),
        Standing.OUT_OF_SCOPE: _("out of scope"),
        Standing.PASSED_OVER: _("not sent from here"),
        Standing.HELD: _("held"),
        Standing.REFUSED: _("refused by our checks"),
        Standing.WAITING: _("pulled, not yet sent"),
        Standing.IN_DOUBT: _("answer awaited"),
        Standing.FAILED: _("failed"),
        Standing.MISSING: _("missing"),
    }[standing]


def why(row: Row) -> str:
    """Why a number is where it is, in sentences; empty for what was sent and validated."""
    if row.findings:
        return " ".join(dict.fromkeys(sentence(finding) for finding in row.findings))
    if row.standing in {Standing.MISSING, Standing.PASSED_OVER} and row.reason:
        return _("Facturation.pro: {reason}").format(reason=skip_words(row.reason))
    return row.reason or ""


def rate_words(line: RateLine) -> str:
    """A VAT rate as people read it, with the category where there is no French VAT."""
    if line.rate is None:
        return line.category
    figure = f"{line.rate:f}\u00a0%"
    figure = figure.replace(".", ",") if language() == "fr" else figure
    return figure if line.category == "S" else f"{figure} ({line.category})"
