"""Invoices that a Facturation.pro account might hold, at random: mostly right, sometimes odd, sometimes wrong.

`bills()` draws a payload as a snapshot holds it, the seller who issued it, and what the strategy knows of it, so that a
test can compare without trusting the mapping: the priced items, the printed totals, whether they were falsified.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import golden
import random_texts as texts
from hypothesis import strategies as st
from random_buyers import SECRET, buyer
from random_lines import amounts, line, number_of, row, subsidy, tool, turned
from random_texts import Draw, chance, nothing, numeral, pick

from pdp_bridge.model.codes import Operation
from pdp_bridge.model.seller import Seller


@dataclass(frozen=True, kw_only=True)
class Bill:
    """`priced` are the items that are sales, in printed order; `loose` when the printed totals leave several readings
    (rebate, extra tax, subsidy, amounts on rows of a style, options); `falsified` by how much a total was changed;
    `mangled` when a field holds what the API would not give, so that nothing is known of the bill.
    """

    payload: dict[str, Any]
    seller: Seller
    priced: list[dict[str, Any]]
    loose: bool
    falsified: Decimal
    mangled: bool


MAPPED = (
    ("E", "VATEX-FR-CGI261-4"),
    ("E", ""),
    ("AE", ""),
    ("O", ""),
    ("K", "VATEX-EU-IC"),
    ("G", "VATEX-EU-G"),
    ("S", ""),
)
"""What the operator may say of a reason of his own, wrong answers included."""


@st.composite
def sellers(draw: Draw) -> Seller:
    """One of the golden sellers with some of its choices changed."""
    name = pick(draw, ["normal", "normal", "normal", "debits", "franchise"])
    policy: dict[str, Any] = {
        "send_exempt": chance(draw, 60),
        "relaxed_rounding": chance(draw, 40),
        "clamp_due_date": chance(draw, 50),
        "strict_units": chance(draw, 5),
        "millilitre": chance(draw, 20),
        "buyer_reference_field": pick(draw, [None, "field1"]),
        "contract_field": pick(draw, [None, "field1", "reference"]),
        "exemptions": {"Motif de la maison": pick(draw, MAPPED)},
    }
    adjust: dict[str, Any] = {"policy": policy, "vat_on_debits": chance(draw, 20)}
    if chance(draw, 15):
        adjust["bank"] = None
    if chance(draw, 50):
        adjust["default_operation"] = pick(draw, [one.value for one in Operation])
    elif chance(draw, 5):
        adjust["default_operation"] = None
    if chance(draw, 3):
        adjust["mentions"] = {"recovery_cost": " "}
    return golden.seller(name, adjust)


# -- invoices ------------------------------------------------------------------------------------------------------

REASONS = (
    "Autoliquidation, art. 283-2 nonies du CGI",
    "Autoliquidation",
    "Exonération de TVA, art. 262 ter I du CGI",
    "Exonération de TVA, art. 262 I du CGI",
    "Art. 262 II du CGI",
    "Art. 259-1 du CGI",
    "Art. 259 B du CGI, hors champ",
    "Exonération, art. 261-4-4° du CGI",
    "Exonération, art. 261 A du CGI",
    "Exonération, art. 261 C 1° du CGI",
    "Exonération, art. 261 D 1° bis du CGI",
    "Exonération, art. 261 E 2° du CGI",
    "Achats en franchise, art. 275 du CGI",
    "Art. 277 A du CGI",
    "Art. 295 du CGI",
    "Art. 298 sexdecies A du CGI",
    "Régime particulier – biens d’occasion, art. 297 A",
    "TVA sur marge, objets d’art",
    "Régime de la marge, agences de voyages",
    "Débours, art. 267 II 2° du CGI",
    "Non assujetti",
    "Avoir net de taxe, art. 272 du CGI",
    "TVA non applicable, art. 293 B du CGI",
    "Motif de la maison",
    "Art. 261-4-4° et art. 262 I du CGI",
    "Exonéré",
)
DELAYS = (
    *("30", "30-inv", "0", "cash", "15", "45fm", "45fm-inv", "30fm10", "30fm10-inv", "60", "60-inv", "90fm", "7fm"),
    *("0fm10", "120", "custom7", "n'importe quoi", "", None, "999fm31-inv", "30fm99"),
)
MODES = (0, 3, None, "", 1, 2, 4, 5, 6, 7, 8, 9, 30, 31, 32, 50, 51, 90, 99, 999, "3", 12345)
CURRENCIES = ("USD", "GBP", "CHF", "JPY", "XPF", "BTC", "HRK", "euro", "XYZ", "MGA", "TND")
DAYS = (
    *("2026-09-17", "2026-01-31", "2026-12-31", "2027-01-01", "2028-02-29", "2026-02-28", "2025-10-26", "2026-11-30"),
    *("2099-12-31", "2000-01-01"),
)
WRONG_DAYS = ("0000-00-00", None, "1999-12-31", "2100-01-01", "2026-02-30", "demain")
NUMBERS = ("2026-12", "FA-2026/001_b+", "2026-000123", "A" * 20)
LONG_NUMBERS = ("B" * 21, "C" * 35)
STRANGE = (
    *(None, "", " ", 0, 1, -1, True, False, 10**30, Decimal("1e400"), Decimal("NaN"), 0.1, 1e308),
    *(
        "NaN",
        "-Infinity",
        "1e5",
        "1e400",
        "1e-400",
        "33.3333333333",
        "0x10",
        "1,5",
        "1 000.00",
        "１２",
        "0.0000001",
        "999999999999999.999",
    ),
    *("2026-02-30", "2026-W01-1", "20260917", "2026-09-17T25:00:00Z", "true", "null", "\x00", "\ud800", "\ufffe"),
    *([], {}, [1], ["a"], {"a": 1}, [None], [[]], "x" * 5000, "-" * 200, "😀", "\u202e", "<b></b>", "&nbsp;"),
)
"""JSON of every type, and texts that look like numbers and days."""
WRONG_NUMBERS = ("D" * 36, "2026 12", "n°12", "", None, "2026-😀", "12\u00a0")


@st.composite
def bills(draw: Draw) -> Bill:
    """An invoice, a deposit, a final invoice after deposits or a credit note."""
    kind, customer = buyer(draw)
    seller = draw(sellers())
    document = pick(draw, ["invoice"] * 10 + ["deposit", "final", "credit", "credit"])
    style = _taxation(draw, seller)
    currency = pick(draw, CURRENCIES) if chance(draw, 10) else pick(draw, ["EUR", None, "", "eur"])
    decimals = 0 if currency in ("JPY", "XPF") and chance(draw, 70) else pick(draw, [2, 3])
    items = _items(draw, document, style, kind, decimals)
    counted = [item for item in items if _sold(item)]
    options = [item for item in items if item.get("optional") and chance(draw, 15)]
    subsidies = sum((number_of(item, "total") for item in items if item.get("style") == "subsidy"), start=Decimal(0))
    sums = tool(draw, subsidies, decimals)
    styled = [item for item in items if _bears_amount(item) and chance(draw, 60)]
    total, whole = sums.totals([item for item in items if item in counted + options + styled])
    falsified = Decimal(0)
    if chance(draw, 6):
        falsified = Decimal(pick(draw, ["0.01", "-0.01", "1", "-1", "0.001"]))
    on_whole = chance(draw, 60)
    payload = {
        "firm_id": 4242,
        "kind": {"deposit": "down_payment", "credit": "refund"}.get(document, "invoice"),
        "kind_known": not chance(draw, 10),
        "pulled_at": "2026-09-17T18:00:00+00:00",
        "quote": {"quote_ref": "D-2026-4", "invoice_ids": [12]} if chance(draw, 10) else None,
        "preceding": _preceding(draw, "credit" if total < 0 and not chance(draw, 30) else document),
        "customer": None if chance(draw, 1) else customer,
    }
    printed = (total if on_whole else total + falsified, whole + falsified if on_whole else whole)
    payload["invoice"] = _invoice(draw, document, style, currency, sums, items, printed)
    if document in ("deposit", "credit") and chance(draw, 5):
        payload["kind"] = "invoice"
    mangled = chance(draw, 12)
    if mangled:
        mangle(draw, payload)
    return Bill(
        payload=payload,
        seller=seller,
        priced=counted,
        loose=bool(sums.rebate or sums.tax or subsidies or styled or any(item.get("optional") for item in items)),
        falsified=falsified,
        mangled=mangled,
    )


def mangle(draw: Draw, payload: dict[str, Any]) -> None:
    """One field, anywhere, holds what nobody expects there: another type, a number out of all bounds, odd text."""
    settlements = payload["invoice"]["settlements"] or []
    records = [payload["invoice"], payload["customer"] or {}, *payload["invoice"]["items"], *settlements]
    record = pick(draw, [one for one in [*records, *payload["preceding"], payload] if one])
    secret = {key for key, value in record.items() if value == SECRET}
    record[pick(draw, sorted(record.keys() - secret))] = pick(draw, STRANGE)


def _sold(item: dict[str, Any]) -> bool:
    """A line of no style with any figure, not optional: the API's own definition of a sale."""
    figures = [item.get(key) for key in ("quantity", "unit_price", "total", "vat")]
    filled = any(str(figure).strip(" 0.") for figure in figures if figure is not None)
    return not str(item.get("style") or "").strip() and not item.get("optional") and filled


