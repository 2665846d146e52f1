"""When and how an invoice is to be paid: `pay_before` → BT-9 and BT-20, `payment_mode` → BT-81 and BT-82.

`term_on`, when the source gives it, is the due date; what is computed here fills its absence and cross-checks it.

The codes of `pay_before` read `n` days, then `fm` to the end of that month, then `k` for day `k` of the month after;
counted from the delivery, or with `-inv` from the invoice. The list has 24 codes; older records hold others of the
same form (`60fm`, `7fm`, `0fm10`), which are read alike. Anything else is a delay that the seller named himself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from pdp_bridge.model.codes import Language, PaymentMeans

_CODE = re.compile(r"(?P<days>\d{1,3})(?P<month_end>fm(?P<day>\d{1,2})?)?(?P<from_invoice>-inv)?")
_AT_ONCE = ("0", "cash")
_LAST_YEAR = 2099
"""BR-FR-03."""


@dataclass(frozen=True, slots=True)
class _Delay:
    days: int
    month_end: bool
    day: int | None  # of the month after, with `month_end` only
    from_invoice: bool


def _delay(code: str | None) -> _Delay | None:
    match = _CODE.fullmatch((code or "").strip().lower())
    if not match:
        return None
    day = match["day"]
    return _Delay(
        days=int(match["days"]),
        month_end=bool(match["month_end"]),
        day=int(day) if day else None,
        from_invoice=bool(match["from_invoice"]),
    )


def due_date(code: str | None, invoiced_on: date, delivery_on: date | None = None) -> date | None:
    """The due date (BT-9) that a code of `pay_before` stands for; None when the code does not say, or says a day after
    the last that BR-FR-03 takes.

    Days first, then the end of the month: invoiced on 31 January, `30fm-inv` is 31 March.

    >>> due_date("30fm10", date(2026, 9, 17))
    datetime.date(2026, 11, 10)
    """
    if (code or "").strip().lower() in _AT_ONCE:
        return invoiced_on
    delay = _delay(code)
    if delay is None:
        return None
    start = invoiced_on if delay.from_invoice or delivery_on is None else delivery_on
    day = start + timedelta(days=delay.days)
    if delay.month_end:
        day = _month_end(day)
    if delay.day:
        day += timedelta(days=delay.day)
    return day if day.year <= _LAST_YEAR else None


def _month_end(day: date) -> date:
    next_month = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return next_month - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    on_receipt: str
    cash: str
    net: str
    month_end: str
    days_month_end: str
    on_day: str
    from_delivery: str
    from_invoice: str
    other: str


_WORDS = {
    Language.FRENCH: _Words(
        on_receipt="À réception",
        cash="Comptant",
        net="{n} jours nets",
        month_end="Fin de mois",
        days_month_end="{n} jours fin de mois",
        on_day=" le {k}",
        from_delivery=", à compter de la livraison",
        from_invoice=", à compter de la facturation",
        other="Délai de paiement : {code}",
    ),
    Language.ENGLISH: _Words(
        on_receipt="On receipt",
        cash="Cash payment",
        net="{n} days net",
        month_end="End of month",
        days_month_end="{n} days, end of month",
        on_day=", on day {k} of the month after",
        from_delivery=", from delivery",
        from_invoice=", from the invoice date",
        other="Payment terms: {code}",
    ),
    Language.SPANISH: _Words(
        on_receipt="A la recepción",
        cash="Al contado",
        net="{n} días netos",
        month_end="Fin de mes",
        days_month_end="{n} días fin de mes",
        on_day=", el día {k} del mes siguiente",
        from_delivery=", desde la entrega",
        from_invoice=", desde la fecha de factura",
        other="Plazo de pago: {code}",
    ),
    Language.DUTCH: _Words(
        on_receipt="Bij ontvangst",
        cash="Contant",
        net="{n} dagen netto",
        month_end="Einde maand",
        days_month_end="{n} dagen einde maand",
        on_day=", op dag {k} van de volgende maand",
        from_delivery=", vanaf de levering",
        from_invoice=", vanaf de factuurdatum",
        other="Betalingstermijn: {code}",
    ),
}


def _words(language: str) -> _Words:
    known = language in set(Language)
    return _WORDS[Language(language) if known else Language.FRENCH]


def label(code: str | None, language: str = Language.FRENCH) -> str:
    """The payment terms in words (BT-20); the seller's own text for a delay of his own, empty when there is none.

    >>> label("30fm10-inv"), label("cash", "en"), label("custom7")
    ('30 jours fin de mois le 10, à compter de la facturation', 'Cash payment', 'Délai de paiement : custom7')
    """
    text = (code or "").strip()
    if not text:
        return ""
    words = _words(language)
    if text.lower() in _AT_ONCE:
        return words.cash if text.lower() == "cash" else words.on_receipt
    delay = _delay(text)
    if delay is None:
        return words.other.format(code=text)
    if not delay.month_end:
        start = words.net.format(n=delay.days)
    else:
        start = words.days_month_end.format(n=delay.days) if delay.days else words.month_end
        start += words.on_day.format(k=delay.day) if delay.day else ""
    return start + (words.from_invoice if delay.from_invoice else words.from_delivery)


@dataclass(frozen=True, slots=True)
class _Mode:
    means: PaymentMeans
    labels: tuple[str, str, str, str]  # fr, en, es, nl


_LABEL_ORDER = (Language.FRENCH, Language.ENGLISH, Language.SPANISH, Language.DUTCH)

_TRANSFER = _Mode(PaymentMeans.CREDIT_TRANSFER, ("Virement", "Bank transfer", "Transferencia", "Overschrijving"))

_MODES = {
    1: _Mode(PaymentMeans.ONLINE, ("PayPal", "PayPal", "PayPal", "PayPal")),
    2: _Mode(PaymentMeans.CARD, ("Carte bancaire", "Bank card", "Tarjeta bancaria", "Bankkaart")),
    3: _TRANSFER,
    4: _Mode(PaymentMeans.CHEQUE, ("Chèque", "Cheque", "Cheque", "Cheque")),
    5: _Mode(PaymentMeans.CASH, ("Espèces", "Cash", "Efectivo", "Contant")),
    6: _Mode(PaymentMeans.OTHER, ("Cesu préfinancé",) * 4),
    8: _Mode(PaymentMeans.DIRECT_DEBIT, ("Prélèvement", "Direct debit", "Adeudo domiciliado", "Domiciliëring")),
    9: _Mode(PaymentMeans.DIRECT_DEBIT, ("TIP",) * 4),
    30: _Mode(PaymentMeans.OTHER, ("Ticket restaurant",) * 4),
    31: _Mode(PaymentMeans.OTHER, ("Chèque cadeau",) * 4),
    32: _Mode(PaymentMeans.OTHER, ("Chèque vacances",) * 4),
    50: _Mode(PaymentMeans.BANK_ACCOUNT, ("Lettre de change relevé (LCR)",) * 4),
    51: _Mode(PaymentMeans.BANK_ACCOUNT, ("Billet à ordre relevé (BOR)",) * 4),
    90: _Mode(PaymentMeans.CLEARING, ("Avoir", "Credit note", "Abono", "Creditnota")),
    99: _Mode(PaymentMeans.OTHER, ("Autre", "Other", "Otro", "Andere")),
}
"""`payment_mode` → UNTDID 4461, keeping to the codes the public portal takes at first: 10 20 30 42 48 49 97.

