"""What was paid when the invoice was issued, and how and when the rest is due: BT-9, BT-20, BT-113, BG-16.

"As issued": a payment recorded after the issue date changes the same record and never the invoice
(facturation-pro.md §3.3, §3.8, §3.12).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from pdp_bridge.errors import MappingError
from pdp_bridge.model import money
from pdp_bridge.model.codes import PREPAYMENT_TYPES, PaymentMeans
from pdp_bridge.model.identifiers import IdentifierError, iban
from pdp_bridge.model.invoice import DirectDebit, Payment
from pdp_bridge.model.money import ZERO, Amount
from pdp_bridge.model.report import Finding
from pdp_bridge.model.seller import Seller
from pdp_bridge.source.facturation_pro import terms
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.kinds import Kind
from pdp_bridge.source.facturation_pro.notes import discount_of, language_of
from pdp_bridge.source.facturation_pro.record import Record

DIRECT_DEBIT = 8
"""`payment_mode` of a *prélèvement*."""

_WITH_ACCOUNT = (PaymentMeans.CREDIT_TRANSFER, PaymentMeans.BANK_ACCOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the buyer had paid by the issue date. `mode` is the one `payment_mode` known for it, if any."""

    paid: Amount = ZERO
    paid_on: date | None = None  # the last payment
    mode: int | None = None
    in_full: bool = False  # nothing was left to pay: suffix 2 of BT-23
    remarks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """BT-9 and BT-20."""

    date: date | None
    terms: str | None
    remarks: tuple[Finding, ...] = ()


def settled_at_issue(invoice: Record, issued: date, payable: Amount, kind: Kind) -> Settled:
    """Payments dated up to the issue date. `payable` is BT-112 less what a third party pays.

    The source marks every credit note paid on its own day: nothing was paid by then.

    Raises `MappingError`: `OVERPAID`, `SETTLEMENTS_NEGATIVE`, `PRECOMPTE_UNSUPPORTED`, `SETTLEMENTS_MISSING`.
    """
    if kind.credit:
        return Settled()
    known = list(invoice.records("settlements"))
    paid_on = invoice.day("paid_on")
    before = [entry for entry in known if _settled_on(entry) <= issued]
    if not known and paid_on and paid_on <= issued:
        settled = Settled(paid=payable, paid_on=paid_on, mode=invoice.identity("payment_mode"))
    else:
        modes = {entry.identity("payment_mode") for entry in before}
        settled = Settled(
            paid=money.total(_sum_of(entry) for entry in before),
            paid_on=max((_settled_on(entry) for entry in before), default=None),
            mode=modes.pop() if len(modes) == 1 else None,
        )
    if settled.paid < 0:
        raise _given_back(settled.paid)
    if money.minus(payable, settled.paid) < 0:
        raise _overpaid(settled.paid, payable)
    untouched = paid_on is None and len(before) == len(known)  # no payment after the issue date
    remarks = _balance_remarks(invoice, money.minus(payable, settled.paid)) if untouched else ()
    return replace(settled, in_full=settled.paid > 0 and settled.paid == payable, remarks=remarks)


def _settled_on(entry: Record) -> date:
    day = entry.day("paid_on")
    if day is None:
        raise entry.invalid_day("settlements.paid_on", None)
    return day


def _sum_of(entry: Record) -> Amount:
    return money.rounded(entry.decimal("total", "amount") or money.ZERO)


def _balance_remarks(invoice: Record, left: Amount) -> tuple[Finding, ...]:
    """The source's own balance, when no payment came after the issue date, is what is left to pay."""
    balance = invoice.decimal("balance")
    if balance is None or money.rounded(balance) == left:
        return ()
    if invoice.flag("precompte"):
        raise problem(
            "PRECOMPTE_UNSUPPORTED",
            term="BT-113",
            field="precompte",
            value=balance,
            message="The balance is reduced by withheld author contributions (précompte), which an electronic invoice "
            "cannot carry: untick it, or send this invoice another way.",
            message_fr="Le solde est réduit par le précompte des artistes-auteurs, qu’une facture électronique ne sait "
            "pas porter : décochez le précompte, ou envoyez cette facture autrement.",
        )
    if invoice.data.get("settlements") is None:
        raise problem(
            "SETTLEMENTS_MISSING",
            term="BT-113",
            field="settlements",
            value=balance,
            message="The balance shows a payment that was not read with the invoice: pull the invoice again.",
            message_fr="Le solde montre un règlement qui n’a pas été lu avec la facture : relancez la récupération.",
        )
    return (
        remark(
            "BALANCE_DIFFERS",
            term="BT-115",
            field="balance",
            value=balance,
            message=f"The invoice says {left} is due, its balance in Facturation.pro {balance}: check the payments.",
            message_fr=f"La facture indique {left} à payer, son solde dans Facturation.pro {balance} : vérifiez les "
            "règlements.",
        ),
    )


def _given_back(paid: Amount) -> MappingError:
    return problem(
        "SETTLEMENTS_NEGATIVE",
        term="BT-113",
        field="settlements",
        value=paid,
        message=f"More was given back than paid up to the issue date ({paid}): correct the payments of the invoice.",
        message_fr=f"Jusqu’à la date d’émission, plus a été remboursé que réglé ({paid}) : corrigez les règlements de "
        "la facture.",
    )


def _overpaid(paid: Amount, payable: Amount) -> MappingError:
    return problem(
        "OVERPAID",
        term="BT-113",
        field="settlements",
        value=paid,
        message=f"The payments recorded up to the issue date ({paid}) exceed the invoice ({payable}): correct them.",
        message_fr=f"Les règlements enregistrés jusqu’à la date d’émission ({paid}) dépassent la facture ({payable}) : "
        "corrigez-les.",
    )


