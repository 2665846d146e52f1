"""The exit codes, in one place: 0 all done, 1 invoices need a person, 2 usage or configuration, 3 a service is
unreachable; and how an error is told.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import ParamSpec

import typer

from pdp_bridge.cli import words
from pdp_bridge.cli.screen import errors, safe, styled
from pdp_bridge.cli.words import _
from pdp_bridge.errors import (
    BridgeError,
    Busy,
    ConfigError,
    FindingError,
    InvoiceRefused,
    JournalError,
    NotAllowed,
    PlatformError,
    SourceError,
    Stopped,
)
from pdp_bridge.ports import Entry, State

P = ParamSpec("P")


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    NEEDS_A_PERSON = 1
    CONFIGURATION = 2
    UNREACHABLE = 3
    INTERRUPTED = 130  # the shell's own number for Ctrl-C


ACCOUNT_CODES = frozenset(
    {"AUTH_FAILED", "FORBIDDEN", "FIRM_NOT_FOUND", "WRONG_FIRM", "REDIRECT_REFUSED", "NOT_FOUND", "UNKNOWN_REFERENCE"}
    | {"SELLER_NOT_ENROLLED"}
)
"""Refusals that a change of settings, or of what was typed, cures."""

INVOICE_CODES = frozenset({"NOT_SENDABLE", "CONFLICT", "AMBIGUOUS", "TOO_LARGE", "UNREADABLE", "UNVERIFIED"})
"""Refusals that concern one invoice."""


def code_of(error: BridgeError) -> ExitCode:
    """The exit code of a command that an error ended."""
    if isinstance(error, ConfigError | JournalError):
        return ExitCode.CONFIGURATION
    if isinstance(error, InvoiceRefused | FindingError | NotAllowed):
        return ExitCode.NEEDS_A_PERSON
    if isinstance(error, SourceError | PlatformError):
        if error.code in ACCOUNT_CODES:
            return ExitCode.CONFIGURATION
        if error.code in INVOICE_CODES:
            return ExitCode.NEEDS_A_PERSON
    return ExitCode.UNREACHABLE


ANOTHER_ROUTE = "NOT_E_INVOICED"
"""The finding of an invoice that is not for the network, such as a sale to a consumer."""


def needs_a_person(entry: Entry) -> bool:
    """Nothing happens to this invoice until somebody acts.

    One that is held waits for its day, or goes another way, unless it says that somebody is to decide.
    """
    if entry.state is State.HELD:
        findings = entry.report.errors if entry.report and entry.next_action_at is None else ()
        return any(finding.rule != ANOTHER_ROUTE for finding in findings)
    if entry.state is State.SENDING:
        return entry.unresolved
    return entry.state is State.REFUSED or entry.quarantined or (entry.state is State.FAILED and not entry.retryable)


def code_of_line(entries: Iterable[Entry], *, unreachable: bool) -> ExitCode:
    """The exit code of a run: 0 only when every eligible invoice is deposited."""
    entries = list(entries)
    if unreachable:
        return ExitCode.UNREACHABLE
    if any(needs_a_person(entry) for entry in entries):
        return ExitCode.NEEDS_A_PERSON
    if any(entry.state in {State.FAILED, State.SENDING} for entry in entries):
        return ExitCode.UNREACHABLE
    return ExitCode.DONE


def code_of_entry(entry: Entry) -> ExitCode:
    """The exit code of sending one invoice."""
    if entry.state is State.HELD:
        return ExitCode.NEEDS_A_PERSON
    return code_of_line([entry], unreachable=False)


def guarded(function: Callable[P, int]) -> Callable[P, None]:
    """The command, ending with its exit code; errors made on purpose are told without a traceback.

    With `--debug` they pass, traceback and all.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except BridgeError as error:
            if kwargs.get("debug"):
                raise
            tell(error)
            code = code_of(error)
        except OSError as error:
            if kwargs.get("debug") or error.errno == errno.EPIPE:  # a reader that left, as `head` does: typer's affair
                raise
            place = f"{error.filename}: " if error.filename else ""
            errors().print(styled("bold red", _("Error:")) + " " + safe(f"{place}{error.strerror}"), soft_wrap=True)
            code = ExitCode.CONFIGURATION
        except KeyboardInterrupt:
            errors().print(_("Interrupted. Nothing is lost: the next run takes up where this one stopped."))
            code = ExitCode.INTERRUPTED
        raise typer.Exit(code)

    return run


