"""`doctor`: every part of the installation is tried, and says what was found or what is to be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pdp_bridge.composition import Composition
from pdp_bridge.directory import not_enrolled
from pdp_bridge.probes import Found, Probe, lane_probe, probe, rules_in_use
from pdp_bridge.settings.agreement import acknowledged, check_native_sending


def examined(parts: Composition) -> list[Probe]:
    """One probe for each part; never raises for a part that is unwell.

    A service that is left alone because it did not answer is tried too: when it answers, everybody may ask again.
    """
    parts.insist()
    looks: dict[str, Callable[[], Found]] = {
        "data folder": lambda: Found(str(parts.data_folder())),
        "journal": partial(_journal, parts),
        "rules": rules_in_use,
        "seller": lambda: Found(parts.settings.require_seller().party.name),
        "facturation.pro": partial(_source, parts),
        "iopole": partial(_platform, parts),
        "enrolment": partial(_enrolment, parts),
        "native sending": partial(_native_sending, parts),
    }
    probes = [probe(name, look) for name, look in looks.items()]
    return [*probes, *(lane_probe(name, state) for name, state in parts.lanes())]


def _journal(parts: Composition) -> Found:
    from pdp_bridge.journal.archive_checks import at_a_glance
    from pdp_bridge.journal.counting import MOST_COUNTED
    from pdp_bridge.journal.standing import Standing

    invoices, archived = Standing(parts.journal).invoices(), at_a_glance(parts.journal)
    more = invoices >= MOST_COUNTED
    told = f"{invoices} invoices" + (" or more" if more else "") + (f"; archived: {archived}" if archived else "")
    return Found(told, {"count": invoices, "more": more, "archived": archived or ""})


def _source(parts: Composition) -> Found:
    client = parts.source_client
    client.check_firm()
    account = str(client.account().get("email", "account"))
    return Found(f"{account}, firm {client.firm_id}", {"account": account, "firm": client.firm_id})


def _platform(parts: Composition) -> Found:
    customer = parts.platform_client.customer_id()
    parts.platform_client.status_not_seen()
    return Found(f"customer {customer}", {"customer": customer})


def _enrolment(parts: Composition) -> Found:
    """What the platform says of the seller. Raises `PlatformRefused` when it is not enrolled."""
    siren = parts.settings.require_seller().party.siren or ""
    enrolled = parts.platform.enrolled(siren)
    if enrolled is False:
        raise not_enrolled(siren)
    if enrolled:
        parts.journal.enrolment().was_enrolled(parts.clock())
    told = f"SIREN {siren} is enrolled" if enrolled else f"Iopole does not say whether SIREN {siren} is enrolled"
    return Found(told, {"siren": siren, "enrolled": bool(enrolled)})


def _native_sending(parts: Composition) -> Found:
    """Raises `ConfigError` in production, until the operator says that it is off."""
    check_native_sending(parts.settings)
    off = acknowledged(parts.settings)
    return Found("switched off" if off else "not said to be switched off: production asks for it")
