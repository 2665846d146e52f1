"""What the XMP packet of a Factur-X says: PDF/A-3, the fx extension, the profile, and the same as the Info dictionary.

ISO 19005-3:2012, 6.6 (metadata), Factur-X 1.09 (fx properties). XMP: ISO 16684-1, properties as elements or attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from lxml import etree
from pikepdf import Dictionary, Stream

from pdp_bridge.model.document import Document
from pdp_bridge.model.report import Finding
from pdp_bridge.validation.parsing import NotXml, guideline, parsed, parsed_anew
from pdp_bridge.validation.pdf_walk import Opened
from pdp_bridge.validation.wording import error, warning

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PDFAID = "http://www.aiim.org/pdfa/ns/id/"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_DESCRIPTION = f"{{{_RDF}}}Description"
_SCHEMA_URI = f"{{{_SCHEMA}}}namespaceURI"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
_FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_DC = "http://purl.org/dc/elements/1.1/"
_PDF = "http://ns.adobe.com/pdf/1.3/"
_XMP = "http://ns.adobe.com/xap/1.0/"

_FX_PROPERTIES = frozenset({"DocumentFileName", "DocumentType", "Version", "ConformanceLevel"})
_LEVELS = {
    "urn:factur-x.eu:1p0:minimum": "MINIMUM",
    "urn:factur-x.eu:1p0:basicwl": "BASIC WL",
    "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic": "BASIC",
    "urn:cen.eu:en16931:2017": "EN 16931",
    "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended": "EXTENDED",
}
"""BT-24 → fx:ConformanceLevel (Factur-X 1.09). EXTENDED-CTC-FR is for a bare CII only (France_RFE, issue 66)."""

_SAME = (
    ("/Title", _DC, "title"),
    ("/Author", _DC, "creator"),
    ("/Subject", _DC, "description"),
    ("/Keywords", _PDF, "Keywords"),
    ("/Creator", _XMP, "CreatorTool"),
    ("/Producer", _PDF, "Producer"),
    ("/CreationDate", _XMP, "CreateDate"),
    ("/ModDate", _XMP, "ModifyDate"),
)
"""Keys of the information dictionary and the XMP properties that say the same (ISO 19005-1, table 1)."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """The metadata of one file: the root of its XMP packet, its information dictionary, and the document."""

    xmp: etree._Element
    info: Dictionary
    document: Document

    @cached_property
    def stated(self) -> dict[str, etree._Element | str]:
        """The properties by their name with its namespace: the first time one is stated, as an element if it can be."""
        found: dict[str, etree._Element | str] = {}
        for description in self.xmp.iter(_DESCRIPTION):
            for element in description.iterchildren(tag=etree.Element):  # no comment
                found.setdefault(element.tag, element)
            for attribute, said in description.items():
                found.setdefault(str(attribute), str(said))
        return found

    def value(self, namespace: str, name: str) -> str | None:
        """A simple property, or the texts of a list one after the other; None when absent."""
        said = self.stated.get(f"{{{namespace}}}{name}")
        if said is None or isinstance(said, str):
            return said if said is None else said.strip()
        return "".join(map(str, said.itertext()) if len(said) else (said.text or "",)).strip()


Rule = Callable[[Described], Iterator[Finding]]


def metadata_findings(opened: Opened, document: Document) -> Iterator[Finding]:
    """Every finding on the metadata; one only when there is no XMP packet to read."""
    stream = opened.pdf.Root.get("/Metadata")
    try:
        xmp = parsed_anew(opened.read(stream)) if isinstance(stream, Stream) else None
    except NotXml:
        xmp = None
    if xmp is None:
        yield error(
            "PDF_XMP_MISSING",
            "The PDF has no readable XMP metadata: it says neither PDF/A nor Factur-X. Make it again.",
            "Le PDF n’a pas de métadonnées XMP lisibles : il ne se dit ni PDF/A ni Factur-X. Refaites-le.",
        )
        return
    info = opened.pdf.trailer.get("/Info")
    described = Described(xmp=xmp, info=info if isinstance(info, Dictionary) else Dictionary(), document=document)
    for rule in RULES:
        yield from rule(described)


def pdf_xmp_part(described: Described) -> Iterator[Finding]:
    """The file says that it is PDF/A-3, level A, B or U (6.6.4)."""
    part, level = described.value(_PDFAID, "part"), described.value(_PDFAID, "conformance")
    if part != "3" or level not in {"A", "B", "U"}:
        yield error(
            "PDF_XMP_PART",
            f"The PDF says that it is PDF/A-{part or '?'}{level or ''}: a Factur-X is PDF/A-3."
            " Make the PDF again with `pdp-bridge render`.",
            f"Le PDF se dit PDF/A-{part or '?'}{level or ''} : un Factur-X est un PDF/A-3."
            " Refaites le PDF avec `pdp-bridge render`.",
            value=f"{part or ''}{level or ''}",
        )


def pdf_xmp_extension(described: Described) -> Iterator[Finding]:
    """The fx properties are declared, in the one bag of extension schemas (6.6.2.3)."""
    bags = list(described.xmp.iter(f"{{{_EXTENSION}}}schemas"))
    declared: set[str] = set()
    for uri in described.xmp.iter(_SCHEMA_URI):
        schema = uri.getparent()
        if (uri.text or "").strip() != _FX or schema is None or schema.tag != f"{{{_RDF}}}li":
            continue
        if schema.find(_SCHEMA_URI) is uri:
            declared |= {(name.text or "").strip() for name in schema.iter(f"{{{_PROPERTY}}}name")}
    if len(bags) != 1 or not declared >= _FX_PROPERTIES:
        yield error(
            "PDF_XMP_EXTENSION",
            "The XMP metadata does not declare the Factur-X extension once and whole: make the PDF again.",
            "Les métadonnées XMP ne déclarent pas l’extension Factur-X, une fois et entière : refaites le PDF.",
            value=", ".join(sorted(_FX_PROPERTIES - declared)) or len(bags),
        )


def pdf_xmp_document(described: Described) -> Iterator[Finding]:
    """The file says that it is an invoice, in factur-x.xml, of version 1.0 (Factur-X 1.09)."""
    kind, name = described.value(_FX, "DocumentType"), described.value(_FX, "DocumentFileName")
    version = described.value(_FX, "Version")
    if kind != "INVOICE" or name != "factur-x.xml" or version != "1.0":
        said = f"{kind}, {name}, {version}"
        yield error(
            "PDF_XMP_DOCUMENT",
            f"The XMP metadata says “{said}” instead of INVOICE, factur-x.xml, 1.0: make the PDF again.",
            f"Les métadonnées XMP disent « {said} » au lieu de INVOICE, factur-x.xml, 1.0 : refaites le PDF.",
            value=said,
        )


def pdf_xmp_level(described: Described) -> Iterator[Finding]:
    """The conformance level is the profile of the XML (Factur-X 1.09, BT-24)."""
    try:
        profile = guideline(parsed(described.document.xml))
    except NotXml:
        return
    expected, said = _LEVELS.get(profile or ""), described.value(_FX, "ConformanceLevel")
    if said is None or said != expected:
        yield error(
            "PDF_XMP_LEVEL",
            f"The PDF says level “{said}”, its XML is of profile {profile} ({expected or 'not for a PDF'})."
            " Make the PDF again with `pdp-bridge render`.",
            f"Le PDF dit niveau « {said} », son XML est du profil {profile} ({expected or 'pas pour un PDF'})."
            " Refaites le PDF avec `pdp-bridge render`.",
            term="BT-24",
            value=said,
        )


def pdf_info(described: Described) -> Iterator[Finding]:
    """The information dictionary says the same as the XMP packet.

    A warning: PDF/A-3 allows a difference, but then two readers show two titles or dates.
    """
    info = dict(described.info.items())
    for key, namespace, name in _SAME:
        if info.get(key) is None:
            continue
        said, stated = str(info[key]), described.value(namespace, name)
        same = _instant(said) == _instant(stated or "") if key.endswith("Date") else said == stated
        if not same:
            yield warning(
                "PDF_INFO",
                f"The PDF's {key[1:]} is “{said}” in one place and “{stated}” in the other."
                " Make the PDF again with `pdp-bridge render`.",
                f"La donnée {key[1:]} du PDF vaut « {said} » à un endroit et « {stated} » à l’autre."
                " Refaites le PDF avec `pdp-bridge render`.",
                value=said,
            )


RULES: tuple[Rule, ...] = (pdf_xmp_part, pdf_xmp_extension, pdf_xmp_document, pdf_xmp_level, pdf_info)


_INSTANT = re.compile(r"(?:D:)?(\d{4})-?(\d\d)?-?(\d\d)?T?(\d\d)?:?(\d\d)?:?(\d\d)?(?:\.\d+)?(Z|[+-]\d\d'?:?\d\d)?'?")


@lru_cache(maxsize=64)
def _instant(text: str) -> tuple[str, ...] | None:
    """The parts of a PDF or XMP date, its offset as +0000; None when it is neither."""
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        return None
    *parts, offset = found.groups(default="")
    return (*(part or "00" for part in parts), re.sub(r"[':]", "", offset).replace("Z", "") or "+0000")
