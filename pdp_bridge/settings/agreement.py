"""What both services say of a company, against what the settings say: refused when they disagree, by name.

Facturation.pro documents the number and the name of a firm only; where it shows more (`identification` …) the SIREN
found there is compared too.
"""

from __future__ import annotations

from collections.abc import Mapping

from pdp_bridge.settings.problems import Problem, SettingsError, phrase
from pdp_bridge.settings.values import Environment, Settings

HEADING = phrase("Two companies would be mixed, so nothing was sent:")


def check_firm(settings: Settings, name: str | None, siren: str | None) -> None:
    """The firm as Facturation.pro shows it is the seller of the settings. Raises `SettingsError` that names both."""
    source, seller = settings.source, settings.seller
    if source is None or seller is None:
        return
    mine = seller.party
    if siren is not None and mine.siren is not None and siren != mine.siren:
        reason = phrase("is {firm}, which has the SIREN {shown} at Facturation.pro, and {siren} in seller.siren")
        values = {"firm": source.firm_id, "shown": siren, "siren": mine.siren}
        raise SettingsError(HEADING, [_problem(settings, "source.firm_id", reason, values)])
    for other in settings.others:
        if name and _alike(name, other.name) and not _alike(name, mine.name) and other.siren != mine.siren:
            reason = phrase("is {firm}, which Facturation.pro calls {name}: that is seller.name of company.{other}")
            values = {"firm": source.firm_id, "name": name, "other": other.key}
            raise SettingsError(HEADING, [_problem(settings, "source.firm_id", reason, values)])


def check_customer(settings: Settings, told: str) -> None:
    """The customer that Iopole gives is the one of the settings. Raises `SettingsError` that names both.

    Credentials that act for several customers prove nothing: they are told the operator's own.
    """
    platform = settings.platform
    if platform is None or platform.customer_id is None or platform.customer_id.lower() == told.lower():
        return
    if any(other.client_id == platform.client_id for other in settings.others):
        return
    reason = phrase("is {customer}, and Iopole says that these credentials are of the customer {told}")
    values = {"customer": platform.customer_id, "told": told}
    raise SettingsError(HEADING, [_problem(settings, "platform.customer_id", reason, values)])


def check_native_sending(settings: Settings) -> None:
    """In production, the operator said once that Facturation.pro sends nothing by itself. Raises `SettingsError`.

    Two senders of one invoice are two invoices, and no API of Facturation.pro shows whether it sends.
    """
    if settings.environment is Environment.PRODUCTION and not acknowledged(settings):
        reason = phrase(
            "is not true: switch off any sending of e-invoices in Facturation.pro itself, then say so here, once"
        )
        problem = Problem(key="source.native_sending_disabled", reason=reason)
        raise SettingsError(phrase("Invoices might be sent twice, so nothing was sent:"), [problem])


def acknowledged(settings: Settings) -> bool:
    """Whether the operator said that Facturation.pro sends nothing by itself."""
    return settings.source is not None and settings.source.native_sending_disabled


def _problem(settings: Settings, key: str, reason: str, values: Mapping[str, object]) -> Problem:
    return Problem(key=key, reason=reason, values=values, places=(settings.origins.get(key, ""),))


def _alike(one: str, other: str | None) -> bool:
    return other is not None and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
