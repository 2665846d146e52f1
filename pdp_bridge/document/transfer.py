"""The SEPA credit transfer that pays an invoice, as the QR code that banking apps scan.

Format: European Payments Council, EPC069-12, version 002, character set 1 (UTF-8), error correction M, QR version 13 at
most; `symbol` makes it. Which accounts a transfer reaches: EPC409-09, list of SEPA scheme countries.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, PaymentMeans
from pdp_bridge.model.identifiers import IdentifierError, bic, iban
from pdp_bridge.model.invoice import BankAccount, Invoice

_TRANSFERS = frozenset(
    {PaymentMeans.CREDIT_TRANSFER, PaymentMeans.BANK_ACCOUNT, PaymentMeans.SEPA_CREDIT_TRANSFER},
)
_EEA = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split())  # noqa: SIM905 - a table
_BEYOND = frozenset("AD AL CH GB GI MC MD ME MK RS SM VA".split())  # noqa: SIM905 - a table
"""SEPA countries outside the EEA: there the BIC is still asked for."""
_LARGEST = Decimal("999999999.99")
_NAME_LENGTH, _TEXT_LENGTH = 70, 140
"""AT-21 and AT-05, in characters."""
_PAYLOAD_BYTES = 331
"""What QR version 13 holds."""


def payload(invoice: Invoice) -> str | None:
    """The text of the code; None when no SEPA transfer in euros is due, or when the format cannot carry it.

    A credit note asks for nothing, a paid invoice neither; a card or a direct debit needs no transfer.
    """
    means, due = invoice.payment, invoice.totals.due
    if means is None or means.account is None or means.means not in _TRANSFERS or means.direct_debit:
        return None
    if invoice.type in CREDIT_NOTE_TYPES or invoice.currency != "EUR" or not 0 < due <= _LARGEST:
        return None
    reached = _reached(means.account)
    name = _one_line(means.account.holder or invoice.seller.name)[:_NAME_LENGTH].strip()
    if reached is None or not name:
        return None
    number, bank = reached
    for text in _remittances(invoice, means.reference):
        made = "\n".join(("BCD", "002", "1", "SCT", bank, name, number, f"EUR{due}", "", "", text))
        if len(made.encode()) <= _PAYLOAD_BYTES:
            return made
    return None


def _reached(account: BankAccount) -> tuple[str, str] | None:
    """IBAN and BIC (empty when there is none); None for an account that a SEPA transfer cannot reach."""
    try:
        number = str(iban(account.iban))
    except IdentifierError:
        return None
    bank = _bank(account.bic)
    country = number[:2]
    return (number, bank) if country in _EEA or (country in _BEYOND and bank) else None


def _bank(code: str | None) -> str:
    try:
        return str(bic(code)) if code else ""
    except IdentifierError:
        return ""  # the IBAN says it already


def _remittances(invoice: Invoice, reference: str | None) -> Iterator[str]:
    """BT-83, then the number (BT-1) when that says too much: a reference cut short would find no invoice."""
    for text in (_one_line(reference or ""), _one_line(invoice.number)):
        if 0 < len(text) <= _TEXT_LENGTH:
            yield text


def _one_line(text: str) -> str:
    return " ".join(text.split())