So a transfer is 30 (not 58), a debit 49 (not 59), and the bills of exchange LCR and BOR, which end on the seller's
bank account, are 42 (not 70 and 60), their name in BT-82. Online payment (68) and vouchers (ZZZ) have no code there
that would be true: those two stay, with their name in BT-82. Modes 0 (unpaid) and 999 (bad debt) say nothing of how
to pay: a transfer when an account is known.
"""

_NEEDS_ACCOUNT = frozenset({PaymentMeans.CREDIT_TRANSFER, PaymentMeans.BANK_ACCOUNT})
"""BR-61 wants the account (BT-84) with 30; 42 without it would say nothing."""

PORTAL_MEANS = frozenset({"10", "20", "30", "42", "48", "49", "97"})
"""BT-81 that the public portal takes at first."""


def means(
    payment_mode: int | None, *, has_iban: bool, language: str = Language.FRENCH
) -> tuple[str | None, str | None]:
    """BT-81 and BT-82 of a `payment_mode`; two None when the invoice carries no BG-16.

    That is the case of a transfer, or of no known mode, when no account is configured (BR-61).

    >>> means(3, has_iban=True), means(0, has_iban=False), means(50, has_iban=True)
    (('30', 'Virement'), (None, None), ('42', 'Lettre de change relevé (LCR)'))
    """
    mode = _MODES.get(payment_mode or 0, _TRANSFER)
    if mode.means in _NEEDS_ACCOUNT and not has_iban:
        return None, None
    position = _LABEL_ORDER.index(Language(language)) if language in set(Language) else 0
    return mode.means.value, mode.labels[position]
