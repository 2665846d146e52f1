"""The buyer (BG-7) from the customer record, for sales inside France (facturation-pro.md §3.5).

The invoice holds no copy of the customer: the record is live, and the snapshot taken at first sight is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pdp_bridge.errors import Held
from pdp_bridge.model.invoice import Address, Contact, Identifier, Party
from pdp_bridge.model.report import Finding
from pdp_bridge.model.seller import Seller
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.identity import (
    Identity,
    electronic_address,
    has_siret,
    identity_of,
    siret_missing,
)
from pdp_bridge.source.facturation_pro.places import country_code, french_postcode
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.source.facturation_pro.route import public_body, require_professional_in_france
from pdp_bridge.source.facturation_pro.wording import lines_of

_ADDRESS_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """BG-7, and what a person should know."""

    party: Party
    remarks: tuple[Finding, ...] = ()


def buyer_of(payload: Record, invoice: Record, seller: Seller) -> Buyer:
    """The buyer, a professional in France.

    Raises `MappingError` (`BUYER_…`, `COUNTRY_UNKNOWN`, `B2G_REFERENCE_MISSING`) and `Held` for consumers, foreign
    buyers, and a private person with a SIRET (`BUYER_KIND_CONFLICT`).
    """
    customer = payload.record("customer")
    if customer is None or customer.flag("soft_deleted"):
        raise problem(
            "BUYER_NOT_FOUND",
            term="BG-7",
            field="customer_id",
            value=invoice.line("customer_id"),
            message="The customer of this invoice was deleted in Facturation.pro: restore it, then try again.",
            message_fr="Le client de cette facture a été supprimé dans Facturation.pro : restaurez-le, puis réessayez.",
        )
    country = _country(customer)
    if not seller.policy.consumers_with_siret:
        _require_one_kind(customer)
    require_professional_in_france(customer, country)
    identity = identity_of(customer, seller.party.siren)
    if public_body(identity.siren, seller.policy.public_buyers):
        _require_public_references(invoice, identity)
    party = Party(
        name=_name(customer, invoice),
        siren=identity.siren,
        siret=identity.siret,
        other_ids=tuple(Identifier(value=value) for value in [customer.line("reference")] if value),
        vat_number=identity.vat,
        electronic_address=electronic_address(customer, identity.siren),
        address=_address(customer, "FR"),
        contact=_contact(customer),
    )
    return Buyer(party=party, remarks=(*identity.remarks, *_changed(customer, invoice)))


def _country(customer: Record) -> str:
    """BT-55 as ISO code; absent means France when an identifier or the postcode says so too."""
    entry = customer.line("country")
    code = country_code(entry) if entry else _implied_country(customer)
    if code is None:
        raise problem(
            "COUNTRY_UNKNOWN",
            term="BT-55",
            field="country",
            value=entry,
            message="The customer's country is missing or unknown: choose it on the customer's page.",
            message_fr="Le pays du client est absent ou inconnu : choisissez-le dans la fiche client.",
        )
    return code


def _implied_country(customer: Record) -> str | None:
    french_vat = (customer.line("vat_number") or "").upper().startswith("FR")
    return "FR" if french_vat or french_postcode(customer.line("zip_code")) or has_siret(customer) else None


def _require_one_kind(customer: Record) -> None:
    """A private person is reported, a company is invoiced through the network: which one it is, a person decides."""
    if customer.flag("individual") and has_siret(customer):
        raise Held(
            problem(
                "BUYER_KIND_CONFLICT",
                term="BT-47",
                field="individual",
                value=customer.line("siret"),
                message="The customer is marked as a private person but has a SIRET: correct one or the other on the "
                "customer's page (policy.consumers_with_siret takes such customers for private persons).",
                message_fr="Le client est déclaré particulier mais porte un SIRET : corrigez l’un ou l’autre dans la "
                "fiche client (policy.consumers_with_siret tient de tels clients pour des particuliers).",
            ).finding
        )


def _require_public_references(invoice: Record, identity: Identity) -> None:
    if identity.siret is None:
        raise siret_missing()
    if invoice.line("purchase_number") is None:
        raise problem(
            "B2G_REFERENCE_MISSING",
            term="BT-13",
            field="purchase_number",
            value=None,
            message="A public buyer asks for its commitment number: enter it as the invoice's order number.",
            message_fr="Un client public exige son numéro d’engagement : saisissez-le dans « N° de commande » de la "
            "facture.",
        )


def _name(customer: Record, invoice: Record) -> str:
    """BT-44: the company, else the person, else what the invoice says."""
    name = (
        customer.line("company_name")
        or _person(customer)
        or customer.line("short_name")
        or invoice.line("customer_identity", "customer_name")
    )
    if name is None:
        raise problem(
            "BUYER_NAME_MISSING",
            term="BT-44",
            field="company_name",
            value=None,
            message="The customer has no name: enter the company name on the customer's page.",
            message_fr="Le client n’a pas de nom : renseignez la raison sociale dans la fiche client.",
        )
    return name


def _person(customer: Record) -> str | None:
    if not (customer.line("first_name") or customer.line("last_name")):
        return None
    parts = (customer.line(key) for key in ("civility", "first_name", "last_name"))
    return " ".join(part for part in parts if part)


def _address(customer: Record, country: str) -> Address:
    lines = lines_of(customer.text("street") or "")
    if len(lines) > _ADDRESS_LINES:
        lines = [*lines[: _ADDRESS_LINES - 1], ", ".join(lines[_ADDRESS_LINES - 1 :])]
    return Address(lines=tuple(lines), postcode=customer.line("zip_code"), city=customer.line("city"), country=country)


def _contact(customer: Record) -> Contact | None:
    """BG-9; the person is left out when it already is the buyer's name."""
    name = _person(customer) if customer.line("company_name") else None
    phone = customer.line("phone", "mobile")
    email = _first_email(customer)
    return Contact(name=name, phone=phone, email=email) if name or phone or email else None


def _first_email(customer: Record) -> str | None:
    """The fields may list several addresses, separated by comma, semicolon or line end."""
    for key in ("email", "invoice_email"):
        entries = (customer.text(key) or "").replace(";", ",").replace("\n", ",").split(",")
        address = next((entry.strip() for entry in entries if _is_email(entry.strip())), None)
        if address:
            return address
    return None


def _is_email(entry: str) -> bool:
    name, _, host = entry.partition("@")
    return bool(name) and "." in host and "@" not in host and not any(c.isspace() for c in entry)


def _changed(customer: Record, invoice: Record) -> Sequence[Finding]:
    changed, issued = _instant(customer.data, "updated_at"), _instant(invoice.data, "created_at")
    if changed is None or issued is None or changed <= issued:
        return ()
    return (
        remark(
            "CUSTOMER_CHANGED_AFTER_ISSUE",
            term="BG-7",
            field="customer_id",
            value=changed.date(),
            message="The customer's page was changed after the invoice was made: the buyer may differ from the PDF you "
            "sent; compare them.",
            message_fr="La fiche client a été modifiée après la création de la facture : l’acheteur peut différer du "
            "PDF déjà envoyé ; comparez-les.",
        ),
    )


def _instant(data: Mapping[str, object], key: str) -> datetime | None:
    """A date and time with its offset, or None: a clock of the source never stops an invoice."""
    try:
        instant = datetime.fromisoformat(str(data.get(key)))
    except ValueError:
        return None
    return instant if instant.tzinfo else None
