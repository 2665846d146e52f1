"""Going through the objects of a PDF made by anybody: each once, whatever the loops in it, and once for all rules."""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache

import pikepdf
from pikepdf import AccessMode, Array, Dictionary, Name, Object, Pdf, Stream

from pdp_bridge.validation.pdf_content import Drawn, Glyphs, glyphs, read, text_of

_OPERATORS = "Tf gs k K rg RG cs CS"
_FLATE = [Name.FlateDecode]
_ELSEWHERE = frozenset({"/DecodeParms", "/F"})
_OF_OBJECTS = frozenset({"/ObjStm", "/XRef"})
_MOST = 20_000_000
"""Bytes: a larger stream is left to the complete reader."""
_SHARED = 100_000
"""Bytes: a larger stream is not kept to be known again."""
_SHARED_OPEN = 1_000_000
"""Bytes, unpacked: likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A piece of content that is drawn, a page or a form, with the resources its names refer to.

    `plain`: its instructions are well formed from end to end, and `drawn` knows its text.
    """

    drawn: Drawn
    resources: Object
    plain: bool


@contextmanager
def opened(content: bytes) -> Iterator[Opened]:
    """The PDF in these bytes, until the end of the block. Raises what pikepdf raises when they are none.

    Given a file to map, qpdf reads it as memory; from a stream it asks Python thousands of times for a few bytes.
    """
    with os.fdopen(os.memfd_create("pdf"), "w+b", 0) if hasattr(os, "memfd_create") else io.BytesIO() as file:
        file.write(content)
        with Pdf.open(file, access_mode=AccessMode.mmap) as pdf:
            yield Opened(pdf)


