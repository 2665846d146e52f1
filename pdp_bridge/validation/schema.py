"""The official layers: XSD of the profile, EN 16931 schematron of the profile, French schematron (BR-FR, flux 2).

Factur-X 1.09.2, EXTENDED-CTC-FR 1.4.0 and BR-FR-Flux2 1.4.0.04, as `schemas/MANIFEST.toml` lists them. The profile is
what the message says of itself (BT-24). UBL is recognised and refused: this tool neither writes nor judges it.
"""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from lxml import etree

from pdp_bridge.model.document import Document
from pdp_bridge.model.report import Finding, Layer, LayerName, Verdict
from pdp_bridge.validation import saxon, schematron, svrl
from pdp_bridge.validation.parsing import CII_ROOT, UBL_ROOTS, NotXml, guideline, parsed
from pdp_bridge.validation.recent import Recent
from pdp_bridge.validation.rulesets import BR_FR, Pack, RuleSet, RulesUnavailable, for_profile, rule_sets, verify
from pdp_bridge.validation.saxon import Undecided
from pdp_bridge.validation.terms import shortened, term_at
from pdp_bridge.validation.wording import error, unjudged

_NO_RULES = "none"
_OUR_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n<rsm:'
"""What is written so, as we do, is its own text; anything else is first brought to one encoding and version."""
_LOCK = threading.Lock()
"""An lxml schema keeps the log of its last run: one run at a time."""


def check_xsd(document: Document, pack: Pack | None = None) -> Layer:
    """The message against the XML schema of its profile, in another pack than the one in use when it is given."""
    try:
        root = _message(document.xml).root
    except NotXml as problem:
        return _failed(_unreadable(document, problem))
    if root.tag != CII_ROOT:
        return _failed(_foreign_format(root))
    profile = guideline(root)
    try:
        rules = _for_profile(profile, pack)
        if rules is None or rules.xsd is None:
            return _failed(_profile_unknown(profile))
        return Layer.judged(LayerName.XSD, rules.id, _schema_findings(rules, rules.xsd, root))
    except RulesUnavailable as problem:
        return unjudged(LayerName.XSD, "schemas/MANIFEST.toml", problem)


def read_ahead(document: Document) -> None:
    """Have the engine of the schematron files read the message now; whatever stops it is told by their layers."""
    with suppress(NotXml, RulesUnavailable, Undecided):
        saxon.read(_message(document.xml).text)


def check_en16931(document: Document, pack: Pack | None = None) -> Layer:
    """The message against the schematron of its profile: EN 16931 within Factur-X. Expects a valid schema."""
    try:
        message = _message(document.xml)
        rules = _for_profile(guideline(message.root), pack)
        if rules is None:
            return Layer.not_run(
                LayerName.EN16931,
                _NO_RULES,
                "no rule set is known for the profile (BT-24)",
                "aucun jeu de règles n’est connu pour ce profil (BT-24)",
            )
    except (NotXml, RulesUnavailable) as problem:
        return unjudged(LayerName.EN16931, _NO_RULES, problem)
    return _schematron(LayerName.EN16931, rules, message)


def check_br_fr(document: Document, pack: Pack | None = None) -> Layer:
    """The message against the French flux 2 schematron, all profiles alike. Expects a valid schema."""
    try:
        message = _message(document.xml)
        rules = pack.french if pack else rule_sets()[BR_FR]
    except (NotXml, RulesUnavailable) as problem:
        return unjudged(LayerName.BR_FR, BR_FR, problem)
    return _schematron(LayerName.BR_FR, rules, message)


def _for_profile(profile: str | None, pack: Pack | None) -> RuleSet | None:
    return pack.for_profile(profile or "") if pack else for_profile(profile or "")


def _as_message(xml: bytes) -> schematron.Message:
    """The message, read once for the layers that look at it. Raises `NotXml`."""
    root = parsed(xml)
    ours = xml.startswith(_OUR_DECLARATION)
    return schematron.Message(root, xml.decode() if ours else etree.tostring(root, encoding="unicode"))


_message = Recent(_as_message)


