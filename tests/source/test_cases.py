"""Every golden case gives exactly the files beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import golden
import official_judges
import pytest

from pdp_bridge.document.assembly import build
from pdp_bridge.errors import FindingError
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.report import PDF_LAYERS

CASES = golden.cases()
SENT = [case for case in CASES if not isinstance(case.outcome, FindingError)]
"""The cases of which an invoice comes."""

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case_gives_its_expected_files(case, update_golden):
    if update_golden:
        golden.rewrite(case)
    made, expected = golden.artefacts(case), case.expected
    for name, content in made.items():
        assert name in expected, f"{case.name}/{name} is new: review it, then run pytest --update-golden"
        assert content.decode() == expected[name].decode(), f"{case.name}/{name}"
    assert set(expected) == set(made)


def test_cases_say_what_they_show():
    for case in CASES:
        assert case.about["title"], case.name
        assert case.about.keys() & {"situations", "examples", "routes", "sections"}, case.name


def test_enough_situations_and_every_worked_example_are_covered():
    situations = {number for case in CASES for number in case.about.get("situations", [])}
    examples = {name for case in CASES for name in case.about.get("examples", [])}
    assert len(CASES) >= 30
    assert len(situations) >= 25
    assert examples == {"three-thirds", "rebate-two-rates", "final-after-deposit", "refund-wrong-vat"}


def test_the_fictitious_companies_are_fictitious():
    """Only numbers of the ranges that our fixtures invent: 100 0… companies, 200 0… and 110 0… public bodies."""
    for case in CASES:
        siret = (case.payload.get("customer") or {}).get("siret") or ""
        digits = "".join(c for c in siret if c.isdigit())
        assert len(digits) not in {9, 14} or digits.startswith(("1000", "2000", "1100", "356000000", "0")), case.name


def test_every_golden_message_satisfies_the_official_rules():
    """XSD, EN 16931 and BR-FR files as published, in a process without our code, on the files of the folders."""
    paths = [str(case.folder / "invoice.cii.xml") for case in SENT]
    broken = ROOT / "fixtures" / "mutants"
    mutants = {
        str(broken / "XSD_INVALID__element_out_of_place.xml"): "xsd",
        str(broken / "BR-CO-15__total_one_cent_off.xml"): "en16931: BR-CO-15",
        str(broken / "BR-FR-05_BT-22_PMT__missing.xml"): "br-fr: BR-FR-05",
    }
    command = [sys.executable, official_judges.__file__, *paths, *mutants]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for path, rule in mutants.items():
        assert any(failure.startswith(rule) for failure in said.pop(path)), "the judges are listening"
    assert len(said) == len(SENT) >= 50
    assert {path: failures for path, failures in said.items() if failures} == {}


@pytest.mark.parametrize("case", SENT, ids=[case.name for case in SENT])
def test_every_golden_invoice_is_sendable_on_every_layer(case):
    report = json.loads(case.expected["report.json"])
    assert report["sendable"]
    assert [layer["name"] for layer in report["layers"]] == list(PDF_LAYERS)
    assert {layer["verdict"] for layer in report["layers"]} == {"passed"}
    assert not [
        finding for layer in report["layers"] for finding in layer["findings"] if finding["severity"] == "error"
    ]


def test_the_same_invoice_gives_the_same_bytes_elsewhere_and_later():
    """Built again here, and in a process with another hash seed, time zone, language and folder."""
    elsewhere = {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "PYTHONHASHSEED": "4242",
        "TZ": "Pacific/Auckland",
        "LC_ALL": "C",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-X", "utf8", "-c", BUILD_ALL]
    there = subprocess.run(command, check=True, capture_output=True, text=True, env=elsewhere, cwd="/").stdout
    here = {case.name: case.document.sha256 for case in SENT}
    again = {case.name: build(case.outcome, PageStyle()).sha256 for case in SENT}
    assert here == again == json.loads(there)
    assert len(set(here.values())) == len(SENT)


BUILD_ALL = """
import json
import golden
from pdp_bridge.model.invoice import Invoice
made = [case for case in golden.cases() if isinstance(case.outcome, Invoice)]
print(json.dumps({case.name: case.document.sha256 for case in made}))
"""
