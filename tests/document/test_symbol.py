"""The QR symbol: the same modules as segno makes when it compares the masks itself."""

from __future__ import annotations

import pytest
import segno
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pdp_bridge.document import codewords, symbol


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=150))
@example(text="x")
@example(text="0" * 331)
def test_the_mask_is_the_one_that_segno_chooses(text):
    same_as_segno(text)


@pytest.mark.parametrize("version", range(1, 14))
@pytest.mark.parametrize("spare", [0, 1, 2])
def test_a_version_is_filled_to_its_last_byte(version, spare):
    most = {1: 14, 2: 26, 3: 42, 4: 62, 5: 84, 6: 106, 7: 122, 8: 152, 9: 180, 10: 213, 11: 251, 12: 287, 13: 331}
    text = "7" * (most[version] - spare)

    assert codewords.smallest(text.encode()) == version
    assert codewords.smallest(b"7" * (most[version] + 1)) == version + 1
    same_as_segno(text)


def test_what_no_symbol_holds_is_refused():
    assert codewords.smallest(b"7" * 2331) == 40
    with pytest.raises(ValueError, match="2332 bytes"):
        codewords.smallest(b"7" * 2332)


def same_as_segno(text: str) -> None:
    side, runs = symbol.squares(text)
    modules = [bytearray(side) for _ in range(side)]
    for column, row, length in runs:
        modules[row][column : column + length] = b"\1" * length
    expected = segno.make_qr(text.encode(), error="m", boost_error=False, mode="byte")
    assert modules == [bytearray(row) for row in expected.matrix]
