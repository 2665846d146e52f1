"""pdp_bridge takes an issued invoice from Facturation.pro, states it in the words of EN 16931, writes it as Factur-X,
proves it valid, sends it once through Iopole, and brings its statuses home.

    from pdp_bridge import Bridge

    with Bridge.from_settings() as bridge:
        bridge.run()
        bridge.sync()

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pdp_bridge.alone import render, validate
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.errors import (
        BridgeError,
        ConfigError,
        InvoiceRefused,
        MappingError,
        OutcomeUnknown,
        PlatformError,
        SourceError,
    )
    from pdp_bridge.lifecycle import SyncResult
    from pdp_bridge.model.invoice import Invoice
    from pdp_bridge.model.report import Finding, Layer, Report, Severity, Verdict
    from pdp_bridge.model.status import Outcome, StatusEvent, StatusSummary
    from pdp_bridge.pipeline import PullResult, RunResult
    from pdp_bridge.ports import Entry, State
    from pdp_bridge.probes import Probe

__version__ = "0.1.0"

_HOMES = {
    "Bridge": "bridge",
    "BridgeError": "errors",
    "ConfigError": "errors",
    "Entry": "ports",
    "Finding": "model.report",
    "Invoice": "model.invoice",
    "InvoiceRefused": "errors",
    "Layer": "model.report",
    "MappingError": "errors",
    "Outcome": "model.status",
    "OutcomeUnknown": "errors",
    "PlatformError": "errors",
    "Probe": "probes",
    "PullResult": "pipeline",
    "Report": "model.report",
    "RunResult": "pipeline",
    "Severity": "model.report",
    "SourceError": "errors",
    "State": "ports",
    "StatusEvent": "model.status",
    "StatusSummary": "model.status",
    "SyncResult": "lifecycle",
    "Verdict": "model.report",
    "render": "alone",
    "validate": "alone",
}

__all__ = [
    "Bridge",
    "BridgeError",
    "ConfigError",
    "Entry",
    "Finding",
    "Invoice",
    "InvoiceRefused",
    "Layer",
    "MappingError",
    "Outcome",
    "OutcomeUnknown",
    "PlatformError",
    "Probe",
    "PullResult",
    "Report",
    "RunResult",
    "Severity",
    "SourceError",
    "State",
    "StatusEvent",
    "StatusSummary",
    "SyncResult",
    "Verdict",
    "render",
    "validate",
]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pdp_bridge' has no attribute {name!r}")
    return getattr(import_module(f"pdp_bridge.{home}"), name)
