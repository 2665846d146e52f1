"""The objects of a PDF file in their own notation, and the file that reportlab makes of them.

ISO 32000-1, 7.3 and 7.5; a stream ends with an end of line, as ISO 19005-3 (6.1.7.1) wants.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping

from reportlab.pdfbase.pdfdoc import BasicFonts, PDFDocument, PDFObject, PDFObjectReference

_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)", "\r": r"\r"})
_VERSION = (1, 7)


class Object:
    """One object of a file, which others may refer to; the same one may stand in many files.

    `notation` is how it is written; each `%b` in it is the place of one of the `parts`: a reference to another object,
    or something already written.
    """

    __slots__ = ("notation", "parts")

    def __init__(self, notation: bytes, *parts: Object | bytes) -> None:
        self.notation = notation
        self.parts = parts


def stream(content: bytes, about: bytes = b"") -> Object:
    """A stream; `about` are the entries of its dictionary beside its length."""
    return Object(b"<< /Length %b %b >>\nstream\n%b\nendstream", b"%d" % len(content), about, content)


def flate(packed: bytes, about: bytes = b"") -> Object:
    """The stream of something that `zlib.compress` has packed."""
    return stream(packed, b"/Filter /FlateDecode " + about)


def named(entries: Mapping[str, Object]) -> Object:
    """A dictionary of objects."""
    parts = [part for name in sorted(entries) for part in (name.encode("ascii"), entries[name])]
    return Object(b"<<\n" + b" ".join([b"/%b %b"] * len(entries)) + b"\n>>", *parts)


def string(text: str) -> bytes:
    """A text of the dictionaries: in ASCII when it is, else in UTF-16."""
    if text.isascii():
        return b"(%b)" % text.translate(_ESCAPED).encode("ascii")
    return b"<%b>" % (codecs.BOM_UTF16_BE + text.encode("utf-16-be")).hex().encode("ascii")


def file_of(*, root: Object, information: Object, fonts: Object, signed: Iterable[bytes]) -> bytes:
    """The file of a catalog and an information dictionary, with all that they refer to, numbered and written by
    reportlab, which keeps the dictionary of the fonts first.

    The identity of the file is the same for the same `signed`, and for no other.
    """
    document = PDFDocument(invariant=1, pdfVersion=_VERSION)
    for content in signed:
        document.updateSignature(content)
    references = {fonts: PDFObjectReference(BasicFonts).format(document)}
    document.idToObject[BasicFonts] = _Piece(fonts, references)
    document.Catalog, document.info = _Piece(root, references), _Piece(information, references)
    written: bytes = document.format()
    return written


class _Piece(PDFObject):  # type: ignore[misc]  # reportlab has no types
    """An object in one file."""

    __RefOnly__ = 1  # reportlab's word for: an object of its own, others refer to it

    def __init__(self, one: Object, references: dict[Object, bytes]) -> None:
        self.one = one
        self.references = references  # of the file, to what it has already

    def format(self, document: PDFDocument) -> bytes:
        """Called by reportlab when it writes the file."""
        parts = [part if isinstance(part, bytes) else self._reference(part, document) for part in self.one.parts]
        return self.one.notation % tuple(parts)

    def _reference(self, one: Object, document: PDFDocument) -> bytes:
        if one not in self.references:
            self.references[one] = document.Reference(_Piece(one, self.references)).format(document)
        return self.references[one]
