"""What a worker is given to do: several records made together, each as if it were alone."""

from __future__ import annotations

from collections import defaultdict

import golden

from pdp_bridge import making
from pdp_bridge.delivery import proven
from pdp_bridge.document.assembly import build
from pdp_bridge.errors import FindingError
from pdp_bridge.making import maker
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.pulled import Reference, Snapshot
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.validation.judge import judge


def snapshot(number, payload):
    return Snapshot(reference=Reference(source_id=number, number=number, version="1", issue_date=None), payload=payload)


def alone(payload, seller, style):
    try:
        return proven(to_invoice(payload, seller), lambda invoice: build(invoice, style), judge)
    except FindingError as error:
        return error


def test_every_golden_case_made_with_others_is_what_it_is_alone():
    style = PageStyle(qr_code=False)
    by_seller = defaultdict(list)
    for case in golden.cases():
        by_seller[repr(case.seller)].append(case)
    compared = 0
    for several in by_seller.values():
        seller = several[0].seller
        together = maker(seller, style)([snapshot(case.name, case.payload) for case in several])
        for case, outcome in zip(several, together, strict=True):
            expected = alone(case.payload, seller, style)
            if isinstance(expected, FindingError):
                assert (type(outcome), outcome.finding) == (type(expected), expected.finding), case.name
            elif not seller.policy.relaxed_rounding:
                assert outcome == expected, case.name
            compared += 1
    assert compared > 100
    assert max(map(len, by_seller.values())) > 20


def test_whose_turn_it_is_when_the_others_have_filled_the_memory_is_not_to_blame(monkeypatch):
    case = next(case for case in golden.cases() if case.name == "address-of-other-service")
    judging, asked = making.judging, []

    def with_little_memory(document, **options):
        asked.append(document.invoice)
        if len(asked) == 2:
            raise MemoryError
        return judging(document, **options)

    several = [snapshot(str(number), case.payload) for number in range(3)]
    expected = maker(case.seller, PageStyle(qr_code=False))(several)
    monkeypatch.setattr(making, "judging", with_little_memory)
    assert maker(case.seller, PageStyle(qr_code=False))(several) == expected
    asked[:] = [None]
    [outcome] = maker(case.seller, PageStyle(qr_code=False))(several[:1])
    assert type(outcome) is MemoryError
