"""The code that banking apps scan: its text by EPC069-12, its squares as they stand in the PDF."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import segno
from paper_invoices import SELLER, credit_note, invoice, line, paper
from pypdf import PdfReader
from pypdf.generic import ContentStream
from segno.helpers import make_epc_qr

from pdp_bridge.document import symbol, transfer
from pdp_bridge.document.assembly import build
from pdp_bridge.model.invoice import BankAccount, DirectDebit, Payment
from pdp_bridge.model.page import PageStyle

_IBAN = "FR7699999000010000123456768"
_EXPECTED = (
    "BCD\n002\n1\nSCT\nEXMPFRPPXXX\nAtelier Numérique SAS\nFR7699999000010000123456768\nEUR1425.00\n\n\nF2026-0042"
)


def paying(**account):
    stated = {"iban": _IBAN, "holder": "Atelier Numérique SAS", **account}
    return invoice(payment=Payment(means="30", reference="F2026-0042", account=BankAccount(**stated)))


def drawn(made, style=None) -> list[list[int]]:
    """The modules filled on the last page, read back from the PDF; empty when there is no code.

    The code is the one drawing in a coordinate system of its own, whose unit is a module.
    """
    last = PdfReader(paper(made, style)).pages[-1]
    rectangles, depth = [], 0
    for operands, operator in ContentStream(last.get_contents(), last.pdf).operations:
        depth += {b"q": 1, b"Q": -1}.get(operator, 0)
        if operator == b"re" and depth:
            rectangles.append([int(value) for value in operands])
    side = max((x + width for x, _, width, _ in rectangles), default=0)
    matrix = [[0] * side for _ in range(side)]
    for x, y, width, height in rectangles:
        assert height == 1
        matrix[y][x : x + width] = [1] * width
    return matrix


def test_the_squares_on_the_page_are_the_code_of_the_payment():
    expected = segno.make_qr(_EXPECTED.encode(), error="m", boost_error=False, mode="byte")

    assert drawn(invoice()) == [[int(module) for module in row] for row in expected.matrix]


def test_another_amount_is_another_code():
    assert drawn(invoice(line("Audit", price="10.01"))) != drawn(invoice(line("Audit", price="10.02")))


def test_segno_makes_the_same_code_from_the_same_payment():
    made = invoice(line("Audit", price="10.01"))
    expected = make_epc_qr(
        "Atelier Numérique SAS", _IBAN, Decimal("12.01"), text="F2026-0042", bic="EXMPFRPPXXX", encoding="utf-8"
    )

    assert drawn(made) == [[int(module) for module in row] for row in expected.matrix]


@pytest.mark.parametrize(
    "made",
    [
        credit_note(),
        replace(credit_note(), payment=invoice().payment),
        invoice(framework="S2", paid="1425.00"),
        invoice(currency="USD"),
        invoice(payment=None),
        invoice(payment=Payment(means="30")),
        invoice(payment=Payment(means="48", account=BankAccount(iban=_IBAN))),
        invoice(payment=Payment(means="49", direct_debit=DirectDebit(mandate="RUM-1", debited_iban=_IBAN))),
        invoice(payment=Payment(means="59", account=BankAccount(iban=_IBAN))),
        invoice(line("Audit", price="1000000000")),
        paying(iban="FR7699999000010000123456767"),
        paying(iban="TR330006100519786457841326"),
        paying(iban="CH9300762011623852957"),
    ],
)
def test_no_code_where_no_sepa_transfer_is_due(made):
    assert transfer.payload(made) is None
    assert drawn(made) == []


def test_what_is_left_to_pay_is_asked_for():
    assert "\nEUR1025.00\n" in transfer.payload(invoice(paid="400.00"))


def test_outside_the_eea_the_bank_is_named():
    made = transfer.payload(paying(iban="CH9300762011623852957", bic="UBSWCHZH80A"))

    assert made.splitlines()[4:7] == ["UBSWCHZH80A", "Atelier Numérique SAS", "CH9300762011623852957"]


def test_a_bank_code_that_is_none_is_left_out():
    assert transfer.payload(paying(bic="EXMP")).splitlines()[4] == ""


def test_without_a_holder_the_seller_is_paid():
    assert transfer.payload(paying(holder=None)).splitlines()[5] == SELLER.name


def test_spaces_of_a_printed_account_are_removed():
    assert transfer.payload(paying(iban="FR76 9999 9000 0100 0012 3456 768")).splitlines()[6] == _IBAN


def test_a_long_name_is_cut_and_a_long_reference_gives_way_to_the_number():
    account = BankAccount(iban=_IBAN, holder="Δήμος\nΑθηναίων " * 9)
    made = transfer.payload(invoice(payment=Payment(means="30", reference="Référence " * 20, account=account)))
    lines = made.splitlines()

    assert len(lines) == 11
    assert len(lines[5]) <= 70
    assert lines[5].startswith("Δήμος Αθηναίων Δήμος")
    assert lines[10] == "F2026-0042"
    assert len(made.encode()) <= 331


def test_the_largest_code_is_one_the_format_allows():
    account = BankAccount(iban="MT84MALT011000012345MTLCAST001S", bic="MALTMTMTXXX", holder="đ" * 80)
    made = transfer.payload(invoice(payment=Payment(means="58", reference="x" * 120, account=account)))
    modules, _ = symbol.squares(made)

    assert modules <= 69
    assert transfer.payload(invoice(payment=Payment(means="58", reference="đ" * 140, account=account))).endswith(
        "\nF2026-0042"
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "Payer par virement : scannez"),
        ("en", "Pay by bank transfer: scan"),
        ("es", "Pagar por transferencia: escanee"),
        ("nl", "Betalen per overschrijving: scan"),
    ],
)
def test_the_caption_follows_the_language(language, words):
    def shown(style):
        (sheet,) = PdfReader(paper(invoice(language=language), style)).pages
        return " ".join(sheet.extract_text().split())

    assert words in shown(PageStyle())
    assert words not in shown(PageStyle(qr_code=False))
    assert drawn(invoice(language=language), PageStyle(qr_code=False)) == []


def test_the_code_is_light_and_the_same_every_time():
    first, second = build(invoice(), PageStyle()).content, build(invoice(), PageStyle()).content
    without = build(invoice(), PageStyle(qr_code=False)).content

    assert first == second
    assert len(first) - len(without) < 4000
