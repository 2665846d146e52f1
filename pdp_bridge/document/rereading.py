"""The XML read back out of a file that `facturx` has just written, from the bytes of the file alone.

ISO 32000-1, 7.5: from the end to the table of the objects, and by it from the catalog to the embedded file, as readers
do. Only the very notation of `facturx` is understood: `extraction` reads the files of everybody.
"""

from __future__ import annotations

import re
import zlib

_TAIL = 200
"""Bytes that hold the end of the trailer."""
_END = re.compile(rb"/Root (\d+) 0 R\n/Size \d+\n>>\nstartxref\n(\d+)\n%%EOF\n\Z")
_TABLE = re.compile(rb"xref\n0 \d+\n")
_ENTRY, _OFFSET = 20, 10
"""Bytes of the table for each object, and of these, where the object starts."""
_OBJECT = rb"(\d+) 0 obj\n<<[^\n]*?"
_WAY = tuple(
    re.compile(_OBJECT + further)
    for further in (
        rb"/EmbeddedFiles << /Names \[ \(factur-x\.xml\) (\d+) 0 R \]",
        rb"/EF << /F (\d+) 0 R /UF \2 0 R >>",
        rb"/Length (\d+) /Filter /FlateDecode /Type /EmbeddedFile [^\n]*>>\nstream\n",
    )
)
"""Catalog, specification of the file, stream: the number of each object, and that of the next, or the length."""
_AFTER = b"\nendstream\nendobj\n"


def embedded_as_written(file: bytes) -> bytes | None:
    """The XML; None when anything in the file is not as it was written."""
    end = _END.search(file, max(0, len(file) - _TAIL))
    table = _TABLE.match(file, int(end[2])) if end else None
    if end is None or table is None:
        return None
    number = int(end[1])
    start = 0
    for pattern in _WAY:
        entry = table.end() + _ENTRY * number
        offset = file[entry : entry + _OFFSET]
        found = pattern.match(file, int(offset)) if offset.isdigit() else None
        if found is None or int(found[1]) != number:
            return None
        number, start = int(found[2]), found.end()
    return _unpacked(file, start, number)


def _unpacked(file: bytes, start: int, length: int) -> bytes | None:
    if not file.startswith(_AFTER, start + length):
        return None
    try:
        return zlib.decompress(file[start : start + length])
    except zlib.error:
        return None
