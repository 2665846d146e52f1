"""Files attached in Facturation.pro: which travel, under which names, read from where and how far."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import bills
import golden
import httpx
import jsonschema
import pytest
from paper_firm import FIRM, Firm, invoice

from pdp_bridge.document.assembly import build
from pdp_bridge.document.reader import read
from pdp_bridge.errors import FindingError, SourceRefused, SourceUnavailable
from pdp_bridge.model.codes import ATTACHMENT_NAMES
from pdp_bridge.model.invoice import Party
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.seller import Policy, Seller
from pdp_bridge.source.facturation_pro import files
from pdp_bridge.source.facturation_pro.adapter import FacturationPro
from pdp_bridge.source.facturation_pro.mapping import to_invoice
from pdp_bridge.source.facturation_pro.record import Record
from pdp_bridge.validation.judge import judge

PDF = b"%PDF-1.7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n rest"
SELLER = Seller(party=Party(name="Atelier Exemple", siren="100000009"), policy=Policy(attach_files=True))


class Shelf(Firm):
    """A firm with one invoice and files; `contents` by id."""

    def __init__(self, *assets, listed=True):
        rows = [
            {
                "id": key,
                "document_name": name,
                "document_size": len(content),
                "visible": visible,
                "download_url": f"https://elsewhere.test/{key}",
            }
            for key, name, content, visible in assets
        ]
        super().__init__([invoice(1, **({"files": rows} if listed else {}))])
        self.rows = rows
        self.contents = {key: content for key, _, content, _ in assets}
        self.override = {}

    def route(self, path, params):
        if path == "assets/invoices.json":
            return self.page(self.rows if params["invoice_id"] == "1" else [], params)
        if path.startswith("assets/"):
            key = int(path.split("/")[1])
            found = self.override.get(key)
            return found or httpx.Response(200, content=self.contents[key])
        return super().route(path, params)

    def pulled(self, seller=SELLER):
        return FacturationPro(self.client(), seller).snapshot("2026-1").payload


def kept(name, content):
    encoded = base64.b64encode(content).decode()
    return {"id": 7, "document_name": name, "sha256": hashlib.sha256(content).hexdigest(), "content": encoded}


def mapped(*told):
    return files.attached([Record(one, "files") for one in told])


# -- reading ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", [True, False])
def test_visible_files_are_kept_with_their_hash(listed):
    firm = Shelf((7, "Bon.pdf", PDF, True), (8, "interne.pdf", PDF, False), listed=listed)

    assert firm.pulled()["files"] == [kept("Bon.pdf", PDF)]
    assert "assets/8/download" not in firm.asked
    assert {request.url.host for request in firm.requests} == {"facturation.test"}


def test_nothing_is_read_unless_asked_for():
    firm = Shelf((7, "Bon.pdf", PDF, True))
    payload = firm.pulled(replace(SELLER, policy=Policy()))

    assert "files" not in payload
    assert not any(path.startswith("assets/") for path in firm.asked)


@pytest.mark.parametrize(
    ("name", "content", "fault", "asked"),
    [
        ("notice.docx", b"PK\x03\x04", "TYPE", False),
        ("sans-extension", PDF, "TYPE", False),
        ("photo.png", PDF, "CONTENT", True),
        ("vide.csv", b"", "CONTENT", True),
        ("binaire.csv", b"a;b\x00", "CONTENT", True),
        ("gros.pdf", PDF + b" " * files.LARGEST, "TOO_LARGE", False),
    ],
)
def test_what_cannot_travel_is_told_not_kept(name, content, fault, asked):
    firm = Shelf((7, name, content, True))

    assert firm.pulled()["files"] == [{"id": 7, "document_name": name, "problem": fault}]
    assert ("assets/7/download" in firm.asked) is asked


def test_a_size_that_lies_does_not_fill_the_memory():
    firm = Shelf((7, "gros.pdf", PDF, True))
    given = []

    def endless():
        while True:
            given.append(1)
            yield PDF + b" " * 1_000_000

    firm.override[7] = httpx.Response(200, content=endless())

    assert firm.pulled()["files"][0]["problem"] == "TOO_LARGE"
    assert len(given) < 10


def test_files_are_bounded_together():
    large = PDF + b" " * (files.LARGEST - len(PDF))
    firm = Shelf((1, "a.pdf", large, True), (2, "b.pdf", large, True), (3, "c.pdf", PDF, True))

    assert [file.get("problem") for file in firm.pulled()["files"]] == [None, None, "TOO_LARGE"]


@pytest.mark.parametrize("target", ["https://elsewhere.test/x", "http://facturation.test/x", "//elsewhere.test/x"])
def test_credentials_never_follow_a_file_to_another_host(target):
    firm = Shelf((7, "Bon.pdf", PDF, True))
    firm.override[7] = httpx.Response(302, headers={"Location": target})

    assert firm.pulled()["files"][0]["problem"] == "ELSEWHERE"
    assert {request.url.host for request in firm.requests} == {"facturation.test"}


def test_a_redirect_within_the_host_is_followed_and_a_circle_ends():
    firm = Shelf((7, "Bon.pdf", PDF, True), (9, "b.pdf", PDF, True))
    firm.override[9] = httpx.Response(302, headers={"Location": f"/firms/{FIRM}/assets/7/download"})
    assert [file["sha256"] for file in firm.pulled()["files"]] == [hashlib.sha256(PDF).hexdigest()] * 2

    firm.override[7] = httpx.Response(302, headers={"Location": f"/firms/{FIRM}/assets/7/download"})
    with pytest.raises(SourceRefused, match="circles"):
        firm.pulled()


def test_a_file_that_is_gone_is_told():
    firm = Shelf((7, "Bon.pdf", PDF, True))
    firm.override[7] = httpx.Response(404)

    assert firm.pulled()["files"][0]["problem"] == "GONE"


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(503), httpx.Response(200, html="<p>Maintenance</p>")],
)
def test_an_outage_is_no_reason_to_go_without_the_file(answer):
    firm = Shelf((7, "Bon.pdf", PDF, True))
    firm.override[7] = answer

    with pytest.raises(SourceUnavailable):
        firm.pulled()
    assert firm.asked.count("assets/7/download") == 4


def test_refused_credentials_stop_the_reading():
    firm = Shelf((7, "Bon.pdf", PDF, True))
    firm.override[7] = httpx.Response(401)

    with pytest.raises(SourceRefused) as caught:
        firm.pulled()
    assert caught.value.code == "AUTH_FAILED"


def test_the_files_of_a_snapshot_fit_its_schema():
    path = Path(__file__).parents[2] / "schemas" / "facturation_pro" / "snapshot.schema.json"
    judged = jsonschema.Draft202012Validator(json.loads(path.read_text("utf-8"))["properties"]["files"])
    judged.validate(Shelf((7, "Bon.pdf", PDF, True), (8, "a.docx", PDF, True)).pulled()["files"])

    assert not judged.is_valid([{"id": 1, "document_name": "a.pdf"}])


# -- mapping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("RIB 2026.pdf", "RIB"),
        ("attribution.pdf", "DOCUMENT_ANNEXE"),
        ("Bon de livraison n°12.pdf", "BON_LIVRAISON"),
        ("BL-00012.pdf", "BON_LIVRAISON"),
        ("table.pdf", "DOCUMENT_ANNEXE"),
        ("bon-de-commande.pdf", "BON_COMMANDE"),
        ("BC2026.pdf", "BON_COMMANDE"),
        ("État d’acompte.ods", "ETAT_ACOMPTE"),
        ("bordereau_suivi_validation.pdf", "BORDEREAU_SUIVI_VALIDATION"),
        ("Bordereau de suivi.pdf", "BORDEREAU_SUIVI"),
        ("facture paiement direct.pdf", "FACTURE_PAIEMENT_DIRECT"),
        ("Récapitulatif cotraitance.xlsx", "RECAPITULATIF_COTRAITANCE"),
        ("feuille de style.csv", "FEUILLE_DE_STYLE"),
        ("PJA.pdf", "PJA"),
        ("Facture lisible.pdf", "LISIBLE"),
        ("photo.jpg", "DOCUMENT_ANNEXE"),
    ],
)
def test_names_of_br_fr_17(name, official):
    assert files.official_name(name) == official
    assert official in ATTACHMENT_NAMES


def test_every_name_the_rules_give_is_official():
    assert {name for name, _ in files._NAMES} | {"DOCUMENT_ANNEXE"} == ATTACHMENT_NAMES


def test_at_most_one_is_legible_and_no_two_share_a_name():
    made = mapped(kept("lisible.pdf", PDF), kept("lisible.pdf", PDF), kept("Été.PNG", PNG)).attachments

    assert [one.name for one in made] == ["LISIBLE", "DOCUMENT_ANNEXE", "DOCUMENT_ANNEXE"]
    assert [one.reference for one in made] == ["lisible.pdf", "lisible-2.pdf", "Été.PNG"]
    assert [one.filename for one in made] == ["lisible.pdf", "lisible-2.pdf", "Ete.png"]
    assert [one.mime for one in made] == ["application/pdf", "application/pdf", "image/png"]


@pytest.mark.parametrize("name", ["../../etc/passwd.pdf", "a\\b.pdf", "…\u200b.pdf", "x" * 300 + ".pdf", ".pdf"])
def test_a_file_name_is_plain(name):
    made = files.plain_name(name)

    assert made.isascii()
    assert "/" not in made
    assert "\\" not in made
    assert not made.startswith(".")
    assert 5 <= len(made) <= 84


@pytest.mark.parametrize("fault", ["TYPE", "CONTENT", "TOO_LARGE", "GONE", "ELSEWHERE"])
def test_what_stays_behind_is_said(fault):
    made = mapped({"id": 1, "document_name": "notice.docx", "problem": fault})
    (told,) = made.remarks

    assert made.attachments == ()
    assert told.rule == "ATTACHMENT_LEFT_OUT"
    assert "“notice.docx”" in told.message
    assert "«\u00a0notice.docx\u00a0»" in told.message_fr


@pytest.mark.parametrize(
    "change",
    [{"content": base64.b64encode(PDF + b" ").decode()}, {"content": "%%%"}, {"sha256": "0" * 64}, {"content": None}],
)
def test_an_altered_file_is_refused(change):
    with pytest.raises(FindingError, match="ATTACHMENT_ALTERED"):
        mapped(kept("a.pdf", PDF) | change)


def test_the_files_travel_inside_and_the_invoice_stays_valid():
    seller = golden.seller()
    asked = replace(seller, policy=replace(seller.policy, attach_files=True))
    payload = bills.payload() | {"files": [kept("Bon de livraison.pdf", PDF), kept("relevé.csv", "a;é\n".encode())]}

    assert to_invoice(payload, seller).attachments == ()
    made = to_invoice(payload, asked)
    document = build(made, PageStyle())
    found = read(document.xml).attachments

    assert [(one.name, one.content) for one in found] == [
        ("BON_LIVRAISON", PDF),
        ("DOCUMENT_ANNEXE", "a;é\n".encode()),
    ]
    assert judge(document).sendable
