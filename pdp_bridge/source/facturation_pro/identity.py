"""Who a French company is: SIREN, SIRET, VAT number and electronic address, all of one and the same company.

Numbers are verified by `model.identifiers`; a wrong one is an error that names the field, never repaired. The SIREN may
be read from the VAT number when the SIRET is absent, with a warning (facturation-pro.md §3.5).
"""

from __future__ import annotations

from dataclasses import dataclass

from pdp_bridge.errors import MappingError
from pdp_bridge.model.codes import Scheme
from pdp_bridge.model.identifiers import (
    IdentifierError,
    Siren,
    Siret,
    VatNumber,
    french_address,
    siren,
    siren_of,
    siren_of_vat,
    siret,
    vat_number,
)
from pdp_bridge.model.invoice import ElectronicAddress
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.record import Record

_SIREN_LENGTH = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """BT-47, BT-46 and BT-48 of the buyer."""

    siren: Siren
    siret: Siret | None = None
    vat: VatNumber | None = None
    remarks: tuple[Finding, ...] = ()


def identity_of(customer: Record, seller_siren: str | None) -> Identity:
    """The company that the customer record names. Raises `MappingError` (`BUYER_SIRET_…`, `BUYER_VAT_INVALID`)."""
    entry = customer.line("siret")
    vat = _vat(customer)
    remarks: tuple[Finding, ...] = ()
    establishment: Siret | None = None
    if entry:
        company, establishment = _siren_and_siret(entry)
    else:
        company = _siren_from_vat(vat)
        remarks = (_derived(company),)
    _require_same_company(company, vat)
    if company == seller_siren:
        raise _siret_problem(
            entry,
            "it is the seller's own: an invoice to oneself is not sent",
            "c’est celui du vendeur : une facture à soi-même ne s’envoie pas",
        )
    return Identity(siren=company, siret=establishment, vat=vat, remarks=remarks)


def _siren_and_siret(entry: str) -> tuple[Siren, Siret | None]:
    digits = sum(c.isdigit() for c in entry)
    try:
        if digits == _SIREN_LENGTH:
            return siren(entry), None
        number = siret(entry)
    except IdentifierError as error:
        raise _siret_problem(
            entry, str(error), "ce n’est ni un SIRET (14 chiffres) ni un SIREN (9 chiffres) valable"
        ) from error
    return siren_of(number), number


def _siret_problem(entry: str | None, reason: str, reason_fr: str) -> MappingError:
    return problem(
        "BUYER_SIRET_INVALID",
        term="BT-47",
        field="siret",
        value=entry,
        message=f"The customer's SIRET cannot be used ({reason}): correct it on the customer's page.",
        message_fr=f"Le SIRET du client est inutilisable ({reason_fr}) : corrigez-le dans la fiche client.",
    )


def _siren_from_vat(vat: VatNumber | None) -> Siren:
    try:
        if vat is not None:
            return siren_of_vat(vat)
    except IdentifierError as error:
        raise siret_missing() from error
    raise siret_missing()


def siret_missing() -> MappingError:
    """A French professional without an identity."""
    return problem(
        "BUYER_SIRET_MISSING",
        term="BT-47",
        field="siret",
        value=None,
        message="A French professional customer needs a SIRET: enter it on the customer's page.",
        message_fr="Un client professionnel français doit avoir un SIRET : renseignez-le dans la fiche client.",
    )


def _derived(company: Siren) -> Finding:
    return remark(
        "BUYER_SIREN_FROM_VAT",
        term="BT-47",
        field="siret",
        value=company,
        message="The customer has no SIRET: the SIREN was read from the VAT number. Enter the SIRET on the customer's "
        "page.",
        message_fr="Le client n’a pas de SIRET : le SIREN a été lu dans le numéro de TVA. Renseignez le SIRET dans la "
        "fiche client.",
    )


def _vat(customer: Record) -> VatNumber | None:
    entry = customer.line("vat_number")
    if entry is None:
        return None
    try:
        return vat_number(entry)
    except IdentifierError as error:
        raise _vat_problem(entry, str(error), "il n’est pas valable") from error


def _require_same_company(company: Siren, vat: VatNumber | None) -> None:
    if vat is None or not vat.startswith("FR"):
        return
    try:
        owner = siren_of_vat(vat)
    except IdentifierError as error:
        raise _vat_problem(vat, str(error), "il ne contient pas de SIREN") from error
    if owner != company:
        raise _vat_problem(
            vat,
            f"it belongs to SIREN {owner}, the SIRET to {company}",
            f"il est celui du SIREN {owner}, le SIRET celui du {company}",
        )


def _vat_problem(entry: str, reason: str, reason_fr: str) -> MappingError:
    return problem(
        "BUYER_VAT_INVALID",
        term="BT-48",
        field="vat_number",
        value=entry,
        message=f"The customer's VAT number cannot be used ({reason}): correct it on the customer's page.",
        message_fr=f"Le numéro de TVA du client est inutilisable ({reason_fr}) : corrigez-le dans la fiche client.",
    )


def electronic_address(customer: Record, company: Siren) -> ElectronicAddress:
    """BT-49, scheme 0225: the address entered, else the SIREN (BR-FR-12, BR-FR-21).

    Raises `MappingError` (`BUYER_ENDPOINT_INVALID`).
    """
    entry = customer.line("electronic_address")
    if entry is None:
        return ElectronicAddress(value=company, scheme=Scheme.FRENCH_ADDRESS)
    try:
        return ElectronicAddress(value=french_address(entry, company), scheme=Scheme.FRENCH_ADDRESS)
    except IdentifierError as error:
        raise problem(
            "BUYER_ENDPOINT_INVALID",
            term="BT-49",
            field="electronic_address",
            value=entry,
            message=f"The customer's electronic address cannot be used ({error}): correct or empty it on the "
            "customer's page.",
            message_fr="L’adresse électronique PA du client est inutilisable (elle doit commencer par son SIREN et ne "
            "contenir que lettres, chiffres et + - _ .) : corrigez-la ou videz-la dans la fiche client.",
        ) from error


def has_siret(customer: Record) -> bool:
    """True when the SIRET field holds a valid SIRET."""
    try:
        siret(customer.line("siret") or "")
    except IdentifierError:
        return False
    return True
