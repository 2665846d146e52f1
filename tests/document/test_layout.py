"""The flow of blocks over pages: nothing lost, nothing cut, nothing in the foot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.document.layout import Block, Pen, Room, paginated, shortened, wrapped

_ROOM = Room(first_top=40.0, next_top=60.0, bottom=760.0, table_head=20.0)


def _nothing(sheet, top):
    """A block that draws nothing."""


blocks = st.lists(
    st.builds(
        Block,
        height=st.floats(1, 600),
        draw=st.just(_nothing),
        with_next=st.booleans(),
        in_table=st.booleans(),
        new_page=st.booleans(),
    ),
    max_size=40,
)


@given(blocks)
def test_every_block_is_placed_once_in_order_and_above_the_foot(flow):
    pages = paginated(flow, _ROOM)

    assert [block for placed in pages for _, block in placed.blocks] == flow
    for placed in pages:
        for y, block in placed.blocks:
            assert y >= _ROOM.first_top
            assert y + block.height <= _ROOM.bottom + 0.001


@given(blocks)
def test_blocks_do_not_overlap(flow):
    for placed in paginated(flow, _ROOM):
        for (y, block), (following, _) in zip(placed.blocks, placed.blocks[1:], strict=False):
            assert y + block.height == pytest.approx(following)


@given(blocks)
def test_the_head_of_the_table_is_repeated_where_rows_go_on(flow):
    for placed in paginated(flow, _ROOM)[1:]:
        assert (placed.table_head is not None) == placed.blocks[0][1].in_table


@given(st.integers(1, 60), st.floats(5, 40))
def test_what_must_stay_together_does(count, height):
    rows = [Block(height=height, draw=_nothing, in_table=True) for _ in range(count)]
    last = Block(height=height, draw=_nothing, in_table=True, with_next=True)
    totals = Block(height=200.0, draw=_nothing)
    final = paginated([*rows, last, totals], _ROOM)[-1].blocks

    assert [block for _, block in final][-2:] == [last, totals]


_PEN = Pen(9.0)


@given(st.text("abc éà 0123456789 \u00a0", max_size=200), st.floats(30, 300))
def test_wrapped_lines_fit_and_keep_every_word(text, width):
    lines = wrapped(text, _PEN, width)

    assert all(_PEN.width(line) <= width + 0.001 for line in lines)
    assert "".join("".join(lines).split(" ")) == "".join(text.strip().split(" "))


def test_no_break_spaces_are_not_broken():
    assert wrapped("total 1\u202f234,56\u00a0€", _PEN, 60) == ("total", "1\u202f234,56\u00a0€")


def test_line_ends_are_kept():
    assert wrapped("a\nb\r\n\nc", _PEN, 100) == ("a", "b", "", "c")


def test_a_shortened_name_ends_with_an_ellipsis():
    assert shortened("Atelier Numérique", _PEN, 45).endswith("…")
    assert shortened("Atelier", _PEN, 100) == "Atelier"


def test_a_long_name_is_cut_after_its_hyphens_and_a_reference_is_not():
    assert wrapped("à Saint-Rémy-en-Bouzemont", Pen(10.0), 80.0) == ("à Saint-Rémy-en-", "Bouzemont")
    assert wrapped("du 2026-2027-0001", Pen(10.0), 82.0) == ("du", "2026-2027-0001")
