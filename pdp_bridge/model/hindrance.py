"""What keeps an invoice that is right in itself from being sent: its day has not come, its number is taken, or the
directory of the French network does not lead to its buyer (facturation-pro.md §5).
"""

from __future__ import annotations

from datetime import date

from pdp_bridge.errors import Held, MappingError
from pdp_bridge.model.report import Finding, Severity

DATED_LATER = "DATED_LATER"


def dated_later(number: str, day: date) -> Held:
    """Held until its own day."""
    finding = Finding(
        rule=DATED_LATER,
        severity=Severity.WARNING,
        message=f"Invoice {number} is dated {day.isoformat()}: it is sent on that day, nothing is to be done.",
        message_fr=f"La facture {number} est datée du {day:%d/%m/%Y} : elle part ce jour-là, il n’y a rien à faire.",
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
        message_fr=f"L’avoir {number} reste dans vos livres : la facture {cancelled}, qu’il annule, a été rejetée par une "
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
        message_fr=f"Le numéro {number} a déjà été transmis pour la pièce {holder} : deux "
        "factures le portent. Annulez l’une par un avoir et corrigez la numérotation.",
        term="BT-1",
        field="full_invoice_ref",
        value=number,
    )


def buyer_absent(number: str, address: str) -> Held:
    """Held until the directory shows the address, or the customer gets another one; looked up again by every run."""
    finding = Finding(
        rule="BUYER_NOT_IN_DIRECTORY",
        severity=Severity.ERROR,
        message=f"Invoice {number} is not sent: the directory of the French network has no address {address}. Ask the "
        "buyer which address it receives at and enter it on the customer's page. A buyer that is not subject to VAT "
        "has none: its sale is reported (e-reporting). The address is looked up again by itself.",
        message_fr=f"La facture {number} ne part pas : l’annuaire du réseau français n’a pas d’adresse {address}. "
        "Demandez au client son adresse de réception et saisissez-la dans sa fiche. Un client non assujetti à la TVA "
        "n’en a pas : la vente se déclare (e-reporting). L’adresse est recherchée à nouveau d’elle-même.",
        term="BT-49",
        field="electronic_address",
        value=address,
    )
    return Held(finding)


def buyer_upcoming(number: str, address: str, since: date | None) -> Held:
    """Held until the first day of the address; without a known day, looked up again by every run."""
    finding = Finding(
        rule="BUYER_ADDRESS_UPCOMING",
        severity=Severity.WARNING,
        message=f"Invoice {number} waits: the buyer's address {address} is registered in the directory but receives "
        f"only {f'from {since.isoformat()}' if since else 'later'}. It is sent then, nothing is to be done.",
        message_fr=f"La facture {number} attend : l’adresse {address} du client est inscrite à l’annuaire mais ne "
        f"reçoit {f'qu’à partir du {since:%d/%m/%Y}' if since else 'que plus tard'}. Elle part alors, il n’y a rien à "
        "faire.",
        term="BT-49",
        field="electronic_address",
        value=address if since is None else since.isoformat(),
    )
    return Held(finding, until=since)


def reference_demanded(number: str, *, term: str) -> MappingError:
    """The directory says that this public buyer takes no invoice without a service code or a commitment number."""
    service = term == "BT-10"
    finding = Finding(
        rule="B2G_REFERENCE_MISSING",
        severity=Severity.ERROR,
        message=f"Invoice {number} is not sent: in the directory, this public buyer asks for "
        f"{'its service code' if service else 'its commitment number (the order number of the invoice)'}. Ask the "
        "buyer for it and enter it in Facturation.pro.",
        message_fr=f"La facture {number} ne part pas : dans l’annuaire, ce client public exige "
        f"{'son code service' if service else 'son numéro d’engagement (« N° de commande » de la facture)'}. "
        "Demandez-le au client et saisissez-le dans Facturation.pro.",
        term=term,
        field="policy.buyer_reference_field" if service else "purchase_number",
    )
    return MappingError(finding)
