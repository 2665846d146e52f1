"""The search after a lost answer, and the feed of statuses."""

import hashlib
from datetime import datetime, timedelta

import httpx
import pytest
from paper_platform import NOW, Platform, answered

from pdp_bridge.errors import OutcomeUnknown, PlatformRefused, PlatformUnavailable
from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.invoice import Invoice, Party, Totals
from pdp_bridge.model.money import amount
from pdp_bridge.transmission.iopole.adapter import LARGEST, Iopole

SINCE = NOW - timedelta(days=1)
NUMBERS = ("invoice.invoiceId", "businessData.invoiceId")
EVERY_FIELD = ("invoice.invoiceId", "invoice.direction", "seller.siren", "createdDate")
ZERO = amount("0")


def document(number="FA-2026-001", content=b"%PDF ours", siren="100000009"):
    invoice = Invoice(
        number=number,
        issue_date=NOW.date(),
        type="380",
        currency="EUR",
        seller=Party(name="Atelier Exemple SAS", siren=siren),
        buyer=Party(name="Client Exemple SARL"),
        lines=(),
        vat_breakdown=(),
        totals=Totals(lines_total=ZERO, total_without_vat=ZERO, total_with_vat=ZERO, due=ZERO),
        framework="S1",
    )
    return Document(content=content, xml=b"<x/>", media_type=MediaType.FACTUR_X, invoice=invoice)


class Shelf:
    """Deposits at the platform, with a search that may be as poor as the real one."""

    def __init__(self, *, page=200, knows=EVERY_FIELD, with_count=True, bare=True):
        self.rows = []
        self.contents = {}
        self.page = page
        self.knows = knows
        self.with_count = with_count
        self.bare = bare  # whether it answers without a query
        self.listed = True
        self.platform = Platform(search=[self.search], files=[self.files], download=[self.download])
        self.iopole = Iopole(self.platform.client(rpm=0))

    def put(self, number="FA-2026-001", content=b"%PDF ours", *, state="DELIVERED", age=0.0, **fields):
        name = f"d{len(self.rows)}"
        created = (NOW - timedelta(minutes=age)).isoformat()
        row = {"metadata": {"invoiceId": name, "state": state, "direction": "OUTBOUND", "createDate": created}}
        row["metadata"] |= fields.pop("metadata", {})
        if number is not None:
            row["businessData"] = {"invoiceId": number, "seller": {"electronicAddress": "0225:100000009"}} | fields
        self.rows.append(row)
        self.contents[name] = content
        return name

    def search(self, request):
        params = request.url.params
        assert params["expand"] == "businessData"
        rows = list(self.rows)
        if not (self.bare or params.get("q")):
            return answered({"statusMessage": "Request validation issues"}, 400)
        for condition in filter(None, params.get("q", "").split(" AND ")):
            field, _, value = condition.partition(":")
            if field not in self.knows:
                return answered({"statusMessage": "Unable to parse correctly query search"}, 400)
            if field in NUMBERS:
                rows = [row for row in rows if row.get("businessData", {}).get("invoiceId") == value.strip('"')]
            if field == "createdDate":
                bound, after = datetime.fromisoformat(value[2:-1] + "+00:00"), value[0] == ">"
                rows = [row for row in rows if (self.created(row) > bound if after else self.created(row) < bound)]
        offset, size = int(params["offset"]), min(self.page, int(params["limit"]))
        meta = {"offset": offset, "limit": size} | ({"count": len(rows)} if self.with_count else {})
        return answered({"data": rows[offset : offset + size], "meta": meta})

    @staticmethod
    def created(row):
        return datetime.fromisoformat(row["metadata"]["createDate"])

    def files(self, request):
        name = request.url.path.split("/")[3]
        checksum = hashlib.sha256(self.contents[name]).hexdigest().upper()
        return answered([{"type": "ORIGINAL", "checksum": checksum}] if self.listed else [])

    def download(self, request):
        return httpx.Response(200, content=self.contents[request.url.path.split("/")[3]])

    @property
    def queries(self):
        return [request.url.params.get("q") for request in self.platform.asked("search")]

    def find(self, **fields):
        return self.iopole.find(document(**fields), SINCE)

    def refusal(self, kind, **fields):
        with pytest.raises(kind) as caught:
            self.find(**fields)
        return caught.value