def _schematron(name: str, rules: RuleSet, message: schematron.Message) -> Layer:
    try:
        return Layer.judged(name, rules.id, schematron.findings(rules, message))
    except (RulesUnavailable, Undecided) as problem:  # neither yes nor no: rules may be left that nothing looked at
        return unjudged(name, rules.id, problem)


# XSD


def _schema_findings(rules: RuleSet, xsd: Path, root: etree._Element) -> tuple[Finding, ...]:
    verify(rules)
    with _LOCK:
        schema = _schema(xsd)
        if schema.validate(root):
            return ()
        log = [(entry.path, entry.line, entry.message) for entry in schema.error_log]  # type: ignore[attr-defined]  # iterable, the stubs do not know
    return tuple(dict.fromkeys(_schema_finding(*entry) for entry in log))[: svrl.MOST]


@cache
def _schema(xsd: Path) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.parse(xsd, etree.XMLParser(no_network=True)))
    except (OSError, etree.XMLSchemaParseError, etree.XMLSyntaxError) as problem:
        raise RulesUnavailable(
            f"{xsd.name} cannot be used as a schema: {problem}",
            f"{xsd.name} ne peut servir de schéma (message en anglais) : {problem}",
        ) from problem


def _schema_finding(path: str | None, line: int, message: str) -> Finding:
    location = shortened(path or "")
    said = _without_namespaces(message)
    return error(
        "XSD_INVALID",
        f"The XML does not follow the schema of its profile, at line {line}: make the file again. The validator "
        f"says: {said}",
        f"Le XML ne respecte pas le schéma de son profil, ligne {line} : refaites le fichier. Le validateur dit "
        f"(en anglais) : {said}",
        term=term_at(location),
        location=location or None,
    )


def _without_namespaces(message: str) -> str:
    return re.sub(r"\{[^}]*\}", "", message)


# What stops the whole judgement


def _failed(finding: Finding) -> Layer:
    return Layer(name=LayerName.XSD, verdict=Verdict.FAILED, rule_set=_NO_RULES, findings=(finding,))


def _unreadable(document: Document, problem: NotXml) -> Finding:
    if not document.xml:
        return error(
            "XML_MISSING",
            f"No XML invoice can be taken out of the file: {document.problem or 'it is empty.'} Make it again from "
            "the invoice: a Factur-X carries one attachment named factur-x.xml.",
            f"Aucune facture XML ne peut être tirée du fichier : {document.problem_fr or 'il est vide.'} Refaites-le "
            "à partir de la facture : un Factur-X porte une pièce jointe nommée factur-x.xml.",
        )
    return error(
        "XML_UNREADABLE",
        f"The invoice XML cannot be read: {problem}. Make the file again from the invoice.",
        f"Le XML de la facture est illisible : {problem.french}. Refaites le fichier à partir de la facture.",
    )


def _foreign_format(root: etree._Element) -> Finding:
    name = etree.QName(root).localname
    if root.tag in UBL_ROOTS:
        return error(
            "FORMAT_UBL",
            "This file is a UBL invoice, a format this tool does not read: give a Factur-X PDF or a CII XML.",
            "Ce fichier est une facture UBL, format que cet outil ne lit pas : donnez un PDF Factur-X ou un XML CII.",
            value=name,
        )
    return error(
        "FORMAT_UNKNOWN",
        f"The root element {name} is not a CII invoice: give a Factur-X PDF or a CII XML.",
        f"L’élément racine {name} n’est pas une facture CII : donnez un PDF Factur-X ou un XML CII.",
        value=name,
    )


def _profile_unknown(profile: str | None) -> Finding:
    return error(
        "PROFILE_UNKNOWN",
        f"The profile {profile or '(none)'} (BT-24) is not of Factur-X or EXTENDED-CTC-FR: no rules can judge it."
        " Make the file again in the profile EN 16931.",
        f"Le profil {profile or '(aucun)'} (BT-24) n’est ni Factur-X ni EXTENDED-CTC-FR : aucune règle pour le juger."
        " Refaites le fichier dans le profil EN 16931.",
        term="BT-24",
        value=profile,
        location="ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID",
    )
