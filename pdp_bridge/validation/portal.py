"""What the law and the public portal ask beyond BR-FR: check digits, mentions, and the limits of the first months.

The portal (PPF) receives an extract of each invoice, flux 1, whose rules (G…, AIFE, v1.0 of 2026-07-31) are not in the
schematron that runs on the invoice: a message that passes every official file can still come back rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache

from stdnum import iban as stdnum_iban
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret
from stdnum.fr import tva as stdnum_tva

from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, NoteSubject, PaymentMeans, Scheme, Treatment, VatCategory
from pdp_bridge.model.identifiers import IdentifierError, vat_number
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.report import Finding
from pdp_bridge.validation.sides import Side, sides
from pdp_bridge.validation.wording import error, warning

_PORTAL_NUMBER_LENGTH = 20
_PORTAL_LENGTH_UNTIL = date(2027, 1, 1)
"""Until the end of 2026 the portal's data model holds twenty characters (AIFE, Annexe limitation, flux 1)."""

_PORTAL_MEANS = frozenset(
    {
        PaymentMeans.CASH,
        PaymentMeans.CHEQUE,
        PaymentMeans.CREDIT_TRANSFER,
        PaymentMeans.BANK_ACCOUNT,
        PaymentMeans.CARD,
        PaymentMeans.DIRECT_DEBIT,
        PaymentMeans.CLEARING,
    }
)
_INVISIBLE = re.compile(r"[\u00a0\u00ad\u200b-\u200f\u202a-\u202f\u2060-\u2064\ufeff]")
"""No-break and zero-width characters: they look like nothing and make two equal identifiers different."""

_FRENCH_VAT = re.compile(r"FR([0-9A-HJ-NP-Z]{2})(\d{9})", re.ASCII)
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]+", re.ASCII)
_EUROPEAN = frozenset(
    "AT BE BG CY CZ DE DK EE EL ES FI HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI".split()  # noqa: SIM905 - a table
)

_KNOWN = 1024
"""Numbers whose check digits are not computed anew: the seller's own, and those of the latest customers."""

_siren_holds = lru_cache(_KNOWN)(stdnum_siren.is_valid)
_siret_holds = lru_cache(_KNOWN)(stdnum_siret.is_valid)
_iban_holds = lru_cache(_KNOWN)(stdnum_iban.is_valid)

Rule = Callable[[Invoice], Iterator[Finding]]


def number_too_long_for_portal(invoice: Invoice) -> Iterator[Finding]:
    """An invoice issued before 2027 has a number of at most 20 characters.

    AIFE, limitations of flux 1; BR-FR-01 allows 35, the portal rejects what it cannot hold.
    """
    if len(invoice.number) > _PORTAL_NUMBER_LENGTH and invoice.issue_date < _PORTAL_LENGTH_UNTIL:
        yield error(
            "NUMBER_TOO_LONG_FOR_PORTAL",
            f"Until the end of 2026 the public portal takes numbers of 20 characters, this one has "
            f"{len(invoice.number)}: shorten the numbering prefix for the next invoices.",
            f"Jusqu’à fin 2026, le portail public prend des numéros de 20 caractères, celui-ci en a "
            f"{len(invoice.number)} : raccourcissez le préfixe de numérotation pour les suivantes.",
            term="BT-1",
            field="full_invoice_ref",
            value=invoice.number,
        )


def identifier_characters(invoice: Invoice) -> Iterator[Finding]:
    """Numbers and identifiers hold no invisible character.

    Ours: a no-break or zero-width character comes from copy and paste, and no register knows it.
    """
    for term, field, value in _identifiers(invoice):
        if value and _INVISIBLE.search(value):
            yield error(
                "IDENTIFIER_CHARACTERS",
                f"{term} holds an invisible character (no-break or zero-width): type it again.",
                f"{term} contient un caractère invisible (insécable ou de largeur nulle) : ressaisissez-le.",
                term=term,
                field=field,
                value=ascii(value),
            )


