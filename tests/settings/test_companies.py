"""Several companies in one settings file: what is shared, what is each one's own, and what is never mixed."""

from pathlib import Path

import pytest

from pdp_bridge.settings import SettingsError, companies, load

TWO = """
environment = "sandbox"
data = "journal"

[source]
api_id = "42"
api_key = "shared-key"

[platform]
client_id = "bureau@example.fr"
client_secret = "shared-secret"

[mentions]
late_payment = "Pénalités : trois fois le taux légal"

[page]
accent = "#112233"

[policy]
strict_units = true

[company.atelier.seller]
name = "Atelier Numérique SAS"
siren = "100000009"
vat_number = "FR88100000009"
address = ["12 rue de l'Exemple"]
postcode = "75011"
city = "Paris"
email = "atelier@example.fr"

[company.atelier.source]
firm_id = 12

[company.atelier.platform]
customer_id = "0199c0de-0000-7000-8000-000000000001"

[company.forge.seller]
name = "Forge SARL"
siren = "200000008"
vat_number = "FR37200000008"
address = ["1 quai de l'Exemple"]
postcode = "69002"
city = "Lyon"
email = "forge@example.fr"

[company.forge.facturation_pro]
firm_id = 34
api_key_file = "forge.key"

[company.forge.iopole]
customer_id = "0199c0de-0000-7000-8000-000000000002"

[company.forge.mentions]
early_payment = "Pas d'escompte"

[company.forge.page]
accent = "#445566"
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "forge.key").write_text("forge-key\n", encoding="utf-8")

    def written(text=TWO, *changes):
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "pdp-bridge.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def problems(path: Path, environ=None, company="forge"):
    with pytest.raises(SettingsError) as raised:
        load(path, environ or {}, company=company)
    return str(raised.value)


def test_what_stands_above_is_shared_and_what_a_company_says_is_its_own(file):
    path = file()
    assert companies(path, {}) == ("atelier", "forge")
    atelier, forge = (load(path, {}, company=name) for name in ("atelier", "forge"))
    assert (atelier.company, forge.company) == ("atelier", "forge")
    assert [settings.require_seller().party.siren for settings in (atelier, forge)] == ["100000009", "200000008"]
    assert [settings.require_source().firm_id for settings in (atelier, forge)] == [12, 34]
    assert [settings.require_source().api_id for settings in (atelier, forge)] == ["42", "42"]
    assert [settings.require_source().api_key.reveal() for settings in (atelier, forge)] == ["shared-key", "forge-key"]
    assert [settings.require_platform().customer_id[-1] for settings in (atelier, forge)] == ["1", "2"]
    assert [settings.style.accent for settings in (atelier, forge)] == ["#112233", "#445566"]
    assert atelier.require_seller().mentions.early_payment == ""
    assert forge.require_seller().mentions.early_payment == "Pas d'escompte"
    assert forge.require_seller().mentions.late_payment == "Pénalités : trois fois le taux légal"
    assert forge.require_seller().policy.strict_units
    assert atelier.data == forge.data == path.parent / "journal"
    assert atelier.database_url == forge.database_url
    assert forge.origins["seller.siren"] == f"{path} [company.forge]"
    assert [other.key for other in forge.others] == ["atelier"]
    assert forge.others[0].siren == "100000009"


def test_one_must_be_named_when_there_are_several(file):
    path = file()
    assert "the settings hold several companies (atelier, forge)" in problems(path, company=None)
    assert "the companies of" in problems(path, company="usine")
    assert load(path, {"PDP_BRIDGE_COMPANY": "forge"}).company == "forge"
    assert load(path, {"PDP_BRIDGE_COMPANY": "forge"}, company="atelier").company == "atelier"
    assert "PDP_BRIDGE_COMPANY says usine" in problems(path, {"PDP_BRIDGE_COMPANY": "usine"}, company=None)


def test_the_only_one_needs_no_name(file):
    path = file(TWO[: TWO.index("[company.forge.seller]")])
    assert companies(path, {}) == ("atelier",)
    assert load(path, {}).company == "atelier"
    assert load(path, {"FACTURATION_PRO_FIRM_ID": "12"}).others == ()


def test_a_file_without_companies_has_none(file):
    path = file('environment = "sandbox"')
    assert companies(path, {}) == ()
    assert load(path, {}).company is None
    assert "describes no company by name" in problems(path)


def test_the_environment_is_weaker_than_a_companys_own_word(file):
    environ = {"FACTURATION_PRO_API_KEY": "from-the-environment", "IOPOLE_CLIENT_ID": "autre@example.fr"}
    atelier, forge = (load(file(), environ, company=name) for name in ("atelier", "forge"))
    assert atelier.require_source().api_key.reveal() == "from-the-environment"
    assert forge.require_source().api_key.reveal() == "forge-key"
    assert forge.require_platform().client_id == "autre@example.fr"


@pytest.mark.parametrize(
    ("variable", "section"), [("FACTURATION_PRO_FIRM_ID", "source"), ("IOPOLE_CUSTOMER_ID", "platform")]
)
def test_a_variable_that_names_one_firm_is_refused_beside_several(file, variable, section):
    told = problems(file(), {variable: "12"})
    assert f"{variable} names one firm" in told
    assert f"[company.NAME.{section}]" in told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("firm_id = 34", "firm_id = 12", "source.firm_id is 12, which is the firm of company.atelier too"),
        ('"200000008"', '"100000009"', "seller.siren is 100000009, the SIREN of company.atelier too"),
        ("000000000002", "000000000001", "which is the customer of company.atelier too, and the SIREN differ"),
        ("company.forge", "company.ATELIER", "capitals make no difference"),
        ("[company.forge.page]", "[company.forge.timing]\n[company.forge.page]", "is the same for every company"),
        ("[company.forge.page]", "[company.forge]\ndata = 'x'\n[company.forge.page]", "company.forge.data is the same"),
        ("[company.forge.page]", "[company.forge]\nlogo = 'x'\n[company.forge.page]", "logo is not a known setting"),
        ('accent = "#445566"', 'acent = "#445566"', "did you mean page.accent?"),
        ("[company.forge.page]", "[company.forge.source]\nrpm = 1\n[company.forge.page]", "are the same section"),
        ("[company.forge.page]", '[company."à côté".page]', "is not a name for a company"),
    ],
)
def test_what_would_mix_two_companies_is_refused_when_the_file_is_read(file, old, new, told):
    name = "ATELIER" if "ATELIER" in new else "forge"
    assert told in problems(file(TWO, (old, new)), company=name)


def test_the_firm_and_the_customer_of_all_are_nobodys(file):
    path = file(TWO, ("firm_id = 12", ""), ("firm_id = 34", ""), ('api_id = "42"', 'api_id = "42"\nfirm_id = 12'))
    assert "the firm of company.atelier too" in problems(path)
    assert "the firm of company.forge too" in problems(path, company="atelier")


def test_two_establishments_of_one_legal_person(file):
    changes = (
        ('siren = "200000008"\nvat_number = "FR37200000008"', 'siren = "100 000 009"\nvat_number = "FR88100000009"'),
        ('city = "Lyon"', 'city = "Lyon"\nsiret = "10000000900025"'),
        ('city = "Paris"', 'city = "Paris"\nsiret = "10000000900017"'),
        ("000000000002", "000000000001"),
    )
    assert load(file(TWO, *changes), {}, company="forge").require_seller().party.siret == "10000000900025"
    assert "SIREN of company.atelier" in problems(file(TWO, *changes[:2]))


def test_another_companys_mistakes_are_its_own(file):
    path = file(TWO, ('siren = "100000009"', 'siren = "123"'), ("[company.atelier.source]", "[company.atelier.sourc]"))
    assert load(path, {}, company="forge").company == "forge"
    assert "seller.siren" in problems(path, company="atelier")


@pytest.mark.parametrize("text", ['company = "atelier"', "[company]\nname = 'x'"])
def test_a_company_is_a_section_of_its_own(file, text):
    assert "write [company.NAME]" in problems(file(text), company=None)
