"""Long answers are written as they are read: a journal of many years needs no more memory than one of a week."""

import io
import json
import sys

import pytest

from pdp_bridge.cli.known import status
from pdp_bridge.cli.screen import print_json
from pdp_bridge.journal.reader import PAGE, JournalReader
from pdp_bridge.ports import Entry, State


class Rows:
    """Invoices that are counted as they are read, and again as they come out."""

    def __init__(self, count):
        self.count = count
        self.read = self.written = self.lead = 0

    def entries(self, _journal=None):
        for number in range(self.count):
            self.read += 1
            yield Entry(source_id=str(number), number=f"FA-{number:06}", state=State.PULLED, version="v")

    def seen(self, text):
        """What was read and is not written yet, at most."""
        numbers = text.count('"number"') or text.count("FA-")
        if numbers:
            self.lead = max(self.lead, self.read - self.written - numbers)
            self.written += numbers


class Watched(io.StringIO):
    """A standard output that keeps nothing."""

    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def write(self, text):
        self.rows.seen(text)
        return len(text)


@pytest.mark.parametrize(("as_json", "count"), [(False, 4 * PAGE), (True, 50_000)], ids=["table", "json"])
def test_a_status_of_everything_is_written_page_by_page(folder, monkeypatch, as_json, count):
    rows = Rows(count)
    monkeypatch.setenv("PDP_BRIDGE_DATA", str(folder))
    monkeypatch.setattr(JournalReader, "entries", rows.entries)
    monkeypatch.setattr(sys, "stdout", Watched(rows))
    assert status(None, as_json=as_json) == 0
    assert rows.written == count
    assert rows.lead <= PAGE


@pytest.mark.parametrize(
    "value",
    [
        [],
        [1],
        {},
        {"a": {}},
        {"a": [], "b": {"c": [1, {"d": "é\n"}]}, "e": None},
        [{"a": [1, 2]}],
        "x",
        {"a": {"b": 1}},
    ],
)
def test_json_is_written_as_the_library_does(value, capsys):
    print_json(value)
    assert capsys.readouterr().out == json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def test_what_comes_one_after_the_other_is_a_list(capsys):
    print_json({"empty": iter(()), "first": iter([{"a": [1]}, 2]), "deeper": {"second": iter("x")}, "last": iter([])})
    expected = {"empty": [], "first": [{"a": [1]}, 2], "deeper": {"second": ["x"]}, "last": []}
    assert capsys.readouterr().out == json.dumps(expected, indent=2) + "\n"
