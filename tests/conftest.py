"""What every test of the tree may use."""

from __future__ import annotations

from collections.abc import Iterator

import postgresql
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


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    """URL of a new, empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'journal.db'}"
        return
    with postgresql.schema() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def journal_url(request, tmp_path) -> Iterator[str]:
    """URL of an empty journal, on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'journal.db'}"
        return
    with postgresql.journal() as url:
        yield url


def pytest_sessionfinish() -> None:
    postgresql.stopped()
