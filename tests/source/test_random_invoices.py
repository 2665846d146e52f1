"""Any invoice of a random firm is sent valid, or stopped by a rule that has a name; nothing else happens.

What the mapping lets through satisfies every official judge, states the totals that the source printed and every line
of it, is the same bytes twice, and holds nothing that was not meant for the buyer.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pikepdf
import pytest
from hypothesis import HealthCheck, given, seed, settings
from random_buyers import SECRET
from random_firm import Bill, bills
from random_lines import number_of

from pdp_bridge.document.assembly import build
from pdp_bridge.errors import DocumentError, FindingError, Held, MappingError
from pdp_bridge.model import money
from pdp_bridge.model.document import Document
from pdp_bridge.model.invoice import Invoice
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import LayerName, Verdict
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.validation import page_text
from pdp_bridge.validation.judge import judge

STYLE = PageStyle()
OURS = {LayerName.ARITHMETIC, LayerName.FRENCH}
CENT = Decimal("0.01")
EURO = Decimal(1)

RULES = frozenset(
    """
    B2G_REFERENCE_MISSING BAD_RESPONSE BUYER_ENDPOINT_INVALID BUYER_KIND_CONFLICT BUYER_NAME_MISSING BUYER_NOT_FOUND
    BUYER_SIRET_INVALID BUYER_SIRET_MISSING BUYER_VAT_INVALID COUNTRY_UNKNOWN CURRENCY_UNSUPPORTED DATE_INVALID
    DELIVERY_DATE_MISSING DUE_DATE_BEFORE_ISSUE DUE_DATE_MISSING EXCHANGE_RATE_MISSING EXEMPTION_REASON
    EXTRA_TAX_AMBIGUOUS
    INVOICE_NUMBER_INVALID LINE_DECIMALS LINE_NAME_MISSING LINE_STYLE_UNKNOWN LINE_TOTAL_MISMATCH MENTION_MISSING
    NO_LINES OPERATION_CATEGORY_UNKNOWN OPTIONAL_LINE_COUNTED OVERPAID PRECEDING_INVOICE_MISSING
    PRECEDING_NUMBER_INVALID PRECOMPTE_UNSUPPORTED SELLER_VAT_MISSING SETTLEMENTS_MISSING SETTLEMENTS_NEGATIVE
    TOTALS_MISMATCH TOTAL_WITH_VAT_ABSENT UNIT_UNKNOWN VAT_EXEMPTION_CONFLICT VAT_EXEMPTION_UNMAPPED
    VAT_RATE_MISSING VAT_RATE_NOT_ALLOWED VAT_RATE_NOT_FRACTION VAT_ZERO_WITHOUT_REASON ZERO_SUM_REFUSED
    """.split()  # noqa: SIM905 - a table
)
HOLDS = frozenset({"NOT_E_INVOICED", "CREDIT_NOTE_SIGN", "BUYER_KIND_CONFLICT"})
DRAWN = frozenset({"GLYPH_MISSING"})


def outcome(bill: Bill) -> tuple[str, str]:
    """What becomes of the bill, and by which rule; everything that must hold of it was checked."""
    try:
        invoice = to_invoice(bill.payload, bill.seller)
    except FindingError as error:
        return stopped(error)
    if not bill.mangled:
        assert not (abs(bill.falsified) == EURO and not bill.loose), "a wrong euro passed"
        assert list(differences(bill, invoice)) == []
    try:
        document = build(invoice, STYLE)
    except DocumentError as error:
        return undrawn(error)
    leaks(document)
    assert build(to_invoice(bill.payload, bill.seller), STYLE).content == document.content
    return judged(document)


def stopped(error: FindingError) -> tuple[str, str]:
    """A named rule, with words for a person."""
    finding = error.finding
    if isinstance(error, Held):
        assert finding.rule in HOLDS, error
        return "held", f"{finding.rule} {finding.value if finding.rule == 'NOT_E_INVOICED' else ''}".strip()
    assert isinstance(error, MappingError), error
    assert finding.rule in RULES, error
    assert finding.message.strip()
    assert finding.message_fr.strip()
    return "refused by the mapping", finding.rule


def undrawn(error: DocumentError) -> tuple[str, str]:
    """A character that no font has; anything else would be our fault."""
    assert error.finding.rule in DRAWN, error
    return "refused while drawing", error.finding.rule


def judged(document: Document) -> tuple[str, str]:
    """Valid on every layer, or refused by one of ours; the official ones have nothing to say after the mapping."""
    report = judge(document)
    failed = {layer.name: layer.findings for layer in report.layers if layer.verdict is Verdict.FAILED}
    assert set(failed) <= OURS, failed
    assert all(layer.verdict is not Verdict.NOT_RUN for layer in report.layers)
    if failed:
        return "refused by our checks", " ".join(sorted({finding.rule for finding in report.errors}))
    assert report.sendable
    return "mapped and valid", ""


def differences(bill: Bill, invoice: Invoice) -> Iterator[str]:
    """Totals and lines against the source's own."""
    record = bill.payload["invoice"]
    sign = -1 if invoice.type in ("381", "503") else 1
    total, whole = (money.rounded(number_of(record, key) * sign) for key in ("total", "total_with_vat"))
    totals, remarks = invoice.totals, {remark.rule for remark in invoice.remarks}
    if totals.total_without_vat != total and "TOTALS_HYPOTHESIS" not in remarks:
        yield f"BT-109 {totals.total_without_vat}, printed {total}"
    subsidies = sum((number_of(item, "total") for item in record["items"] if item["style"] == "subsidy"), Decimal(0))
    if totals.total_with_vat not in (whole, whole + money.rounded(abs(subsidies))):
        yield f"BT-112 {totals.total_with_vat}, printed {whole}"
    yield from _lines(bill, invoice, sign)


