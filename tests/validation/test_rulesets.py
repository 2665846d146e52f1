"""The manifest against the files that are really installed, and what happens when they are not the same."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from pdp_bridge.model.document import Document, MediaType
from pdp_bridge.model.report import Verdict
from pdp_bridge.validation import rulesets, schema
from pdp_bridge.validation.judge import judge
from pdp_bridge.validation.rulesets import RulesUnavailable, for_profile, rule_sets, verify

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = tomllib.loads((ROOT / "schemas" / "MANIFEST.toml").read_text("utf-8"))


@pytest.mark.parametrize("rules", rule_sets().values(), ids=lambda rules: rules.id)
def test_installed_files_are_those_of_the_manifest(rules):
    verify(rules)
    assert rules.schematron.is_file()


@pytest.mark.parametrize("rules", rule_sets().values(), ids=lambda rules: rules.id)
def test_every_file_of_the_folder_is_listed(rules):
    assert {path for path, _ in rules.files} == set(rules.schematron.parent.iterdir())


@pytest.mark.parametrize("entry", MANIFEST["rule_set"], ids=lambda entry: entry["id"])
def test_an_entry_says_where_it_comes_from(entry):
    assert entry["origin"]
    assert entry["licence"]
    assert entry["valid_from"].year >= 2026
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in entry["files"].values())


@pytest.mark.parametrize("rules", [rules for rules in rule_sets().values() if rules.xsd], ids=lambda rules: rules.id)
def test_a_schema_imports_listed_files_only(rules):
    listed = {path.name for path, _ in rules.files}
    for path, _ in rules.files:
        if path.suffix == ".xsd":
            assert set(re.findall(r'schemaLocation="([^"]*)"', path.read_text("utf-8"))) <= listed


def test_each_profile_has_one_set():
    profiles = [profile for rules in rule_sets().values() for profile in rules.profiles]
    assert len(profiles) == len(set(profiles)) == 6
    assert for_profile("urn:cen.eu:en16931:2017").id == "factur-x-1.09.2/en16931"
    assert for_profile("urn:something:else") is None


def altered(rules, tmp_path, monkeypatch, *, content: bytes | None):
    """The same rules, with one file that is not as listed, or is missing."""
    path, digest = rules.files[0]
    other = tmp_path / path.name
    if content is not None:
        other.write_bytes(content)
    changed = replace(rules, files=((other, digest), *rules.files[1:]))
    monkeypatch.setattr(rulesets, "rule_sets", lambda: {**rule_sets(), rules.id: changed})
    monkeypatch.setattr(schema, "rule_sets", lambda: {**rule_sets(), rules.id: changed})
    return changed


@pytest.mark.parametrize("content", [b"<another edition/>", None], ids=["changed", "missing"])
def test_a_changed_or_missing_file_is_refused_by_name(content, tmp_path, monkeypatch):
    rules = altered(rule_sets()[rulesets.BR_FR], tmp_path, monkeypatch, content=content)
    with pytest.raises(RulesUnavailable, match=r"br-fr-flux2-cii-1\.4\.0\.04: BR-FR-Flux2-Schematron-CII\.xslt"):
        verify(rules)


@pytest.mark.parametrize("identifier", ["factur-x-1.09.2/en16931", rulesets.BR_FR])
def test_a_changed_file_is_not_run_and_never_sends(identifier, base_xml, base_invoice, tmp_path, monkeypatch):
    altered(rule_sets()[identifier], tmp_path, monkeypatch, content=b"<another edition/>")
    xml = base_xml.encode()
    report = judge(Document(content=xml, xml=xml, media_type=MediaType.CII, invoice=base_invoice))
    stopped = [layer for layer in report.layers if layer.verdict is Verdict.NOT_RUN]
    assert stopped
    assert any("SHA-256" in layer.reason for layer in stopped)
    assert not report.sendable


def test_a_missing_manifest_is_not_run(monkeypatch, base_xml):
    def unreadable() -> str:
        raise FileNotFoundError("MANIFEST.toml")

    monkeypatch.setattr(rulesets, "_manifest_text", unreadable)
    rule_sets.cache_clear()
    xml = base_xml.encode()
    layer = schema.check_xsd(Document(content=xml, xml=xml, media_type=MediaType.CII))
    rule_sets.cache_clear()
    assert layer.verdict is Verdict.NOT_RUN
    assert "MANIFEST.toml" in layer.reason


def test_the_manifest_is_found_in_an_installed_package(tmp_path, monkeypatch):
    folder = tmp_path / "pdp_bridge" / "schemas"
    folder.mkdir(parents=True)
    (folder / "MANIFEST.toml").write_text("package = 'packaged'", "utf-8")
    monkeypatch.setattr(rulesets.resources, "files", lambda name: tmp_path / name)
    assert rulesets._manifest_text() == "package = 'packaged'"


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(RulesUnavailable, match="no_such_package"):
        rulesets._package_folder("no_such_package")
