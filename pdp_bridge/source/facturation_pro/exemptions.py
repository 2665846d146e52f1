"""Why a line bears no VAT: the free text of the source → VAT category, VATEX code, text (BT-151, BT-121, BT-120).

The text is the invoice's own and is carried unchanged; category and code are deduced from the articles it quotes (CGI,
directive 2006/112/CE) or its words. Two reasons that disagree, or one that the buyer's country contradicts, stop the
invoice: nothing is guessed. The operator can state a mapping of his own (`policy.exemptions`).

VATEX codes: CEF list as shipped with Factur-X 1.09.2. The public portal wants a code and a text (G1.41), and takes
VATEX-FR-CNWVAT on credit notes 261, 381 and 396 only (G6.21).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pdp_bridge.errors import MappingError
from pdp_bridge.model.breakdown import Reason
from pdp_bridge.model.codes import InvoiceType, VatCategory
from pdp_bridge.model.seller import VatRegime
from pdp_bridge.source.facturation_pro.findings import problem
from pdp_bridge.source.facturation_pro.kinds import DISBURSEMENT
from pdp_bridge.source.facturation_pro.territory import EU_COUNTRIES, Territory, territory
from pdp_bridge.source.facturation_pro.wording import folded, one_line

CONFLICT = "VAT_EXEMPTION_CONFLICT"

_DISBURSEMENT_TEXT = "Débours, art. 267 II 2° du CGI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """BT-151 with BT-121 (None: the list has no code for it) and BT-120."""

    category: VatCategory
    code: str | None
    text: str

    @property
    def reason(self) -> Reason:
        """As the totals want it (BG-23)."""
        return Reason(text=self.text, code=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What decides between categories beside the text: the seller's regime, who buys and where, the document.

    `configured` is `policy.exemptions`: text → (category, VATEX code), compared without case or accents.
    """

    regime: VatRegime = VatRegime.NORMAL
    franchise_text: str = "TVA non applicable, art. 293 B du CGI"
    buyer_country: str | None = None
    buyer_postcode: str | None = None
    buyer_vat: str | None = None  # with its prefix, verified
    buyer_siren: str | None = None
    seller_vat: str | None = None
    type_code: str = InvoiceType.INVOICE
    configured: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def territory(self) -> Territory:
        """Where the buyer is, for VAT."""
        return territory(self.buyer_country, self.buyer_postcode)

    @property
    def union_vat(self) -> bool:
        """The buyer has a VAT number of another member state."""
        prefix = (self.buyer_vat or "")[:2].upper()
        return prefix in {"EL", "XI"} or (prefix in EU_COUNTRIES and prefix != "FR")


def exemption(text: str | None, situation: Situation, *, nature: int | None = None) -> Exemption:
    """Category and reason of a line at 0 %. Raises `MappingError`.

    `text` is the invoice's `vat_exemption`, `nature` the line's. Rules: `VAT_EXEMPTION_UNMAPPED`,
    `VAT_EXEMPTION_CONFLICT`, `VAT_ZERO_WITHOUT_REASON`, `EXEMPTION_REASON`, `BUYER_VAT_INVALID`, `SELLER_VAT_MISSING`.

    >>> abroad = Situation(buyer_country="IE", buyer_vat="IE1000001J", seller_vat="FR88100000009")
    >>> exemption("Exonération de TVA, art. 262 ter I du CGI", abroad).code
    'VATEX-EU-IC'
    """
    words = one_line(text or "")
    found = _found(words, situation, nature)
    _require_code(found)
    _require_vat_numbers(found, situation)
    return found


def _found(words: str, situation: Situation, nature: int | None) -> Exemption:
    key = _key(words)
    if key and (chosen := _configured(key, situation)):
        return _mapped(chosen, words)
    if nature == DISBURSEMENT:
        own = words if _DISBURSED.search(key) else _DISBURSEMENT_TEXT
        return Exemption(category=VatCategory.EXEMPT, code="VATEX-EU-79-C", text=own)
    if not key:
        return _silent(situation)
    return _read(words, key, situation)


def _require_code(found: Exemption) -> None:
    """G1.41 of the portal's flux 1: an exempt category has its reason as a code too."""
    if found.category is VatCategory.EXEMPT and not found.code:
        raise problem(
            "EXEMPTION_REASON",
            term="BT-121",
            field="policy.exemptions",
            value=found.text,
            message=f"No code (VATEX) is known for “{found.text}”: give it one in the setting policy.exemptions.",
            message_fr=f"Aucun code (VATEX) connu pour « {found.text} » : indiquez-le au réglage policy.exemptions.",
        )


