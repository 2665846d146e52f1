"""What an audit finds, as findings: errors stand against completeness, warnings are for the accountant to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from pdp_bridge.audit.period import Period
from pdp_bridge.audit.series import LEAP, Gap, Place
from pdp_bridge.model.drift import Change
from pdp_bridge.model.report import Finding
from pdp_bridge.validation.wording import error, french_figure, warning

_SHOWN = 5
"""Missing numbers, or terms, named in one sentence; a table has all of them."""


def missing(gap: Gap, absent: tuple[str, ...]) -> Finding:
    """Numbers that nothing explains, between two invoices of a series. `absent` is empty when there are too many."""
    count = len(absent) or gap.count
    shown = ", ".join(absent[:_SHOWN]) + (" …" if len(absent) > _SHOWN else "")
    listed = f": {shown}" if shown else ""
    listed_fr = f" : {shown}" if shown else ""
    return error(
        "NUMBER_MISSING",
        f"{count} missing between {gap.before.number} and {gap.after.number}{listed}. Look for them in "
        f"Facturation.pro; "
        "a hole in the numbering must be explained.",
        f"{count} absente(s) entre {gap.before.number} et {gap.after.number}{listed_fr}. Cherchez-les dans "
        "Facturation.pro ; un trou dans la numérotation doit être expliqué.",
        term="BT-1",
        field="full_invoice_ref",
        value=shown or str(count),
    )


def leap(gap: Gap) -> Finding:
    """The numbering leaps far from one month to another: it probably holds the month or the year."""
    return warning(
        "NUMBERING_LEAP",
        f"The numbering leaps from {gap.before.number} to {gap.after.number} ({gap.count} numbers, {LEAP} or more): "
        f"taken "
        "for a new numbering, since the month changes. Within each, gaps are found.",
        f"La numérotation saute de {gap.before.number} à {gap.after.number} ({gap.count} numéros, au moins {LEAP}) : "
        "prise pour une nouvelle numérotation, car le mois change. À l’intérieur de chacune, les trous sont cherchés.",
        value=f"{gap.before.number} – {gap.after.number}",
    )


def starts_late(place: Place, number: str) -> Finding:
    """A series that begins in the period, and not with 1."""
    return warning(
        "SERIES_STARTS_LATE",
        f"The series {place.series} begins in this period with {number}: check that the numbers before it do not "
        f"exist.",
        f"La série {place.series} commence dans cette période par {number} : vérifiez que les numéros précédents "
        "n’existent pas.",
        value=number,
    )


def no_series(number: str) -> Finding:
    """A number without digits belongs to no series."""
    return warning(
        "NUMBER_WITHOUT_SERIES",
        f"{number} has no digits: it belongs to no series, and no gap can be found beside it.",
        f"{number} n’a pas de chiffre : il n’appartient à aucune série, et aucun trou ne peut être cherché autour.",
        value=number,
    )


def duplicate(number: str, source_ids: tuple[str, ...]) -> Finding:
    """Several invoices bear one number."""
    ids = ", ".join(source_ids)
    return error(
        "INVOICE_NUMBER_DUPLICATE",
        f"{number} is borne by {len(source_ids)} records of Facturation.pro (ids {ids}): cancel all but one by a "
        f"credit "
        "note, and correct the numbering.",
        f"{number} est porté par {len(source_ids)} pièces de Facturation.pro (ids {ids}) : annulez-les par un avoir "
        "sauf une, et corrigez la numérotation.",
        term="BT-1",
        field="full_invoice_ref",
        value=number,
    )


def credit_note_alone(number: str, invoice: str | None) -> Finding:
    """A credit note whose invoice the journal does not know; `invoice` is None when it names none."""
    what = f"corrects {invoice}, which the journal does not know" if invoice else "names no invoice that it corrects"
    what_fr = (
        f"corrige {invoice}, que le journal ne connaît pas" if invoice else "ne nomme aucune facture qu’il corrige"
    )
    return error(
        "CREDIT_NOTE_ALONE",
        f"Credit note {number} {what}: look for that invoice in Facturation.pro.",
        f"L’avoir {number} {what_fr} : cherchez cette facture dans Facturation.pro.",
        term="BT-25",
        field="refund_id",
        value=invoice,
    )


def credit_note_of_before(number: str, invoice: str, reason: str) -> Finding:
    """A credit note of an invoice that was passed over: not sent from here, and known."""
    return warning(
        "CREDIT_NOTE_OF_PASSED_OVER",
        f"Credit note {number} corrects {invoice}, which was not sent from here ({reason}).",
        f"L’avoir {number} corrige {invoice}, qui n’est pas partie d’ici ({reason}).",
        term="BT-25",
        value=invoice,
    )


def edited(number: str, changes: Sequence[Change]) -> Finding:
    """What the source shows is no longer what was sent."""
    return error(
        "CHANGED_AFTER_SEND",
        f"{number} was edited in Facturation.pro after it was sent ({_told(changes)}): what was sent stands. Issue a "
        "credit note and a new invoice, or undo the change.",
        f"{number} a été modifiée dans Facturation.pro après son envoi ({_told(changes, french=True)}) : ce qui a été "
        "envoyé fait foi. Établissez un avoir et une nouvelle facture, ou annulez la modification.",
        term=changes[0].term,
        value=number,
    )


def edited_beyond_words(number: str, finding: Finding) -> Finding:
    """What the source shows now, or showed when it was sent, cannot be stated any more."""
    return error(
        "CHANGED_AFTER_SEND",
        f"{number} was edited in Facturation.pro after it was sent, and cannot be stated any more ({finding.rule}): "
        "what was sent stands. Undo the change.",
        f"{number} a été modifiée dans Facturation.pro après son envoi, et ne peut plus être établie "
        f"({finding.rule}) : ce qui a été envoyé fait foi. Annulez la modification.",
        term=finding.term,
        field=finding.field,
        value=number,
    )


def customer_edited(number: str, changes: Sequence[Change]) -> Finding:
    """The customer's record lives on after the invoice."""
    return warning(
        "CUSTOMER_CHANGED_AFTER_SEND",
        f"The customer of {number} was edited in Facturation.pro after it was sent ({_told(changes)}): what was sent "
        "stands.",
        f"Le client de {number} a été modifié dans Facturation.pro après son envoi ({_told(changes, french=True)}) : "
        "ce qui a été envoyé fait foi.",
        term=changes[0].term,
        value=number,
    )