# -- sending ---------------------------------------------------------------------------------------------------


def test_a_document_is_deposited_under_its_safe_name():
    platform = Platform(send_invoice=["send_201"])
    sent = document(number="2026/001")
    assert Iopole(platform.client()).send(sent) == "01a0d285-f428-7000-8000-000000000001"
    assert f'filename="{sent.filename}"'.encode() in platform.requests[-1].read()


@pytest.mark.parametrize("content", [b"", b"x" * LARGEST])
def test_what_the_platform_cannot_take_is_not_sent(content):
    platform = Platform()
    with pytest.raises(PlatformRefused) as caught:
        Iopole(platform.client()).send(document(content=content))
    assert caught.value.code == "TOO_LARGE"
    assert platform.requests == []


def test_a_lost_answer_is_not_asked_again():
    platform = Platform(send_invoice=["send_502"])
    with pytest.raises(OutcomeUnknown):
        Iopole(platform.client()).send(document())
    assert platform.verbs.count("send_invoice") == 1


# -- searching -------------------------------------------------------------------------------------------------


def test_nothing_deposited_is_found_nowhere():
    assert Shelf().find() is None


def test_our_bytes_are_found_by_number_and_checksum():
    shelf = Shelf()
    shelf.put("FA-2026-002")
    ours = shelf.put()
    assert shelf.find() == ours
    assert "download" not in shelf.platform.verbs
    assert shelf.queries == ['invoice.invoiceId:"FA-2026-001"']


def test_what_has_no_number_yet_is_looked_for_among_all_of_the_period():
    shelf = Shelf()
    ours = shelf.put(None)
    assert shelf.find() == ours
    assert shelf.queries == [
        'invoice.invoiceId:"FA-2026-001"',
        'invoice.direction:"OUTBOUND" AND seller.siren:"100000009" AND createdDate:>"2026-11-01 12:00:00"',
    ]


@pytest.mark.parametrize("field", NUMBERS)
def test_a_platform_that_only_understands_numbers_is_asked_for_the_number(field):
    shelf = Shelf(knows=(field,), bare=False)
    assert shelf.find() is None
    shelf.put("FA-2026-002")
    ours = shelf.put()
    assert shelf.find() == ours


def test_a_query_whose_every_word_is_refused_is_no_answer():
    shelf = Shelf(knows=(), bare=False)
    assert shelf.refusal(PlatformRefused).status == 400


def test_an_index_that_finds_nothing_but_numbers_finds_ours():
    shelf = Shelf()
    ours = shelf.put()
    search = shelf.search

    def deaf(request):
        return search(request) if "invoiceId" in request.url.params.get("q", "") else answered({"data": []})

    shelf.platform.script["search"] = [deaf]
    assert shelf.find() == ours


def test_the_same_bytes_of_an_earlier_time_are_another_deposit():
    shelf = Shelf()
    shelf.put(state="INVALID", age=60 * 24 * 2)
    assert shelf.find() is None
    shelf.put(content=b"%PDF other", age=60 * 24 * 2)
    assert shelf.find() is None


def test_without_checksums_the_original_is_downloaded_and_compared():
    shelf = Shelf()
    shelf.listed = False
    ours = shelf.put()
    assert shelf.find() == ours
    assert shelf.platform.verbs.count("download") == 1


def test_a_list_of_files_without_the_original_does_not_say_no():
    shelf = Shelf()
    ours = shelf.put()
    shelf.platform.script["files"] = [answered([{"type": "READABLE", "checksum": "ab" * 32}])]
    assert shelf.find() == ours


def test_other_bytes_under_our_number_are_a_conflict():
    shelf = Shelf()
    other = shelf.put(content=b"%PDF other")
    error = shelf.refusal(PlatformRefused)
    assert error.code == "CONFLICT"
    assert other in str(error)
    assert "FA-2026-001" in str(error)