def _require_vat_numbers(found: Exemption, situation: Situation) -> None:
    """BR-IC-02 wants the VAT numbers of both sides, BR-G-02 the seller's: a SIREN does not stand for it there."""
    if found.category not in {VatCategory.INTRA_COMMUNITY, VatCategory.EXPORT}:
        return
    if not situation.seller_vat:
        raise problem(
            "SELLER_VAT_MISSING",
            term="BT-31",
            field="seller.vat_number",
            value=found.text,
            message="An intra-Community supply or an export is stated with the seller's VAT number: enter yours in the "
            "setting seller.vat_number, or correct the VAT exemption of the invoice.",
            message_fr="Une livraison intracommunautaire ou une exportation s’établit avec le numéro de TVA du "
            "vendeur : renseignez le vôtre dans le réglage seller.vat_number, ou corrigez le champ « Exonération de "
            "TVA » de la facture.",
        )
    if found.category is VatCategory.INTRA_COMMUNITY and not situation.buyer_vat:
        raise _buyer_vat_missing(
            found.text,
            "An intra-Community supply needs the buyer's VAT number",
            "Une livraison intracommunautaire suppose le numéro de TVA du client",
        )


def _key(text: str) -> str:
    return folded(text).replace("œ", "oe").replace("’", "'")


def _configured(key: str, situation: Situation) -> tuple[str, str] | None:
    return next((chosen for text, chosen in situation.configured.items() if _key(text) == key), None)


_MAPPABLE = {str(one): one for one in VatCategory if one not in {VatCategory.STANDARD, VatCategory.ZERO}}


def _mapped(chosen: tuple[str, str], words: str) -> Exemption:
    category, code = chosen
    if category not in _MAPPABLE:
        raise problem(
            "VAT_EXEMPTION_UNMAPPED",
            term="BT-151",
            field="policy.exemptions",
            value=category,
            message=f"The setting policy.exemptions gives {words!r} the VAT category {category!r}, which no line "
            f"at 0 % can have: choose one of {', '.join(_MAPPABLE)}.",
            message_fr=f"Le réglage policy.exemptions donne à « {words} » la catégorie de TVA « {category} », qu’une "
            f"ligne à 0 % ne peut pas avoir : choisissez parmi {', '.join(_MAPPABLE)}.",
        )
    return Exemption(category=_MAPPABLE[category], code=code.strip() or None, text=words)


def _silent(situation: Situation) -> Exemption:
    if situation.regime is VatRegime.FRANCHISE:
        return _exempt("VATEX-FR-FRANCHISE", situation.franchise_text)
    raise problem(
        "VAT_ZERO_WITHOUT_REASON",
        term="BT-120",
        field="vat_exemption",
        value=None,
        message="A line is at 0 % VAT and the invoice gives no reason: fill in the VAT exemption of the invoice.",
        message_fr="Une ligne est à 0 % de TVA et la facture n’en donne pas le motif : renseignez le champ "
        "« Exonération de TVA » de la facture.",
    )


def _exempt(code: str | None, text: str) -> Exemption:
    return Exemption(category=VatCategory.EXEMPT, code=code, text=text)


def _read(words: str, key: str, situation: Situation) -> Exemption:
    found: list[Exemption] = []
    for pattern, reading in _ROWS:
        match = pattern.search(key)
        if match and (result := reading(match, words, situation)):
            found.append(result)
    if any(one.category is VatCategory.REVERSE_CHARGE for one in found):
        # "art. 259-1, autoliquidation": the place of supply explains the reverse charge and is no second reason
        found = [one for one in found if one.category is not VatCategory.OUT_OF_SCOPE]
    if not found:
        raise unmapped(words)
    first = found[0]
    for other in found[1:]:
        same_charge = first.category is other.category is VatCategory.REVERSE_CHARGE
        if not same_charge and (first.category, first.code) != (other.category, other.code):
            raise _contradiction(words, "quotes two different reasons", "cite deux motifs différents")
    return first


def unmapped(words: str, why: str = "", why_fr: str = "") -> MappingError:
    """The reason is not one that can be stated in a code; `why` is a further sentence."""
    return problem(
        "VAT_EXEMPTION_UNMAPPED",
        term="BT-121",
        field="vat_exemption",
        value=words,
        message=f"The VAT exemption of the invoice is not recognised.{why} Quote the article of the CGI in it, "
        "or add the text to the setting policy.exemptions.",
        message_fr=f"Le motif d’exonération de TVA de la facture n’est pas reconnu.{why_fr} Citez l’article du CGI "
        "dans le champ « Exonération de TVA », ou ajoutez ce texte au réglage policy.exemptions.",
    )


