"""What a record is: BT-3, the invoices it refers to (BG-3), and goods or services (the letter of BT-23).

Facturation.pro has no field for it. Facts, in order: `refund_id`, the lists `bill_type=refund|down_payment` read by the
adapter (`kind`, authoritative when `kind_known`), the sign of the total, and last the words of the lines
(facturation-pro.md §3.2 and §3.3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pdp_bridge.errors import Held
from pdp_bridge.model.codes import InvoiceType, Operation
from pdp_bridge.model.invoice import PrecedingInvoice
from pdp_bridge.model.report import Finding
from pdp_bridge.model.seller import Seller
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.source.facturation_pro.wording import folded

INVOICE_NUMBER = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
"""BT-1 and BT-25 (BR-FR-01 and BR-FR-02)."""

_NUMBER = r"(?P<number>[A-Za-z0-9+\-_/]*\d[A-Za-z0-9+\-_/]*)"
_DEPOSIT = re.compile(r"\bacompte\b", re.IGNORECASE)
_DEPOSIT_NUMBER = re.compile(rf"\bacompte\s+(?:n\s*[°ºo]\s*){_NUMBER}", re.IGNORECASE)
_DEPOSIT_TITLE = re.compile(r"^acompte (?:sur|n°|nº|de)")
_CORRECTED_NUMBER = re.compile(rf"\b(?:facture|avoir\s+sur)\b[^\n]{{0,20}}?{_NUMBER}", re.IGNORECASE)

_ACCOUNTS = (
    (("701", "702", "703", "707"), Operation.GOODS),
    (("704", "705", "706", "708"), Operation.SERVICES),
)
"""Sales accounts of the French chart (PCG): finished products and goods for resale, works and services."""

_NATURES = {1: Operation.GOODS, 2: Operation.SERVICES, 3: Operation.SERVICES}
WHOLE = 100
"""A rebate of that many percent leaves nothing to pay."""

DISBURSEMENT = 8
"""`nature` of a *débours*: neither goods nor services of the seller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """BT-3, whether earlier deposits are deducted (suffix 4 of BT-23), BG-3, and what a person should know."""

    type: InvoiceType
    final: bool = False
    preceding: tuple[PrecedingInvoice, ...] = ()
    remarks: tuple[Finding, ...] = ()

    @property
    def credit(self) -> bool:
        """The source's amounts are negative, the document's positive."""
        return self.type in (InvoiceType.CREDIT_NOTE, InvoiceType.PREPAYMENT_CREDIT_NOTE)


