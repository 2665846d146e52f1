"""What keeps an invoice that is right in itself from being sent: its day has not come, or its number is taken."""

from __future__ import annotations

from datetime import date

from pdp_bridge.errors import Held
from pdp_bridge.model.report import Finding, Severity


def dated_later(number: str, day: date) -> Held:
    """Held until its own day."""
    finding = Finding(
        rule="DATED_LATER",
        severity=Severity.WARNING,
        message=f"Invoice {number} is dated {day.isoformat()}: it is sent on that day, nothing is to be done.",
        message_fr=f"La facture {number} est datée du {day:%d/%m/%Y} : elle part ce jour-là, il n’y a rien à faire.",
        term="BT-2",
        field="invoiced_on",
        value=day.isoformat(),
    )
    return Held(finding, until=day)


def kept_in_the_books(number: str, cancelled: str) -> Held:
    """Not sent: it cancels `cancelled`, which a platform rejected (213), so that its buyer never had anything to cancel."""
    finding = Finding(
        rule="CREDIT_NOTE_INTERNAL",
        severity=Severity.WARNING,
        message=f"Credit note {number} stays in your books: invoice {cancelled}, which it cancels, was rejected by a "
        "platform and never reached its buyer. It is not sent, nothing is to be done.",
        message_fr=f"L’avoir {number} reste dans vos livres : la facture {cancelled}, qu’il annule, a été rejetée par une "
        "plateforme et n’est jamais parvenue à l’acheteur. Il n’est pas transmis, il n’y a rien à faire.",
        term="BT-25",
        field="full_invoice_ref",
        value=cancelled,
    )
    return Held(finding)


def number_taken(number: str, holder: str) -> Finding:
    """Record `holder` (a source id) was sent under this number before."""
    return Finding(
        rule="INVOICE_NUMBER_DUPLICATE",
        severity=Severity.ERROR,
        message=f"Number {number} was already sent for record {holder}: two invoices share it. "
        "Cancel one by a credit note and correct the numbering.",
        message_fr=f"Le numéro {number} a déjà été transmis pour la pièce {holder} : deux "
        "factures le portent. Annulez l’une par un avoir et corrigez la numérotation.",
        term="BT-1",
        field="full_invoice_ref",
        value=number,
    )