def _told(changes: Sequence[Change], *, french: bool = False) -> str:
    """The first terms that changed, by their names."""
    names = [f"{change.term} {change.label_fr if french else change.label}" for change in changes]
    names = list(dict.fromkeys(names))
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")


def withdrawn(number: str, reason: str) -> Finding:
    """The source no longer shows an invoice that was sent."""
    return error(
        "WITHDRAWN_AFTER_SEND",
        f"{number} was sent, and Facturation.pro now says “{reason}”: an invoice that was issued is cancelled by a "
        f"credit "
        "note only.",
        f"{number} a été envoyée, et Facturation.pro dit maintenant « {reason} » : une facture émise ne "
        "s’annule que par un avoir.",
        value=reason,
    )


def unreadable(number: str, problem: str) -> Finding:
    """The bytes that were sent cannot be read back."""
    return error(
        "DOCUMENT_UNREADABLE",
        f"The document sent for {number} cannot be read back: {problem}",
        f"Le document envoyé pour {number} ne peut être relu : {problem}",
    )


def differs(number: str, what: str, source: Decimal, sent: Decimal) -> Finding:
    """A figure of the source is not the one that was sent. `what` is a business term."""
    return error(
        "SENT_DIFFERS",
        f"{number}: {what} is {source} in Facturation.pro and {sent} in what was sent.",
        f"{number} : {what} vaut {french_figure(source)} dans Facturation.pro et {french_figure(sent)} dans ce qui a "
        "été envoyé.",
        term=what,
        value=str(sent),
    )


def not_restated(number: str, rule: str) -> Finding:
    """The settings have changed so that the snapshot can no longer be stated."""
    return warning(
        "NOT_RESTATED",
        f"{number} could not be stated again with the present settings ({rule}): it is compared by its printed totals, "
        "and left out of the table by rate.",
        f"{number} n’a pu être établie à nouveau avec les réglages actuels ({rule}) : elle est comparée par ses totaux "
        "imprimés, et laissée hors du tableau par taux.",
        value=rule,
    )


def deposit_unknown(number: str) -> Finding:
    """Sent, and no deposit of these bytes is known: the platform cannot be asked about it."""
    return error(
        "DEPOSIT_UNKNOWN",
        f"{number}: no deposit of the document that was made is known at the platform. Run `pdp-bridge run`, which "
        f"looks "
        "it up.",
        f"{number} : aucun dépôt du document établi n’est connu de la plateforme. Lancez `pdp-bridge run`, qui le "
        "recherche.",
    )


def not_read(period: Period, until: date | None) -> Finding:
    """The source was not read after the end of the period: invoices may be unknown."""
    when = f"was last read on {until.isoformat()}" if until else "was never read"
    when_fr = f"a été lu pour la dernière fois le {until:%d/%m/%Y}" if until else "n’a jamais été lu"
    return error(
        "SOURCE_NOT_READ",
        f"Facturation.pro {when}, and the period ends on {period.end.isoformat()}: run `pdp-bridge pull` after its "
        f"end, "
        "then audit again.",
        f"Facturation.pro {when_fr}, et la période finit le {period.end:%d/%m/%Y} : lancez `pdp-bridge pull` après sa "
        "fin, puis refaites le contrôle.",
        value=until.isoformat() if until else None,
    )