def named_numbers(invoice_json: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """Numbers of earlier invoices that the texts name, in order: what the adapter looks up to fill `preceding`.

    For a `refund`, what follows "facture" or "avoir sur" in the title, the information and the lines; otherwise the
    deposits ("Acompte n°…") deducted by negative lines.

    >>> named_numbers({"title": "Avoir sur facture 2026-12"}, "refund")
    ('2026-12',)
    """
    record = Record(invoice_json, "invoice")
    items = list(record.records("items"))
    if kind == "refund":
        texts = [record.text("title"), record.text("information"), *(item.text("title") for item in items)]
        found = [match["number"] for text in texts if text for match in _CORRECTED_NUMBER.finditer(text)]
    else:
        found = _deducted_numbers(items)
    return tuple(dict.fromkeys(found))


def kind_of(payload: Record, invoice: Record, issue: Sequence[Record]) -> Kind:
    """What the record is. `issue` holds its priced items.

    Raises `MappingError` (`PRECEDING_INVOICE_MISSING`, `PRECEDING_NUMBER_INVALID`) and `Held` (`CREDIT_NOTE_SIGN`,
    when deposits or a rebate exceed the total).
    """
    told = payload.line("kind")
    preceding = list(payload.records("preceding"))
    total = invoice.decimal("total_with_vat", "total")
    negative = total is not None and total < 0
    if invoice.identity("refund_id") or told == "refund":
        return _credit_note(invoice, preceding)
    deducted = [item for item in issue if _deducts_deposit(item)]
    if negative and (invoice.decimal("rebate_percentage") or 0) > WHOLE:
        raise _rebate_exceeds(invoice)
    if negative and deducted and any((item.decimal("total") or 0) > 0 for item in issue):
        raise _deposits_exceed(invoice)
    if negative:
        return _credit_note(invoice, preceding)
    if told == "down_payment":
        return Kind(type=InvoiceType.PREPAYMENT)
    if not payload.flag("kind_known") and _looks_like_deposit(invoice, issue):
        return Kind(type=InvoiceType.PREPAYMENT, remarks=(_guessed(invoice),))
    if deducted:
        return _final(preceding, deducted)
    return Kind(type=InvoiceType.INVOICE)


def operation_of(invoice: Record, items: Sequence[Record], seller: Seller) -> Operation:
    """Goods, services or both: the lines' `nature`, then the sales account, then the setting `default_operation`.

    A deduction of an earlier deposit and a disbursement say nothing of it. Raises `MappingError`
    (`OPERATION_CATEGORY_UNKNOWN`).
    """
    fallback = _account_operation(invoice.line("accounting_entry")) or seller.default_operation
    sold = [item for item in items if not _deducts_deposit(item) and item.identity("nature") != DISBURSEMENT]
    natures = {_NATURES.get(item.identity("nature") or 0, fallback) for item in sold or items} - {None}
    if not natures:
        raise problem(
            "OPERATION_CATEGORY_UNKNOWN",
            term="BT-23",
            field="nature",
            value=None,
            message="Nothing says whether goods or services are sold: set the nature of the lines in Facturation.pro, "
            "or seller.default_operation in the settings.",
            message_fr="Rien n’indique s’il s’agit de biens ou de services : renseignez la nature des lignes dans "
            "Facturation.pro, ou seller.default_operation dans les réglages.",
        )
    if len(natures) > 1 or Operation.MIXED in natures:
        return Operation.MIXED
    return Operation.GOODS if Operation.GOODS in natures else Operation.SERVICES


def _account_operation(account: str | None) -> Operation | None:
    return next((kind for prefixes, kind in _ACCOUNTS if account and account.startswith(prefixes)), None)


def _credit_note(invoice: Record, preceding: Sequence[Record]) -> Kind:
    """Type 381, or 503 when it credits a deposit; at least one BG-3 with its date (BR-FR-CO-05)."""
    references = tuple(_reference(record) for record in preceding if record.line("number"))
    if not references or any(reference.issue_date is None for reference in references):
        raise problem(
            "PRECEDING_INVOICE_MISSING",
            term="BT-25",
            field="title",
            value=invoice.identity("refund_id"),
            message="The invoice that this credit note corrects was not found: name its number in the title "
            "(“Avoir sur facture 2026-12”) and check that it exists in this firm.",
            message_fr="La facture corrigée par cet avoir est introuvable : indiquez son numéro dans l’objet "
            "(« Avoir sur facture 2026-12 ») et vérifiez qu’elle existe dans cette société.",
        )
    deposits = [record for record in preceding if record.line("kind") == "down_payment"]
    kind = InvoiceType.PREPAYMENT_CREDIT_NOTE if len(deposits) == len(preceding) else InvoiceType.CREDIT_NOTE
    return Kind(type=kind, preceding=references, remarks=tuple(_credit_remarks(invoice, preceding)))


def _credit_remarks(invoice: Record, preceding: Sequence[Record]) -> list[Finding]:
    remarks = []
    issued = invoice.day("invoiced_on")
    for record in preceding:
        day, number = record.day("issued_on"), record.line("number")
        if issued and day and issued < day:
            remarks.append(
                remark(
                    "CREDIT_NOTE_DATE",
                    term="BT-26",
                    field="invoiced_on",
                    value=day,
                    message=f"The credit note is dated before the invoice {number} that it corrects. Check both dates.",
                    message_fr=f"L’avoir est daté d’avant la facture {number} qu’il corrige. Vérifiez les deux dates.",
                )
            )
        if record.line("kind") == "external":
            remarks.append(
                remark(
                    "PRECEDING_INVOICE_EXTERNAL",
                    term="BT-25",
                    field="external_ref",
                    value=number,
                    message=f"The invoice {number} that this credit note corrects was made in another tool."
                    " Check that its number is the printed one.",
                    message_fr=f"La facture {number} corrigée par cet avoir a été établie dans un autre outil."
                    " Vérifiez que son numéro est celui imprimé.",
                )
            )
    return remarks


def _final(preceding: Sequence[Record], deducted: Sequence[Record]) -> Kind:
    """Type 380 with framework x4: one BG-3 for each deposit deducted (facturation-pro.md §3.2)."""
    numbers = _deducted_numbers(deducted)
    known = {record.line("number"): record for record in preceding}
    if numbers:
        unconfirmed = [number for number in numbers if number not in known]
        references = tuple(
            _reference(known[number]) if number in known else _referred(number, None) for number in numbers
        )
        return Kind(
            type=InvoiceType.INVOICE,
            final=True,
            preceding=references,
            remarks=tuple(_unconfirmed(number) for number in unconfirmed),
        )
    deposits = [record for record in preceding if record.line("kind") == "down_payment"]
    if not deposits:
        raise problem(
            "PRECEDING_INVOICE_MISSING",
            term="BT-25",
            field="items.title",
            value=deducted[0].line("title"),
            message="A deposit is deducted but its invoice is not named: write “Acompte n°2026-61” on that line.",
            message_fr="Un acompte est déduit sans que sa facture soit nommée : écrivez « Acompte n°2026-61 » sur "
            "cette ligne.",
        )
    references = tuple(_reference(record) for record in deposits)
    return Kind(type=InvoiceType.INVOICE, final=True, preceding=references)


def _reference(record: Record) -> PrecedingInvoice:
    return _referred(record.line("number") or "", record.day("issued_on"))


def _referred(number: str, issued: date | None) -> PrecedingInvoice:
    """BG-3; the number of an invoice made in another tool may be one that the network does not take."""
    if not INVOICE_NUMBER.fullmatch(number):
        raise problem(
            "PRECEDING_NUMBER_INVALID",
            term="BT-25",
            field="full_invoice_ref",
            value=number,
            message="The number of the earlier invoice that this one refers to cannot travel: 35 characters at most, "
            "letters, digits and + - _ / only. Decide with your accountant how to name it, and write it so in "
            "Facturation.pro.",
            message_fr="Le numéro de la facture antérieure citée par celle-ci ne peut pas circuler : 35 caractères au "
            "plus, lettres, chiffres et + - _ / seulement. Décidez avec votre comptable comment la désigner, et "
            "écrivez-la ainsi dans Facturation.pro.",
        )
    return PrecedingInvoice(number=number, issue_date=issued)


def _deducts_deposit(item: Record) -> bool:
    title, total = item.text("title"), item.decimal("total")
    return bool(title and _DEPOSIT.search(title) and total is not None and total < 0)


def _deducted_numbers(items: Sequence[Record]) -> list[str]:
    titles = [item.text("title") or "" for item in items if _deducts_deposit(item)]
    return list(dict.fromkeys(match["number"] for title in titles for match in _DEPOSIT_NUMBER.finditer(title)))


def _looks_like_deposit(invoice: Record, items: Sequence[Record]) -> bool:
    titles = [folded(item.text("title") or "") for item in items]
    return bool(invoice.identity("quote_id") and titles) and all(_DEPOSIT_TITLE.match(title) for title in titles)


def _guessed(invoice: Record) -> Finding:
    return remark(
        "TYPE_GUESSED",
        term="BT-3",
        field="title",
        value=invoice.line("title"),
        message="Facturation.pro did not tell deposits apart: taken for a deposit because every line says “Acompte”."
        " Check that it is one.",
        message_fr="Facturation.pro n’a pas distingué les acomptes : considérée comme facture d’acompte car chaque "
        "ligne dit « Acompte » ; vérifiez que c’en est une.",
    )


def _unconfirmed(number: str) -> Finding:
    return remark(
        "PRECEDING_INVOICE_UNCONFIRMED",
        term="BT-25",
        field="items.title",
        value=number,
        message=f"The deposit invoice {number} named on a line was not found: its number is given without its date."
        " Check the number on the line.",
        message_fr=f"La facture d’acompte {number} nommée sur une ligne est introuvable : son numéro est donné sans sa "
        "date. Vérifiez le numéro sur la ligne.",
    )


def _rebate_exceeds(invoice: Record) -> Held:
    return Held(
        problem(
            "CREDIT_NOTE_SIGN",
            term="BT-112",
            field="rebate_percentage",
            value=invoice.decimal("rebate_percentage"),
            message="The rebate exceeds 100 %, so this invoice has a negative total: correct the rebate of the next "
            "one, and decide with your accountant how to send this one.",
            message_fr="La remise dépasse 100 %, le total de cette facture est négatif : corrigez la remise de la "
            "prochaine, et décidez avec votre comptable de la manière d’envoyer celle-ci.",
        ).finding
    )


def _deposits_exceed(invoice: Record) -> Held:
    return Held(
        problem(
            "CREDIT_NOTE_SIGN",
            term="BT-112",
            field="items",
            value=invoice.decimal("total_with_vat", "total"),
            message="The deposits deducted exceed the invoice, so its total is negative: issue a credit note for the "
            "difference instead, or decide with your accountant how to send it.",
            message_fr="Les acomptes déduits dépassent la facture, son total est négatif : établissez plutôt un avoir "
            "de la différence, ou décidez avec votre comptable de la manière de l’envoyer.",
        ).finding
    )
