"""The sandbox: Facturation.pro and Iopole as local HTTP servers, for tests, the demo, and anybody without accounts.

with Sandbox() as sandbox:
    sandbox.facturation_pro.add_invoice({...})
    sandbox.iopole_faults.add(Fault(Kind.DROP, "POST", "/v1/invoice", after=True))
    ...  # drive a client with sandbox.environment()
    sandbox.advance(2)
    sandbox.iopole.deposits
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Route

from pdp_bridge.model.document import Document
from pdp_bridge.model.report import Report
from pdp_bridge.sandbox import control, demo
from pdp_bridge.sandbox.clock import SandboxClock
from pdp_bridge.sandbox.deposits import Operator
from pdp_bridge.sandbox.facturation_pro import FacturationPro, SourceOptions
from pdp_bridge.sandbox.faults import Faults
from pdp_bridge.sandbox.firm import Firm
from pdp_bridge.sandbox.iopole import Iopole, PlatformOptions
from pdp_bridge.sandbox.listener import Listener, Serving
from pdp_bridge.sandbox.verdict import Judge, Open
from pdp_bridge.sandbox.webhooks import Webhook, WebhookOptions
from pdp_bridge.sandbox.wire import Exchange, Wire

LOOPBACK = "127.0.0.1"
USER_AGENT = "pdp_bridge sandbox (contact@example.fr)"
DELIVERY_SECONDS = 0.5
"""How often `run` looks whether callbacks are due."""

WAITS: Mapping[str, float] = {
    "retry_first_seconds": 0.2,
    "lease_seconds": 12,
    "settle_seconds": 2,
    "history_interval_seconds": 0,
}
"""Settings of `timing` for a platform next door, whose index has no lag."""


class Sandbox:
    """Both services, from `with` to the end of its block. Ports 0 take free ones.

    `facturation_pro` and `iopole` are the data behind the servers, to be filled and inspected; further firms of the
    options are in `firms` by number, further customers in `operators` by id. The two `…_faults` say what goes wrong on
    the way. `read` and `judge` replace the real reading and validation, e.g. in load tests.
    """

    def __init__(
        self,
        *,
        source: SourceOptions | None = None,
        platform: PlatformOptions | None = None,
        origin: datetime | None = None,
        seed: int = 0,
        host: str = LOOPBACK,
        ports: tuple[int, int] = (0, 0),
        read: Open | None = None,
        judge: Judge | None = None,
        webhook: WebhookOptions | None = None,
    ) -> None:
        self.source_options = source or SourceOptions()
        self.platform_options = platform or PlatformOptions()
        self.clock = SandboxClock(origin)
        named = {self.source_options.firm_id: self.source_options.firm_name, **self.source_options.more_firms}
        self.firms = {firm_id: Firm(firm_id, name, self.clock) for firm_id, name in named.items()}
        self.facturation_pro = self.firms[self.source_options.firm_id]
        customers = (self.platform_options.customer_id, *(each.customer_id for each in self.platform_options.tenants))
        self.operators = {
            customer_id: Operator(self.platform_options.rules, self.clock, read or _opened, judge or _judged)
            for customer_id in customers
        }
        for operator in self.operators.values():
            operator.registered = self._addresses
        self.iopole = self.operators[self.platform_options.customer_id]
        if webhook is not None:
            self.call_back(webhook)
        self.facturation_pro_faults = Faults(seed)
        self.iopole_faults = Faults(seed + 1)
        self._host = host
        self._ports = ports
        self._serving: Serving | None = None

    def __enter__(self) -> Self:
        source = FacturationPro(tuple(self.firms.values()), self.source_options, self.clock).app
        platform_side = Iopole(self.operators, self.platform_options, self.iopole_faults, self.clock)
        self.forget_tokens: Callable[[], None] = platform_side.forget_tokens
        platform = platform_side.app
        _drivable(source, control.of_firm(self.facturation_pro), self.facturation_pro_faults, self.advance)
        _drivable(platform, control.of_operator(self.iopole), self.iopole_faults, self.advance)
        self._source_wire = Wire(source, self.facturation_pro_faults, self.clock)
        self._platform_wire = Wire(platform, self.iopole_faults, self.clock)
        with ExitStack() as on_failure:
            listeners = []
            for wire, port in zip((self._source_wire, self._platform_wire), self._ports, strict=True):
                listeners.append(Listener(wire, self._host, port))
                on_failure.callback(listeners[-1].close)
            on_failure.pop_all()
        self.facturation_pro_url, self.iopole_url = (listener.url for listener in listeners)
        self._serving = Serving(listeners)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._serving is not None:
            self._serving.stop()
            self._serving = None
        for operator in self.operators.values():
            operator.close()

    def _addresses(self) -> frozenset[str]:
        return frozenset().union(*(firm.addresses() for firm in self.firms.values()))

    @property
    def auth_url(self) -> str:
        """Root of the authorisation server: the same as the API's."""
        return self.iopole_url

    @property
    def facturation_pro_exchanges(self) -> tuple[Exchange, ...]:
        """What Facturation.pro was asked and answered, oldest first."""
        return self._source_wire.exchanges

    @property
    def iopole_exchanges(self) -> tuple[Exchange, ...]:
        """What Iopole was asked and answered, oldest first."""
        return self._platform_wire.exchanges

    def call_back(self, options: WebhookOptions) -> Webhook:
        """From now on every new status is delivered to that address, and no longer waits in `notSeen`."""
        self.iopole.webhook = Webhook(options, self.clock)
        return self.iopole.webhook

    def advance(self, seconds: float) -> None:
        """Judge what is deposited, then let time go by: every verdict due by then comes to light, and is delivered."""
        for operator in self.operators.values():
            operator.settle()
        self.clock.advance(seconds)
        self.deliver()

    def deliver(self) -> None:
        """Deliver the callbacks that are due; nothing happens without a webhook."""
        if self.iopole.webhook is not None:
            self.iopole.webhook.deliver()

    def load_demo(self) -> None:
        """Fill Facturation.pro with the demo's firm; the directory leads to one buyer whose platform takes nothing."""
        data = demo.firm(self.clock().date())
        self.facturation_pro.load(data)
        self.iopole.outdated.update(data["unreachable"])

    def environment(self) -> Mapping[str, str]:
        """The environment variables with which pdp_bridge talks to this sandbox, without waits or quotas."""
        source, platform = self.source_options, self.platform_options
        return {
            "FACTURATION_PRO_BASE_URL": self.facturation_pro_url,
            "FACTURATION_PRO_API_ID": source.api_id,
            "FACTURATION_PRO_API_KEY": source.api_key,
            "FACTURATION_PRO_FIRM_ID": str(source.firm_id),
            "FACTURATION_PRO_USER_AGENT": USER_AGENT,
            "PDP_PROVIDER": "iopole",
            "IOPOLE_BASE_URL": self.iopole_url,
            "IOPOLE_AUTH_URL": self.auth_url,
            "IOPOLE_CLIENT_ID": platform.client_id,
            "IOPOLE_CLIENT_SECRET": platform.client_secret,
            "IOPOLE_CUSTOMER_ID": platform.customer_id,
            "PDP_BRIDGE_SOURCE_RPM": "0",
            "PDP_BRIDGE_PLATFORM_RPM": "0",
            **{f"PDP_BRIDGE_{key.upper()}": str(value) for key, value in WAITS.items()},
            **({"PDP_BRIDGE_WEBHOOK_SECRET": self.iopole.webhook.options.secret} if self.iopole.webhook else {}),
        }

    def settings_text(self) -> str:
        """A complete settings file (TOML) for this sandbox, with the demo's seller."""
        source, platform = self.source_options, self.platform_options
        sections: Mapping[str, Mapping[str, str | int | float]] = {
            "source": {
                "base_url": self.facturation_pro_url,
                "api_id": source.api_id,
                "api_key": source.api_key,
                "firm_id": source.firm_id,
                "user_agent": USER_AGENT,
                "rpm": 0,
            },
            "platform": {
                "base_url": self.iopole_url,
                "auth_url": self.auth_url,
                "client_id": platform.client_id,
                "client_secret": platform.client_secret,
                "customer_id": platform.customer_id,
                "rpm": 0,
            },
            "timing": WAITS,
        }
        blocks = [
            f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
            for name, section in sections.items()
        ]
        return "\n".join([demo.settings_text(), *blocks])

    def summary(self) -> str:
        """The URLs and credentials, as `export` lines to copy into a shell."""
        lines = [f"export {name}='{value}'" for name, value in self.environment().items()]
        return "\n".join([*lines, f"# deposits: {self.iopole_url}/sandbox/deposits", ""])


def run(sandbox: Sandbox, announce: Callable[[str], None], *, until: threading.Event | None = None) -> None:
    """Serve until Ctrl-C, or until the event is set; `announce` is given the summary once the servers answer.

    Raises `OSError` when a port is taken.
    """
    with sandbox:
        announce(sandbox.summary())
        stop = until or threading.Event()
        try:
            while not stop.wait(timeout=DELIVERY_SECONDS):
                sandbox.deliver()
        except KeyboardInterrupt:
            return


def _drivable(app: Starlette, own: list[Route], faults: Faults, advance: Callable[[float], None]) -> None:
    app.router.routes.extend([*own, *control.shared(faults, advance)])


def _opened(content: bytes) -> Document:
    from pdp_bridge.document.assembly import opened  # noqa: PLC0415 - pikepdf and lxml, only once something is sent

    return opened(content)


def _judged(document: Document) -> Report:
    from pdp_bridge.validation.judge import judge  # noqa: PLC0415 - the schematron engine, only once something is sent

    return judge(document)
