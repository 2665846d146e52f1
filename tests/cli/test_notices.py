"""The command notices: what needs a person, in both languages and as JSON, and who was told."""

import ast
from pathlib import Path

from pdp_bridge.cli import told, words
from pdp_bridge.notices import channels


def test_what_needs_a_person_is_listed(cli, sandbox):
    assert cli("notices").out == "Nothing needs a person.\n"
    cli("run")
    listed = cli("notices", "--json")
    assert listed.code == 1
    assert [(one["matter"], one["number"], one["reason"]) for one in listed.json] == [
        ("refused", "2026-116", "BUYER_SIRET_MISSING")
    ]
    assert (listed.json[0]["told"], listed.json[0]["problems"]) == ([], {})
    sandbox.advance(5)
    cli("sync")
    shown = cli("notices", "--lang", "fr")
    assert shown.code == 1
    assert "La facture 2026-117 a été rejetée (ROUTING_FAILURE)" in shown.out
    assert "depuis le" in shown.out
    assert cli("notices", "--lang", "en").out.count("\n") == 4


def test_a_trial_tells_which_channel_took_it(cli, sandbox, folder, monkeypatch):
    nobody = cli("notices", "--test", "--lang", "fr")
    assert (nobody.code, "Aucun canal" in nobody.err) == (2, True)
    with (folder / "pdp-bridge.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[notices]\ncommand = ["cat"]\nwebhook_url = "http://127.0.0.1:1/"\n')
    tried = cli("notices", "--test", "--json")
    assert tried.code == 2
    assert tried.json == {"command": None, "webhook": "the receiver cannot be reached (ConnectError)"}
    shown = cli("notices", "--test", "--lang", "fr").out
    assert "✓ command  a pris l’avis" in shown
    assert "✗ webhook  le destinataire est injoignable (ConnectError)" in shown
    assert cli("notices", "--lang", "en").out == "Nothing needs a person.\n", "a trial is no matter"


def test_why_a_channel_did_not_take_it_is_told_in_french():
    """Every reason that a channel gives begins with words that are translated."""
    source = ast.parse(Path(channels.__file__).read_text("utf-8"))
    raised = [
        node for node in ast.walk(source) if isinstance(node, ast.Call) and ast.unparse(node.func) == "NotDelivered"
    ]
    words.choose("fr")
    try:
        for call in raised:
            text = ast.unparse(call.args[0]).strip("f'\"")
            assert told.problem_words(text) != text, text
    finally:
        words.choose("en")
    assert len(raised) == 7
