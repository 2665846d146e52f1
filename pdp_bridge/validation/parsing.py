"""Reading somebody's XML without trusting it: no network, no entities, no DTD.

The namespaces are those of UN/CEFACT Cross Industry Invoice (D16B and later, version 100).
"""

from __future__ import annotations

from typing import cast

from lxml import etree

from pdp_bridge.validation.recent import Recent
from pdp_bridge.validation.wording import NoVerdict

CII_ROOT = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
UBL_ROOTS = frozenset(
    {
        "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice",
        "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote",
    }
)
NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}


class NotXml(NoVerdict):
    """The bytes are not a well-formed XML document without DTD."""


def parsed(data: bytes) -> etree._Element:
    """The root element, for nobody to change: layer after layer asks for that of the same message.

    Raises `NotXml` as `parsed_anew` does.
    """
    return _recent(data)


def parsed_anew(data: bytes) -> etree._Element:
    """The root element of what is asked for once only.

    Raises `NotXml` with the parser's words, or when the document carries a DTD.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise NotXml(str(error), f"ce n’est pas du XML bien formé (message en anglais) : {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml(
            "a document type declaration (DTD) is not allowed",
            "une déclaration de type de document (DTD) n’est pas admise",
        )
    return root


_recent = Recent(parsed_anew)


def guideline(root: etree._Element) -> str | None:
    """BT-24 of a CII message, without surrounding spaces; None when it is absent or empty."""
    return (root.findtext(_GUIDELINE) or "").strip() or None


def currencies(root: etree._Element) -> set[str]:
    """Every currency that an amount of a message is stated in (`currencyID`)."""
    return {code for code in cast("list[str]", _CURRENCIES(root)) if code}


_CURRENCIES = etree.XPath("descendant-or-self::*/@currencyID", smart_strings=False)

_GUIDELINE = "/".join(
    f"{{{NAMESPACES[prefix]}}}{name}"
    for prefix, name in (
        ("rsm", "ExchangedDocumentContext"),
        ("ram", "GuidelineSpecifiedDocumentContextParameter"),
        ("ram", "ID"),
    )
)
"""The path of BT-24, its namespaces written out: looking them up takes lxml longer than finding the element."""
