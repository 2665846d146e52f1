"""Statuses that the operator sends to Iopole (`POST …/status`): what is refused at once, and what only by event.

The service answers 201 to whatever has the right shape. A status on a finished invoice, or a VAT rate that France does
not know, is told later to an `events` webhook and nowhere else.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from pdp_bridge.sandbox.deposits import Operator
from pdp_bridge.sandbox.statuses import Detail

CODES = frozenset(
    "IN_HAND APPROVED PARTIALLY_APPROVED DISPUTED SUSPENDED COMPLETED REFUSED PAYMENT_SENT PAYMENT_RECEIVED "  # noqa: SIM905 - a table
    "CANCELLED".split()
)
VAT_RATES = frozenset(Decimal(rate) for rate in "0 0.9 1.05 1.75 2.1 5.5 7 8.5 9.2 9.6 10 13 19.6 20 20.6".split())  # noqa: SIM905 - a table
"""Percent, on an invoice of the French network."""

_KEYS = frozenset({"code", "message", "payment", "attachments", "rejectionDetail"})


class BadOrder(Exception):
    """The body has not the shape of a status; `field` is where."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def ordered(operator: Operator, deposit_id: str, body: bytes) -> str:
    """Take a status for one deposit; returns its id. Raises `BadOrder`, or `KeyError` for an unknown deposit."""
    order = _read(body)
    current = operator.final(deposit_id)
    if current is not None:
        problem = {"reason": "TERMINAL_STATUS", "message": f"The invoice is already {current}"}
        told = {"rejectionDetail": problem, "attemptedStatus": order["code"], "currentStatus": current}
        return operator.tell("OUTBOUND_STATUS_NOT_ALLOWED", deposit_id, told)
    unknown = [str(payment["vatRate"]) for payment in order.get("payment", ()) if payment["vatRate"] not in VAT_RATES]
    if unknown:
        problem = {"reason": "INVALID_VAT_RATE", "message": f"not an accepted VAT rate: {', '.join(unknown)}"}
        told = {"rejectionDetail": problem, "attemptedStatus": order["code"]}
        return operator.tell("OUTBOUND_STATUS_INVALID", deposit_id, told)
    rejection = order.get("rejectionDetail") or {}
    detail = Detail(
        reason=rejection.get("reason"),
        message=rejection.get("message") or order.get("message", ""),
        payments=json.loads(body).get("payment", ()),
    )
    return operator.emit(deposit_id, order["code"], detail)


def _read(body: bytes) -> dict[str, Any]:
    try:
        order = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    except ValueError as error:
        raise BadOrder("", "Invalid JSON") from error
    if not isinstance(order, dict) or set(order) - _KEYS:
        raise BadOrder("", "Unrecognized key(s) in object")
    if order.get("code") not in CODES:
        raise BadOrder("code", "Invalid enum value")
    payments = order.get("payment", [])
    complete = isinstance(payments, list) and all(
        isinstance(payment, dict) and set(payment) == {"vatRate", "amount", "currency"} for payment in payments
    )
    if not complete:
        raise BadOrder("payment", "Expected an array of {vatRate, amount, currency}")
    return order
