"""What speaks against a proof is told in the language of the person who looks."""

from __future__ import annotations

from pdp_bridge.cli import words
from pdp_bridge.cli.evidence import flaw_words
from pdp_bridge.evidence.archive import Fault, Flaw


def test_every_flaw_is_told_in_both_languages():
    told = {}
    try:
        for language in ("en", "fr"):
            words.choose(language)
            told[language] = {flaw: Fault(flaw, "N.json", "O").said(flaw_words(flaw)) for flaw in Flaw}
    finally:
        words.choose("en")
    assert told["en"] == {flaw: str(Fault(flaw, "N.json", "O")) for flaw in Flaw}
    assert told["fr"][Flaw.MISSING] == "N.json manque"
    assert not {*told["en"].values()} & {*told["fr"].values()}
    assert not any("{" in one for one in told["fr"].values())
