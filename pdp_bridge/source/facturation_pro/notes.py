"""The notes of an invoice (BG-1): the legal texts that BR-FR-05 wants, what the invoice says, how it is treated.

A legal text is never invented: it comes from the invoice's own penalty and discount rates, or from the operator's
settings; when neither gives it, that is an error naming the setting (facturation-pro.md §3.9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pdp_bridge.model.codes import Language, NoteSubject, Treatment, VatPoint
from pdp_bridge.model.invoice import Note
from pdp_bridge.model.report import Finding
from pdp_bridge.model.seller import Seller
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.source.facturation_pro.wording import unfinished

_LATE_PAYMENT = {
    Language.FRENCH: "Pénalités de retard : {rate}\u00a0% par an.",
    Language.ENGLISH: "Late payment interest: {rate}% per year.",
    Language.SPANISH: "Intereses de demora: {rate}\u00a0% anual.",
    Language.DUTCH: "Verwijlinterest: {rate}% per jaar.",
}
_EARLY_PAYMENT = {
    Language.FRENCH: "Escompte de {rate}\u00a0% pour paiement anticipé.",
    Language.ENGLISH: "Discount of {rate}% for early payment.",
    Language.SPANISH: "Descuento del {rate}\u00a0% por pronto pago.",
    Language.DUTCH: "Korting van {rate}% bij vervroegde betaling.",
}
_QUOTE = {
    Language.FRENCH: "Devis n°\u00a0{ref}",
    Language.ENGLISH: "Quote {ref}",
    Language.SPANISH: "Presupuesto {ref}",
    Language.DUTCH: "Offerte {ref}",
}
VAT_ON_DEBITS = "Option pour le paiement de la taxe d’après les débits"
"""Art. 242 nonies A, ann. II CGI; BT-8 = 5 is its structured form."""

PERSONAL_SERVICES = "Services à la personne"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The notes in order: legal texts, the invoice's own words, treatment."""

    notes: tuple[Note, ...]
    remarks: tuple[Finding, ...] = ()


def notes_of(
    invoice: Record, quote: Record | None, seller: Seller, vat_point: VatPoint | None, further: Sequence[str]
) -> Notes:
    """PMT, PMD and AAB once each, AAI texts, BAR. `further` are texts of the lines, e.g. a subsidy's.

    Raises `MappingError` (`MENTION_MISSING`).
    """
    language = language_of(invoice)
    legal = (
        Note(subject=NoteSubject.RECOVERY_COST, text=_required(seller.mentions.recovery_cost, "recovery_cost", "PMT")),
        Note(subject=NoteSubject.LATE_PAYMENT, text=_late_payment(invoice, language, seller)),
        Note(subject=NoteSubject.EARLY_PAYMENT, text=_early_payment(invoice, seller)),
    )
    information, remarks = _information(invoice)
    texts = [
        invoice.text("title"),
        information,
        _quote(quote, language),
        invoice.text("activity_title"),
        _personal_services(invoice),
        VAT_ON_DEBITS if seller.vat_on_debits and vat_point is VatPoint.INVOICE_DATE else None,
        *further,
        *seller.mentions.extra,
    ]
    general = tuple(Note(subject=NoteSubject.GENERAL, text=text) for text in dict.fromkeys(texts) if text)
    treatment = Note(subject=NoteSubject.TREATMENT, text=Treatment.B2B.value)
    return Notes(notes=(*legal, *general, treatment), remarks=remarks)


def language_of(invoice: Record) -> Language:
    """The language of the page; French unless the invoice says another that is known."""
    told = (invoice.line("language") or "").lower()
    return Language(told) if told in set(Language) else Language.FRENCH


def percentage(value: Decimal, language: Language) -> str:
    """A percentage as people write it, without the sign.

    >>> percentage(Decimal("12.50"), Language.FRENCH), percentage(Decimal("2.0"), Language.ENGLISH)
    ('12,5', '2')
    """
    text = f"{value.normalize():f}"
    return text if language is Language.ENGLISH else text.replace(".", ",")


def _late_payment(invoice: Record, language: Language, seller: Seller) -> str:
    """PMD: the invoice's own rate; a written rate of 0 is not lawful between professionals, so it says nothing."""
    rate = invoice.decimal("penalty")
    if rate and rate > 0:
        return _LATE_PAYMENT[language].format(rate=percentage(rate, language))
    return _required(seller.mentions.late_payment, "late_payment", "PMD")


def discount_of(invoice: Record) -> str | None:
    """The invoice's own discount for early payment, in words; None when it grants none."""
    rate, language = invoice.decimal("discount"), language_of(invoice)
    return _EARLY_PAYMENT[language].format(rate=percentage(rate, language)) if rate and rate > 0 else None


def _early_payment(invoice: Record, seller: Seller) -> str:
    """AAB."""
    return discount_of(invoice) or _required(seller.mentions.early_payment, "early_payment", "AAB")


def _required(text: str, key: str, subject: str) -> str:
    if text.strip():
        return text.strip()
    raise problem(
        "MENTION_MISSING",
        term="BT-22",
        field=f"mentions.{key}",
        value=None,
        message=f"The law wants a text that neither the invoice nor the settings give ({subject}): write it once in "
        f"the settings, key mentions.{key}.",
        message_fr=f"Une mention obligatoire n’est donnée ni par la facture ni par les réglages ({subject}) : "
        f"écrivez-la une fois dans les réglages, clé mentions.{key}.",
    )


def _information(invoice: Record) -> tuple[str | None, tuple[Finding, ...]]:
    """The free text printed on the invoice, unless a template in it was not filled in."""
    text = invoice.text("information")
    if text is None or not unfinished(text):
        return text, ()
    warning = remark(
        "TEMPLATE_PLACEHOLDER",
        term="BT-22",
        field="information",
        value=text,
        message="The information text holds a template that was not filled in; it is left out."
        " Complete or empty the text.",
        message_fr="Le texte « Informations » contient un modèle non rempli ; il n’est pas repris."
        " Complétez ou videz ce texte.",
    )
    return None, (warning,)


def _quote(quote: Record | None, language: Language) -> str | None:
    reference = quote.line("quote_ref") if quote else None
    return _QUOTE[language].format(ref=reference) if reference else None


def _personal_services(invoice: Record) -> str | None:
    if not invoice.flag("service_personne"):
        return None
    nature = invoice.line("sap_nature")
    return f"{PERSONAL_SERVICES}\u00a0: {nature}" if nature else PERSONAL_SERVICES