def _bears_amount(item: dict[str, Any]) -> bool:
    return str(item.get("style") or "").lower() in ("comment", "title") and bool(number_of(item, "total"))


def _taxation(draw: Draw, seller: Seller) -> str:
    """How the lines are taxed; a seller without VAT number sells without VAT."""
    if seller.vat_regime.value == "franchise":
        return "taxed" if chance(draw, 10) else "exempt"
    return pick(draw, ["taxed"] * 13 + ["exempt"] * 3 + ["mixed"] * 3 + ["wrong"])


def _items(draw: Draw, document: str, style: str, kind: str, decimals: int) -> list[dict[str, Any]]:
    count = draw(st.integers(0, 12)) if chance(draw, 15) else draw(st.integers(1, 4))
    items = [line(draw, style, kind, decimals) for _ in range(count)]
    if document == "deposit":
        items = [item | {"title": "Acompte sur devis n° D-2026-4"} for item in items]
    if document == "final":
        worth = amounts(draw, decimals)
        deduction = {"quantity": "1.0", "unit_price": str(-worth), "total": str(-worth), "nature": None}
        title = pick(draw, ["Acompte n°2026-61", "Acompte n° 2026-61 du 1er mars", "Acompte versé"])
        items.append(line(draw, style, kind, decimals) | deduction | {"title": title})
    if document == "credit" and not chance(draw, 8):
        items = [turned(draw, item) for item in items]
    if chance(draw, 8):
        items[:1] = [item | {"optional": True} for item in items[:1]]
    for _ in range(draw(st.integers(0, 3)) if chance(draw, 40) else 0):
        items.insert(draw(st.integers(0, len(items))), row(draw, decimals))
    if chance(draw, 5):
        items.insert(draw(st.integers(0, len(items))), subsidy(draw))
    if chance(draw, 50):
        items = [item | {"position": pick(draw, [index, f"{index}"])} for index, item in enumerate(items, 1)]
    return items


