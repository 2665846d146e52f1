"""Before drawing: has every printed text of the invoice its glyphs? If not, say which field to correct."""

from __future__ import annotations

from collections.abc import Iterator

from pdp_bridge.document.fonts import glyph_missing, missing
from pdp_bridge.document.subsets import usual
from pdp_bridge.model.invoice import Address, Invoice, Line, Party


def check(invoice: Invoice) -> None:
    """Raises `DocumentError` (`GLYPH_MISSING`) for the first character that no font has."""
    texts = list(_texts(invoice))
    if usual("".join([text for _, _, text in texts if text]).replace("\n", "")):
        return
    for term, place, text in texts:
        character = missing(text) if text else None
        if text and character:
            raise glyph_missing(character, text, term=term, location=place)


def _texts(invoice: Invoice) -> Iterator[tuple[str, str, str | None]]:
    yield "BT-1", "number", invoice.number
    yield "BT-22", "title", invoice.title
    yield from _party(invoice.seller, "seller", "BT-27", "BG-5", "BG-6")
    yield from _party(invoice.buyer, "buyer", "BT-44", "BG-8", "BG-9")
    for number, line in enumerate(invoice.lines):
        yield from _line(line, f"lines[{number}]")
    for number, row in enumerate(invoice.rows):
        yield "BT-127", f"rows[{number}]", row.text
    for number, note in enumerate(invoice.notes):
        yield "BT-22", f"notes[{number}]", note.text
    for number, allowance in enumerate(invoice.allowances):
        yield "BT-104" if allowance.charge else "BT-97", f"allowances[{number}]", allowance.reason
    for number, breakdown in enumerate(invoice.vat_breakdown):
        yield "BT-120", f"vat_breakdown[{number}]", breakdown.exemption_text
    if invoice.delivery:
        yield "BG-15", "delivery.name", invoice.delivery.name
        yield from _address(invoice.delivery.address, "delivery.address", "BG-15")
    if invoice.payment:
        yield "BT-20", "payment.text", invoice.payment.text
        account = invoice.payment.account
        yield "BG-17", "payment.account.holder", account.holder if account else None
    yield "BT-20", "payment_terms", invoice.payment_terms
    yield "BT-13", "order_reference", invoice.order_reference
    yield "BT-12", "contract_reference", invoice.contract_reference
    yield "BT-10", "buyer_reference", invoice.buyer_reference


def _party(party: Party, place: str, name: str, address: str, contact: str) -> Iterator[tuple[str, str, str | None]]:
    yield name, f"{place}.name", party.name
    yield name, f"{place}.trading_name", party.trading_name
    yield "BT-33", f"{place}.legal_text", party.legal_text
    yield from _address(party.address, f"{place}.address", address)
    if party.contact:
        yield contact, f"{place}.contact.name", party.contact.name


def _address(address: Address | None, place: str, term: str) -> Iterator[tuple[str, str, str | None]]:
    if address:
        for text in (*address.lines, address.postcode, address.city, address.subdivision):
            yield term, place, text


def _line(line: Line, place: str) -> Iterator[tuple[str, str, str | None]]:
    yield "BT-153", f"{place}.name", line.name
    yield "BT-154", f"{place}.description", line.description
    yield "BT-127", f"{place}.note", line.note
    yield "BT-130", f"{place}.unit_text", line.unit_text
    yield "BT-155", f"{place}.seller_item_id", line.seller_item_id
    for allowance in line.allowances:
        yield "BT-153", f"{place}.allowances", allowance.reason
