"""What is plugged into the line: adapters and stages made from the settings, each when it is first used.

The only place that names all adapters together. A status query loads neither lxml nor the schematron engine.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pdp_bridge import sending
from pdp_bridge.directory import Directory, Overlay, require_enrolled
from pdp_bridge.errors import ConfigError, JournalError, PlatformError
from pdp_bridge.model.document import Document
from pdp_bridge.model.owner import Owner
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Snapshot
from pdp_bridge.model.report import Report
from pdp_bridge.model.seller import Seller
from pdp_bridge.outlook import outlook
from pdp_bridge.ports import Clock, InvoiceSource, Made, Sleep, Watch
from pdp_bridge.settings import Problem, Settings, SettingsError, SourceSettings
from pdp_bridge.settings.agreement import check_customer, check_firm, check_native_sending

if TYPE_CHECKING:
    from pdp_bridge.journal.quota import Lane, LaneState
    from pdp_bridge.journal.store import SqlJournal
    from pdp_bridge.model.invoice import Invoice
    from pdp_bridge.pacing import Window
    from pdp_bridge.planning.planner import Stages
    from pdp_bridge.source.facturation_pro.client import Client as SourceClient
    from pdp_bridge.transmission.iopole.adapter import Iopole
    from pdp_bridge.transmission.iopole.client import Client as PlatformClient
    from pdp_bridge.transmission.iopole.witness import Witness
    from pdp_bridge.workshop import Workshop

_log = logging.getLogger(__name__)

LOCK_WAIT_SECONDS = 30.0
"""How long a second instance waits for the first before it leaves with `Busy`."""

TIMEOUT_SHARE_OF_LEASE = 0.4
"""A request gives up well before its lease ends: only then may another process look the deposit up."""

UPLOAD_SHARE = 1 / 3
"""Of the time after which a lost answer is decided: a body may leave twice, the second time with another token."""


class Composition:
    """Adapters, stages and time of one company's line; `close` ends connections and the journal."""

    def __init__(self, settings: Settings, *, clock: Clock, sleep: Sleep, watch: Watch | None) -> None:
        self.settings = settings
        self.clock = clock
        self.sleep = sleep
        self._watch = watch
        self._resources = ExitStack()
        self._lanes: dict[str, Lane] = {}
        self._insisting = False
        self._permitted = False

    def close(self) -> None:
        """Close connections and the journal."""
        self._resources.close()

    # -- adapters ----------------------------------------------------------------------------------------------

    @cached_property
    def journal(self) -> SqlJournal:
        """The durable record, which says what it may have forgotten when it was restored. Raises `JournalError`."""
        from pdp_bridge.journal.place import restored
        from pdp_bridge.journal.store import SqlJournal

        self.data_folder()
        journal = SqlJournal(
            self.settings.database_url, clock=self.clock, owner=self.owner(), archives=self.settings.archive
        )
        self._resources.callback(journal.close)
        restored(journal.engine, self.clock())
        return journal

    @cached_property
    def source(self) -> InvoiceSource:
        """Facturation.pro. Raises `ConfigError` when its settings are missing."""
        from pdp_bridge.source.facturation_pro.adapter import FacturationPro
        from pdp_bridge.source.facturation_pro.writing import Writer

        seller, wanted = self.settings.require_seller(), self.settings.write_back
        follow_ups = (wanted.follow_up, wanted.follow_up_rejected)
        writer = Writer(self.source_client, follow_ups=follow_ups, visible=wanted.upload_visible)
        return FacturationPro(self.source_client, seller, writer)

    @cached_property
    def platform(self) -> Iopole:
        """Iopole. Raises `ConfigError` when its settings are missing."""
        from pdp_bridge.transmission.iopole.adapter import Iopole

        return Iopole(self.platform_client)

    @cached_property
    def source_client(self) -> SourceClient:
        """HTTP to Facturation.pro. Raises `ConfigError`."""
        from pdp_bridge.source.facturation_pro.client import Client, windows

        source = self.settings.require_source()
        client = Client(
            base_url=source.base_url,
            api_id=source.api_id,
            api_key=source.api_key.reveal(),
            firm_id=source.firm_id,
            user_agent=source.user_agent,
            rpm=source.rpm,
            retry_first_seconds=self.settings.timing.retry_first_seconds,
            recognise=self._recognise_firm,
            pace=self.shared(f"facturation.pro/{account_of(source)}/requests", windows(source.rpm)),
            sleep=self.sleep,
        )
        self._resources.callback(client.close)
        return client

    @cached_property
    def platform_client(self) -> PlatformClient:
        """HTTP to Iopole. Raises `ConfigError`."""
        from pdp_bridge.connection import UPLOAD_WITHIN
        from pdp_bridge.transmission.iopole.client import HISTORY_WINDOWS, Client, windows

        platform, timing = self.settings.require_platform(), self.settings.timing
        slow = HISTORY_WINDOWS if platform.rpm > 0 else ()
        host = urlsplit(platform.base_url).netloc  # its limit is of the address that asks, whoever's customer it is
        client = Client(
            base_url=platform.base_url,
            auth_url=platform.auth_url,
            client_id=platform.client_id,
            client_secret=platform.client_secret.reveal(),
            customer_id=platform.customer_id,
            rpm=platform.rpm,
            retry_first_seconds=timing.retry_first_seconds,
            timeout_seconds=timing.lease_seconds * TIMEOUT_SHARE_OF_LEASE,
            upload_seconds=min(UPLOAD_WITHIN, (timing.lease_seconds + timing.settle_seconds) * UPLOAD_SHARE),
            recognise=self._recognise_customer,
            pace=self.shared(f"iopole/{host}/requests", windows(platform.rpm)),
            history_pace=self.shared(f"iopole/{host}/history", slow),
            witness=self._witness(),
            sleep=self.sleep,
        )
        self._resources.callback(client.close)
        return client

    def shared(self, name: str, windows: tuple[Window, ...]) -> Lane | None:
        """The budget that every process on this journal shares; None when there is no limit, or no journal.

        A journal that cannot be used stops whatever is to be recorded; to look at a service is still possible.
        """
        if not windows:
            return None
        try:
            lane = self.journal.lane(name, windows, sleep=self.sleep)
        except JournalError:
            return None
        if self._insisting:
            lane.insist()
        self._lanes[name] = lane
        return lane

    def _witness(self) -> Witness:
        """Keeps what is asked about each invoice; nobody does where the journal cannot be used."""
        from pdp_bridge.transmission.iopole.witness import Witness

        with suppress(JournalError):
            return Witness(self.journal.keep_exchanges)
        return Witness()

    def insist(self) -> None:
        """A person tries: one request to each service leaves even while the service is left alone."""
        self._insisting = True
        for lane in self._lanes.values():
            lane.insist()

    def lanes(self) -> Sequence[tuple[str, LaneState]]:
        """How the budgets in use stand, by their names; nothing when the journal cannot say."""
        with suppress(JournalError):
            return [(name, lane.state()) for name, lane in self._lanes.items()]
        return []

    # -- stages ------------------------------------------------------------------------------------------------

    def line(self) -> sending.Line:
        """The straight line with its ends attached."""
        from pdp_bridge.document.assembly import opened

        timing = self.settings.timing
        return sending.Line(
            source=self.source,
            platform=self.platform,
            journal=self.journal,
            build=self.build,
            reopen=opened,
            judge=self.judge,
            make_each=self.make_each,
            clock=self.clock,
            sleep=self.sleep,
            outlook=outlook(self.settings.require_seller(), self.settings.style),
            timing=sending.Timing(
                retry_first_seconds=timing.retry_first_seconds,
                lease_seconds=timing.lease_seconds,
                settle_seconds=timing.settle_seconds,
            ),
            watch=self.watch,
            directory=self.directory(),
            permit=self.permit,
        )

    def make_each(self, snapshots: Sequence[Snapshot]) -> Sequence[Made | Exception]:
        """Snapshots → documents and reports, several together, in this very process."""
        from pdp_bridge.making import maker

        return maker(self.settings.require_seller(), self.settings.style)(snapshots)

    def directory(self) -> Directory | None:
        """Where buyers are looked up; None when the settings switch it off."""
        if not self.settings.require_seller().policy.directory_check:
            return None
        return Directory(platform=self.platform, memory=self.journal.recipients(), clock=self.clock)

    def permit(self) -> None:
        """Invoices of this seller may be sent: known once per object.

        Raises `ConfigError` until the native sending of the source is said to be off, `PlatformRefused` when the
        platform says that the seller is not enrolled.
        """
        if self._permitted:
            return
        check_native_sending(self.settings)
        seller = self.settings.require_seller()
        if seller.policy.directory_check and seller.party.siren is not None:
            require_enrolled(self.platform, self.journal.enrolment(), seller.party.siren, self.clock)
        self._permitted = True

    def workshop(self, workers: int) -> Workshop:
        """Processes that do what `line` does between the snapshot and the report, by the same settings."""
        from pdp_bridge.making import maker
        from pdp_bridge.workshop import Workshop

        return Workshop(workers, partial(maker, self.settings.require_seller(), self.settings.style))

    def stages(self) -> Stages:
        """What a plan needs of the line."""
        from pdp_bridge.planning.planner import Stages
        from pdp_bridge.source.facturation_pro.printed import printed
        from pdp_bridge.source.facturation_pro.route import public_body

        public = self.settings.require_seller().policy.public_buyers
        return Stages(
            make_each=self.make_each,
            printed=lambda snapshot: printed(snapshot.payload),
            public=lambda invoice: public_body(invoice.buyer.siren or "", public),
            clock=self.clock,
            watch=self.watch,
            directory=self._looked_at(),
        )

    def _looked_at(self) -> Directory | None:
        """The directory for a plan, which records nothing; None when it is off, or nobody can be asked."""
        if self.settings.platform is None or not self.settings.require_seller().policy.directory_check:
            return None
        return Directory(platform=self.platform, memory=Overlay(self.journal.recipients()), clock=self.clock)

    def judge(self, document: Document) -> Report:
        """Every layer of validation, as the settings want it."""
        return _judge(document, self.settings.seller)

    def build(self, invoice: Invoice) -> Document:
        """The invoice as Factur-X, in the style of the settings."""
        return _build(invoice, self.settings.style)

    def watch(self, stage: str, done: int, total: int | None, what: str) -> None:
        """Tell progress to whoever looks on."""
        if self._watch is not None:
            self._watch(stage, done, total, what)

    # -- whose -------------------------------------------------------------------------------------------------

    def recognise(self) -> None:
        """The platform knows the company that the settings mean, as far as it can be asked now; a pull asks the source.

        A platform that cannot be reached is no contradiction: it is asked again before anything else is asked of it.
        Raises `ConfigError` or `JournalError` when they disagree.
        """
        with suppress(PlatformError):
            self.platform_client.customer_now()

    def _recognise_firm(self, firm: Mapping[str, object]) -> None:
        from pdp_bridge.source.facturation_pro.firm import name_of, siren_of

        check_firm(self.settings, name_of(firm), siren_of(firm))

    def _recognise_customer(self, told: str) -> None:
        check_customer(self.settings, told)
        self.journal.bind_customer(self.settings.require_platform().customer_id or told)

    # -- where and whose ---------------------------------------------------------------------------------------

    def data_folder(self) -> Path:
        """The data folder, made for its owner only. Raises `ConfigError`."""
        folder = self.settings.data
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConfigError(
                f"The data folder {folder} cannot be made ({error.strerror}): name another one (PDP_BRIDGE_DATA)"
            ) from error
        return folder

    @contextmanager
    def alone(self, wait_seconds: float | None = None) -> Iterator[None]:
        """Nobody else works on this data folder meanwhile; on PostgreSQL, on this journal. Raises `Busy`."""
        from pdp_bridge.journal import place, presence
        from pdp_bridge.journal.lock import Lock

        folder, url = self.data_folder(), self.settings.database_url
        patience = LOCK_WAIT_SECONDS if wait_seconds is None else wait_seconds
        if presence.is_shared(url):
            with presence.alone(url, patience):
                if "journal" in vars(self):  # open since long, maybe: it may be another one by now
                    place.restored(self.journal.engine, self.clock())
                yield
        else:
            with Lock(folder / "run.lock").acquire(patience):
                yield

    @contextmanager
    def alone_then_told(self) -> Iterator[None]:
        """`alone`; in the end, also after a failure, people are told what needs them."""
        with self.alone():
            try:
                yield
            except Exception:
                self.tell()
                raise
            self.tell()

    def tell(self) -> None:
        """Tell people what needs them; never raises: what could not be told is told by the next run."""
        from pdp_bridge.alteration import altered
        from pdp_bridge.notices.made import tell_people

        try:
            found = altered(self.journal, self.settings)
            tell_people(self.journal.notices(), self.settings, self.clock(), found)
        except Exception as error:  # noqa: BLE001 - what was done is done; that nobody was told of it is in the log
            _log.warning("notices not looked at: %s", type(error).__name__)

    def owner(self) -> Owner | None:
        """Whose invoices are worked on: test and production, or two companies, are never mixed.

        None while nothing says whose: then every invoice is seen. Raises `ConfigError` for one of several companies.
        """
        settings = self.settings
        if settings.firm_id is None or settings.environment is None:
            if settings.company is not None:  # it would see the others' invoices
                key = "source.firm_id" if settings.firm_id is None else "environment"
                missing = Problem(key=key, reason="is missing")
                raise SettingsError("Some settings are missing:", [missing], searched=settings.searched)
            return None
        return Owner(
            environment=settings.environment.value,
            firm=str(settings.firm_id),
            siren=settings.seller.party.siren if settings.seller else None,
            customer_id=settings.platform.customer_id if settings.platform else None,
            name=settings.seller.party.name if settings.seller else None,
        )


def account_of(source: SourceSettings) -> str:
    """Limits are of the account, whose firms share them: one name for all of them, and no credential."""
    return sha256(source.api_id.encode()).hexdigest()[:8]


def _build(invoice: Invoice, style: PageStyle) -> Document:
    from pdp_bridge.document.assembly import build

    return build(invoice, style)


def _judge(document: Document, seller: Seller | None) -> Report:
    from pdp_bridge.validation.judge import judge

    return judge(document, vat_by_line=seller is not None and seller.policy.relaxed_rounding)
