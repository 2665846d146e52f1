"""What is told at once: the matters of one company, as JSON for programs and as text for people, in two languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pdp_bridge.errors import BridgeError
from pdp_bridge.model.notice import Matter, Notice

EDITION = 1
"""Of the shape of the JSON."""

LISTED = 100
"""Matters in one text; the others are counted. The JSON holds them all."""

SENTENCES: dict[Matter, tuple[str, str]] = {
    Matter.REJECTED: (
        "Invoice {number} was rejected{reason}: `pdp-bridge correct {number}` says what may be done.",
        "La facture {number} a été rejetée{reason}\u00a0: `pdp-bridge correct {number}` dit ce qui est possible.",
    ),
    Matter.REFUSED_BY_BUYER: (
        (
            "Invoice {number} was refused by the buyer (210){reason}: settle it with the buyer, then see "
            "`pdp-bridge correct {number}`."
        ),
        (
            "La facture {number} a été refusée par le client (210){reason}\u00a0: réglez la question avec lui, puis "
            "voyez `pdp-bridge correct {number}`."
        ),
    ),
    Matter.REFUSED: (
        (
            "Invoice {number} is not sent, our checks refuse it{reason}: `pdp-bridge status {number}` says what to "
            "correct."
        ),
        (
            "La facture {number} ne part pas, nos contrôles la refusent{reason}\u00a0: `pdp-bridge status {number}` "
            "dit quoi corriger."
        ),
    ),
    Matter.HELD: (
        "Invoice {number} is held until somebody decides{reason}: see `pdp-bridge status {number}`.",
        "La facture {number} est retenue jusqu’à votre décision{reason}\u00a0: voyez `pdp-bridge status {number}`.",
    ),
    Matter.FAILED: (
        "Invoice {number} could not be sent and waits for a person{reason}: see `pdp-bridge status {number}`.",
        "La facture {number} n’a pas pu partir et attend quelqu’un{reason}\u00a0: voyez `pdp-bridge status {number}`.",
    ),
    Matter.QUARANTINED: (
        "Invoice {number} broke the work several times and was put aside{reason}: see `pdp-bridge status {number}`.",
        (
            "La facture {number} a fait échouer le travail plusieurs fois et a été mise de côté{reason}\u00a0: voyez "
            "`pdp-bridge status {number}`."
        ),
    ),
    Matter.OUTCOME_UNKNOWN: (
        "Nobody knows whether invoice {number} arrived: see `pdp-bridge correct {number}` before anything is sent.",
        "Nul ne sait si la facture {number} est arrivée\u00a0: voyez `pdp-bridge correct {number}` avant tout envoi.",
    ),
    Matter.CHANGED_AFTER_SEND: (
        (
            "Invoice {number} was changed in Facturation.pro after it was sent{reason}: what was sent stays; the law "
            "asks for a credit note and a new invoice. `pdp-bridge drift {number}` says what differs."
        ),
        (
            "La facture {number} a été modifiée dans Facturation.pro après son envoi{reason}\u00a0: ce qui est parti "
            "reste\u00a0; la loi demande un avoir et une nouvelle facture. `pdp-bridge drift {number}` dit ce qui "
            "diffère."
        ),
    ),
    Matter.NO_VERDICT: (
        "Invoice {number} was deposited, and the platform has said nothing since {since}: ask Iopole.",
        "La facture {number} a été déposée et la plateforme n’a rien dit depuis le {since}\u00a0: demandez à Iopole.",
    ),
    Matter.NO_RECEIPT: (
        "Invoice {number} has had no further status{reason} since {since}: ask Iopole, or the buyer.",
        "La facture {number} n’a plus reçu de statut{reason} depuis le {since}\u00a0: demandez à Iopole, ou au client.",
    ),
    Matter.SYNC_LATE: (
        (
            "No synchronisation since {since}: statuses are not brought home. Run `pdp-bridge sync`, and look at what "
            "starts it."
        ),
        (
            "Aucune synchronisation depuis le {since}\u00a0: les statuts ne rentrent plus. Lancez `pdp-bridge sync` et "
            "vérifiez ce qui le démarre."
        ),
    ),
    Matter.OUTAGE: (
        "A service has not answered since {since}{reason}: `pdp-bridge doctor` tries it.",
        "Un service ne répond plus depuis le {since}{reason}\u00a0: `pdp-bridge doctor` le sollicite.",
    ),
    Matter.TRIAL: (
        "This is a trial, and nothing needs anybody: what needs a person will be told here.",
        "Ceci est un essai, et il n’y a rien à faire\u00a0: ce qui demande une intervention sera dit ici.",
    ),
}
"""English and French."""


class NotDelivered(BridgeError):
    """A channel did not take a digest; the next run tries again."""

    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one channel is told by one run."""

    notices: tuple[Notice, ...]
    made_at: datetime
    environment: str = ""
    company: str = ""  # its name in the settings; empty when there is one seller
    language: str = "fr"  # of the text

    @property
    def title(self) -> str:
        """One line."""
        count, about = len(self.notices), f" – {self.company}" if self.company else ""
        if all(notice.matter is Matter.TRIAL for notice in self.notices):
            return f"pdp-bridge{about}\u00a0: essai" if self.language == "fr" else f"pdp-bridge{about}: trial"
        if self.language == "fr":
            return f"pdp-bridge{about}\u00a0: {count} {'point' if count == 1 else 'points'} à traiter"
        return f"pdp-bridge{about}: {count} {'matter needs' if count == 1 else 'matters need'} a person"

    @property
    def text(self) -> str:
        """A sentence for each matter."""
        lines = [f"- {sentence(notice, self.language)}" for notice in self.notices[:LISTED]]
        more = len(self.notices) - LISTED
        if more > 0:
            lines.append(f"- … +{more} (pdp-bridge notices)")
        return "\n".join(lines) + "\n"

    def as_json(self) -> bytes:
        """The whole digest, with the sentences in both languages."""
        told = {
            "product": "pdp_bridge",
            "edition": EDITION,
            "made_at": self.made_at.astimezone(UTC).isoformat(),
            "environment": self.environment,
            "company": self.company or None,
            "title": self.title,
            "notices": [of_notice(notice) for notice in self.notices],
        }
        return json.dumps(told, ensure_ascii=False).encode()


