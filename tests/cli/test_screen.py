"""Text from outside is harmless on a terminal, and tables say what matters."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pdp_bridge.cli import tables, words
from pdp_bridge.cli.line import file_stem, saved
from pdp_bridge.cli.screen import Screen, plain, safe
from pdp_bridge.model.report import Finding, Layer, LayerName, Report, Severity
from pdp_bridge.model.status import Outcome, StatusSummary
from pdp_bridge.ports import Entry, State

HOSTILE = "\x1b[2J[bold red]\x07FA\u202e-1\r\n[/]\x9b31m"


def shown(renderable, width=100):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(renderable)
    return console.file.getvalue()


@given(st.text())
def test_no_control_character_and_no_markup_survives(text):
    rendered = Text.from_markup(f"[bold]{safe(text)}[/]").plain
    assert rendered == plain(text)
    assert all(character.isprintable() or character in "\u00a0\u202f" for character in rendered)


@pytest.mark.parametrize("space", ["\u00a0", "\u202f"])
def test_no_line_begins_with_a_colon(space):
    """French puts a space before it that is not to be broken, in a paragraph as in a cell of a table."""
    sentence = f"La facture part ce jour-là{space}: il n’y a rien à faire."
    table = Table.grid()
    table.add_row(sentence, Text(sentence))
    for width in range(14, 80):
        console = Screen(file=io.StringIO(), width=width, highlight=False)
        console.print(sentence)
        console.print(table)
        told = console.file.getvalue()
        assert f"{space}:" in told
        assert not re.search(r"^ *:", told, re.MULTILINE)
        assert "\ue000" not in told


def test_hostile_text_in_a_table():
    entry = Entry(source_id="1", number=HOSTILE, state=State.FAILED, version="v", reason=HOSTILE)
    for rendered in (shown(tables.of_entries([entry])), shown(tables.of_entry(entry))):
        assert "\x1b" not in rendered
        assert "\u202e" not in rendered
        assert "[bold red]" in rendered


@given(st.text(min_size=1))
def test_a_file_name_never_leaves_its_folder(number):
    stem = file_stem(number)
    assert "/" not in stem
    assert not stem.startswith((".", "-", "_"))
    assert stem.isascii()
    assert stem


def test_two_numbers_never_share_a_file():
    assert len({file_stem(number) for number in ("A/1", "A_1", "A 1", "A-1", "-A-1", "../A-1")}) == 6


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = saved(tmp_path, "2026-11", b"%PDF")
    assert path == tmp_path / "2026-11.pdf"
    assert path.read_bytes() == b"%PDF"
    with pytest.raises(TypeError):
        saved(tmp_path, "2026-11", "text")  # not bytes: fails after the temporary file was made
    assert path.read_bytes() == b"%PDF"
    assert [each.name for each in tmp_path.iterdir()] == ["2026-11.pdf"]


@pytest.mark.parametrize(
    ("status", "outcome", "mark"),
    [
        ("REFUSED", Outcome.VALIDATED, "✗"),
        ("REJECTED", Outcome.REJECTED, "✗"),
        ("DISPUTED", Outcome.VALIDATED, "!"),
        ("APPROVED", Outcome.VALIDATED, "✓"),
        ("SUBMITTED", Outcome.PENDING, "…"),
        ("BRAND_NEW", Outcome.PENDING, "…"),
    ],
)
def test_the_mark_of_a_status(status, outcome, mark):
    summary = StatusSummary(technical_status=outcome, lifecycle_status=status, lifecycle_label=status)
    entry = Entry(source_id="1", number="FA-1", state=State.SENT, version="v", summary=summary)
    assert Text.from_markup(tables.standing(entry)).plain.startswith(mark)


def test_errors_come_before_warnings_and_keep_their_field():
    warning = Finding(rule="W", severity=Severity.WARNING, message="look", message_fr="regardez", value="x" * 5)
    error = Finding(
        rule="E", severity=Severity.ERROR, message="mend", message_fr="corrigez", term="BT-47", field="siret"
    )
    rendered = shown(tables.of_findings([warning, error]))
    assert rendered.index("✗ E") < rendered.index("! W")
    assert "BT-47 · customer's page, SIRET (siret), in Facturation.pro" in rendered
    assert "(now: xxxxx)" in rendered


@pytest.mark.parametrize(("language", "told"), [("fr", "le moteur manque"), ("en", "the engine is missing")])
def test_a_refusal_for_a_check_that_did_not_run_is_told_in_the_operators_language(language, told, monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")
    words.choose(language)
    layer = Layer.not_run(LayerName.XSD, "test", "the engine is missing", "le moteur manque")
    report = Report(layers=(layer,), required=(LayerName.XSD,), sha256="ab")
    entry = Entry(source_id="1", number="FA-1", state=State.REFUSED, version="v", report=report, reason=report.obstacle)
    assert told in tables.why(entry)
    words.choose("en")
