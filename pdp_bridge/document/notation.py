"""The objects of a PDF file in their own notation, and the file made of them.

ISO 32000-1, 7.3 and 7.5; a stream ends with an end of line, as ISO 19005-3 (6.1.7.1) wants.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping

_ESCAPED = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)", "\r": r"\r"})
_HEAD = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
"""Version; the second line says that the file is not text (ISO 19005-3, 6.1.2)."""
_TRAILER = b"trailer\n<<\n/ID [<%b> <%b>]\n/Info %b\n/Root %b\n/Size %d\n>>\nstartxref\n%d\n%%%%EOF\n"


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


def file_of(*, root: Object, information: Object, identity: bytes) -> bytes:
    """The file of a catalog and an information dictionary, with all that they refer to, in the order of reference.

    `identity` is the same for the same document, and for no other.
    """
    objects: list[Object] = []
    references: dict[Object, bytes] = {}

    def reference(one: Object) -> bytes:
        if one not in references:
            objects.append(one)
            references[one] = b"%d 0 R" % len(objects)
        return references[one]

    named = reference(information), reference(root)
    pieces, offsets, size = [_HEAD], [], len(_HEAD)
    for number, one in enumerate(objects, start=1):  # there are more of them as each is written
        parts = [part if isinstance(part, bytes) else reference(part) for part in one.parts]
        written = b"%d 0 obj\n%b\nendobj\n" % (number, one.notation % tuple(parts))
        pieces.append(written)
        offsets.append(size)
        size += len(written)
    pieces.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    pieces += [b"%010d 00000 n \n" % offset for offset in offsets]
    mark = identity.hex().encode("ascii")
    pieces.append(_TRAILER % (mark, mark, *named, len(objects) + 1, size))
    return b"".join(pieces)
