"""Every layer on one document, in order: what a report is made of.

The official schematron files expect a valid schema and stop in the middle otherwise, so they do not run after a failed
XSD: "not run" is a verdict of its own, and never sends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.report import PDF_LAYERS, XML_LAYERS, Layer, LayerName, Report, Verdict
from pdp_bridge.together import Steps, alone
from pdp_bridge.validation import arithmetic, french, leniency, schema
from pdp_bridge.validation.rulesets import Pack
from pdp_bridge.validation.wording import error

Official = Callable[[Document, Pack | None], Layer]
"""A check that official files decide: those of a pack, or of the one in use."""

_AFTER_XSD: tuple[tuple[LayerName, Official], ...] = (
    (LayerName.EN16931, schema.check_en16931),
    (LayerName.BR_FR, schema.check_br_fr),
)


def judge(document: Document, pack: Pack | None = None, *, vat_by_line: bool = False) -> Report:
    """The report on a document of anybody: all layers that its kind requires. Never raises for a bad file.

    `pack`: the official files to judge by, instead of those in use. `vat_by_line`: the operator accepts a source that
    rounds VAT line by line.
    """
    return alone(judging(document, pack, vat_by_line=vat_by_line))


def judging(document: Document, pack: Pack | None = None, *, vat_by_line: bool = False) -> Steps[Report]:
    """As `judge`, in steps."""
    xsd = _read(document, schema.check_xsd(document, pack))
    if xsd.verdict is Verdict.PASSED:
        yield
        schema.read_ahead(document)
    official = []
    for name, check in _AFTER_XSD:
        yield
        official.append(_official(name, check, document, xsd, pack))
    yield
    sums = arithmetic.check(document)
    sums = leniency.vat_by_line(sums, document.invoice) if vat_by_line else sums
    layers = [xsd, sums, french.check(document), *official]
    if document.media_type is MediaType.CII:
        return Report(layers=tuple(layers), required=XML_LAYERS, sha256=document.sha256)
    yield
    layers.append(_pdf(document))
    return Report(layers=tuple(layers), required=PDF_LAYERS, sha256=document.sha256)


def _read(document: Document, xsd: Layer) -> Layer:
    """The XSD layer, failed too when the message is valid XML but nobody could read an invoice in it."""
    if document.invoice is not None or xsd.verdict is not Verdict.PASSED:
        return xsd
    problem = document.problem or "the reader found no invoice."
    problem_fr = document.problem_fr or "aucune facture n’y a été trouvée."
    unreadable = error(
        "DOCUMENT_UNREADABLE",
        f"No invoice could be read from the XML: {problem} Make the file again.",
        f"Aucune facture n’a pu être lue dans le XML : {problem_fr} Refaites le fichier.",
    )
    return replace(xsd, verdict=Verdict.FAILED, findings=(*xsd.findings, unreadable))


def _official(name: LayerName, check: Official, document: Document, xsd: Layer, pack: Pack | None) -> Layer:
    if xsd.verdict is Verdict.PASSED:
        return check(document, pack)
    return Layer.not_run(
        name,
        xsd.rule_set,
        f"the layer {LayerName.XSD} did not pass: mend the XML first",
        f"la structure du XML (couche {LayerName.XSD}) n’est pas bonne : corrigez-la d’abord",
    )


def _pdf(document: Document) -> Layer:
    from pdp_bridge.validation import pdfa  # noqa: PLC0415 - a bare XML needs no PDF library and starts faster

    return pdfa.check(document)
