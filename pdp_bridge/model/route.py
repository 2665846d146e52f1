"""Where an invoice goes when it is not an error of anybody: the network, Chorus Pro, e-reporting, or nowhere.

The routes are those of the reform as facturation-pro.md §5 lists them; the treatment is that of the BAR note (BR-FR-20),
which the mapping gives as `value` of its finding `NOT_E_INVOICED`.
"""

from __future__ import annotations

from enum import StrEnum

from pdp_bridge.model.codes import Treatment
from pdp_bridge.model.report import Finding

NOT_E_INVOICED = "NOT_E_INVOICED"
"""The rule of an invoice that takes another route than the network."""


class Route(StrEnum):
    """One way an invoice may go. Only the first two are sent."""

    NETWORK = "network"
    PUBLIC = "public"  # a public body: the platform relays it to Chorus Pro
    B2C = "b2c"
    INTERNATIONAL = "international"
    OUT_OF_SCOPE = "out_of_scope"


ELSEWHERE = (Route.B2C, Route.INTERNATIONAL)
"""Sales that are reported (e-reporting), not sent."""

_TREATED = {
    Treatment.B2C: Route.B2C,
    Treatment.B2B_INTERNATIONAL: Route.INTERNATIONAL,
    Treatment.B2C_INTERNATIONAL: Route.INTERNATIONAL,
    Treatment.OUT_OF_SCOPE: Route.OUT_OF_SCOPE,
    Treatment.ARCHIVE_ONLY: Route.OUT_OF_SCOPE,
}


def treatment_of(finding: Finding) -> Treatment | None:
    """The BAR treatment of an invoice that was held with this finding; None when it only waits."""
    if finding.rule != NOT_E_INVOICED or finding.value not in set(Treatment):
        return None
    return Treatment(finding.value)


def route_of(finding: Finding) -> Route | None:
    """The other route of an invoice that was held with this finding; None when it only waits.

    >>> from pdp_bridge.model.report import Severity
    >>> said = {"severity": Severity.ERROR, "message": "A private person.", "message_fr": "Un particulier."}
    >>> str(route_of(Finding(rule="NOT_E_INVOICED", value="B2C", **said)))
    'b2c'
    >>> route_of(Finding(rule="DATED_LATER", value="2026-12-21", **said)) is None
    True
    """
    treatment = treatment_of(finding)
    return None if treatment is None else _TREATED.get(treatment)