def siren_check_digit(invoice: Invoice) -> Iterator[Finding]:
    """A SIREN of nine digits has the right check digit.

    Luhn's formula, INSEE. The seller's own number is an error. The buyer's is a warning, because FNFE's official
    samples name an invented buyer, 987654321; a record of Facturation.pro with such a number is refused by its mapping.
    """
    for side, tell in zip(sides(invoice), (error, warning), strict=True):
        siren = side.party.siren
        if siren and re.fullmatch(r"\d{9}", siren, re.ASCII) and not _siren_holds(siren):
            english, french = _wrong_digit(side, "SIREN", siren)
            yield tell("SIREN_CHECK_DIGIT", english, french, term=side.legal_id, field=side.siren_field, value=siren)


def siret_check_digit(invoice: Invoice) -> Iterator[Finding]:
    """A SIRET of fourteen digits has the right check digit.

    Luhn's formula, INSEE; the establishments of La Poste have a formula of their own. Error and warning as for SIREN.
    """
    for side, tell in zip(sides(invoice), (error, warning), strict=True):
        siret = side.party.siret
        if siret and re.fullmatch(r"\d{14}", siret, re.ASCII) and not _siret_holds(siret):
            english, french = _wrong_digit(side, "SIRET", siret)
            yield tell("SIRET_CHECK_DIGIT", english, french, term=side.ids, field=side.siret_field, value=siret)


def _wrong_digit(side: Side, what: str, number: str) -> tuple[str, str]:
    return (
        f"The {side.english}'s {what} {number} has a wrong check digit: compare it with the company register.",
        f"Le {what} du {side.french} {number} a une clé de contrôle fausse : comparez avec l’annuaire des entreprises.",
    )


def vat_number_key(invoice: Invoice) -> Iterator[Finding]:
    """A French VAT number is FR, two characters of key and a SIREN; a key in digits is (12 + 3 × SIREN) mod 97.

    CGI, article 286 ter; keys with letters as python-stdnum knows them; spaces inside are told by `vat_number_spaces`.
    """
    for side in sides(invoice):
        number = _bare(side.party.vat_number)
        if number.startswith("FR") and not _french_vat_holds(number):
            yield error(
                "VAT_NUMBER_KEY",
                f"The {side.english}'s VAT number {side.party.vat_number} is not FR + key + SIREN: correct it.",
                f"Le numéro de TVA du {side.french}, {side.party.vat_number}, n’est pas FR + clé + SIREN : "
                "corrigez-le.",
                term=side.vat,
                field=side.vat_field,
                value=side.party.vat_number,
            )


def vat_number_of_another(invoice: Invoice) -> Iterator[Finding]:
    """A French VAT number holds the SIREN of its party.

    CGI, article 286 ter. A warning: the members of a single taxable person use the number of the group.
    """
    for side in sides(invoice):
        found = _FRENCH_VAT.fullmatch(_bare(side.party.vat_number))
        if found and side.party.siren and found.group(2) != side.party.siren and found.group(2)[:3] != "000":
            yield warning(
                "VAT_NUMBER_OF_ANOTHER",
                f"The {side.english}'s VAT number holds SIREN {found.group(2)}, not {side.party.siren}: check both.",
                f"Le numéro de TVA du {side.french} est celui du SIREN {found.group(2)}, pas {side.party.siren} : "
                "vérifiez les deux.",
                term=side.vat,
                field=side.vat_field,
                value=side.party.vat_number,
            )


def vat_number_foreign(invoice: Invoice) -> Iterator[Finding]:
    """A VAT number of another member state has the format and check digits of its country.

    Directive 2006/112, article 215. A warning: the register of that state decides, not we.
    """
    for side in sides(invoice):
        number = _bare(side.party.vat_number)
        if number[:2] not in _EUROPEAN:
            continue
        try:
            vat_number(number)
        except IdentifierError:
            yield warning(
                "VAT_NUMBER_FOREIGN",
                f"The {side.english}'s VAT number {side.party.vat_number} does not look like one of {number[:2]}: "
                "check it on VIES.",
                f"Le numéro de TVA du {side.french}, {side.party.vat_number}, n’a pas la forme d’un {number[:2]} : "
                "vérifiez-le sur VIES.",
                term=side.vat,
                field=side.vat_field,
                value=side.party.vat_number,
            )