class Opened:
    """A PDF being judged. What costs time to find out is found out once."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf = pdf
        self._unpacked: dict[tuple[int, int], bytes | None] = {}

    @cached_property
    def objects(self) -> tuple[Object, ...]:
        """Every array, dictionary and stream of the file that has a number."""
        return tuple(item for item in self.pdf.objects if isinstance(item, Array | Dictionary | Stream))

    @cached_property
    def streams(self) -> tuple[Object, ...]:
        """Every stream of the file."""
        return tuple(item for item in self.objects if isinstance(item, Stream))

    @cached_property
    def written(self) -> tuple[bytes, ...]:
        """Each of `objects` by qpdf, names without escapes and one space between words; of a stream its dictionary."""
        return tuple(
            item.stream_dict.unparse() if isinstance(item, Stream) else item.unparse(resolved=True)
            for item in self.objects
        )

    def dictionaries(self, naming: re.Pattern[bytes]) -> Iterator[Object]:
        """Every dictionary and stream dictionary, those inside others included, of the objects that hold such a name.

        `naming` is looked for in `written`. Those of the trailer come along: readers take a catalog that stands in it.
        """
        yield from _dictionaries(self.pdf.trailer)
        for item, written in zip(self.objects, self.written, strict=True):
            if naming.search(written):
                yield from _dictionaries(item)

    @cached_property
    def unusual_streams(self) -> tuple[Object, ...]:
        """Every stream but those stored in the file as they are, or packed by Flate alone and whole."""
        return tuple(stream for stream in self.streams if self._whole(stream) is None)

    def read(self, stream: Object) -> bytes:
        """What a stream holds, unpacked. Raises what pikepdf raises when it cannot be had."""
        content = self._whole(stream)
        return bytes(stream.read_bytes()) if content is None else content

    @cached_property
    def contents(self) -> tuple[Content, ...]:
        """Every content that is drawn: pages, what they draw by name, the appearance of annotations."""
        return tuple(self._contents())

    @cached_property
    def well_formed(self) -> bool:
        """True when no complete reader need look for damage: plain streams that unpack whole, plain contents."""
        return not self.unusual_streams and all(content.plain for content in self.contents)

    def text(self) -> str | None:
        """The text of every page, line by line; None when only a complete reader can tell it."""
        pages = self.contents[: len(self.pdf.pages)]
        if len(self.contents) > len(pages):
            return None  # forms, patterns, glyphs or annotations are drawn too
        texts = [self._text(content) for content in pages]
        known = [text for text in texts if text is not None]
        return "\n".join(known) if len(known) == len(texts) else None

    def _whole(self, stream: Object) -> bytes | None:
        """What a stream holds that is stored as it is, or packed by Flate alone and whole; else None."""
        number = stream.objgen
        if number not in self._unpacked:
            self._unpacked[number] = _unpacked(stream)
        return self._unpacked[number]

    def _contents(self) -> Iterator[Content]:
        """The pages first, in order."""
        seen: set[tuple[int, int]] = set()
        stack: list[tuple[Object, Object]] = []
        for page in self.pdf.pages:
            content = self._content(page, page.resources)
            yield content
            stack.extend(_drawn_by_name(content.resources, seen))
            for annotation in held(page.obj, "/Annots", Array()):
                normal = annotation.get("/AP", Dictionary()).get("/N")
                states = [normal] if isinstance(normal, Stream) else list((normal or Dictionary()).values())
                stack.extend((one, one.get("/Resources", Dictionary())) for one in states if isinstance(one, Stream))
        while stack:
            content = self._content(*stack.pop())
            yield content
            stack.extend(_drawn_by_name(content.resources, seen))

    def _content(self, drawn_by: Object | pikepdf.Page, resources: Object) -> Content:
        written = drawn_by.obj.get("/Contents") if isinstance(drawn_by, pikepdf.Page) else drawn_by
        plainly = isinstance(written, Stream) and not _choosing_fonts(resources)
        drawn = read(self.read(written)) if plainly and written is not None else None
        return Content(drawn=drawn or _parsed(drawn_by), resources=resources, plain=drawn is not None)

    def _text(self, content: Content) -> str | None:
        if content.drawn.pieces is None:
            return None
        fonts = content.resources.get("/Font", Dictionary())
        return text_of(content.drawn.pieces, lambda name: self._glyphs(fonts.get(name)))

    def _glyphs(self, font: Object | None) -> Glyphs | None:
        """The glyphs of a simple font that says what its codes mean."""
        if not isinstance(font, Dictionary) or font.get("/Subtype") == "/Type0" or "/Widths" not in font:
            return None
        to_unicode = font.get("/ToUnicode")
        if not isinstance(to_unicode, Stream):
            return None
        return glyphs(self.read(to_unicode), int(font.get("/FirstChar", 0)), self._with_widths(font))

    def _with_widths(self, font: Object) -> bytes:
        """The font as qpdf writes it, or what is needed of it: its widths after their name."""
        widths = font.Widths
        if isinstance(widths, Array) and not widths.is_indirect and font.objgen in self._fonts:
            return self._fonts[font.objgen]
        return b"/Widths " + widths.unparse(resolved=True)

    @cached_property
    def _fonts(self) -> dict[tuple[int, int], bytes]:
        """Those of `written` that may be fonts with widths, by the number of the object."""
        return {
            item.objgen: written
            for item, written in zip(self.objects, self.written, strict=True)
            if b"/Widths" in written
        }


def _dictionaries(indirect: Object) -> Iterator[Object]:
    stack = [indirect]
    while stack:
        item = stack.pop()
        if isinstance(item, Array):
            stack.extend(child for child in item if _direct(child))
        elif isinstance(item, Dictionary | Stream):
            yield item
            stack.extend(child for _, child in item.items() if _direct(child))


def _direct(item: object) -> bool:
    return isinstance(item, Object) and not item.is_indirect and isinstance(item, Array | Dictionary | Stream)


# Contents


def _drawn_by_name(resources: Object, seen: set[tuple[int, int]]) -> Iterator[tuple[Object, Object]]:
    """Each new form, tiling pattern and glyph of a Type 3 font, with its resources: if it has none, those around it.

    ISO 32000-1, 8.10, 8.7.3 and 9.6.5; 7.8.3 for the resources.
    """
    forms = [one for one in resources.get("/XObject", Dictionary()).values() if one.get("/Subtype") == "/Form"]
    patterns = list(held(resources, "/Pattern", Dictionary()).values())
    found = [(one, one.get("/Resources", resources)) for one in (*forms, *patterns)]
    for font in resources.get("/Font", Dictionary()).values():
        if isinstance(font, Dictionary) and "/CharProcs" in font:
            found += [(glyph, font.get("/Resources", resources)) for glyph in font.CharProcs.values()]
    for one, its_resources in found:
        if isinstance(one, Stream) and one.objgen not in seen:
            seen.add(one.objgen)
            yield one, its_resources


def _choosing_fonts(resources: Object) -> bool:
    """Whether a graphics state may choose a font (ISO 32000-1, table 58), which `read` passes over."""
    states = held(resources, "/ExtGState", Dictionary())
    return any(isinstance(state, Dictionary) and "/Font" in state for state in states.values())


def _parsed(stream: Object | pikepdf.Page) -> Drawn:
    """What chooses fonts and colours, by the complete parser; the text is left to a complete reader too."""
    drawn = Drawn(pieces=None)
    for instruction in pikepdf.parse_content_stream(stream, _OPERATORS):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator == "Tf" and len(operands) > 1:
            drawn.fonts.add(str(operands[-2]))  # from the end, as readers do when there are too many
        elif operator == "gs":
            drawn.states.add(str(operands[-1]))
        elif operator in {"cs", "CS"}:
            drawn.spaces.add(str(operands[-1]))
        else:
            drawn.operators.add(operator)
    return drawn


def held(holder: Object, key: str, otherwise: Object) -> Object:
    """As `get`, for what is seldom there: pikepdf takes much longer to find out that it is not."""
    return holder[key] if key in holder else otherwise  # noqa: SIM401


def filters(stream: Object) -> list[Object]:
    """How a stream is packed, the outermost filter first."""
    packing = held(stream, "/Filter", Array())
    return list(packing) if isinstance(packing, Array) else [packing]


def _unpacked(stream: Object) -> bytes | None:
    """What the stream holds if it is stored as it is, or packed by Flate alone and whole; else None."""
    keys = stream.keys()
    if not keys.isdisjoint(_ELSEWHERE) or ("/Type" in keys and stream["/Type"] in _OF_OBJECTS):
        return None
    names = filters(stream) if "/Filter" in keys else []
    if names and names != _FLATE:
        return None
    packed = bytes(stream.read_raw_bytes())
    if not names:
        return packed
    known = _inflated_again(packed) if len(packed) <= _SHARED else None
    return _inflated(packed, _MOST) if known is None else known


def _inflated(packed: bytes, most: int) -> bytes | None:
    """None when the packed bytes are damaged or cut short, or hold more than so many."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(packed, most)
    except zlib.error:
        return None
    return content if unpacking.eof else None


@lru_cache(maxsize=16)
def _inflated_again(packed: bytes) -> bytes | None:
    """Fonts and colour profile are the same, byte for byte, in every invoice of a batch."""
    return _inflated(packed, _SHARED_OPEN)
