"""What came and could not be read, told on the error stream: it stops nothing else, and a person is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pdp_bridge.cli.outcome import ExitCode
from pdp_bridge.cli.screen import errors, safe, styled
from pdp_bridge.cli.words import _, several

if TYPE_CHECKING:
    from pdp_bridge.lifecycle import SyncResult
    from pdp_bridge.pipeline import PullResult
    from pdp_bridge.settings import Settings


def code_of_pull(result: PullResult) -> ExitCode:
    """The exit code of a scan of the source."""
    return ExitCode.NEEDS_A_PERSON if result.unreadable or result.problems else ExitCode.DONE


def tell_of_pull(result: PullResult) -> None:
    """Records and pages of the source that could not be read."""
    console = errors()
    for problem in result.problems:
        text = _("A page of the list could not be read; the others were, and the next run reads it all again:")
        console.print(styled("yellow", text) + " " + safe(problem), soft_wrap=True)
    if result.unreadable:
        text = several(
            "{count} record of Facturation.pro could not be read and is read again by the next run: id {ids}.",
            "{count} records of Facturation.pro could not be read and are read again by the next run: ids {ids}.",
            len(result.unreadable),
        )
        ids = ", ".join(result.unreadable)
        console.print(styled("yellow", safe(text.format(count=len(result.unreadable), ids=ids))), soft_wrap=True)


def tell_of_sync(result: SyncResult) -> None:
    """What came and could not be read, what the platform refused of it, what is left to the next time."""
    console = errors()
    if result.unreadable:
        text = several(
            "{count} status of Iopole could not be read: it is kept in the journal as it came; ask for its meaning.",
            "{count} statuses of Iopole could not be read: they are kept in the journal as they came; ask for their "
            "meaning.",
            result.unreadable,
        )
        console.print(styled("yellow", text.format(count=result.unreadable)), soft_wrap=True)
    for refusal in result.refusals:
        console.print(styled("yellow", _("Iopole refused:")) + " " + safe(refusal), soft_wrap=True)
    if result.histories_left:
        text = several(
            "{count} status history is left to the next synchronisation: enough were read for now.",
            "{count} status histories are left to the next synchronisation: enough were read for now.",
            result.histories_left,
        )
        console.print(text.format(count=result.histories_left), soft_wrap=True)


def tell_of_native_sending(settings: Settings) -> None:
    """In trials a warning is enough: what production will ask for."""
    from pdp_bridge.settings.agreement import acknowledged

    if not acknowledged(settings):
        errors().print(styled("yellow", native_sending_warning()), soft_wrap=True)


def native_sending_warning() -> str:
    """That nobody said that Facturation.pro sends nothing by itself."""
    return _(
        "source.native_sending_disabled is not set: switch off any sending by Facturation.pro itself, then set it; in "
        "production nothing is sent before."
    )
