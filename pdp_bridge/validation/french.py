"""French obligations: the BR-FR rules that concern our documents, one function each, in rule order.

BR-FR-Flux2 for CII, edition 1.4.0.04 (FNFE-MPE, France_RFE), judged on what was read back from the message; rules of
multi-vendor and self-billed documents are left to the official file, which runs as a layer of its own. What the law
and the public portal ask beyond BR-FR is in `portal`.

The rules apply when the seller or the buyer is French; a document between foreigners gets one finding that says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from pdp_bridge.model.codes import (
    ATTACHMENT_NAMES,
    INVOICE_TYPES,
    VAT_RATES,
    BillingFramework,
    NoteSubject,
    Scheme,
    Treatment,
    VatCategory,
)
from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Invoice, Party
from pdp_bridge.model.report import Finding, Layer, LayerName
from pdp_bridge.validation import coherence, portal
from pdp_bridge.validation.advice import broken
from pdp_bridge.validation.sides import categories, is_french, rates, sides
from pdp_bridge.validation.wording import unread, warning

RULE_SET = "pdp-bridge-french-1"
"""Edition of the rules of this module and of `portal`: a new number when a verdict can change."""

_NUMBER_LENGTH = 35
_ADDRESS_LENGTH = 125
_ROUTING_LENGTH = 100
_YEARS = range(2000, 2100)
_MENTIONS = (NoteSubject.RECOVERY_COST, NoteSubject.LATE_PAYMENT, NoteSubject.EARLY_PAYMENT)
_FRAMEWORKS, _CATEGORIES = frozenset(BillingFramework), frozenset(VatCategory)
_SELF_BILLED_TYPES = frozenset({"389", "501", "500", "471", "473", "261", "502"})
_ADDRESS_WORD = re.compile(r"[A-Za-z0-9+\-_.]+")

Rule = Callable[[Invoice], Iterator[Finding]]


def check(document: Document) -> Layer:
    """The layer `french`; not run when the message could not be read."""
    invoice = document.invoice
    if invoice is None:
        return unread(LayerName.FRENCH, RULE_SET, document)
    if not (is_french(invoice.seller) or is_french(invoice.buyer)):
        return Layer.judged(LayerName.FRENCH, RULE_SET, (_foreign(invoice),))
    return Layer.judged(LayerName.FRENCH, RULE_SET, tuple(finding for rule in RULES for finding in rule(invoice)))


def br_fr_01(invoice: Invoice) -> Iterator[Finding]:
    """An invoice number has at most 35 characters.

    BR-FR-01, on BT-1 and BT-25.
    """
    for term, number in _numbers(invoice):
        if len(number) > _NUMBER_LENGTH:
            yield broken("BR-FR-01", term, number)


def br_fr_02(invoice: Invoice) -> Iterator[Finding]:
    """An invoice number holds only letters, digits and + - _ /.

    BR-FR-02, on BT-1 and BT-25.
    """
    for term, number in _numbers(invoice):
        if not re.fullmatch(r"[A-Za-z0-9+\-_/]+", number):
            yield broken("BR-FR-02", term, number)


def br_fr_03(invoice: Invoice) -> Iterator[Finding]:
    """Every date is of the years 2000 to 2099.

    BR-FR-03, on BT-2, BT-7, BT-9, BT-26, BT-72, BT-73, BT-74; a day that does not exist cannot even be read.
    """
    for term, day, field in _dates(invoice):
        if day is not None and day.year not in _YEARS:
            yield broken("BR-FR-03", term, day, field=field)


def br_fr_04(invoice: Invoice) -> Iterator[Finding]:
    """The document type is one of the French list.

    BR-FR-04, on BT-3.
    """
    if invoice.type not in INVOICE_TYPES:
        yield broken("BR-FR-04", "BT-3", invoice.type)


def br_fr_05(invoice: Invoice) -> Iterator[Finding]:
    """The mentions PMT, PMD and AAB are present, and say something.

    BR-FR-05, on BT-22; articles L441-9, L441-10 and D441-5 of the code de commerce. The official file accepts an empty
    text, the law does not.
    """
    for subject in _MENTIONS:
        if not (invoice.note(subject) or "").strip():
            yield broken("BR-FR-05", "BT-22", invoice.note(subject), key=f"BR-FR-05_BT-22_{subject.value}")


def br_fr_06(invoice: Invoice) -> Iterator[Finding]:
    """The notes PMT, PMD, AAB and TXD appear at most once each.

    BR-FR-06, on BT-21.
    """
    counts = Counter(note.subject for note in invoice.notes)
    for subject in (*_MENTIONS, NoteSubject.TAX):
        if counts[subject] > 1:
            yield broken("BR-FR-06", "BT-21", f"{counts[subject]} × {subject.value}")


def br_fr_08(invoice: Invoice) -> Iterator[Finding]:
    """The billing framework is given, and is one of the French list.

    BR-FR-08, on BT-23.
    """
    if invoice.framework not in _FRAMEWORKS:
        yield broken("BR-FR-08", "BT-23", invoice.framework)


def br_fr_09(invoice: Invoice) -> Iterator[Finding]:
    """A SIRET has 14 digits and starts with the SIREN of its party.

    BR-FR-09, on BT-29 and BT-46.
    """
    for side in sides(invoice):
        siret, siren = side.party.siret, side.party.siren
        if siret is not None and not (re.fullmatch(r"\d{14}", siret, re.ASCII) and siret[:9] == siren):
            yield broken("BR-FR-09", side.ids, siret, field=side.siret_field)


def br_fr_10(invoice: Invoice) -> Iterator[Finding]:
    """The seller's SIREN is given.

    BR-FR-10, on BT-30.
    """
    if not invoice.seller.siren:
        yield broken("BR-FR-10", "BT-30", invoice.seller.siren)


def br_fr_11(invoice: Invoice) -> Iterator[Finding]:
    """Between companies (note BAR = B2B) the buyer's SIREN is given.

    BR-FR-11, on BT-47.
    """
    if _between_companies(invoice) and not invoice.buyer.siren:
        yield broken("BR-FR-11", "BT-47", invoice.buyer.siren)


def br_fr_12(invoice: Invoice) -> Iterator[Finding]:
    """The buyer's electronic address is given, for a consumer too.

    BR-FR-12, on BT-49.
    """
    if invoice.buyer.electronic_address is None:
        yield broken("BR-FR-12", "BT-49", None)


def br_fr_13(invoice: Invoice) -> Iterator[Finding]:
    """The seller's electronic address is given.

    BR-FR-13, on BT-34.
    """
    if invoice.seller.electronic_address is None:
        yield broken("BR-FR-13", "BT-34", None)


def br_fr_15(invoice: Invoice) -> Iterator[Finding]:
    """Every VAT category is S, E, AE, K, G, O or Z.

    BR-FR-15, on BT-95, BT-102, BT-118 and BT-151.
    """
    for term, category in categories(invoice):
        if category not in _CATEGORIES:
            yield broken("BR-FR-15", term, category)


def br_fr_16(invoice: Invoice) -> Iterator[Finding]:
    """Every VAT rate exists in France.

    BR-FR-16, on BT-96, BT-103, BT-119 and BT-152; compared by value, the official file compares the text too.
    """
    for term, rate in rates(invoice):
        if f"{rate.normalize():f}" not in VAT_RATES:
            yield broken("BR-FR-16", term, rate)


def br_fr_17(invoice: Invoice) -> Iterator[Finding]:
    """An attachment's name, when given, is one of the French list.

    BR-FR-17, on BT-123.
    """
    for attachment in invoice.attachments:
        if attachment.name is not None and attachment.name not in ATTACHMENT_NAMES:
            yield broken("BR-FR-17", "BT-123", attachment.name)


def br_fr_18(invoice: Invoice) -> Iterator[Finding]:
    """At most one attachment is named LISIBLE.

    BR-FR-18, on BT-123.
    """
    if sum(attachment.name == "LISIBLE" for attachment in invoice.attachments) > 1:
        yield broken("BR-FR-18", "BT-123", "LISIBLE")


def br_fr_20(invoice: Invoice) -> Iterator[Finding]:
    """The note BAR, when used, is one of six words.

    BR-FR-20, on BT-22.
    """
    for text in _treatments(invoice):
        if text not in set(Treatment):
            yield broken("BR-FR-20", "BT-22", text)


def br_fr_21(invoice: Invoice) -> Iterator[Finding]:
    """Between companies the buyer's address is of scheme 0225 and starts with its SIREN.

    BR-FR-21, on BT-49.
    """
    if _between_companies(invoice) and invoice.type not in _SELF_BILLED_TYPES and not _own_address(invoice.buyer):
        yield broken("BR-FR-21", "BT-49", _address(invoice.buyer))


def br_fr_22(invoice: Invoice) -> Iterator[Finding]:
    """On a self-billed invoice between companies the seller's address is of scheme 0225 and starts with its SIREN.

    BR-FR-22, on BT-34.
    """
    if _between_companies(invoice) and invoice.type in _SELF_BILLED_TYPES and not _own_address(invoice.seller):
        yield broken("BR-FR-22", "BT-34", _address(invoice.seller))


def br_fr_23(invoice: Invoice) -> Iterator[Finding]:
    """A French address holds only letters, digits and + - _ .

    BR-FR-23, on BT-34 and BT-49 of scheme 0225.
    """
    for side in sides(invoice):
        address = side.party.electronic_address
        if address and address.scheme == Scheme.FRENCH_ADDRESS and not _ADDRESS_WORD.fullmatch(address.value):
            yield broken("BR-FR-23", side.address, address.value, field=side.address_field)


def br_fr_24(invoice: Invoice) -> Iterator[Finding]:
    """A routing code holds only letters, digits and + - _ .

    BR-FR-24, on BT-29 and BT-46 of scheme 0224.
    """
    for term, code in _routing_codes(invoice):
        if not _ADDRESS_WORD.fullmatch(code):
            yield broken("BR-FR-24", term, code)


def br_fr_25(invoice: Invoice) -> Iterator[Finding]:
    """An electronic address has at most 125 characters.

    BR-FR-25, on BT-34 and BT-49.
    """
    for side in sides(invoice):
        address = side.party.electronic_address
        if address and len(address.value) > _ADDRESS_LENGTH:
            yield broken("BR-FR-25", side.address, address.value, field=side.address_field)


def br_fr_26(invoice: Invoice) -> Iterator[Finding]:
    """A routing code has at most 100 characters.

    BR-FR-26, on BT-29 and BT-46 of scheme 0224.
    """
    for term, code in _routing_codes(invoice):
        if len(code) > _ROUTING_LENGTH:
            yield broken("BR-FR-26", term, code)


def br_fr_31(invoice: Invoice) -> Iterator[Finding]:
    """There is at most one note BAR.

    BR-FR-31, on BT-21.
    """
    if len(_treatments(invoice)) > 1:
        yield broken("BR-FR-31", "BT-21", ", ".join(_treatments(invoice)))


def br_fr_32(invoice: Invoice) -> Iterator[Finding]:
    """A SIREN has nine digits.

    BR-FR-32, on BT-30 and BT-47 of scheme 0002.
    """
    for side in sides(invoice):
        if side.party.siren is not None and not re.fullmatch(r"\d{9}", side.party.siren, re.ASCII):
            yield broken("BR-FR-32", side.legal_id, side.party.siren, field=side.siren_field)


# Pieces


def _foreign(invoice: Invoice) -> Finding:
    return warning(
        "NOT_FRENCH",
        "Neither the seller nor the buyer is French: the French obligations were not looked at. Check both countries.",
        "Ni le vendeur ni l’acheteur n’est français : les obligations françaises n’ont pas été examinées."
        " Vérifiez les deux pays.",
        term="BT-40",
        field="seller.country",
        value=invoice.seller.address.country,
    )


def _numbers(invoice: Invoice) -> Iterator[tuple[str, str]]:
    yield "BT-1", invoice.number
    yield from (("BT-25", preceding.number) for preceding in invoice.preceding)


def _dates(invoice: Invoice) -> Iterator[tuple[str, date | None, str | None]]:
    yield "BT-2", invoice.issue_date, "invoiced_on"
    yield "BT-7", invoice.vat_point_date, None
    yield "BT-9", invoice.due_date, "term_on"
    yield from (("BT-26", preceding.issue_date, "refund_id") for preceding in invoice.preceding)
    yield "BT-72", invoice.delivery.date if invoice.delivery else None, "delivery_on"
    if invoice.period:
        yield "BT-73", invoice.period.start, None
        yield "BT-74", invoice.period.end, None


def _treatments(invoice: Invoice) -> list[str]:
    return [note.text for note in invoice.notes if note.subject == NoteSubject.TREATMENT]


def _between_companies(invoice: Invoice) -> bool:
    return Treatment.B2B in _treatments(invoice)


def _own_address(party: Party) -> bool:
    address = party.electronic_address
    if address is None or not party.siren:
        return False
    return address.scheme == Scheme.FRENCH_ADDRESS and address.value.startswith(party.siren)


def _address(party: Party) -> str | None:
    return party.electronic_address.value if party.electronic_address else None


def _routing_codes(invoice: Invoice) -> Iterator[tuple[str, str]]:
    for side in sides(invoice):
        for identifier in side.party.other_ids:
            if identifier.scheme == Scheme.ROUTING_CODE:
                yield side.ids, identifier.value


RULES: tuple[Rule, ...] = (
    br_fr_01,
    br_fr_02,
    br_fr_03,
    br_fr_04,
    br_fr_05,
    br_fr_06,
    br_fr_08,
    br_fr_09,
    br_fr_10,
    br_fr_11,
    br_fr_12,
    br_fr_13,
    br_fr_15,
    br_fr_16,
    br_fr_17,
    br_fr_18,
    br_fr_20,
    br_fr_21,
    br_fr_22,
    br_fr_23,
    br_fr_24,
    br_fr_25,
    br_fr_26,
    br_fr_31,
    br_fr_32,
    *coherence.RULES,
    *portal.RULES,
)
