"""The command notices: what needs a person, in both languages and as JSON, and who was told."""


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