def _preceding(draw: Draw, document: str) -> list[dict[str, Any]]:
    if document not in ("final", "credit") or chance(draw, 5):
        return []
    kind = "down_payment" if document == "final" else pick(draw, ["invoice", "invoice", "down_payment", "external"])
    day = pick(draw, ["2026-03-01", "2025-12-31", "2026-12-31", None if chance(draw, 10) else "2026-03-01"])
    number = pick(draw, ["F 2020 12", "n°7", "E" * 36]) if chance(draw, 5) else "2026-61"
    found = [{"id": 61, "number": number, "issued_on": day, "kind": kind}]
    return found * 2 if chance(draw, 5) else found


def _invoice(
    draw: Draw,
    document: str,
    style: str,
    currency: Any,
    sums: Any,
    items: list[dict[str, Any]],
    printed: tuple[Decimal, Decimal],
) -> dict[str, Any]:
    issued = pick(draw, WRONG_DAYS) if chance(draw, 2) else pick(draw, DAYS)
    reason = pick(draw, REASONS) if style in ("exempt", "mixed") and not chance(draw, 8) else nothing(draw)
    if reason in (None, "", " ") and chance(draw, 4):
        reason = draw(texts.some())
    invoice = {
        "id": 12,
        "full_invoice_ref": _number(draw),
        "invoice_ref": "12",
        "invoiced_on": issued,
        "created_at": "2026-09-17T15:06:54.711+02:00",
        "currency": currency,
        "customer_id": 502,
        "items": items,
        "total": numeral(draw, printed[0]),
        "total_with_vat": numeral(draw, printed[1]),
        "rebate_percentage": numeral(draw, sums.rebate),
        "tax_percent": numeral(draw, sums.tax),
        "tax_title": draw(texts.short()),
        "vat_exemption": reason,
        "vat_country": pick(draw, ["DE", "BE", "XX"] if chance(draw, 3) else ["FR", None, ""]),
        "refund_id": 61 if document == "credit" and chance(draw, 50) else pick(draw, [0, None]),
        "quote_id": 4 if document == "deposit" else None,
        "language": pick(draw, ["fr", None, "", "fr", "en", "es", "nl", "de"]),
        "title": draw(texts.short()),
        "information": draw(texts.blocks()),
        "activity_title": draw(texts.short()),
        "purchase_number": pick(draw, ["4500-12", " 4500-12 ", None, "", "<b>12</b>"]),
        "discount": pick(draw, ["0.0", None, "2.0", "2.5", "-1"]),
        "penalty": pick(draw, ["0.0", None, "12.5", 10]),
        "accounting_entry": pick(draw, [None, "", "706000", "707000"]),
        "service_personne": chance(draw, 5),
        "sap_nature": draw(texts.short()),
        "internal_note": SECRET,
        "payment_ref": SECRET,
        "api_custom": SECRET,
        "external": False,
        "draft": False,
        "precompte": chance(draw, 2),
    }
    invoice |= _payment(draw, issued, printed[1])
    if currency in CURRENCIES:
        invoice |= _exchange(draw, printed[1])
    if chance(draw, 2):
        invoice[pick(draw, ["total", "total_with_vat"])] = None
    return invoice


