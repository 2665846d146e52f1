"""The lines that the benchmark compares work, on one invoice; how fast they are is not tested here."""

from __future__ import annotations

import benchmark_page
import our_line
import pytest
import rivals
from sample_bills import bill

from pdp_bridge.document import cii
from pdp_bridge.document.extraction import embedded
from pdp_bridge.model.page import PageStyle
from pdp_bridge.ports import State


@pytest.mark.parametrize("rival", [rivals.unvalidated, rivals.naive, rivals.careful])
@pytest.mark.filterwarnings("default")  # of other people's libraries, used as their users do
def test_a_rival_makes_a_file_with_the_xml(rival):
    xml = cii.write(bill(3))
    assert embedded(rival(bill(3), xml)) == xml


def test_a_rival_notices_what_is_not_valid():
    xml = cii.write(bill(3)).replace(b">VAT</ram:TypeCode>", b">VAX</ram:TypeCode>", 1)
    with pytest.raises(AssertionError):
        rivals.careful(bill(3), xml)


def test_our_line_ends_in_the_journal(tmp_path):
    with our_line.journal_in(tmp_path) as journal:
        (document,) = our_line.whole([bill(3)], PageStyle(), journal)
        entry = journal.entry(bill(3).number)
    assert (entry.state, entry.sha256) == (State.SENT, document.sha256)


def test_the_page_tells_what_was_missed():
    cpu = {(name, lines): 10.0 for name in benchmark_page.LABELS for lines in (1, 10, 100, 1_000)}
    cpu["ours", 5_000] = 500.0
    sizes = {"ours, code to scan": 71, "unvalidated": 100}
    cold = {"help": 0.31, "validate": 0.2, "made and proven": 0.2}
    page = benchmark_page.page(cpu, {benchmark_page.JOURNAL: 1.0}, sizes, cold, drawn=False)
    assert page.count("| no |") == 5
    assert page.count("| yes |") == 3
