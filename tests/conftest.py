"""What every test of the tree may use."""

from __future__ import annotations

import pytest

collect_ignore_glob = ["*conftest.py"]
"""Doctests are looked for in every module, and several conftest.py cannot be imported under one name."""


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the code gives now as the expected files of fixtures/cases, instead of comparing",
    )


@pytest.fixture
def update_golden(request) -> bool:
    return bool(request.config.getoption("--update-golden"))