def sentence(notice: Notice, language: str) -> str:
    """One matter for a person.

    >>> sentence(Notice(key="k", matter=Matter.REJECTED, number="FA-1", reason="ROUTING_FAILURE"), "en")
    'Invoice FA-1 was rejected (ROUTING_FAILURE): `pdp-bridge correct FA-1` says what may be done.'
    """
    french = language == "fr"
    day = ("%d/%m/%Y %H:%M UTC" if french else "%Y-%m-%d %H:%M UTC") if notice.since else ""
    return SENTENCES[notice.matter][french].format(
        number=notice.number or "–",
        reason=f" ({notice.reason})" if notice.reason else "",
        since=notice.since.astimezone(UTC).strftime(day) if notice.since else "–",
    )


def of_notice(notice: Notice) -> dict[str, str | None]:
    """One matter for a program."""
    return {
        "key": notice.key,
        "matter": notice.matter.value,
        "number": notice.number,
        "reason": notice.reason,
        "since": notice.since.astimezone(UTC).isoformat() if notice.since else None,
        "message": sentence(notice, "en"),
        "message_fr": sentence(notice, "fr"),
    }


def chosen(language: str | None) -> str:
    """The language of texts: as the settings say, else French."""
    return language if language in {"fr", "en"} else "fr"


def together(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """In the order in which people read them: by matter, then by number."""
    order = list(Matter)
    return tuple(sorted(notices, key=lambda one: (order.index(one.matter), one.number or "", one.key)))