@pytest.mark.parametrize("state", ["INVALID", "DUPLICATED", "WRONG_ROUTING", "CONVERSION_FAILED"])
def test_a_deposit_that_went_nowhere_does_not_hold_the_number(state):
    shelf = Shelf()
    shelf.put(content=b"%PDF other", state=state)
    assert shelf.find() is None


@pytest.mark.parametrize("state", ["PENDING", "VALID", "DELIVERED", "NOT_TRANSMITTED", "A_NEW_STATE", ""])
def test_any_other_state_holds_it(state):
    shelf = Shelf()
    shelf.put(content=b"%PDF other", state=state)
    assert shelf.refusal(PlatformRefused).code == "CONFLICT"


def test_ours_is_found_beside_another_content():
    shelf = Shelf()
    shelf.put(content=b"%PDF other")
    ours = shelf.put()
    assert shelf.find() == ours


def test_of_several_the_oldest_that_is_no_duplicate():
    shelf = Shelf()
    shelf.put(state="DUPLICATED", age=30)
    shelf.put(state="VALID", age=10)
    oldest = shelf.put(state="VALID", age=20)
    shelf.put(state="INVALID", age=25)
    assert shelf.find() == oldest


def test_if_all_failed_the_first_that_is_no_duplicate():
    shelf = Shelf()
    shelf.put(state="DUPLICATED", age=30)
    failed = shelf.put(state="INVALID", age=10)
    assert shelf.find() == failed


def test_a_deposit_not_read_yet_is_known_by_its_bytes():
    shelf = Shelf()
    shelf.put(None, b"%PDF other", state="PENDING")
    ours = shelf.put(None, state="PENDING")
    assert shelf.find() == ours


def test_too_many_deposits_not_read_yet_make_no_complete_search():
    shelf = Shelf()
    for _ in range(51):
        shelf.put(None, b"%PDF other", state="PENDING")
    assert shelf.refusal(PlatformUnavailable).code == "SEARCH_INCOMPLETE"
    assert "files" not in shelf.platform.verbs


def test_other_sellers_and_received_invoices_are_not_ours():
    shelf = Shelf()
    shelf.put(content=b"%PDF other", seller={"siren": "200000008"})
    shelf.put(content=b"%PDF other", metadata={"direction": "INBOUND"})
    assert shelf.find() is None
    assert "files" not in shelf.platform.verbs


def test_a_number_cut_at_twenty_characters_is_compared_by_its_bytes():
    shelf = Shelf()
    ours = shelf.put("FA-2026-SERVICES-000")
    assert shelf.find(number="FA-2026-SERVICES-0001") == ours
    assert shelf.find(number="FA-2026-SERVICES-00") is None


@pytest.mark.parametrize("knows", [("invoice.direction", "createdDate"), ("invoice.direction",), ()])
@pytest.mark.parametrize("with_count", [True, False])
def test_a_query_that_is_refused_gives_way_to_a_plainer_one(knows, with_count):
    shelf = Shelf(knows=knows, with_count=with_count, page=50)
    for number in range(120):
        shelf.put(f"FA-2026-1{number}", age=number)
    ours = shelf.put(age=200)
    assert shelf.find() == ours
    assert shelf.find(number="FA-2026-002") is None


def test_a_refusal_of_rights_is_not_a_matter_of_words():
    shelf = Shelf()
    shelf.platform.script["search"] = [answered({}, 403)]
    assert shelf.refusal(PlatformRefused).code == "FORBIDDEN"
    assert shelf.platform.verbs.count("search") == 1


@pytest.mark.parametrize("page", [200, 50, 7])
@pytest.mark.parametrize("with_count", [True, False])
def test_every_page_is_read(page, with_count):
    shelf = Shelf(page=page, with_count=with_count)
    for number in range(230):
        shelf.put(f"FA-2026-1{number}", age=number)
    ours = shelf.put(age=500)
    assert shelf.find() == ours


def test_a_count_of_the_page_only_does_not_end_the_search():
    shelf = Shelf()
    for number in range(200):
        shelf.put(f"FA-2026-1{number}")
    ours = shelf.put()
    search = shelf.search

    def miscounted(request):
        answer = search(request).json()
        return answered(answer | {"meta": {"count": len(answer["data"])}})

    shelf.platform.script["search"] = [miscounted]
    assert shelf.find() == ours


