"""Whose invoices a journal keeps: environment, firm, SIREN and customer id are bound on first use, then compared."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, select, update

from pdp_bridge.errors import JournalError
from pdp_bridge.journal import tables as t
from pdp_bridge.journal.database import reading, writing
from pdp_bridge.journal.reader import kept_query
from pdp_bridge.journal.statements import add
from pdp_bridge.model.owner import Owner

_ENVIRONMENT = kept_query("environment", "")


def bind(engine: Engine, owner: Owner, now: datetime) -> None:
    """Write who `owner` is, or compare. Written once, then only read: a read-only journal can still be looked at.

    Raises `JournalError` when the journal says otherwise.
    """
    with reading(engine) as connection:
        if _is_bound(connection, owner):
            return
    with writing(engine) as connection:
        add(connection, t.meta, {"firm": "", "name": "environment", "value": owner.environment})
        values = {"siren": owner.siren, "customer_id": owner.customer_id, "name": owner.name}
        add(connection, t.company, {"firm": owner.firm, **values, "since": now})
        for column in ("siren", "customer_id"):
            _complete(connection, owner.firm, column, values[column])
        _is_bound(connection, owner)


def bind_customer(engine: Engine, firm: str, customer_id: str) -> None:
    """Write the customer id that the platform told, or compare. Raises `JournalError` when it was another one."""
    with reading(engine) as connection:
        company = connection.execute(select(t.company).where(t.company.c.firm == firm)).mappings().first()
    if company is None or company["customer_id"] == customer_id:
        return
    with writing(engine) as connection:
        _complete(connection, firm, "customer_id", customer_id)
        company = connection.execute(select(t.company).where(t.company.c.firm == firm)).mappings().one()
        _compare(connection, company, Owner(environment="", firm=firm, siren=company["siren"], customer_id=customer_id))


def _complete(connection: Connection, firm: str, column: str, value: str | None) -> None:
    if value is not None:
        absent = (t.company.c.firm == firm, t.company.c[column].is_(None))
        connection.execute(update(t.company).where(*absent).values({column: value}))


def _is_bound(connection: Connection, owner: Owner) -> bool:
    """False while something is to be written. Raises `JournalError` for a contradiction."""
    environment = connection.scalar(_ENVIRONMENT)
    if environment is not None and environment != owner.environment:
        raise JournalError(
            f"This journal belongs to {environment}, the settings say {owner.environment}. Nothing was changed; use "
            "another data folder (PDP_BRIDGE_DATA) for each environment."
        )
    company = connection.execute(select(t.company).where(t.company.c.firm == owner.firm)).mappings().first()
    if company is None:
        _require_free(connection, owner)
        return False
    _compare(connection, company, owner)
    known = (company["siren"] or not owner.siren) and (company["customer_id"] or not owner.customer_id)
    return environment is not None and bool(known)


def _compare(connection: Connection, company: RowMapping, owner: Owner) -> None:
    for column, words, key in (
        ("siren", "SIREN", "seller.siren"),
        ("customer_id", "customer id of the platform", "platform.customer_id"),
    ):
        kept, given = company[column], getattr(owner, column)
        if kept and given and kept != given:
            raise JournalError(
                f"In this journal firm {owner.firm} of Facturation.pro has the {words} {kept}, and now {given}. "
                f"Nothing was changed or sent; correct source.firm_id or {key}: two companies are never mixed."
            )
    _require_free(connection, owner)


def _require_free(connection: Connection, owner: Owner) -> None:
    """The customer id is no other firm's, unless that firm is the same legal person."""
    if owner.customer_id is None:
        return
    company = t.company.c
    claimed = (company.firm != owner.firm, company.customer_id == owner.customer_id)
    for other in connection.execute(select(t.company).where(*claimed)).mappings():
        if other["siren"] and owner.siren and other["siren"] != owner.siren:
            raise JournalError(
                f"The customer id {owner.customer_id} of the platform belongs to firm {other['firm']} (SIREN "
                f"{other['siren']}) in this journal, and not to firm {owner.firm} (SIREN {owner.siren}). Nothing was "
                "changed or sent; correct platform.customer_id."
            )