def vat_number_spaces(invoice: Invoice) -> Iterator[Finding]:
    """A VAT number is written without spaces.

    Ours, a warning: readers differ on whether they take them out.
    """
    for side in sides(invoice):
        if side.party.vat_number and _bare(side.party.vat_number) != side.party.vat_number:
            yield warning(
                "VAT_NUMBER_SPACES",
                f"The {side.english}'s VAT number {side.party.vat_number} holds spaces: write it without.",
                f"Le numéro de TVA du {side.french}, {side.party.vat_number}, contient des espaces : écrivez-le sans.",
                term=side.vat,
                field=side.vat_field,
                value=side.party.vat_number,
            )


def vat_number_missing(invoice: Invoice) -> Iterator[Finding]:
    """Between companies both VAT numbers are given, unless the operation is out of scope of VAT.

    AIFE flux 1, G2.33. A warning: neither EN 16931 nor BR-FR asks for the buyer's; an exempt business may have none.
    """
    out_of_scope = any(vat.category == VatCategory.OUT_OF_SCOPE for vat in invoice.vat_breakdown)
    if invoice.note(NoteSubject.TREATMENT) != Treatment.B2B or out_of_scope:
        return
    for side in sides(invoice):
        if not side.party.vat_number:
            yield warning(
                "VAT_NUMBER_MISSING",
                f"The {side.english}'s VAT number is missing: the public portal may reject the invoice; give it if "
                "there is one.",
                f"Le numéro de TVA du {side.french} manque : le portail public peut rejeter la facture ; indiquez-le "
                "s’il existe.",
                term=side.vat,
                field=side.vat_field,
            )


def exemption_reason(invoice: Invoice) -> Iterator[Finding]:
    """An exempt category (E) states its reason as text and as code.

    AIFE flux 1, G1.41; EN 16931 takes either (BR-E-10), the portal rejects one alone.
    """
    for vat in invoice.vat_breakdown:
        if vat.category == VatCategory.EXEMPT and not (vat.exemption_text and vat.exemption_code):
            yield error(
                "EXEMPTION_REASON",
                "An exempt invoice needs the reason in words and its code (VATEX): complete the exemption text, or "
                "its entry in the settings.",
                "Une facture exonérée exige le motif en toutes lettres et son code (VATEX) : complétez le texte "
                "d’exonération, ou sa ligne dans les réglages.",
                term="BT-120" if vat.exemption_code else "BT-121",
                field="vat_exemption",
                value=vat.exemption_text or vat.exemption_code,
            )


def portal_payment_means(invoice: Invoice) -> Iterator[Finding]:
    """The payment means is one that the portal takes at first: 10, 20, 30, 42, 48, 49 or 97.

    AIFE flux 1, start edition. A warning: the extract is made by the platform, which may translate the code.
    """
    if invoice.payment and invoice.payment.means and invoice.payment.means not in _PORTAL_MEANS:
        yield warning(
            "PORTAL_PAYMENT_MEANS",
            f"The public portal does not take payment means {invoice.payment.means} yet: 30 stands for a transfer, "
            "49 for a direct debit; choose one of them on the invoice if it is rejected.",
            f"Le portail public ne prend pas encore le moyen de paiement {invoice.payment.means} : 30 pour un "
            "virement, 49 pour un prélèvement ; choisissez l’un d’eux sur la facture si elle est rejetée.",
            term="BT-81",
            field="payment_mode",
            value=invoice.payment.means,
        )


def period_of_one_day(invoice: Invoice) -> Iterator[Finding]:
    """The billed period ends after the day it starts.

    AIFE flux 1, G6.25: strictly after, although EN 16931 takes one day (BR-29).
    """
    period = invoice.period
    if period and period.start and period.end and period.end <= period.start:
        yield error(
            "PERIOD_OF_ONE_DAY",
            "The billed period must end after the day it starts: for one day, state a delivery date instead.",
            "La période facturée doit finir après le jour où elle commence : pour un seul jour, indiquez une date de "
            "livraison.",
            term="BT-74",
            field="delivery_on",
            value=period.end,
        )


