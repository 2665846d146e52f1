"""Pieces of a PDF file in their own notation, which reportlab's document numbers, refers to and writes.

ISO 32000-1, 7.3; a stream ends with an end of line, as ISO 19005-3 (6.1.7.1) wants and reportlab's own do not.
"""

from __future__ import annotations

import codecs

from reportlab.pdfbase import pdfdoc

_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)", "\r": r"\r"})


class Notation(pdfdoc.PDFObject):  # type: ignore[misc]  # reportlab has no types
    """A dictionary already in the notation of PDF, but for the entries that reportlab is to write."""

    __RefOnly__ = 1  # reportlab's word for: an object of its own, others refer to it

    def __init__(self, notation: bytes, **entries: object) -> None:
        self.notation = notation
        self.entries = entries

    def format(self, document: pdfdoc.PDFDocument) -> bytes:
        """Called by reportlab when it writes the file."""
        named = [b"/%b %b" % (key.encode(), pdfdoc.format(entry, document)) for key, entry in self.entries.items()]
        return b" ".join((b"<<", self.notation, *named, b">>"))


class Stream(Notation):
    """A stream and its dictionary."""

    def __init__(self, content: bytes, notation: bytes = b"", **entries: object) -> None:
        super().__init__(b"/Length %d %b" % (len(content), notation), **entries)
        self.content = content

    def format(self, document: pdfdoc.PDFDocument) -> bytes:
        """Called by reportlab when it writes the file."""
        return b"%b\nstream\n%b\nendstream" % (super().format(document), self.content)


def flate(packed: bytes, notation: bytes = b"", **entries: object) -> Stream:
    """The stream of something that `zlib.compress` has packed."""
    return Stream(packed, b"/Filter /FlateDecode " + notation, **entries)


def string(text: str) -> bytes:
    """A text of the dictionaries: in ASCII when it is, else in UTF-16."""
    if text.isascii():
        return b"(%b)" % text.translate(_ESCAPED).encode("ascii")
    return b"<%b>" % (codecs.BOM_UTF16_BE + text.encode("utf-16-be")).hex().encode("ascii")