def _number(draw: Draw) -> Any:
    return pick(draw, [*WRONG_NUMBERS, *LONG_NUMBERS]) if chance(draw, 4) else pick(draw, NUMBERS)


def _payment(draw: Draw, issued: Any, whole: Decimal) -> dict[str, Any]:
    """When it is due, and what was paid before and after the issue date."""
    try:
        day = date.fromisoformat(str(issued))
    except ValueError:
        day = date(2026, 9, 17)
    near = [day + timedelta(days=days) for days in (30, 0, 1, 60) if day < date(2099, 10, 1)] or [day]
    term = day - timedelta(days=1) if chance(draw, 3) and day > date(2000, 1, 1) else pick(draw, [*near, None])
    settlements = []
    while len(settlements) < 3 and chance(draw, 22):
        part = pick(draw, [whole, whole / 2, Decimal(1), whole * 2, Decimal("0.001")])
        paid_on = day - timedelta(days=40) if chance(draw, 40) and day > date(2001, 1, 1) else pick(draw, near)
        key = pick(draw, ["total", "amount"])
        settlements.append({"paid_on": str(paid_on), key: f"{part:.3f}", "payment_mode": pick(draw, MODES)})
    return {
        "term_on": str(term) if term else pick(draw, [None, ""]),
        "delivery_on": pick(draw, [str(day), "2026-09-10", None, ""]),
        "pay_before": pick(draw, DELAYS),
        "payment_mode": pick(draw, MODES),
        "paid_on": str(pick(draw, near)) if chance(draw, 12) else pick(draw, [None, ""]),
        "settlements": settlements or (None if chance(draw, 20) else []),
        "balance": "0.0" if chance(draw, 10) else pick(draw, [None, str(whole)]),
    }


def _exchange(draw: Draw, whole: Decimal) -> dict[str, Any]:
    rate = Decimal(pick(draw, ["0.91", "1.0", "1.18", "0.0083"]))
    stated = pick(draw, [rate, 1 / rate, None, Decimal(2)])
    estimate = pick(draw, [f"{whole * rate:.2f}", f"{whole * rate:.2f}", None])
    return {
        "exchange_rate": None if stated is None else f"{stated:.6f}",
        "estimated_total_in_main_currency": estimate,
        "estimated_rate": chance(draw, 20),
    }