def _lines(bill: Bill, invoice: Invoice, sign: int) -> Iterator[str]:
    """Every sale is a line, in order, within a cent; more lines only for amounts on rows of a style."""
    worths = iter([line.net for line in invoice.lines])
    for item in bill.priced:
        wanted = number_of(item, "total") * sign
        if not any(abs(worth - wanted) < CENT for worth in worths):
            yield f"no line worth {wanted}"
    if not bill.loose and len(invoice.lines) != len(bill.priced):
        yield f"{len(invoice.lines)} lines, {len(bill.priced)} at the source"


def leaks(document: Document) -> None:
    """Internal notes are nowhere: not in the bytes, the message, the page, nor in any stream of the file."""
    secret = SECRET.encode()
    assert secret not in document.content
    assert secret not in document.xml
    assert SECRET not in page_text.text_of(document.content)
    with pikepdf.open(io.BytesIO(document.content)) as pdf:
        assert not any(secret in one.read_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream))


BATCH = 10
"""Hypothesis varies each example five times once it has seen ten, which mostly repeats an outcome: ten at a time, and
every one is drawn afresh.
"""


def explored(batches: int, first: int = 0) -> Counter[tuple[str, str]]:
    """How many bills came out which way; the same for the same `first`."""
    counts: Counter[tuple[str, str]] = Counter()

    for number in range(first, first + batches):

        @seed(number)
        @settings(max_examples=BATCH, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(bills())
        def each(bill: Bill) -> None:
            counts[outcome(bill)] += 1

        each()
    return counts


def test_a_few_random_invoices_are_valid_or_stopped_by_name():
    counts = explored(5)
    assert counts["mapped and valid", ""] >= 10


@pytest.mark.slow
def test_thousands_of_random_invoices_are_valid_or_stopped_by_name(capsys):
    counts = explored(250, first=1000)
    with capsys.disabled():
        print()
        for (what, rule), count in sorted(counts.items(), key=lambda entry: (entry[0][0], -entry[1])):
            print(f"{count:6} {what:24} {rule}")
    assert counts.total() >= 2000
    assert counts["mapped and valid", ""] >= counts.total() / 4
