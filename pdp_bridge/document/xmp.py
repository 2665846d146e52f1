"""The XMP packet of a Factur-X PDF: PDF/A-3B, and the fx extension schema that announces the XML.

ISO 19005-3 §6.6.2, Factur-X 1.09 (namespace `urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#`). Same values as
the document information dictionary; no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

from pdp_bridge.document.fields import refusal

XML_NAME = "factur-x.xml"
"""The one name of the embedded XML (fx:DocumentFileName)."""

CONFORMANCE_LEVELS: Mapping[str, str] = {
    "urn:factur-x.eu:1p0:minimum": "MINIMUM",
    "urn:factur-x.eu:1p0:basicwl": "BASIC WL",
    "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic": "BASIC",
    "urn:cen.eu:en16931:2017": "EN 16931",
    "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended": "EXTENDED",
}
"""BT-24 → fx:ConformanceLevel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What both the XMP packet and the information dictionary say of the file."""

    title: str
    author: str
    subject: str
    language: str
    profile: str  # BT-24
    issue_date: date  # BT-2; every date of the file is midnight UTC of that day
    creator: str = "pdp_bridge"
    producer: str = "pdp_bridge (reportlab)"

    @property
    def iso_date(self) -> str:
        """The date as XMP writes it."""
        return f"{self.issue_date.isoformat()}T00:00:00+00:00"

    @property
    def pdf_date(self) -> str:
        """The date as a PDF dictionary writes it."""
        return f"D:{self.issue_date.isoformat().replace('-', '')}000000+00'00'"


def packet(metadata: Metadata) -> bytes:
    """The XMP packet, UTF-8. Raises `DocumentError` (`PROFILE_UNKNOWN`) for a profile that Factur-X does not name."""
    level = CONFORMANCE_LEVELS.get(metadata.profile)
    if level is None:
        raise refusal(
            "PROFILE_UNKNOWN",
            f"Packaging the invoice: Factur-X has no conformance level for the profile “{metadata.profile}”.",
            f"Mise en forme de la facture : Factur-X ne connaît pas le profil « {metadata.profile} ».",
            term="BT-24",
            value=metadata.profile,
        )
    body = _TEMPLATE.format(
        title=escape(metadata.title, quote=False),
        author=escape(metadata.author, quote=False),
        subject=escape(metadata.subject, quote=False),
        language=escape(metadata.language, quote=False),
        date=metadata.iso_date,
        creator=escape(metadata.creator, quote=False),
        producer=escape(metadata.producer, quote=False),
        filename=XML_NAME,
        level=level,
        properties=_PROPERTIES,
    )
    return body.encode("utf-8")


_PROPERTY = """
        <rdf:li rdf:parseType="Resource">
         <pdfaProperty:name>{name}</pdfaProperty:name>
         <pdfaProperty:valueType>Text</pdfaProperty:valueType>
         <pdfaProperty:category>external</pdfaProperty:category>
         <pdfaProperty:description>{description}</pdfaProperty:description>
        </rdf:li>"""

_PROPERTIES = "".join(
    _PROPERTY.format(name=name, description=text)
    for name, text in (
        ("DocumentFileName", "The name of the embedded XML document"),
        ("DocumentType", "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER"),
        ("Version", "The actual version of the standard applying to the embedded XML document"),
        ("ConformanceLevel", "The conformance level of the embedded XML document"),
    )
)

_TEMPLATE = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>3</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
   <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <pdf:Producer>{producer}</pdf:Producer>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <xmp:CreatorTool>{creator}</xmp:CreatorTool>
   <xmp:CreateDate>{date}</xmp:CreateDate>
   <xmp:ModifyDate>{date}</xmp:ModifyDate>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
   <pdfaExtension:schemas>
    <rdf:Bag>
     <rdf:li rdf:parseType="Resource">
      <pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
      <pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>
      <pdfaSchema:prefix>fx</pdfaSchema:prefix>
      <pdfaSchema:property>
       <rdf:Seq>{properties}
       </rdf:Seq>
      </pdfaSchema:property>
     </rdf:li>
    </rdf:Bag>
   </pdfaExtension:schemas>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">
   <fx:DocumentType>INVOICE</fx:DocumentType>
   <fx:DocumentFileName>{filename}</fx:DocumentFileName>
   <fx:Version>1.0</fx:Version>
   <fx:ConformanceLevel>{level}</fx:ConformanceLevel>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
