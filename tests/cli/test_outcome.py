"""Exit codes, in one table: 0 all done, 1 invoices need a person, 2 configuration, 3 a service is unreachable."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdp_bridge.cli.outcome import ExitCode, code_of, code_of_entry, code_of_line
from pdp_bridge.delivery import refusal
from pdp_bridge.errors import (
    Busy,
    ConfigError,
    Held,
    InvoiceRefused,
    JournalError,
    MappingError,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnavailable,
    SourceRefused,
    SourceUnavailable,
)
from pdp_bridge.model.report import Finding, Report, Severity
from pdp_bridge.ports import Entry, State

FINDING = Finding(rule="X", severity=Severity.ERROR, message="m", message_fr="m")


def entry(state, *, retryable=False, **fields):
    return Entry(source_id="1", number="FA-1", state=state, version="v", retryable=retryable, **fields)


def held(rule, **fields):
    return entry(State.HELD, report=refusal(Held(replace(FINDING, rule=rule))), **fields)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), 2),
        (JournalError("x"), 2),
        (SourceRefused("x", code="AUTH_FAILED"), 2),
        (SourceRefused("x", code="WRONG_FIRM"), 2),
        (SourceRefused("x", code="UNKNOWN_REFERENCE"), 2),
        (PlatformRefused("x", code="AUTH_FAILED"), 2),
        (MappingError(FINDING), 1),
        (Held(FINDING), 1),
        (InvoiceRefused("x", Report(layers=(), required=(), sha256="")), 1),
        (SourceRefused("x", code="NOT_SENDABLE"), 1),
        (PlatformRefused("x", code="CONFLICT"), 1),
        (SourceUnavailable("x", code="UNREACHABLE"), 3),
        (SourceRefused("x", code="BAD_RESPONSE"), 3),
        (PlatformUnavailable("x", code="SERVER_ERROR"), 3),
        (OutcomeUnknown("x", code="NO_ANSWER"), 3),
        (Busy("x"), 3),
    ],
)
def test_an_error_has_its_code(error, code):
    assert code_of(error) == code


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], 0),
        ([entry(State.SENT), entry(State.HELD)], 0),
        ([entry(State.SENT), held("NOT_E_INVOICED")], 0),
        ([entry(State.SENT), held("CREDIT_NOTE_SIGN")], 1),
        ([held("DATED_LATER", next_action_at=datetime(2027, 1, 1, tzinfo=UTC))], 0),
        ([entry(State.SENT), entry(State.REFUSED)], 1),
        ([entry(State.FAILED)], 1),
        ([entry(State.FAILED, retryable=True)], 3),
        ([entry(State.SENDING)], 3),
        ([entry(State.SENDING), entry(State.REFUSED)], 1),
    ],
)
def test_a_run_is_done_when_every_eligible_invoice_is_deposited(entries, code):
    assert code_of_line(entries, unreachable=False) == code
    assert code_of_line(entries, unreachable=True) is ExitCode.UNREACHABLE


def test_sending_an_invoice_that_is_held_is_for_a_person():
    assert code_of_entry(entry(State.HELD)) is ExitCode.NEEDS_A_PERSON
    assert code_of_entry(entry(State.SENT)) is ExitCode.DONE
