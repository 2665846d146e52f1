"""Currencies: what the standard takes (BT-5), and the VAT in euros of an invoice in another one (BT-6, BT-111).

Codes: `model.codes.CURRENCIES`; the source knows eight currencies that the list no longer holds. Rate:
facturation-pro.md §3.10; the direction of `exchange_rate` is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.errors import MappingError
from pdp_bridge.model import money
from pdp_bridge.model.codes import CURRENCIES
from pdp_bridge.model.money import Amount
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.record import Record

ACCOUNTING = "EUR"
"""BT-6 of a French seller (BR-FR-CO-12)."""

_WHOLE = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()  # noqa: SIM905 - a table
)
"""ISO 4217 currencies without a minor unit: their amounts are whole numbers."""

_RATE_TOLERANCE = Decimal("0.01")
"""The estimate is in cents, so it gives the rate to about one per cent at worst for the smallest invoices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounting:
    """BT-6 and BT-111; both None for an invoice in euros."""

    currency: str | None = None
    vat_total: Amount | None = None
    remarks: tuple[Finding, ...] = ()


def currency_of(invoice: Record) -> str:
    """BT-5. Raises `MappingError` (`CURRENCY_UNSUPPORTED`)."""
    code = (invoice.line("currency") or ACCOUNTING).upper()
    if code not in CURRENCIES:
        raise _unsupported(code, "is not a currency of the standard", "n’est pas une devise admise par la norme")
    return code


def require_whole(currency: str, amounts: Sequence[Decimal]) -> None:
    """Currencies without cents take whole amounts only. Raises `MappingError` (`CURRENCY_UNSUPPORTED`)."""
    broken = next((value for value in amounts if value != value.to_integral_value()), None)
    if currency in _WHOLE and broken is not None:
        raise _unsupported(
            f"{broken} {currency}", "has no cents: amounts must be whole", "n’a pas de centimes : montants entiers"
        )


def accounting_of(invoice: Record, currency: str, vat_total: Amount, total_with_vat: Amount) -> Accounting:
    """The VAT in euros, by the source's own estimate of the invoice in euros, checked against its exchange rate.

    Raises `MappingError` (`EXCHANGE_RATE_MISSING`).
    """
    if currency == ACCOUNTING:
        return Accounting()
    estimate = invoice.decimal("estimated_total_in_main_currency", "paid_in_main_currency")
    stated = invoice.decimal("exchange_rate")
    if estimate and total_with_vat:
        rate = abs(estimate) / total_with_vat
    elif not total_with_vat:
        rate = Decimal(1)  # nothing to convert
    else:
        raise _missing(currency)
    if stated and not _agree(rate, stated):
        raise problem(
            "EXCHANGE_RATE_MISSING",
            term="BT-111",
            field="exchange_rate",
            value=stated,
            message=f"The exchange rate {stated} and the total in euros {estimate} disagree: correct the rate.",
            message_fr=f"Le taux de change {stated} et le total en euros {estimate} se contredisent : corrigez-le.",
        )
    remarks = [_estimated(currency)] if invoice.flag("estimated_rate") else []
    if rate == 1:
        remarks.append(_suspicious(currency))
    vat = money.rounded(money.product(vat_total, rate))
    return Accounting(currency=ACCOUNTING, vat_total=vat, remarks=tuple(remarks))


def _agree(rate: Decimal, stated: Decimal) -> bool:
    """The stated rate is euros for one unit, or units for one euro."""
    return any(abs(rate - one) <= one * _RATE_TOLERANCE for one in (stated, 1 / stated))


def _unsupported(value: str, why: str, why_fr: str) -> MappingError:
    return problem(
        "CURRENCY_UNSUPPORTED",
        term="BT-5",
        field="currency",
        value=value,
        message=f"{value} {why}: choose another currency for the next invoices.",
        message_fr=f"{value} {why_fr} : choisissez une autre devise pour les prochaines factures.",
    )


def _missing(currency: str) -> MappingError:
    return problem(
        "EXCHANGE_RATE_MISSING",
        term="BT-111",
        field="exchange_rate",
        value=None,
        message=f"The VAT of an invoice in {currency} must be given in euros too: enter the exchange rate.",
        message_fr=f"La TVA d’une facture en {currency} doit aussi être donnée en euros : renseignez le taux.",
    )


def _estimated(currency: str) -> Finding:
    return remark(
        "EXCHANGE_RATE_ESTIMATED",
        term="BT-111",
        field="exchange_rate",
        value=currency,
        message="The exchange rate is an estimate of Facturation.pro: check that it is the one of your books.",
        message_fr="Le taux de change est une estimation de Facturation.pro : vérifiez que c’est celui de votre "
        "comptabilité.",
    )


def _suspicious(currency: str) -> Finding:
    return remark(
        "EXCHANGE_RATE_SUSPICIOUS",
        term="BT-111",
        field="exchange_rate",
        value=currency,
        message=f"One {currency} is taken for one euro: check the exchange rate.",
        message_fr=f"Un {currency} est compté pour un euro : vérifiez le taux de change.",
    )
