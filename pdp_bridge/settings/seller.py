"""The seller, from the sections `[seller]`, `[mentions]` and `[policy]`: BG-4 and the choices the law leaves to it."""

from __future__ import annotations

from typing import Any

from pdp_bridge.model import identifiers
from pdp_bridge.model.codes import Operation, Scheme
from pdp_bridge.model.invoice import Address, BankAccount, Contact, ElectronicAddress, Party
from pdp_bridge.model.seller import Mentions, Policy, Seller, VatRegime
from pdp_bridge.settings.gathered import Gathered
from pdp_bridge.settings.problems import phrase

REQUIRED = ("name", "siren", "address", "postcode", "city")


def seller_from(gathered: Gathered) -> Seller | None:
    """The seller when it is complete. What contradicts itself is noted as a problem, what lacks as missing."""

    def get(name: str) -> Any:
        return gathered.get(f"seller.{name}")

    _check(gathered)
    required = [f"seller.{name}" for name in REQUIRED]
    if get("vat_regime") != VatRegime.FRANCHISE:
        required.append("seller.vat_number")
    if gathered.given("seller.bank."):
        required.append("seller.bank.iban")
    complete = gathered.require("seller", required)
    if not complete or any(problem.key.startswith("seller.") for problem in gathered.problems):
        return None
    operation = get("default_operation")
    return Seller(
        party=_party(gathered),
        bank=_bank(gathered),
        creditor_id=get("creditor_id"),
        vat_regime=VatRegime(get("vat_regime")),
        vat_on_debits=get("vat_on_debits"),
        default_operation=Operation(operation) if operation else None,
        mentions=_mentions(gathered),
        policy=_policy(gathered),
        franchise_text=get("franchise_text"),
    )


def _check(gathered: Gathered) -> None:
    """What must agree with the SIREN, and with the country."""
    siren = gathered.get("seller.siren")
    siret = gathered.get("seller.siret")
    number = gathered.get("seller.vat_number")
    address = gathered.get("seller.electronic_address")
    postcode = gathered.get("seller.postcode")
    if siren and siret and not siret.startswith(siren):
        gathered.complain(
            "seller.siret", phrase("is {siret}, which does not start with the SIREN {siren}"), siret=siret, siren=siren
        )
    if siren and number:
        _check_vat_number(gathered, siren, number)
    if siren and address:
        try:
            gathered.values["seller.electronic_address"] = identifiers.french_address(address, siren)
        except identifiers.IdentifierError:
            reason = phrase("is {address!r}, but must start with the SIREN {siren} and hold no space, accent or slash")
            gathered.complain("seller.electronic_address", reason, address=address, siren=siren)
    if gathered.get("seller.country") == "FR" and postcode and not (len(postcode) == 5 and postcode.isdecimal()):  # noqa: PLR2004 - French postcodes
        gathered.complain(
            "seller.postcode", phrase("is {postcode!r}, but a French postcode has five digits"), postcode=postcode
        )


def _check_vat_number(gathered: Gathered, siren: str, number: str) -> None:
    try:
        owner: str | None = identifiers.siren_of_vat(identifiers.VatNumber(number))
    except identifiers.IdentifierError:
        owner = None
    if owner != siren:
        reason = phrase("is {number}, which is not the French VAT number of the SIREN {siren}")
        gathered.complain("seller.vat_number", reason, number=number, siren=siren)


def _party(gathered: Gathered) -> Party:
    def get(name: str) -> Any:
        return gathered.get(f"seller.{name}")

    contact = (get("contact_name"), get("phone"), get("email"))
    return Party(
        name=get("name"),
        trading_name=get("trading_name"),
        siren=get("siren"),
        siret=get("siret"),
        vat_number=get("vat_number"),
        legal_text=" – ".join(part for part in (get("legal_form"), get("registration")) if part) or None,
        electronic_address=ElectronicAddress(value=get("electronic_address"), scheme=Scheme.FRENCH_ADDRESS),
        address=Address(lines=get("address"), postcode=get("postcode"), city=get("city"), country=get("country")),
        contact=Contact(name=contact[0], phone=contact[1], email=contact[2]) if any(contact) else None,
    )


def _bank(gathered: Gathered) -> BankAccount | None:
    iban = gathered.get("seller.bank.iban")
    if iban is None:
        return None
    return BankAccount(iban=iban, bic=gathered.get("seller.bank.bic"), holder=gathered.get("seller.bank.holder"))


def _mentions(gathered: Gathered) -> Mentions:
    """Only what the operator wrote: a legal mention is never invented (BR-FR-05)."""
    return Mentions(**_given(gathered, "mentions."))


def _policy(gathered: Gathered) -> Policy:
    given = _given(gathered, "policy.")
    return Policy(**{**given, "public_buyers": frozenset(given.get("public_buyers", ()))})


def _given(gathered: Gathered, section: str) -> dict[str, Any]:
    """What was said in one section; the dataclass knows what the rest is."""
    return {name.removeprefix(section): value for name, value in gathered.values.items() if name.startswith(section)}
