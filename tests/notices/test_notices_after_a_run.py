"""The end of a run and of a synchronisation: told once over each channel, again when that failed, settled when over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from http_receiver import Receiver

from pdp_bridge import Bridge, State
from pdp_bridge.errors import SourceUnavailable
from pdp_bridge.journal.store import SqlJournal
from pdp_bridge.model.notice import Matter, Notice
from pdp_bridge.model.owner import Owner
from pdp_bridge.model.report import XML_LAYERS, Layer, Report
from pdp_bridge.sandbox.faults import Fault, Kind
from pdp_bridge.sandbox.server import Sandbox
from pdp_bridge.settings import SettingsError, load

AUTUMN = datetime(2026, 11, 20, 9, tzinfo=UTC)
NUMBER, BUYER = "2026-101", "100005016"
DAY = timedelta(days=1).total_seconds()


def lenient(document):
    layers = tuple(Layer.judged(name, "none", ()) for name in XML_LAYERS)
    return Report(layers=layers, required=XML_LAYERS, sha256=document.sha256)


class Scene:
    """One invoice, a bridge that tells a receiver and a program, and their sandbox."""

    def __init__(self, folder):
        self.sandbox = Sandbox(origin=AUTUMN, judge=lenient).__enter__()
        self.receiver = Receiver().__enter__()
        self.sandbox.load_demo()
        for record in self.sandbox.facturation_pro.records("invoices"):
            if record["full_invoice_ref"] != NUMBER:
                self.sandbox.facturation_pro.delete_invoice(record["id"])
        config = folder / "pdp-bridge.toml"
        config.write_text(self.sandbox.settings_text(), encoding="utf-8")
        told = {"notices.webhook_url": self.receiver.url, "notices.command": ["cat"]}
        self.settings = load(config, {"PDP_BRIDGE_DATA": str(folder / "data")}, told)
        self.bridge = Bridge(self.settings, clock=self.sandbox.clock, sleep=self.sandbox.clock.advance)

    def close(self):
        self.bridge.close()
        self.receiver.__exit__()
        self.sandbox.__exit__(None, None, None)

    @property
    def told(self):
        """The matters of each digest that the receiver got."""
        return [[one["matter"] for one in json.loads(body)["notices"]] for _path, _headers, body in self.receiver.heard]

    @property
    def open(self):
        return [each.notice.matter for each in self.bridge.notices()]


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    yield made
    made.close()


def test_what_needs_a_person_is_told_once_and_settled_when_it_is_over(scene):
    scene.sandbox.iopole.unreachable.add(BUYER)
    scene.bridge.run()
    assert scene.told == [["held"]]
    scene.bridge.run()
    scene.bridge.sync()
    assert scene.told == [["held"]]
    (raised,) = scene.bridge.notices()
    assert (raised.told, raised.problems) == (("command", "webhook"), ())
    scene.sandbox.iopole.unreachable.clear()
    scene.sandbox.clock.advance(3601)
    scene.bridge.run()
    assert (scene.open, scene.told) == ([], [["held"]])


def test_a_digest_that_was_not_taken_is_told_again(scene):
    scene.receiver.status = 503
    scene.sandbox.iopole.unreachable.add(BUYER)
    scene.bridge.run()
    (raised,) = scene.bridge.notices()
    assert (raised.told, raised.problems) == (("command",), (("webhook", "the receiver answers 503"),))
    scene.receiver.status = 200
    scene.bridge.sync()
    scene.bridge.sync()
    assert scene.told == [["held"], ["held"]]
    assert scene.bridge.notices()[0].told == ("command", "webhook")


def test_a_rejection_is_told_by_the_synchronisation_that_brings_it(scene):
    scene.bridge.run()
    deposit = scene.bridge.status(NUMBER).submission_id
    scene.sandbox.advance(5)
    scene.bridge.sync()
    assert scene.told == []
    scene.sandbox.iopole.emit(deposit, "REFUSED")
    scene.bridge.sync()
    assert scene.told == [["refused_by_buyer"]]


def test_an_invoice_that_is_another_one_at_the_source_is_told_and_its_customers_new_address_is_not(scene):
    scene.bridge.run()
    firm = scene.sandbox.facturation_pro
    (record,) = firm.records("invoices")

    firm.edit_customer(record["customer_id"], street="99 rue Neuve")
    firm.edit_invoice(record["id"])  # pulled again, with its customer as it is now
    scene.bridge.run()
    assert scene.told == []
    firm.edit_invoice(record["id"], term_on="2027-01-31")
    scene.bridge.run()
    assert scene.told == [["changed_after_send"]]
    (raised,) = scene.bridge.notices()
    assert raised.notice.reason == "BT-9"
    firm.edit_invoice(record["id"], soft_deleted=True)
    scene.bridge.run()
    assert [each.notice.reason for each in scene.bridge.notices()] == ["deleted"]
    firm.edit_invoice(record["id"], soft_deleted=False, term_on=record["term_on"])
    scene.bridge.run()
    assert scene.open == []


def test_what_cannot_be_compared_keeps_no_other_matter_from_being_told(scene, monkeypatch):
    scene.sandbox.iopole.unreachable.add(BUYER)
    monkeypatch.setattr("pdp_bridge.alteration.drifts", broken)
    scene.bridge.run()
    assert scene.told == [["held"]]


def test_a_trial_reaches_every_channel_and_leaves_nothing(scene):
    assert scene.bridge.try_notices() == {"command": None, "webhook": None}
    scene.receiver.status = 500
    assert scene.bridge.try_notices() == {"command": None, "webhook": "the receiver answers 500"}
    assert scene.told == [["trial"], ["trial"]]
    assert scene.open == []
    told = json.loads(scene.receiver.heard[0][2])
    assert told["title"].endswith(": essai")
    assert "essai" in told["notices"][0]["message_fr"]


def test_silence_is_told_and_over_when_the_status_comes(scene):
    scene.sandbox.iopole_faults.add(Fault(Kind.STATUS, "GET", "*status*", status=503, times=None))
    scene.bridge.run()
    scene.sandbox.advance(1.01 * DAY)
    scene.bridge.sync()
    assert ("no_verdict" in scene.told[-1], scene.bridge.status(NUMBER).state) == (True, State.SENT)
    scene.sandbox.iopole_faults.clear()
    scene.sandbox.advance(3600)
    scene.bridge.sync()
    assert Matter.NO_VERDICT not in scene.open


def test_a_synchronisation_that_nobody_starts_is_told_by_the_run(scene):
    scene.bridge.run()
    scene.sandbox.advance(2 * DAY)
    scene.bridge.run()
    assert "sync_late" in scene.told[-1]
    scene.bridge.sync()
    assert scene.open == []


def test_a_failing_run_tells_too(scene):
    scene.sandbox.iopole.unreachable.add(BUYER)
    scene.bridge.pull()
    scene.sandbox.facturation_pro_faults.add(Fault(Kind.STATUS, "*", status=503, times=None))
    entry = scene.bridge.status(NUMBER)
    scene.bridge.journal.failed(entry.source_id, RuntimeError("boom"), retry_at=None)
    with pytest.raises(SourceUnavailable):
        scene.bridge.run()
    assert scene.told == [["failed"]]


def test_channels_that_break_never_stop_a_run(scene, monkeypatch):
    monkeypatch.setattr("pdp_bridge.notices.made.tell", broken)
    scene.sandbox.iopole.unreachable.add(BUYER)
    assert scene.bridge.run().ended(State.HELD) == 1


def broken(*_arguments):
    raise RuntimeError("boom")


# -- the journal's part ----------------------------------------------------------------------------------------------


def test_two_companies_share_nothing(tmp_path):
    def opened(firm):
        owner = Owner(environment="sandbox", firm=firm)
        return SqlJournal(f"sqlite:///{tmp_path}/journal.db", clock=lambda: AUTUMN, owner=owner)

    with opened("1") as one, opened("2") as two:
        mine, theirs = (Notice(key=f"failed:{firm}", matter=Matter.FAILED, number="FA-1") for firm in "12")
        one.notices().keep([mine], AUTUMN)
        two.notices().keep([theirs], AUTUMN)
        one.notices().told("mail", [mine], AUTUMN, None)
        assert [each.key for each in one.notices().untold("mail")] == []
        assert [each.key for each in two.notices().untold("mail")] == ["failed:2"]
        two.notices().keep([], AUTUMN)
        assert (len(one.notices().open()), two.notices().open()) == (1, [])


def test_a_matter_that_comes_back_is_open_and_not_told_again(tmp_path):
    with SqlJournal(f"sqlite:///{tmp_path}/journal.db", clock=lambda: AUTUMN) as journal:
        memory, notice = journal.notices(), Notice(key="k", matter=Matter.FAILED, number="FA-1", since=AUTUMN)
        memory.keep([notice], AUTUMN)
        memory.told("mail", [notice], AUTUMN, "away")
        memory.told("mail", [notice], AUTUMN, None)
        memory.keep([], AUTUMN)
        memory.keep([notice], AUTUMN)
        assert memory.open()[0].notice == notice
        assert list(memory.untold("mail")) == []
        assert list(memory.untold("webhook")) == [notice]


# -- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"notices.mail_to": ["a@example.fr"]}, "notices.mail_to"),
        (
            {
                "notices.mail_to": ["a@example.fr"],
                "notices.mail_from": "b@example.fr",
                "notices.smtp_host": "mail.example.fr",
                "notices.smtp_security": "none",
            },
            "notices.smtp_security",
        ),
        ({"notices.webhook_url": "http://example.fr/x"}, "notices.webhook_url"),
        ({"notices.webhook_url": "https://user:pass@example.fr/x"}, "notices.webhook_url"),
        ({"notices.command": []}, "notices.command"),
    ],
)
def test_settings_that_would_tell_nobody_or_everybody(given, key, tmp_path):
    path = tmp_path / "pdp-bridge.toml"
    lines = [f"{name.partition('.')[2]} = {json.dumps(value)}" for name, value in given.items()]
    path.write_text("\n".join(["[notices]", *lines]))
    with pytest.raises(SettingsError) as caught:
        load(path, {"HOME": str(tmp_path)})
    assert [problem.key for problem in caught.value.problems] == [key]


def test_secrets_of_channels_come_from_files_and_stay_hidden(tmp_path):
    (tmp_path / "mail.key").write_text("s3cret\n")
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(
        '[notices]\nmail_to = ["a@example.fr"]\nmail_from = "b@example.fr"\nsmtp_host = "mail.example.fr"\n'
        'smtp_user = "b"\nsmtp_password_file = "mail.key"\nwebhook_url = "https://example.fr/hook?key=s3cret"\n'
    )
    settings = load(path, {"HOME": str(tmp_path), "PDP_BRIDGE_NOTICES_SECRET": "s3cret-too"})
    assert settings.notices.mail.password.reveal() == "s3cret"
    assert settings.notices.webhook_secret.reveal() == "s3cret-too"
    assert "s3cret" not in repr(settings) + str(settings.shown)
    assert settings.notices.webhook_url.reveal().endswith("key=s3cret")
    assert settings.notices.thresholds.verdict == timedelta(hours=24)
