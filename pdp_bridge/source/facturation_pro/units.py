"""The unit of a line: the seller's own French word → a code of UN/ECE Recommendations 20 and 21 (BT-130).

Codes: Rec 20 revision 17 and Rec 21 as restricted by BR-CL-23. `HAR`, `ARE`, `BX`, `CT`, `RO` and `TU`, often seen for
hectares and packages, are not in that list. The seller's word itself stays on the page (`Line.unit_text`).
"""

from __future__ import annotations

import re
import unicodedata

ONE = "C62"
"""The unit "one": what a word without a code becomes."""

_TABLE = {
    "C62": ["", "unite", "u", "un", "qte", "quantite"],
    "H87": ["piece", "pce", "pc", "exemplaire", "ex"],
    "NAR": ["article"],
    "HUR": ["heure", "h", "hr"],
    "OT": ["heure supplementaire", "heure sup", "h sup"],
    "MIN": ["minute", "min", "mn"],
    "SEC": ["seconde", "sec"],
    "DAY": ["jour", "j", "journee", "jr"],
    "E49": ["jour ouvre", "jour homme", "jh", "j/h", "jour/homme", "homme jour", "homme/jour"],
    "WEE": ["semaine", "sem"],
    "MON": ["mois"],
    "3C": ["mois homme", "mois/homme", "homme mois", "homme/mois"],
    "QAN": ["trimestre"],
    "SAN": ["semestre"],
    "ANN": ["an", "annee"],
    "LS": ["forfait", "ff", "ft", "fft", "forfaitaire"],
    "LO": ["lot"],
    "SET": ["ensemble", "ens", "jeu", "set"],
    "KT": ["kit"],
    "E51": ["prestation", "intervention"],
    "ACT": ["seance"],
    "P1": ["%", "pourcentage", "pourcent"],
    "MTR": ["m", "metre"],
    "LM": ["metre lineaire", "m lin", "m lineaire"],
    "CMT": ["cm", "centimetre"],
    "MMT": ["mm", "millimetre"],
    "DMT": ["dm", "decimetre"],
    "KMT": ["km", "kilometre"],
    "MTK": ["m2", "metre carre"],
    "CMK": ["cm2", "centimetre carre"],
    "MMK": ["mm2", "millimetre carre"],
    "H18": ["ha", "hectare"],
    "H16": ["are"],
    "MTQ": ["m3", "metre cube"],
    "DMQ": ["dm3", "decimetre cube"],
    "MLT": ["millilitre"],
    "LTR": ["l", "litre"],
    "CLT": ["cl", "centilitre"],
    "DLT": ["dl", "decilitre"],
    "HLT": ["hl", "hectolitre"],
    "KGM": ["kg", "kilo", "kilogramme"],
    "GRM": ["g", "gramme", "gr"],
    "MGM": ["mg", "milligramme"],
    "TNE": ["t", "tonne"],
    "DTN": ["quintal", "quintaux"],
    "G26": ["stere"],
    "KWH": ["kwh", "kilowattheure"],
    "MWH": ["mwh", "megawattheure"],
    "KWT": ["kw", "kilowatt"],
    "E34": ["go", "gb", "gigaoctet"],
    "4L": ["mo", "mb", "megaoctet"],
    "E35": ["to", "tb", "teraoctet"],
    "ZP": ["page"],
    "D68": ["mot"],
    "D63": ["livre", "ouvrage", "livre (ouvrage)"],
    "IE": ["personne", "pers", "participant"],
    "HEA": ["tete"],
    "PR": ["paire"],
    "DZN": ["douzaine"],
    "CEN": ["cent"],
    "MIL": ["mille", "millier"],
    "XBX": ["boite"],
    "XCT": ["carton"],
    "XPC": ["colis"],
    "XPA": ["paquet"],
    "XBG": ["sac"],
    "XPX": ["palette"],
    "XRO": ["rouleau", "rouleaux"],
    "XBO": ["bouteille"],
    "XCS": ["caisse"],
    "XDR": ["fut"],
    "XTU": ["tube"],
    "XEN": ["enveloppe"],
    "NL": ["chargement", "voyage", "rotation"],
}

_COUNTED = ["licence", "abonnement", "utilisateur", "poste", "nuit", "nuitee", "repas", "point", "ligne"]
"""Things that are counted, for which the list has no code: `C62`, and the word is worth keeping."""

_HALF_DAYS = ["demi-journee", "demi journee", "1/2 j", "1/2 jour", "1/2 journee"]
"""No code exists, and halving the quantity would alter the invoice: `C62`, and the word must be kept."""

_MILLILITRE_OR_LINEAR_METRE = "ml"

_ENDING = re.compile(r"\([a-z]{1,3}\)")
_PLURAL = re.compile(r"(?<=\w)s\b")
_DROPPED = re.compile(r"[\s.\-_’'\u200b\ufeff]+")


def _key(word: str) -> str:
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    text = "".join(c for c in text if not unicodedata.combining(c)).replace("\u2044", "/")
    return _DROPPED.sub("", _PLURAL.sub("", _ENDING.sub("", text)))


_WITH_WORD = {_key(word) for word in (*_COUNTED, *_HALF_DAYS)}
_CODES = {_key(word): code for code, words in _TABLE.items() for word in words} | dict.fromkeys(_WITH_WORD, ONE)


def code(measure: str | None, *, millilitre: bool = False) -> tuple[str, bool]:
    """The code of a unit, and whether the word is known; an unknown word is `C62` (warning `UNIT_UNKNOWN`).

    "ml" is a linear metre in the building trades and a millilitre elsewhere: `millilitre` says which.

    >>> code("Heure(s)"), code("m²"), code("zorglub"), code(None)
    (('HUR', True), ('MTK', True), ('C62', False), ('C62', True))
    >>> code("ml"), code("ml", millilitre=True)
    (('LM', True), ('MLT', True))
    """
    key = _key(measure or "")
    if key == _MILLILITRE_OR_LINEAR_METRE:
        return ("MLT" if millilitre else "LM"), True
    return _CODES.get(key, ONE), key in _CODES


def kept_word(measure: str | None) -> str | None:
    """The seller's word when the code says less than the word: to be repeated in the line's text (BT-127 or BT-154).

    >>> kept_word("1/2 journée"), kept_word("heures")
    ('1/2 journée', None)
    """
    word = " ".join((measure or "").split())
    _, known = code(word)
    return word if word and (not known or _key(word) in _WITH_WORD) else None
