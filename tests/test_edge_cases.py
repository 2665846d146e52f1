"""Every numbered edge case of the source's contract (facturation-pro.md §6) is proven, every stable code raised.

A proof is a test whose name holds the case's number (`test_case_043_…`, `test_case_037_to_042_…`) or a case folder
whose `situations` hold it. What is not built stands here with its reason; nothing else may be missing.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import golden
import pytest

ROOT = Path(__file__).parent.parent
CASES = range(1, 137)

NOT_BUILT = {
    24: "the PDF of Facturation.pro is not downloaded: the page that travels is drawn from the data",
    25: "the same: no downloaded PDF is ever packed, so none can already hold an invoice",
}
"""Cases of features that do not exist: an operator sees nothing of them."""

CODES = """
AUTH_FAILED FIRM_NOT_FOUND RATE_LIMITED BAD_RESPONSE INVOICE_NUMBER_INVALID INVOICE_NUMBER_DUPLICATE TYPE_GUESSED
PRECEDING_INVOICE_MISSING CREDIT_NOTE_SIGN OPERATION_CATEGORY_UNKNOWN BUYER_NOT_FOUND BUYER_NAME_MISSING
BUYER_SIRET_MISSING BUYER_SIRET_INVALID BUYER_VAT_INVALID BUYER_ENDPOINT_MISSING BUYER_NOT_IN_DIRECTORY
COUNTRY_UNKNOWN CUSTOMER_CHANGED_AFTER_ISSUE NO_LINES LINE_NAME_MISSING LINE_STYLE_UNKNOWN LINE_TOTAL_MISMATCH
OPTIONAL_LINE_COUNTED UNIT_UNKNOWN VAT_RATE_MISSING VAT_RATE_NOT_FRACTION VAT_RATE_NOT_ALLOWED
VAT_ZERO_WITHOUT_REASON VAT_EXEMPTION_UNMAPPED TOTALS_MISMATCH EXTRA_TAX_AMBIGUOUS CURRENCY_UNSUPPORTED
EXCHANGE_RATE_MISSING DUE_DATE_BEFORE_ISSUE DUE_DATE_DIFFERS PRECOMPTE_UNSUPPORTED OVERPAID BUYER_KIND_CONFLICT
VAT_EXEMPTION_CONFLICT TOTAL_WITH_VAT_ABSENT ROUNDING_ADJUSTED B2G_REFERENCE_MISSING CHANGED_AFTER_SEND
SOURCE_ALREADY_FACTURX CREDIT_NOTE_NOT_PROVIDED TEMPLATE_PLACEHOLDER NOT_SENDABLE
""".split()  # noqa: SIM905 - a table
"""The error codes that the contract calls stable (§3.12): users and programs rely on these words."""

NO_FINDING = {
    "BUYER_ENDPOINT_MISSING": "a company in France is always reached at its SIREN, and what has none is not sent; an "
    "address that is entered and wrong is BUYER_ENDPOINT_INVALID",
    "BUYER_NOT_IN_DIRECTORY": "the platform is asked by sending: it answers with the rejection ROUTING_FAILURE",
    "SOURCE_ALREADY_FACTURX": "no PDF of Facturation.pro is downloaded",
    "CREDIT_NOTE_NOT_PROVIDED": "of another source, which has no credit notes; Facturation.pro has them",
}
"""Codes that no check of an invoice ever gives, and what tells the operator instead."""


def numbers_of(name: str) -> set[int]:
    """The case numbers that the name of a test holds.

    >>> sorted(numbers_of("test_case_061_064_065_x")), sorted(numbers_of("test_case_037_to_039_and_042_x"))
    ([61, 64, 65], [37, 38, 39, 42])
    """
    found = re.match(r"test_case((?:_(?:and_|to_)?\d{3})+)", name)
    numbers: set[int] = set()
    last = 0
    for link, digits in re.findall(r"_(and_|to_)?(\d{3})", found[1] if found else ""):
        number = int(digits)
        numbers.update(range(last, number + 1) if link == "to_" else [number])
        last = number
    return numbers


@cache
def proofs() -> dict[int, list[str]]:
    """Case number → the tests and folders that prove it."""
    found: dict[int, list[str]] = {number: [] for number in CASES}
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for number in numbers_of(node.name):
                    found[number].append(f"{path.relative_to(ROOT)}::{node.name}")
    for case in golden.cases():
        for number in case.about.get("situations", []):
            found[number].append(f"fixtures/cases/{case.name}")
    return found


def test_every_case_is_proven_or_belongs_to_what_is_not_built():
    missing = {number for number, places in proofs().items() if not places}
    assert missing == set(NOT_BUILT), f"without proof: {sorted(missing - set(NOT_BUILT))}"


def test_the_collector_tells_a_missing_case():
    assert numbers_of("test_case_gives_its_expected_files") == set()
    assert numbers_of("test_case_022_and_023_what") == {22, 23}
    assert numbers_of("test_case_037_to_042_records") == set(range(37, 43))
    assert proofs()[43]


@cache
def literals(folder: str) -> frozenset[str]:
    """Every text constant of the Python files of a folder."""
    return frozenset(
        node.value
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path != Path(__file__)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def expected_rules() -> frozenset[str]:
    """The rules that the case folders expect, as errors or as warnings."""
    texts = [path.read_text("utf-8") for path in sorted(golden.FOLDER.glob("*/*.json")) if path.name != "source.json"]
    return frozenset(rule for text in texts for rule in re.findall(r'"rule": "([^"]+)"', text))


@pytest.mark.parametrize("code", CODES)
def test_each_stable_code_is_raised_and_tested(code):
    if code in NO_FINDING:
        return
    assert code in literals("pdp_bridge"), f"{code} is raised nowhere"
    assert code in literals("tests") | expected_rules(), f"no test expects {code}"


def writers_of_tables() -> list[Path]:
    """The modules that write CSV, which a spreadsheet opens and whose formulas it runs."""
    return [path for path in sorted((ROOT / "pdp_bridge").rglob("*.py")) if "csv" in imported(path)]


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_case_134_whatever_writes_csv_is_tried_with_a_formula():
    """Text of an invoice such as `=cmd|…` must not be run: every writer of CSV has a test that gives it one."""
    trials = [
        path.read_text("utf-8")
        for path in sorted(ROOT.glob("tests/**/test_*.py"))
        if path != Path(__file__) and "=cmd" in path.read_text("utf-8")
    ]
    for path in writers_of_tables():
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        parent, _, name = dotted.rpartition(".")
        known = (f"from {dotted} import", f"import {dotted}", f"from {parent} import {name}")
        assert any(words in trial for trial in trials for words in known), f"no test gives {dotted} a formula (=cmd…)"
