"""What was written back to Facturation.pro, told on the error stream; nothing of it changes an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdp_bridge.cli.screen import errors, safe, styled
from pdp_bridge.cli.words import _, moment, several
from pdp_bridge.model.mark import Trouble, WriteBack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pdp_bridge.journal.written import Written


def tell_of_write_back(result: WriteBack | None) -> None:
    """What was written, what could not be, what is left. Each trouble is told once."""
    if result is None:
        return
    console = errors()
    if result.written or result.uploaded:
        text = _("Written back to Facturation.pro: statuses {written}, files {uploaded}.")
        console.print(text.format(written=result.written, uploaded=result.uploaded), soft_wrap=True)
    for number, trouble, detail in result.troubles:
        shown = f" – {detail}" if detail else ""
        console.print(styled("yellow", safe(f"{number}: {trouble_words(trouble)}{shown}")), soft_wrap=True)
    if result.problem:
        text = _("Not everything was written back; the next run goes on with it:")
        console.print(styled("yellow", text) + " " + safe(result.problem), soft_wrap=True)
    elif result.left:
        text = several(
            "{count} invoice is left to be written back: the next run goes on with it.",
            "{count} invoices are left to be written back: the next run goes on with them.",
            result.left,
        )
        console.print(text.format(count=result.left), soft_wrap=True)


def trouble_words(trouble: str) -> str:
    """Why something was not written, and what to do."""
    words: Mapping[str, str] = {
        Trouble.FOREIGN: _(
            "api_custom holds a text of somebody else: it is left alone, and no status is written there"
        ),
        Trouble.OTHER_DEPOSIT: _(
            "api_custom names a deposit that this journal does not know: look for it at Iopole; it is left alone"
        ),
        Trouble.GONE: _("Facturation.pro has no such invoice any more: no status is written"),
        Trouble.REFUSED: _("Facturation.pro does not take the status; the next one is tried again"),
        Trouble.UPLOAD_REFUSED: _(
            "Facturation.pro does not take the Factur-X: check the disk space of the firm; the invoice stays sent, and "
            "the next run tries again"
        ),
        Trouble.UPLOAD_UNKNOWN: _(
            "nobody knows whether Facturation.pro took the Factur-X: the next run looks among the files of the invoice"
        ),
        Trouble.FOLLOW_UP_UNKNOWN: _(
            "there is no such follow-up in Facturation.pro: create it there, or correct write_back.follow_up"
        ),
    }
    return words.get(trouble, trouble)


def of_write_back(result: WriteBack | None) -> dict[str, object] | None:
    """As `run --json` and `sync --json` show it; null when the settings do not ask for it."""
    if result is None:
        return None
    return {
        "written": result.written,
        "uploaded": result.uploaded,
        "left": result.left,
        "problem": result.problem,
        "troubles": [
            {"number": number, "trouble": str(trouble), "detail": detail} for number, trouble, detail in result.troubles
        ],
    }


def of_written(written: Written | None) -> dict[str, object] | None:
    """What the source shows of one invoice, as `status NUMBER --json` shows it."""
    if written is None:
        return None
    return {
        "text": written.text,
        "at": written.at.isoformat() if written.at else None,
        "uploaded_at": written.uploaded_at.isoformat() if written.uploaded_at else None,
        "problem": written.problem,
    }


def told_written(written: Written | None) -> str:
    """The same in a line; empty when nothing was ever written."""
    if written is None or (written.text is None and written.problem is None):
        return ""
    told = _("In Facturation.pro since {moment}: {text}").format(moment=moment(written.at), text=written.text)
    parts = [told] if written.text else []
    if written.problem:
        trouble, _colon, detail = written.problem.partition(": ")
        parts.append(f"{trouble_words(trouble)}{f' – {detail}' if detail else ''}")
    return safe("; ".join(parts))