def test_more_deposits_than_one_query_shows_are_searched_by_halves_of_time():
    shelf = Shelf()
    for number in range(3000):
        shelf.put(f"FA-2026-1{number}", age=number * 0.4)
    ours = shelf.put(age=777)
    assert shelf.find() == ours
    assert max(int(request.url.params["offset"]) for request in shelf.platform.asked("search")) <= 1000


def test_more_deposits_than_can_be_seen_are_not_called_none():
    shelf = Shelf(knows=("invoice.direction",))
    for number in range(1300):
        shelf.put(f"FA-2026-1{number}", age=0)
    assert shelf.refusal(PlatformUnavailable).code == "SEARCH_INCOMPLETE"


def test_without_dates_in_the_query_rows_older_than_the_period_end_it():
    shelf = Shelf(knows=("invoice.direction",))
    for number in range(1500):
        shelf.put(f"FA-2026-1{number}", age=number * 5)
    assert shelf.find() is None
    assert shelf.platform.verbs.count("search") == 5  # number twice, with dates, and two pages


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(403), httpx.Response(200, text="<html>")])
def test_a_platform_that_lists_no_files_is_asked_for_the_original(answer):
    shelf = Shelf()
    ours = shelf.put()
    shelf.platform.script["files"] = [answer]
    assert shelf.find() == ours


@pytest.mark.parametrize("answer", [httpx.Response(404), httpx.Response(403)])
def test_bytes_that_cannot_be_compared_leave_the_doubt(answer):
    shelf = Shelf()
    shelf.put()
    shelf.platform.script |= {"files": [answer], "download": [answer]}
    assert shelf.refusal(PlatformUnavailable).code == "UNVERIFIED"


def test_a_search_that_fails_is_not_an_answer():
    shelf = Shelf()
    shelf.platform.script["search"] = [httpx.Response(503)]
    assert shelf.refusal(PlatformUnavailable).retryable


def test_an_unreadable_document_is_not_searched():
    unreadable = Document(content=b"x", xml=b"", media_type=MediaType.FACTUR_X, problem="no XML")
    with pytest.raises(PlatformRefused):
        Shelf().iopole.find(unreadable, SINCE)


# -- statuses --------------------------------------------------------------------------------------------------


def test_the_feed_is_one_batch_oldest_first():
    platform = Platform(status_not_seen=["not_seen_grouped"])
    found = Iopole(platform.client()).new_events()
    assert [event.code for event in found] == ["SUBMITTED", "ISSUED", "RECEIVED"]
    assert platform.verbs.count("status_not_seen") == 1


def test_an_event_is_marked_by_its_own_id():
    platform = Platform(status_not_seen=["not_seen_grouped"], mark_status_seen=["mark_as_seen_204"])
    iopole = Iopole(platform.client())
    event = iopole.new_events()[0]
    iopole.acknowledge(event)
    assert platform.requests[-1].url.path == f"/v1/invoice/status/{event.status_id}/markAsSeen"


def test_an_event_the_platform_forgot_needs_no_mark():
    platform = Platform(status_not_seen=["not_seen_flat"], mark_status_seen=[httpx.Response(404)])
    iopole = Iopole(platform.client())
    iopole.acknowledge(iopole.new_events()[0])


def test_a_mark_that_is_refused_is_said():
    platform = Platform(status_not_seen=["not_seen_flat"], mark_status_seen=[httpx.Response(403)])
    iopole = Iopole(platform.client())
    with pytest.raises(PlatformRefused):
        iopole.acknowledge(iopole.new_events()[0])


def test_the_history_of_one_deposit():
    platform = Platform(status_history=["status_history"])
    found = Iopole(platform.client()).history("01a0d285-f428-7000-8000-000000000001")
    assert [event.code for event in found][-1] == "MADE_AVAILABLE"
    assert Iopole(Platform(status_history=["status_history_empty"]).client()).history("x") == []
