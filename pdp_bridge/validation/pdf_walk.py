"""Going through the objects of a PDF that somebody made: each once, whatever the loops in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf, Stream

_OPERATORS = "Tf k K rg RG cs CS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A piece of content that is drawn, a page or a form, with the resources its names refer to."""

    stream: Object | pikepdf.Page
    resources: Object


def dictionaries(pdf: Pdf) -> Iterator[Object]:
    """Every dictionary and stream dictionary of the file, those inside others included."""
    for indirect in pdf.objects:
        stack = [indirect]
        while stack:
            item = stack.pop()
            if isinstance(item, Array):
                stack.extend(child for child in item if _direct(child))
            elif isinstance(item, Dictionary | Stream):
                yield item
                stack.extend(child for _, child in item.items() if _direct(child))


def contents(pdf: Pdf) -> Iterator[Content]:
    """Every content stream that is drawn: pages, the forms they use, the appearance of annotations."""
    seen: set[tuple[int, int]] = set()
    stack: list[Content] = []
    for page in pdf.pages:
        stack.append(Content(stream=page, resources=page.resources))
        for annotation in page.obj.get("/Annots", Array()):
            normal = annotation.get("/AP", Dictionary()).get("/N")
            states = [normal] if isinstance(normal, Stream) else list((normal or Dictionary()).values())
            stack.extend(_form(state) for state in states if isinstance(state, Stream))
    while stack:
        content = stack.pop()
        yield content
        for found in content.resources.get("/XObject", Dictionary()).values():
            if isinstance(found, Stream) and found.get("/Subtype") == "/Form" and found.objgen not in seen:
                seen.add(found.objgen)
                stack.append(_form(found))


def instructions(content: Content) -> Iterator[tuple[str, list[Object]]]:
    """Operator and operands of what chooses fonts and colours in a content."""
    for instruction in pikepdf.parse_content_stream(content.stream, _OPERATORS):
        yield str(instruction.operator), list(instruction.operands)


def _direct(item: object) -> bool:
    return isinstance(item, Object) and not item.is_indirect and isinstance(item, Array | Dictionary | Stream)


def _form(stream: Object) -> Content:
    return Content(stream=stream, resources=stream.get("/Resources", Dictionary()))
