"""Where an invoice goes: only sales between taxable persons in France travel as e-invoices (facturation-pro.md §5).

What takes another route is held with the reason, in words an accountant uses; it is not an error of anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pdp_bridge.errors import Held
from pdp_bridge.model.codes import VAT_RATES, Treatment, VatCategory
from pdp_bridge.model.invoice import VatBreakdown
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.kinds import DISBURSEMENT
from pdp_bridge.source.facturation_pro.places import in_monaco
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.source.facturation_pro.territory import Territory, territory

_FRENCH_PLACES = frozenset("FR MC GP MQ RE GF YT PM BL MF TF WF PF NC".split())  # noqa: SIM905 - a table
_RATES = frozenset(Decimal(rate) for rate in VAT_RATES)
_EXEMPT_CODES = ("VATEX-FR-CGI261",)
"""Health, teaching, insurance …: CGI 261 to 261 E need no e-invoice (G2.32)."""


def require_sale(invoice: Record, items: Sequence[Record]) -> tuple[Finding, ...]:
    """Holds what is no taxable sale in France: disbursements only, or foreign VAT. Raises `Held`."""
    if items and all(item.identity("nature") == DISBURSEMENT for item in items):
        raise held(
            Treatment.OUT_OF_SCOPE,
            "Out of scope of e-invoicing: this invoice only passes on disbursements (débours).",
            "Hors champ de la facturation électronique : cette facture ne refacture que des débours.",
        )
    country = (invoice.line("vat_country") or "FR").upper()
    if country in _FRENCH_PLACES:
        return ()
    rates = [item.decimal("vat") for item in items]
    if any(rate * 100 not in _RATES for rate in rates if rate is not None):
        raise held(
            Treatment.B2B_INTERNATIONAL,
            f"E-reporting international: the VAT is that of {country}, not French (one-stop shop or registration "
            "there).",
            f"E-reporting international : la TVA est celle du pays {country}, pas la TVA française (guichet unique ou "
            "immatriculation sur place).",
        )
    return (
        remark(
            "VAT_COUNTRY_FOREIGN",
            term="BT-119",
            field="vat_country",
            value=country,
            message=f"The VAT country says {country}, but the rates are French: taken as French VAT."
            " Choose France as the VAT country if that is right.",
            message_fr=f"Le pays de TVA indique {country}, mais les taux sont français : traitée comme TVA française."
            " Choisissez la France comme pays de TVA si c’est juste.",
        ),
    )


def require_professional_in_france(customer: Record, country: str) -> None:
    """Holds sales to consumers and sales abroad. Raises `Held`, whose finding's value is the BAR treatment."""
    postcode = customer.line("zip_code")
    at_home = territory(country, postcode) is Territory.HOME
    individual = customer.flag("individual")
    if in_monaco(country, postcode):
        raise held(
            Treatment.B2B_INTERNATIONAL,
            "Buyer in Monaco: French VAT applies but the buyer is not in the French directory; decide with your "
            "accountant how to report this sale.",
            "Client à Monaco : la TVA française s’applique mais le client n’est pas dans l’annuaire français ; décidez "
            "avec votre comptable comment déclarer cette vente.",
        )
    if individual and at_home:
        raise held(
            Treatment.B2C,
            "E-reporting B2C: the buyer is a private person; the sale is reported, the invoice is not sent through the "
            "network; nothing is to be done.",
            "E-reporting B2C : le client est un particulier ; la vente est déclarée, la facture ne passe pas par le "
            "réseau ; il n’y a rien à faire.",
        )
    if not at_home:
        kind = Treatment.B2C_INTERNATIONAL if individual else Treatment.B2B_INTERNATIONAL
        raise held(
            kind,
            f"E-reporting international: the buyer is outside the French VAT territory ({country}); the sale is "
            "reported, the invoice is sent to the client as before.",
            f"E-reporting international : le client est hors du territoire français de TVA ({country}) ; la vente est "
            "déclarée, la facture s’envoie au client comme avant.",
        )


def require_taxable(breakdown: Sequence[VatBreakdown], *, send_exempt: bool) -> None:
    """Holds invoices wholly outside VAT or exempt by CGI 261 to 261 E, unless the operator opted in. Raises `Held`."""
    if send_exempt or not all(_needs_no_invoice(group) for group in breakdown):
        return
    raise held(
        Treatment.OUT_OF_SCOPE,
        "Out of scope of e-invoicing: every line is outside VAT or exempt by CGI 261 to 261 E "
        "(policy.send_exempt sends it anyway).",
        "Hors champ de la facturation électronique : toutes les lignes sont hors TVA ou exonérées par les art. 261 à "
        "261 E du CGI (policy.send_exempt l’envoie quand même).",
    )


def public_body(siren: str, public_buyers: frozenset[str]) -> bool:
    """True for the State (SIREN 11… to 19…), local authorities (2…) and the bodies named in the settings.

    Numbers in 10… are taken for companies: a public body among them is named in `policy.public_buyers`.
    """
    return siren in public_buyers or siren.startswith("2") or (siren.startswith("1") and not siren.startswith("10"))


def held(treatment: Treatment, message: str, message_fr: str) -> Held:
    """The reason why an invoice does not travel; `finding.value` is its BAR treatment."""
    return Held(
        problem(
            "NOT_E_INVOICED", term="BT-22", field=None, value=treatment.value, message=message, message_fr=message_fr
        ).finding
    )


def _needs_no_invoice(group: VatBreakdown) -> bool:
    if group.category == VatCategory.OUT_OF_SCOPE:
        return True
    return group.category == VatCategory.EXEMPT and (group.exemption_code or "").startswith(_EXEMPT_CODES)