def tell(error: BridgeError) -> None:
    """The error in plain words, on the error stream."""
    console = errors()
    text = explained(error)
    console.print(styled("bold red", _("Error:")) + " " + safe(text, lines=True), soft_wrap=True)
    if isinstance(error, InvoiceRefused):
        for finding in error.report.errors:
            console.print(f"  [red]✗[/] [bold]{safe(finding.rule)}[/] {safe(words.sentence(finding))}", soft_wrap=True)


def explained(error: BridgeError) -> str:
    """The error in the operator's language, as far as the catalogue goes; the exact message always stays."""
    from pdp_bridge.settings import SettingsError

    if isinstance(error, SettingsError):
        heading = _(error.heading).format(**error.heading_values)
        lines = [heading, *(f"  {told_problem(problem)}" for problem in error.problems)]
        return "\n".join([*lines, *told_search(error.searched)])
    if isinstance(error, FindingError):
        return f"{error.finding.rule} – {words.sentence(error.finding)}"
    title = _title(error)
    return f"{title}\n{error}" if title and words.language() != "en" else str(error)


def told_problem(problem: object) -> str:
    """A problem of the settings, translated."""
    from pdp_bridge.settings import Problem

    if not isinstance(problem, Problem):
        return str(problem)
    reason = _(problem.reason).format(**problem.values)
    places = f" ({', '.join(told_origin(place) for place in problem.places)})" if problem.places else ""
    return f"{problem.key} {reason}{places}"


def told_search(files: Sequence[str]) -> list[str]:
    """Where missing settings were looked for; nothing when it does not matter."""
    from pdp_bridge.settings.problems import SEARCHED

    return [_(SEARCHED).format(files=", ".join(told_origin(file) for file in files))] if files else []


def told_origin(origin: str) -> str:
    """Where a value came from, translated: `environment X`, `default (…)`, `argument`, or a file's name."""
    head, space, rest = origin.partition(" ")
    known = {"environment": _("environment"), "default": _("default"), "argument": _("argument")}
    if head in known:
        return known[head] + space + rest.replace("(environment)", _("(from environment)"))
    return origin.replace("(absent)", _("(absent)"))


def _title(error: BridgeError) -> str:
    """What happened, by the error's stable code."""
    if isinstance(error, Busy):
        return _("Another pdp-bridge is working on the same data folder; try again when it has finished.")
    if isinstance(error, Stopped):
        return _("Stopped. What is left waits for the next time.")
    if isinstance(error, JournalError):
        return _("The local journal cannot be used.")
    if isinstance(error, InvoiceRefused):
        return _("The invoice was not sent: our own checks refuse it.")
    if isinstance(error, NotAllowed):
        return _("What was asked may not be done for this invoice as it stands.")
    service = "Facturation.pro" if isinstance(error, SourceError) else "Iopole"
    titles = {
        "AUTH_FAILED": _("{service} refuses the credentials: check them in the settings."),
        "FORBIDDEN": _("{service} does not give this account the right to do that."),
        "FIRM_NOT_FOUND": _("{service} does not know this firm: check source.firm_id."),
        "SELLER_NOT_ENROLLED": _("{service} does not take invoices of this seller yet: nothing is sent."),
        "DIRECTORY_UNAVAILABLE": _("The directory of buyers cannot be asked at the moment. Try again later."),
        "WRONG_FIRM": _("{service} answers for another firm: check source.firm_id."),
        "RATE_LIMITED": _("{service} asks for a pause: too many requests. Try again later."),
        "CIRCUIT_OPEN": _(
            "{service} has not answered for a while and is left alone: `pdp-bridge doctor` tries at once."
        ),
        "UNREACHABLE": _("{service} cannot be reached. Check the connection and try again later."),
        "SERVER_ERROR": _("{service} is failing at the moment. Try again later."),
        "BAD_RESPONSE": _("{service} gave an answer that cannot be used."),
        "NOT_FOUND": _("There is no such invoice."),
        "NOT_SENDABLE": _("This invoice is not to be sent."),
        "CONFLICT": _("{service} already holds this number with another content: nothing was sent."),
        "NO_ANSWER": _("{service} did not answer: the next run looks for the deposit before anything is sent again."),
    }
    code = getattr(error, "code", "")
    return titles.get(code, "").format(service=service)
