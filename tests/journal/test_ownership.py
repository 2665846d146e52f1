"""One journal, several companies, never mixed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pdp_bridge.errors import JournalError
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.owner import Owner
from pdp_bridge.model.pulled import Reference, Skipped, Snapshot

ATELIER = Owner(environment="sandbox", firm="12", siren="100000009", customer_id="c-12", name="Atelier")
FORGE = Owner(environment="sandbox", firm="34", siren="200000008", customer_id="c-34", name="Forge")


def now() -> datetime:
    return datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def opened(journal_url):
    journals = []

    def open_for(owner):
        journals.append(SqlJournal(journal_url, clock=now, owner=owner))
        return journals[-1]

    yield open_for
    for journal in journals:
        journal.close()


def shot(source_id: str, number: str = "FA-1") -> Snapshot:
    reference = Reference(source_id=source_id, number=number, version="v1", issue_date=date(2026, 9, 1))
    return Snapshot(reference=reference, payload={})


def test_each_sees_its_own_although_numbers_are_the_same(opened):
    atelier, forge, everybody = opened(ATELIER), opened(FORGE), opened(None)
    assert atelier.pulled([shot("1")], [Skipped(source_id="9", reason="draft")]) == 1
    assert forge.pulled([shot("2"), shot("3", "FA-2")], []) == 2
    atelier.set_cursor("a")
    assert [entry.source_id for entry in atelier.entries()] == ["1"]
    assert [entry.source_id for entry in forge.due(now())] == ["2", "3"]
    assert [entry.firm for entry in everybody.entries()] == ["12", "34", "34"]
    assert atelier.entry("FA-1").source_id == "1"
    assert forge.entry("FA-1").source_id == "2"
    assert atelier.entry("2") is None
    assert (atelier.cursor(), forge.cursor()) == ("a", None)
    assert [len(journal.skipped()) for journal in (atelier, forge, everybody)] == [1, 0, 1]
    assert [len(journal.numbers()) for journal in (atelier, forge, everybody)] == [1, 2, 3]


def test_an_invoice_of_another_company_is_not_taken_over(opened):
    opened(ATELIER).pulled([shot("1")], [])
    with pytest.raises(JournalError, match="belongs to firm 12 in this journal, and firm 34 shows it now"):
        opened(FORGE).pulled([shot("5"), shot("1")], [])
    with pytest.raises(JournalError, match="belongs to firm 12"):
        opened(FORGE).pulled([], [Skipped(source_id="1", reason="deleted")])
    assert [entry.source_id for entry in opened(None).entries()] == ["1"], "half a page was written"


def other(**values: str | None) -> Owner:
    return Owner(**{"environment": "sandbox", "firm": "12", "siren": "100000009", "customer_id": "c-12", **values})


@pytest.mark.parametrize(
    ("owner", "problem"),
    [
        (other(environment="production"), "belongs to sandbox, the settings say production"),
        (other(siren="200000008"), "firm 12 of Facturation.pro has the SIREN 100000009, and now 200000008"),
        (other(customer_id="c-99"), "has the customer id of the platform c-12, and now c-99"),
        (other(firm="34", siren="200000008"), "c-12 of the platform belongs to firm 12"),
    ],
)
def test_what_is_bound_stays_bound(opened, owner, problem):
    opened(ATELIER)
    with pytest.raises(JournalError, match=problem):
        opened(owner)
    opened(ATELIER)


def test_what_was_not_known_is_completed(opened):
    opened(other(siren=None, customer_id=None))
    opened(other(customer_id=None))
    journal = opened(other(customer_id=None))
    journal.bind_customer("c-12")
    journal.bind_customer("c-12")
    with pytest.raises(JournalError, match="c-12, and now c-13"):
        journal.bind_customer("c-13")
    with pytest.raises(JournalError, match="100000009, and now 200000008"):
        opened(other(siren="200000008", customer_id=None))


def test_two_firms_of_one_legal_person_may_share_a_customer_id(opened):
    opened(ATELIER)
    opened(other(firm="13"))


def test_two_companies_whose_customer_is_not_known(opened):
    opened(other(customer_id=None))
    opened(other(firm="34", siren="200000008", customer_id=None))
