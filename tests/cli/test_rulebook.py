"""`explain` and `rules`: read without settings, in two languages, for people and for programs."""

import pytest


def test_a_rule_of_ours_is_explained(cli):
    page = cli("explain", "BUYER_SIRET_MISSING")
    assert page.code == 0
    for text in ("BT-47", "customer's page, SIRET (siret), in Facturation.pro", "✗ Fails", "siret = null", "✓ Passes"):
        assert text in page.out


def test_an_official_rule_is_explained_in_french(cli):
    page = cli("explain", "BR-FR-05", "--lang", "fr")
    assert page.code == 0
    for text in ("mentions.recovery_cost, dans les réglages", "Que faire", "BR-FR-05_BT-22_PMD", "est absente"):
        assert text in page.out


def test_a_rule_on_the_format_keeps_the_official_words_and_says_that_the_file_is_to_be_made_again(cli):
    told = cli("explain", "CII-SR-465", "--json").json
    assert "pdp-bridge render" in told["advice"]
    assert told["statement"].startswith("Only one BT-41 element")
    assert told["rule_set"] == "factur-x-1.09.2/en16931"


def test_a_reason_of_iopole_is_explained(cli):
    told = cli("explain", "ROUTING_FAILURE", "--json").json
    assert told["field"] == "electronic_address"
    assert "joignable" in told["advice_fr"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_typo_is_told_with_the_nearest_rule(cli, language):
    page = cli("explain", "BR-FR-5", "--lang", language)
    assert (page.code, page.out) == (2, "")
    assert "BR-FR-05" in page.err


def test_what_is_typed_is_never_markup(cli):
    assert "[bold]x" in cli("explain", "[bold]x").err


def test_a_rejected_invoice_shows_what_the_platform_found_and_what_to_do(cli, sandbox):
    cli("run")
    sandbox.advance(5)
    cli("sync")
    rejected = [entry for entry in cli("status", "--json").json if entry["technical_status"] == "rejected"]
    assert rejected
    assert all("platform_findings" in entry for entry in rejected)
    page = cli("status", rejected[0]["number"])
    assert "What to do" in page.out


def test_the_sets_of_rules_are_listed_with_their_editions(cli):
    listed = {one["rule_set"]: one for one in cli("rules", "--json").json}
    french = listed["br-fr-flux2-cii-1.4.0.04"]
    assert (french["valid_from"], french["valid_until"], french["in_use"]) == ("2026-09-01", None, True)
    assert len(french["rules"]) == 171
    assert "BUYER_SIRET_MISSING" in {rule["rule"] for rule in listed["pdp-bridge-mapping"]["rules"]}
    page = cli("rules", "--lang", "fr")
    assert "171 règles, depuis le 01/09/2026" in page.out
    assert "Un client professionnel français doit avoir un SIRET" in page.out


def test_the_coverage_names_cases_and_mutants(cli):
    told = cli("rules", "--coverage", "--json").json
    (siren,) = [one for one in told if one["rule"] == "BR-FR-10_BT-30"]
    assert siren["met"]
    assert siren["cases"]
    assert "BR-FR-10_BT-30__missing" in siren["mutants"]
    page = cli("rules", "--coverage")
    assert page.code == 0
    assert "of 171 assertions are met by our documents" in page.out
