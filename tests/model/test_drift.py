"""The difference of two invoices, in business terms."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import get_args, get_type_hints

import pytest
from effort import calls

from pdp_bridge.model.drift import COUNTED, PAGE_ONLY, changes
from pdp_bridge.model.invoice import BankAccount, Invoice, Note, Payment, PrecedingInvoice
from pdp_bridge.model.money import amount
from pdp_bridge.model.vocabulary import TERMS, term_of
from pdp_bridge.testing import changed, sample_invoice

SENT = sample_invoice("F-1")
PAID = replace(SENT, payment=Payment(means="58", account=BankAccount(iban="FR76")))


def told(now, sent=SENT):
    return [(each.term, each.path, each.before, each.after) for each in changes(sent, now)]


def test_the_same_is_no_change():
    assert changes(SENT, SENT) == ()
    assert changes(SENT, replace(SENT, title="Another", language="en", rows=())) == ()
    assert changes(SENT, replace(SENT, buyer_reference="  ")) == ()
    line = SENT.lines[0]
    same = replace(line, quantity=Decimal(f"{line.quantity}.00"), unit_text="heures", id="x")
    assert changes(SENT, replace(SENT, lines=(same, *SENT.lines[1:]))) == ()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (replace(SENT, due_date=date(2027, 1, 2)), ("BT-9", "due_date", "2027-01-02")),
        (replace(SENT, order_reference="PO 12"), ("BT-13", "order_reference", "PO 12")),
        (
            replace(SENT, totals=replace(SENT.totals, total_with_vat=amount("9.90"))),
            ("BT-112", "totals.total_with_vat", "9.90"),
        ),
        (replace(SENT, seller=replace(SENT.seller, name="X")), ("BT-27", "seller.name", "X")),
        (
            replace(SENT, buyer=replace(SENT.buyer, address=replace(SENT.buyer.address, city="Y"))),
            ("BT-52", "buyer.address.city", "Y"),
        ),
        (
            replace(SENT, lines=(replace(SENT.lines[0], unit_price=Decimal("1.5")), *SENT.lines[1:])),
            ("BT-146", "lines[0].unit_price", "1.5"),
        ),
    ],
)
def test_each_term_is_named(now, expected):
    ((term, path, _before, after),) = told(now)
    assert (term, path, after) == expected


def test_what_appears_or_goes_is_told_whole():
    ((term, path, before, after),) = told(replace(PAID, payment=None), PAID)
    assert (term, path, before, after) == ("BG-16", "payment", "58 · FR76", None)
    note = Note(text="Bonjour", subject="AAI")
    assert told(replace(SENT, notes=(*SENT.notes, note))) == [
        ("BG-1", f"notes[{len(SENT.notes)}]", None, "Bonjour · AAI")
    ]
    preceding = replace(SENT, preceding=(PrecedingInvoice(number="F-0"),))
    assert told(preceding)[0][:2] == ("BG-3", "preceding[0]")


def test_a_line_put_in_between_is_one_change():
    one = SENT.lines[0]
    lines = tuple(replace(one, id=str(place), name=f"Item {place}") for place in range(1, 6))
    sent = replace(SENT, lines=lines)
    added = replace(one, name="New")
    more = tuple(replace(each, id=str(place)) for place, each in enumerate((*lines[:2], added, *lines[2:]), start=1))
    ((term, path, before, after),) = told(replace(sent, lines=more), sent)
    assert (term, path, before) == ("BG-25", "lines[2]", None)
    assert "New" in after
    ((term, path, _before, after),) = told(replace(sent, lines=(*lines[:1], *lines[2:])), sent)
    assert (term, path, after) == ("BG-25", "lines[1]", None)


def test_the_customers_record_lives_on_but_not_who_the_buyer_is():
    moved = replace(SENT.buyer, name="Renamed", siren="100000009")
    assert {each.path: each.of_customer for each in changes(SENT, replace(SENT, buyer=moved))} == {
        "buyer.name": True,
        "buyer.siren": False,
    }


def test_there_and_back_are_mirrors():
    other = changed(sample_invoice("F-1", hours=3))
    there, back = changes(SENT, other), changes(other, SENT)
    assert there
    assert [(each.term, each.after, each.before) for each in there] == [(e.term, e.before, e.after) for e in back]


def test_comparing_is_linear_in_the_lines():
    one = SENT.lines[0]

    def compared(count):
        lines = tuple(replace(one, id=str(place), name=f"Item {place}") for place in range(count))
        other = tuple(replace(line, name=f"{line.name}.") for line in lines)
        there, now = replace(SENT, lines=lines), replace(SENT, lines=other)
        return lambda: len(changes(there, now)) == count or pytest.fail("a change was not seen")

    assert calls(compared(2_000)) < 5 * calls(compared(500))


def paths(kind, prefix=""):
    """Every path of the model, through its optional and repeated parts."""
    for field in fields(kind):
        path = f"{prefix}{field.name}"
        if path in PAGE_ONLY | COUNTED:
            continue
        yield path
        for part in parts(get_type_hints(kind)[field.name]):
            yield from paths(part, f"{path}.")


def parts(hint):
    if is_dataclass(hint):
        return [hint]
    nested = get_args(hint) if isinstance(hint, UnionType) or get_args(hint) else ()
    return [part for one in nested for part in parts(one)]


def test_each_part_of_the_model_has_a_name():
    nameless = [path for path in paths(Invoice) if path not in TERMS and path.rpartition(".")[0] not in TERMS]
    assert nameless == []
    assert {term.id for term in TERMS.values()} >= {"BT-1", "BT-44", "BT-131", "BT-115", "BG-16"}
    assert all(term.name and term.name_fr and term.id for term in TERMS.values())
    assert set(TERMS) <= set(paths(Invoice)) | {"seller", "buyer"}
    assert term_of("nothing.at.all").id == ""
