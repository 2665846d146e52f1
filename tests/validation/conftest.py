"""The good invoice of the mutants, as XML and as the Factur-X that the package makes of it."""

from __future__ import annotations

import pytest
from make_mutants import BASE, FOLDER

from pdp_bridge.document.assembly import build, opened
from pdp_bridge.model.page import PageStyle


@pytest.fixture(scope="session")
def base_xml() -> str:
    return (FOLDER / BASE).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def base_invoice(base_xml):
    return opened(base_xml.encode()).invoice


@pytest.fixture(scope="session")
def base_pdf(base_invoice) -> bytes:
    return build(base_invoice, PageStyle()).content