def _contradiction(words: str, what: str, what_fr: str, *, key: str = "vat_exemption") -> MappingError:
    return problem(
        CONFLICT,
        term="BT-120",
        field=key,
        value=words,
        message=f"The VAT exemption of the invoice {what}: correct it, or the buyer's record.",
        message_fr=f"Le motif d’exonération de TVA de la facture {what_fr} : corrigez-le, "
        "ou corrigez la fiche du client.",
    )


def _buyer_vat_missing(words: str, what: str, what_fr: str) -> MappingError:
    return problem(
        "BUYER_VAT_INVALID",
        term="BT-48",
        field="customer.vat_number",
        value=words,
        message=f"{what}, and the buyer's record has none: fill in its VAT number.",
        message_fr=f"{what_fr}, et la fiche du client n’en a pas : renseignez son « N° de TVA ».",
    )


_Reading = Callable[[re.Match[str], str, Situation], Exemption | None]


def _franchise(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    if situation.regime is not VatRegime.FRANCHISE:
        raise _contradiction(
            words,
            "says franchise en base, and the seller is not set so (seller.vat_regime)",
            "annonce la franchise en base alors que le vendeur n’est pas paramétré ainsi (seller.vat_regime)",
            key="seller.vat_regime",
        )
    return _exempt("VATEX-FR-FRANCHISE", words)


def _reverse_charge(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    return _reversed(words, situation, "VATEX-EU-AE")


def _domestic_reverse_charge(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    home = situation.territory is Territory.HOME
    return _reversed(words, situation, "VATEX-FR-AE" if home else "VATEX-EU-AE")


def _reversed(words: str, situation: Situation, code: str) -> Exemption:
    if not (situation.buyer_vat or situation.buyer_siren):  # BR-AE-02
        raise _buyer_vat_missing(
            words,
            "A reverse charge needs the buyer's VAT number or SIREN",
            "L’autoliquidation suppose le numéro de TVA ou le SIREN du client",
        )
    return Exemption(category=VatCategory.REVERSE_CHARGE, code=code, text=words)


def _intra_community(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    if not situation.union_vat:  # BR-IC-02
        raise _buyer_vat_missing(
            words,
            "An intra-Community supply needs a VAT number of another member state",
            "Une livraison intracommunautaire suppose un numéro de TVA d’un autre État membre",
        )
    return Exemption(category=VatCategory.INTRA_COMMUNITY, code="VATEX-EU-IC", text=words)


def _export(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    if situation.territory is not Territory.OUTSIDE:
        raise _contradiction(
            words,
            "says export, and the buyer is in the VAT territory of the Union",
            "annonce une exportation alors que le client est dans le territoire TVA de l’Union",
        )
    return Exemption(category=VatCategory.EXPORT, code="VATEX-EU-G", text=words)


def _services_abroad(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    where = situation.territory
    if where is Territory.HOME:
        raise _contradiction(
            words,
            "says services to a foreign business (art. 259-1), and the buyer is in France",
            "vise des services à un preneur étranger (art. 259-1) alors que le client est en France",
        )
    if where is Territory.UNION and not situation.union_vat:
        raise _buyer_vat_missing(
            words,
            "Services to a business of another member state (art. 259-1) need its VAT number",
            "Des services à un preneur d’un autre État membre (art. 259-1) supposent son numéro de TVA",
        )
    if where is Territory.UNION:
        return _reversed(words, situation, "VATEX-EU-AE")
    return Exemption(category=VatCategory.EXPORT, code="VATEX-EU-G", text=words)


def _out_of_scope(_: re.Match[str], words: str, _situation: Situation) -> Exemption:
    return Exemption(category=VatCategory.OUT_OF_SCOPE, code="VATEX-EU-O", text=words)


def _credit_note_without_vat(_: re.Match[str], words: str, situation: Situation) -> Exemption:
    if situation.type_code != InvoiceType.CREDIT_NOTE:  # G6.21
        raise unmapped(
            words,
            " A credit note without VAT (art. 272) can only be a credit note on an invoice (381).",
            " Un avoir net de taxe (art. 272) ne peut être qu’un avoir sur facture (381).",
        )
    return _exempt("VATEX-FR-CNWVAT", words)


_MARGIN_SCHEMES = (
    (re.compile(r"occasion"), "VATEX-EU-F"),
    (re.compile(r"(objets?|oeuvres?) d'art"), "VATEX-EU-I"),
    (re.compile(r"collection|antiquite"), "VATEX-EU-J"),
    (re.compile(r"voyage"), "VATEX-EU-D"),
)


def _margin(_: re.Match[str], words: str, _situation: Situation) -> Exemption:
    codes = [code for pattern, code in _MARGIN_SCHEMES if pattern.search(_key(words))]
    if len(codes) != 1:
        raise unmapped(
            words,
            " Say which margin scheme: biens d'occasion, objets d'art, objets de collection et d'antiquité, or "
            "agences de voyages.",
            " Précisez le régime de la marge : biens d’occasion, objets d’art, objets de collection et d’antiquité, ou "
            "agences de voyages.",
        )
    return _exempt(codes[0], words)


def _coded(template: str) -> _Reading:
    """An article whose VATEX code is `template` filled with what the pattern captured."""

    def reading(match: re.Match[str], words: str, _situation: Situation) -> Exemption:
        captured = "".join(c for c in (match.groupdict().get("part") or "") if c.isalnum()).upper()
        return _exempt(template.format(captured), words)

    return reading


def _text_only(_: re.Match[str], words: str, _situation: Situation) -> Exemption:
    return _exempt(None, words)


_DISBURSED = re.compile(r"\b267[\s,.-]*ii\b|\bdebours\b")

_ARTICLE_44_OR_196 = r"\bart(?:icle)?s?\.?\s*(?:44|196)\b"
_DIRECTIVE = r"(?:directive|2006/112)"
_REVERSE_CHARGE = (
    "auto-?liquidation|reverse charge|btw verlegd|inversion del sujeto pasivo|"
    rf"{_ARTICLE_44_OR_196}.*{_DIRECTIVE}|{_DIRECTIVE}.*{_ARTICLE_44_OR_196}"
)
_CITED = r"^(?=.*(?:\bart|\bcgi\b)).*"
"""Before a bare number: the text cites an article."""

_ROWS: tuple[tuple[re.Pattern[str], _Reading], ...] = tuple(
    (re.compile(pattern), reading)
    for pattern, reading in (
        (r"\b293[\s-]*b\b|franchise en base", _franchise),
        (r"\b283[\s.,-]*2\b", _domestic_reverse_charge),
        (_REVERSE_CHARGE, _reverse_charge),
        (r"\b262[\s-]*ter\b|\bart(?:icle)?s?\.?\s*138\b", _intra_community),
        (r"\b262[\s,.-]*i(?!\w)|\bart(?:icle)?s?\.?\s*146\b|\bexport", _export),
        (r"\b262[\s,.-]*ii(?!\w)", _text_only),  # ships, aircraft, transport: one article, several codes
        (r"\b259[\s.,-]*1(?!\d)", _services_abroad),
        (r"\b259[\s-]*[ab]\b", _out_of_scope),
        (r"\b261[\s,.-]*(?P<part>[1-578])(?!\d)", _coded("VATEX-FR-CGI261-{}")),
        (r"\b261[\s-]*(?P<part>[ab])\b", _coded("VATEX-FR-CGI261{}")),
        (r"\b261[\s-]*c[\s,.-]*(?P<part>[123])(?!\d)", _coded("VATEX-FR-CGI261C-{}")),
        (r"\b261[\s-]*d[\s,.-]*(?P<part>1[\so°]*bis|[1-4](?!\d|[\so°]*bis))", _coded("VATEX-FR-CGI261D-{}")),
        (r"\b261[\s-]*e[\s,.-]*(?P<part>[12])(?!\d)", _coded("VATEX-FR-CGI261E-{}")),
        (_CITED + r"\b275\b", _coded("VATEX-FR-CGI275")),
        (r"\b277[\s-]*a\b", _coded("VATEX-FR-CGI277A")),
        (_CITED + r"\b295\b", _coded("VATEX-FR-CGI295")),
        (r"\b298[\s-]*sexdecies[\s-]*a\b", _coded("VATEX-FR-298SEXDECIESA")),
        (r"\b297[\s-]*a\b|\bmarge\b|regime particulier", _margin),
        (_DISBURSED.pattern, _coded("VATEX-EU-79-C")),
        (r"non assujetti|hors (?:du )?champ|\b256[\s-]*b\b", _out_of_scope),
        (rf"net de taxe|{_CITED}\b272\b", _credit_note_without_vat),
    )
)
"""In the order of facturation-pro §3.11; the article of an exempt territory (294) is for the operator to map."""
