"""The QR symbol: the same modules as segno makes when it compares the masks itself."""

from __future__ import annotations

import segno
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pdp_bridge.document import symbol


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=150))
@example(text="x")
@example(text="0" * 331)
def test_the_mask_is_the_one_that_segno_chooses(text):
    side, runs = symbol.squares(text)
    modules = [bytearray(side) for _ in range(side)]
    for column, row, length in runs:
        modules[row][column : column + length] = b"\1" * length
    expected = segno.make_qr(text.encode(), error="m", boost_error=False, mode="byte")
    assert modules == [bytearray(row) for row in expected.matrix]
