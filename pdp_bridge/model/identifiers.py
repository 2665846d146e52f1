"""Identifiers of parties and accounts: what a person typed in, what the standard wants out.

Each function takes free text, removes what people add (spaces, dots, « SIRET », « RCS Paris »), verifies the check
digits with python-stdnum, and returns the bare identifier or raises `IdentifierError` with a plain reason.

- SIREN: 9 digits, Luhn. SIRET: 14 digits, Luhn, SIREN + NIC; La Poste's establishments sum to a multiple of 5.
- VAT number: country prefix + national format (article 215 of directive 2006/112); Greece is `EL`.
- French VAT number: `FR` + key + SIREN, key = (12 + 3 × (SIREN mod 97)) mod 97; keys with letters have their own sum.
- Electronic address: scheme 0225, starts with the SIREN (BR-FR-21, BR-FR-22), BR-FR-23 characters, BR-FR-25 length.
- IBAN: ISO 13616, mod 97. BIC: ISO 9362, 8 or 11 characters.

>>> siren("100 000 009 RCS Paris")
'100000009'
>>> siret("SIRET : 100.000.009 00017")
'10000000900017'
>>> siret("en cours")
Traceback (most recent call last):
    ...
pdp_bridge.model.identifiers.IdentifierError: 'en cours' is not made of digits
>>> vat_number("fr 88 100 000 009")
'FR88100000009'
>>> siren_of_vat(vat_number("FR88100000009"))
'100000009'
>>> iban("FR76 9999 9000 0100 0012 3456 768")
'FR7699999000010000123456768'
>>> bic("exmp fr pp")
'EXMPFRPP'
>>> french_address("0225:100000009_COMPTA", siren("100000009"))
'100000009_COMPTA'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NewType

from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from stdnum.eu import vat as stdnum_vat
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidFormat, InvalidLength, ValidationError
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

Siren = NewType("Siren", str)
"""Nine digits of a French company: scheme 0002, BT-30 and BT-47."""

Siret = NewType("Siret", str)
"""Fourteen digits of an establishment: scheme 0009, BT-29 and BT-46."""

VatNumber = NewType("VatNumber", str)
"""With its country prefix, without spaces: BT-31 and BT-48."""

Iban = NewType("Iban", str)
"""Without spaces: BT-84 and BT-91."""

Bic = NewType("Bic", str)
"""8 or 11 characters: BT-86."""

FrenchAddress = NewType("FrenchAddress", str)
"""Scheme 0225, without the scheme: BT-34 and BT-49."""


class IdentifierError(ValueError):
    """The text is not such an identifier; the message says why, in one plain clause."""


_ADDRESS = re.compile(r"[A-Za-z0-9+\-_.]+")
_ADDRESS_LENGTH = 125
_ADDRESS_SCHEMES = ("iso6523-actorid-upis::0225:", "0225:")
_REGISTER = re.compile(r"\bR\.?\s?C\.?\s?S\b\.?[\s:]*(?:[^\W\d_]+(?:[ '’-][^\W\d_]+)*)?", re.IGNORECASE)
_LABEL = re.compile(r"\b(?:n[°ºo]?\s*)?(?:siret|siren)\b\s*(?:n[°ºo])?", re.IGNORECASE)
_VAT_LABEL = re.compile(
    r"^(?:n[°ºo]?\s*)?(?:(?:de\s+)?tva|vat)\b(?:\s*(?:intra\w*|number|no|n[°ºo]))*[\s.:]*", re.IGNORECASE
)
_SEPARATORS = re.compile(r"[\s.\-_/:,;()'’\u200b\u200c\u200d\u2060\ufeff]+")


def siren(text: str) -> Siren:
    """The SIREN. Raises `IdentifierError`."""
    return Siren(_checked(text, _digits(text), stdnum_siren.validate, "a SIREN has 9 digits"))


def siret(text: str) -> Siret:
    """The SIRET; its first nine digits are the SIREN (BR-FR-09). Raises `IdentifierError`."""
    digits = _digits(text)
    if digits.endswith("00000"):
        raise IdentifierError(f"{text!r} names no establishment: the last five digits are zero")
    return Siret(_checked(text, digits, stdnum_siret.validate, "a SIRET has 14 digits"))


def siren_of(number: Siret) -> Siren:
    """The company of an establishment.

    >>> siren_of(siret("10000000900017"))
    '100000009'
    """
    return Siren(number[:9])


def vat_number(text: str) -> VatNumber:
    """A VAT number of a member state (or of Northern Ireland, `XI`), in its national format.

    A number of another country raises `IdentifierError`: nothing here could check it.
    """
    bare = _SEPARATORS.sub("", _VAT_LABEL.sub("", _plain(text))).upper()
    if bare.startswith("GR"):
        bare = f"EL{bare[2:]}"
    if not bare[:2].isalpha():
        raise IdentifierError(f"{text!r} does not start with a country prefix such as FR")
    if not bare[2:].strip("0"):
        raise IdentifierError(f"{text!r} is made of zeros")
    number = _checked(text, bare, stdnum_vat.validate, "its length is not that of its country", _VAT_REASONS)
    return VatNumber(number)


def siren_of_vat(number: VatNumber) -> Siren:
    """The SIREN inside a French VAT number. Raises `IdentifierError` for another country, and for Monaco.

    >>> siren_of_vat(vat_number("DE100000008"))
    Traceback (most recent call last):
        ...
    pdp_bridge.model.identifiers.IdentifierError: 'DE100000008' is not a French VAT number
    """
    if not number.startswith("FR"):
        raise IdentifierError(f"{number!r} is not a French VAT number")
    if number[4:7] == "000":
        raise IdentifierError(f"{number!r} is a number of Monaco, which holds no SIREN")
    return siren(number[4:])


def iban(text: str) -> Iban:
    """Raises `IdentifierError`, whose message shows the last four characters only; the national format counts too."""
    bare = _SEPARATORS.sub("", _plain(text)).upper().removeprefix("IBAN")
    return Iban(_checked(f"…{bare[-4:]}", bare, stdnum_iban.validate, "its length is not that of its country"))


def bic(text: str) -> Bic:
    """Raises `IdentifierError`."""
    bare = _SEPARATORS.sub("", _plain(text)).upper()
    return Bic(_checked(text, bare, stdnum_bic.validate, "a BIC has 8 or 11 characters"))


def french_address(text: str, owner: Siren) -> FrenchAddress:
    """An address of scheme 0225 belonging to `owner`, the scheme's prefix removed.

    Raises `IdentifierError`: other characters (BR-FR-23), over 125 of them (BR-FR-25), another company (BR-FR-21).
    """
    bare = _plain(text)
    for scheme in _ADDRESS_SCHEMES:
        if bare.lower().startswith(scheme):
            bare = bare[len(scheme) :].strip()
            break
    if not _ADDRESS.fullmatch(bare):
        raise IdentifierError(f"{text!r} may only hold letters without accents, digits and + - _ .")
    if len(bare) > _ADDRESS_LENGTH:
        raise IdentifierError(f"the address has {len(bare)} characters, {_ADDRESS_LENGTH} at most")
    if not bare.startswith(owner):
        raise IdentifierError(f"{text!r} does not start with the SIREN {owner}")
    return FrenchAddress(bare)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _digits(text: str) -> str:
    bare = _SEPARATORS.sub("", _LABEL.sub("", _REGISTER.sub("", _plain(text))))
    if not bare:
        raise IdentifierError(f"{text!r} holds no number")
    if not (bare.isascii() and bare.isdigit()):
        raise IdentifierError(f"{text!r} is not made of digits")
    if not bare.strip("0"):
        raise IdentifierError(f"{text!r} is made of zeros")
    return bare


_Reasons = dict[type[ValidationError], str]
_REASONS: _Reasons = {
    InvalidChecksum: "its check digits are wrong",
    InvalidFormat: "it holds a character that does not belong there",
    InvalidComponent: "it is of an unknown country",
}
_VAT_REASONS = _REASONS | {InvalidComponent: "it is not of a member state of the European Union"}


def _checked(shown: str, bare: str, validate: Callable[[str], str], length: str, reasons: _Reasons = _REASONS) -> str:
    try:
        return validate(bare)
    except InvalidLength as error:
        raise IdentifierError(f"{shown!r} is refused: {length}") from error
    except ValidationError as error:
        raise IdentifierError(f"{shown!r} is refused: {reasons.get(type(error), str(error))}") from error