def due_of(invoice: Record, issued: date, kind: Kind, settled: Settled, seller: Seller) -> Due:
    """When the invoice is to be paid, and in which words.

    An invoice paid at issue is due on the day of the payment. A credit note is at the disposal of its buyer at once:
    BR-CO-25 wants a date, and the terms of payment of the source speak of debts.

    Raises `MappingError`: `DUE_DATE_BEFORE_ISSUE` (BR-FR-CO-07), `DUE_DATE_MISSING` (BR-CO-25).
    """
    code = invoice.line("pay_before")
    parts = [terms.label(code, language_of(invoice)), discount_of(invoice)]
    words = ". ".join(part for part in parts if part) or None
    if kind.credit:
        return Due(date=issued, terms=None)
    if settled.in_full and not kind.final:
        return Due(date=settled.paid_on, terms=words)
    agreed = invoice.day("term_on")
    computed = terms.due_date(code, issued, invoice.day("delivery_on"))
    day = agreed or computed
    remarks = () if agreed is None or computed is None or agreed == computed else (_differs(agreed, computed),)
    if day is None and words is None:
        raise problem(
            "DUE_DATE_MISSING",
            term="BT-9",
            field="term_on",
            value=None,
            message="The invoice says neither when nor how soon it is to be paid: set its payment terms.",
            message_fr="La facture n’indique ni échéance ni délai de règlement : renseignez « Échéance » dans "
            "Facturation.pro.",
        )
    if day is not None and day < issued and kind.type not in PREPAYMENT_TYPES:
        return _before_issue(day, issued, words, remarks, seller)
    return Due(date=day, terms=words, remarks=remarks)


def _before_issue(day: date, issued: date, words: str | None, remarks: tuple[Finding, ...], seller: Seller) -> Due:
    message = f"The due date {day} is before the issue date {issued}"
    message_fr = f"L’échéance {day} précède la date d’émission {issued}"
    if not seller.policy.clamp_due_date:
        raise problem(
            "DUE_DATE_BEFORE_ISSUE",
            term="BT-9",
            field="term_on",
            value=day,
            message=f"{message}: correct it, or set policy.clamp_due_date to use the issue date.",
            message_fr=f"{message_fr} : corrigez-la, ou activez policy.clamp_due_date pour prendre la date d’émission.",
        )
    clamped = remark(
        "DUE_DATE_CLAMPED",
        term="BT-9",
        field="term_on",
        value=day,
        message=f"{message}: the issue date is used (policy.clamp_due_date). Nothing is to be done.",
        message_fr=f"{message_fr} : la date d’émission est retenue (policy.clamp_due_date). Il n’y a rien à faire.",
    )
    return Due(date=issued, terms=words, remarks=(*remarks, clamped))


def _differs(agreed: date, computed: date) -> Finding:
    return remark(
        "DUE_DATE_DIFFERS",
        term="BT-9",
        field="term_on",
        value=agreed,
        message=f"The due date {agreed} is kept, although the payment terms would make it {computed}."
        " Check which one was agreed.",
        message_fr=f"L’échéance {agreed} est conservée, bien que le délai de règlement donne le {computed}."
        " Vérifiez laquelle est convenue.",
    )


def payment_of(
    invoice: Record, customer: Record | None, kind: Kind, settled: Settled, seller: Seller, number: str
) -> Payment | None:
    """BG-16: one means for the invoice (CII-SR-467); None on a credit note, and for a transfer without an account.

    The mode recorded after issue says how it was paid in the end, not how it was asked to be: it is left out.
    """
    if kind.credit:
        return None
    mode = _asked_mode(invoice, settled)
    code, words = terms.means(mode, has_iban=seller.bank is not None, language=language_of(invoice))
    if code is None:
        return None
    return Payment(
        means=code,
        text=words,
        reference=number,
        account=seller.bank if code in _WITH_ACCOUNT else None,
        direct_debit=_direct_debit(customer, seller) if code == PaymentMeans.DIRECT_DEBIT else None,
    )


def _asked_mode(invoice: Record, settled: Settled) -> int | None:
    """How it was paid at issue, else how it was asked to be paid."""
    if settled.in_full:
        return settled.mode
    return None if settled.paid or invoice.day("paid_on") else invoice.identity("payment_mode")


def mandate_remarks(payment: Payment | None, invoice: Record, settled: Settled, seller: Seller) -> tuple[Finding, ...]:
    """A direct debit whose mandate is unknown: not entered, or an API key that may not read it."""
    asked = _asked_mode(invoice, settled) == DIRECT_DEBIT and seller.creditor_id is not None
    if payment is None or payment.direct_debit is not None or not asked:
        return ()
    return (
        remark(
            "MANDATE_UNKNOWN",
            term="BT-89",
            field="sepa_rum",
            value=None,
            message="The invoice is to be paid by direct debit, but no mandate is known: enter it on the customer's "
            "page, and use the API key of the firm's administrator, the only one that may read it.",
            message_fr="La facture se règle par prélèvement, mais aucun mandat n’est connu : saisissez-le dans la "
            "fiche client, et utilisez la clé API de l’administrateur de la société, la seule qui puisse le lire.",
        ),
    )


def _direct_debit(customer: Record | None, seller: Seller) -> DirectDebit | None:
    """BG-19: what is known of the mandate; the buyer's account only when it is a valid IBAN."""
    mandate = customer.line("sepa_rum") if customer else None
    debited = customer.line("sepa_iban") if customer else None
    try:
        account = iban(debited) if debited else None
    except IdentifierError:
        account = None
    if not (mandate or account):
        return None
    return DirectDebit(mandate=mandate, creditor_id=seller.creditor_id, debited_iban=account)
