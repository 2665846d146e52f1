"""What the services say of a company, against the settings: refused when it is another one's."""

from dataclasses import replace

import pytest

from pdp_bridge.settings import Company, SettingsError, load
from pdp_bridge.settings.agreement import check_customer, check_firm
from pdp_bridge.source.facturation_pro.firm import name_of, siren_of

MINE, OTHERS = "0199c0de-0000-7000-8000-000000000001", "0199c0de-0000-7000-8000-000000000002"
TEXT = f"""
environment = "sandbox"
[seller]
name = "Atelier Numérique SAS"
siren = "100000009"
vat_number = "FR88100000009"
address = ["12 rue de l'Exemple"]
postcode = "75011"
city = "Paris"
email = "atelier@example.fr"
[source]
api_id = "42"
api_key = "key"
firm_id = 12
[platform]
client_id = "bureau@example.fr"
client_secret = "secret"
customer_id = "{MINE}"
"""


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "pdp-bridge.toml"
    path.write_text(TEXT, encoding="utf-8")
    forge = Company(key="forge", name="Forge  SARL", siren="200000008", client_id="forge@example.fr")
    return replace(load(path, {}), others=(forge,))


@pytest.mark.parametrize(
    ("name", "siren"),
    [
        (None, None),
        ("Atelier Numérique", None),
        ("ATELIER NUMÉRIQUE SAS", "100000009"),
        ("Forge", "100000009"),
    ],
)
def test_a_firm_that_may_be_ours(settings, name, siren):
    check_firm(settings, name, siren)


@pytest.mark.parametrize(
    ("name", "siren", "told"),
    [
        ("Atelier Numérique SAS", "200000008", "12, which has the SIREN 200000008 at Facturation.pro, and 100000009"),
        ("forge sarl", None, "12, which Facturation.pro calls forge sarl: that is seller.name of company.forge"),
    ],
)
def test_a_firm_that_is_not(settings, name, siren, told):
    with pytest.raises(SettingsError, match=told) as refusal:
        check_firm(settings, name, siren)
    assert refusal.value.key == "source.firm_id"


def test_two_firms_of_one_name_and_one_person(settings):
    (forge,) = settings.others
    check_firm(replace(settings, others=(replace(forge, siren="100000009"),)), "Forge SARL", None)


def test_the_customer(settings):
    check_customer(settings, MINE.upper())
    with pytest.raises(SettingsError, match=f"{MINE}, and Iopole says .* {OTHERS}"):
        check_customer(settings, OTHERS)
    (forge,) = settings.others
    shared = replace(settings, others=(replace(forge, client_id="bureau@example.fr"),))
    check_customer(shared, OTHERS)  # credentials of several customers are told the operator's own


@pytest.mark.parametrize(
    ("firm", "siren"),
    [
        ({"identification": "RCS Paris 100 000 009"}, "100000009"),
        ({"identification": "SIRET 100 000 009 00017 – APE 6201Z"}, "100000009"),
        ({"siren": 100000009, "siret": "10000000900017"}, "100000009"),
        ({"identification": "FR88100000009"}, None),
        ({"identification": "100 000 008"}, None),
        ({"siren": "100000009", "identification": "200000008"}, None),
        ({"siren": None, "name": "100000009"}, None),
    ],
)
def test_the_siren_that_a_firm_shows(firm, siren):
    assert siren_of(firm) == siren


def test_the_name_of_a_firm():
    assert (name_of({"name": " Forge "}), name_of({"name": " "}), name_of({})) == ("Forge", None, None)
