"""Two editions of the rules side by side: each judges by its own files, a rehearsal tells the difference."""

from __future__ import annotations

import hashlib
import tomllib
from datetime import date
from pathlib import Path

import pytest
from make_mutants import mutant

from pdp_bridge.document.assembly import opened
from pdp_bridge.model.report import LayerName, Verdict
from pdp_bridge.rules.rehearsal import compared
from pdp_bridge.validation import rulesets
from pdp_bridge.validation.judge import judge
from pdp_bridge.validation.rulesets import BR_FR, RulesUnavailable, pack_in_use, pack_named, packs, rule_sets

MANIFEST = tomllib.loads((Path(__file__).parents[2] / "schemas" / "MANIFEST.toml").read_text("utf-8"))


def next_edition(folder: Path, old: str, new: str) -> Path:
    """A folder as one would receive it: the French rules with one thing changed, and their manifest."""
    source = rule_sets()[BR_FR].schematron
    folder.mkdir()
    text = source.read_text("utf-8")
    assert old in text
    (folder / source.name).write_text(text.replace(old, new), "utf-8")
    digest = hashlib.sha256((folder / source.name).read_bytes()).hexdigest()
    (folder / "MANIFEST.toml").write_text(
        f"""pack = "2027-01"
[[rule_set]]
id = "br-fr-flux2-cii-1.5.0"
origin = "an edition of these tests"
licence = "none"
valid_from = 2027-01-01
directory = "."
schematron = "{source.name}"
[rule_set.files]
"{source.name}" = "{digest}"
""",
        "utf-8",
    )
    return folder


@pytest.fixture
def shorter(tmp_path):
    """The edition in which an invoice number has at most ten characters."""
    return next_edition(tmp_path / "next", "string-length(.) le 35", "string-length(.) le 10")


def test_a_pack_of_one_set_is_completed_by_those_in_use(shorter):
    pack = pack_named(str(shorter))
    assert pack.id == "2027-01"
    assert pack.french.id == "br-fr-flux2-cii-1.5.0"
    assert pack.french.valid_from == date(2027, 1, 1)
    assert len(pack.sets) == len(pack_in_use().sets)
    assert pack.for_profile("urn:cen.eu:en16931:2017").id == "factur-x-1.09.2/en16931"


def test_the_other_edition_judges_and_is_named(base_pdf, shorter):
    document = opened(base_pdf)
    report = judge(document, pack_named(str(shorter)))
    layer = next(layer for layer in report.layers if layer.name == LayerName.BR_FR)
    assert (layer.verdict, layer.rule_set) == (Verdict.FAILED, "br-fr-flux2-cii-1.5.0")
    assert {finding.rule for finding in layer.findings} == {"BR-FR-01_BT-1", "BR-FR-01_BT-25"}
    assert judge(document).sendable


def test_what_would_break_is_told_and_only_that(base_pdf, base_xml, shorter):
    pack = pack_named(str(shorter))
    told = compared("FA-2026-0042", base_pdf, pack)
    assert not told.passes
    assert {finding.rule for finding in told.broken} == {"BR-FR-01_BT-1", "BR-FR-01_BT-25"}
    assert told.mended == ()
    wrong = mutant("BR-FR-05_BT-22_PMT__missing", base_xml).encode()
    assert "BR-FR-05_BT-22_PMT" not in {finding.rule for finding in compared("x", wrong, pack).broken}


def test_what_would_no_longer_be_refused_is_told_too(base_xml, tmp_path):
    longer = next_edition(tmp_path / "next", "string-length(.) le 35", "string-length(.) le 99")
    told = compared("x", mutant("BR-FR-01__number_of_36_characters", base_xml).encode(), pack_named(str(longer)))
    assert {finding.rule for finding in told.mended} == {"BR-FR-01_BT-1"}
    assert told.broken == ()


def test_a_file_that_is_not_as_listed_is_not_run_so_nothing_passes(base_pdf, shorter):
    stylesheet = next(shorter.glob("*.xslt"))
    stylesheet.write_text(stylesheet.read_text("utf-8") + "\n", "utf-8")
    told = compared("x", base_pdf, pack_named(str(shorter)))
    assert [layer.name for layer in told.not_run] == [LayerName.BR_FR]
    assert not told.passes


def test_the_pack_in_use_breaks_nothing(base_pdf):
    assert compared("x", base_pdf, pack_in_use()).passes


@pytest.mark.parametrize("content", [None, "pack = ", "package = 'facturx'"], ids=["none", "not TOML", "incomplete"])
def test_what_is_no_pack_is_told(content, tmp_path):
    if content is not None:
        (tmp_path / "MANIFEST.toml").write_text(content, "utf-8")
    with pytest.raises(RulesUnavailable, match="MANIFEST"):
        pack_named(str(tmp_path))


def test_two_packs_stand_side_by_side_in_one_manifest(monkeypatch, tmp_path):
    """The second is there to be rehearsed; what judges stays the one that `pack` names."""
    text = (Path(__file__).parents[2] / "schemas" / "MANIFEST.toml").read_text("utf-8")
    second = text[text.index('[[rule_set]]\nid = "br-fr') :].replace(BR_FR, "br-fr-next", 1)
    second = second.replace("valid_from = 2026-09-01", 'valid_from = 2027-01-01\npack = "2027-01"')
    monkeypatch.setattr(rulesets, "_manifest_text", lambda: text + "\n" + second)
    assert list(packs()) == ["2026-09", "2027-01"]
    assert pack_in_use().french.id == BR_FR
    assert pack_named("2027-01").french.id == "br-fr-next"


def test_the_manifest_has_one_set_for_each_profile_of_a_pack_and_dates_that_follow():
    for pack in packs().values():
        profiles = [profile for rules in pack.sets for profile in rules.profiles]
        assert len(profiles) == len(set(profiles))
        assert sum(not rules.profiles for rules in pack.sets) <= 1
        for rules in pack.sets:
            assert rules.valid_until is None or rules.valid_until >= rules.valid_from
    assert {entry["id"] for entry in MANIFEST["rule_set"]} >= {rules.id for rules in pack_in_use().sets}