def credit_note_sign(invoice: Invoice) -> Iterator[Finding]:
    """A credit note states what it gives back as positive amounts.

    EN 16931-1, 6.2: the type says the direction; a negative credit note would ask the buyer to pay.
    """
    if invoice.type in CREDIT_NOTE_TYPES and invoice.totals.total_with_vat < 0:
        yield error(
            "CREDIT_NOTE_SIGN",
            "A credit note states positive amounts: as it stands it would ask the customer to pay."
            " Put positive quantities in the message.",
            "Un avoir porte des montants positifs : tel quel, il demanderait au client de payer."
            " Mettez des quantités positives dans le message.",
            term="BT-112",
            field="items.quantity",
            value=invoice.totals.total_with_vat,
        )


def iban_check_digits(invoice: Invoice) -> Iterator[Finding]:
    """The account to pay to has the right check digits, when it is an IBAN.

    ISO 13616, on BT-84: nobody rejects a wrong one, the customer's money does not arrive.
    """
    account = invoice.payment.account if invoice.payment else None
    iban = _bare(account.iban) if account else ""
    if _IBAN.fullmatch(iban) and not _iban_holds(iban):
        yield error(
            "IBAN_CHECK_DIGITS",
            f"The IBAN ending in {iban[-4:]} has wrong check digits: copy it again from the bank's document.",
            f"L’IBAN finissant par {iban[-4:]} a une clé de contrôle fausse : recopiez-le depuis le RIB.",
            term="BT-84",
            field="seller.bank.iban",
            value=f"…{iban[-4:]}",
        )


def email_address(invoice: Invoice) -> Iterator[Finding]:
    """An electronic address of scheme EM is one e-mail address.

    EAS code list, EM, on BT-34 and BT-49.
    """
    for side in sides(invoice):
        address = side.party.electronic_address
        if address and address.scheme == Scheme.EMAIL and not _EMAIL.fullmatch(address.value):
            yield error(
                "EMAIL_ADDRESS",
                f"The {side.english}'s electronic address is not one e-mail address: correct it.",
                f"L’adresse électronique du {side.french} n’est pas une adresse e-mail unique : corrigez-la.",
                term=side.address,
                field="email",
            )


RULES: tuple[Rule, ...] = (
    number_too_long_for_portal,
    identifier_characters,
    siren_check_digit,
    siret_check_digit,
    vat_number_key,
    vat_number_of_another,
    vat_number_foreign,
    vat_number_spaces,
    vat_number_missing,
    exemption_reason,
    portal_payment_means,
    period_of_one_day,
    credit_note_sign,
    iban_check_digits,
    email_address,
)


def _identifiers(invoice: Invoice) -> Iterator[tuple[str, str, str | None]]:
    yield "BT-1", "full_invoice_ref", invoice.number
    yield from (("BT-25", "refund_id", preceding.number) for preceding in invoice.preceding)
    yield "BT-13", "purchase_number", invoice.order_reference
    for side in sides(invoice):
        yield side.legal_id, side.siren_field, side.party.siren
        yield side.ids, side.siret_field, side.party.siret
        yield side.vat, side.vat_field, side.party.vat_number
        if side.party.electronic_address:
            yield side.address, side.address_field, side.party.electronic_address.value
    if invoice.payment and invoice.payment.account:
        yield "BT-84", "seller.bank.iban", invoice.payment.account.iban


def _bare(number: str | None) -> str:
    return re.sub(r"\s", "", number or "").upper()


def _french_vat_holds(number: str) -> bool:
    found = _FRENCH_VAT.fullmatch(number)
    if found is None:
        return False
    key, siren = found.groups()
    if not key.isdigit():
        return stdnum_tva.is_valid(number)
    return int(key) == (12 + 3 * int(siren)) % 97
