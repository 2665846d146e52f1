"""What a setting may hold: its type, strictly, and what makes a value of that type acceptable.

Identifiers are checked by `model.identifiers`; the reasons given here are constants, so that they can be translated.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pdp_bridge.addresses import is_loopback
from pdp_bridge.model import identifiers
from pdp_bridge.settings.problems import Wrong, phrase
from pdp_bridge.settings.secret import Secret

Read = Callable[[Any, Path], Any]
"""A value of the right type, and the folder that relative paths start from → what is kept. Raises `Wrong`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How a setting is read, from TOML and from the text of an environment variable."""

    types: tuple[type, ...]
    expected: str  # template: what the TOML value should have been
    read: Read
    parsed: Callable[[str], object] = str  # text of the environment → TOML value; raises ValueError
    schema: tuple[tuple[str, object], ...] = ()  # the JSON Schema of it

    def from_toml(self, value: object, folder: Path) -> Any:
        """Raises `Wrong`."""
        if type(value) not in self.types:
            raise Wrong(self.expected)
        return self.read(value, folder)

    def from_text(self, text: str, folder: Path) -> Any:
        """Raises `Wrong`."""
        try:
            value = self.parsed(text.strip())
        except ValueError as error:
            raise Wrong(self.expected) from error
        return self.read(value, folder)


_UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters other than the line break, those that reorder the text around them, and halves of characters:
what the bytes of a variable become that are no text.
"""


def _plain(value: str, _folder: Path) -> str:
    text = value.strip()
    if not text:
        raise Wrong("is empty")
    if _UNWANTED.search(text):
        raise Wrong("holds a control character")
    return text


def _text(check: Callable[[str], Any]) -> Kind:
    def read(value: str, folder: Path) -> Any:
        return check(_plain(value, folder))

    return Kind(types=(str,), expected=_TEXT, read=read, schema=(("type", "string"),))


_TEXT = phrase("must be a text between quotes")
TEXT = Kind(types=(str,), expected=_TEXT, read=_plain, schema=(("type", "string"),))


def choice(*words: str) -> Kind:
    """One of a few words."""

    def read(value: str, _folder: Path) -> str:
        if value not in words:
            raise Wrong("is {value!r}, but can only be {choices}", value=value, choices=", ".join(words))
        return value

    schema = (("type", "string"), ("enum", list(words)))
    return Kind(types=(str,), expected=_TEXT, read=read, schema=schema)


_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _flag(text: str) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError(text)
    return _WORDS[text.lower()]


def _as_is(value: bool, _folder: Path) -> bool:
    return value


FLAG = Kind(
    types=(bool,), expected=phrase("must be true or false"), read=_as_is, parsed=_flag, schema=(("type", "boolean"),)
)


def whole(least: int, most: int | None = None) -> Kind:
    """A whole number, at least `least` and at most `most`."""

    def read(value: int, _folder: Path) -> int:
        if value < least:
            raise Wrong("is {value}, but must be at least {least}", value=value, least=least)
        if most is not None and value > most:
            raise Wrong("is {value}, but must be at most {most}", value=value, most=most)
        return value

    expected = phrase("must be a whole number (in the file, without quotes)")
    bounds: tuple[tuple[str, object], ...] = (("type", "integer"), ("minimum", least))
    if most is not None:
        bounds = (*bounds, ("maximum", most))
    return Kind(types=(int,), expected=expected, read=read, parsed=int, schema=bounds)


def seconds(*, positive: bool) -> Kind:
    """A duration in seconds."""

    def read(value: float, _folder: Path) -> float:
        if not math.isfinite(value) or value < 0 or (positive and value == 0):
            raise Wrong("is {value}, but must be a number of seconds above zero", value=value)
        return value

    expected = phrase("must be a number of seconds (in the file, without quotes)")
    bound = ("exclusiveMinimum" if positive else "minimum", 0)
    return Kind(types=(int, float), expected=expected, read=read, parsed=float, schema=(("type", "number"), bound))


def _identifier(check: Callable[[str], str], reason: str) -> Kind:
    def read(text: str) -> str:
        try:
            return check(text)
        except identifiers.IdentifierError as error:
            raise Wrong(reason, value=text) from error

    return _text(read)


def _hidden_iban(text: str) -> str:
    try:
        return identifiers.iban(text)
    except identifiers.IdentifierError as error:
        raise Wrong(
            "ending in {end} is not a valid IBAN: check its length and digits", end="".join(text.split())[-4:]
        ) from error


SIREN = _identifier(
    identifiers.siren, phrase("is {value!r}, which is not a valid SIREN: nine digits, the last one a check digit")
)
SIRET = _identifier(
    identifiers.siret, phrase("is {value!r}, which is not a valid SIRET: the SIREN, four digits and a check digit")
)
VAT_NUMBER = _identifier(
    identifiers.vat_number,
    phrase("is {value!r}, which is not a valid VAT number: FR, a two-character key, then the SIREN"),
)
IBAN = _text(_hidden_iban)
BIC = _identifier(identifiers.bic, phrase("is {value!r}, which is not a valid BIC: 8 or 11 characters"))


def _creditor(text: str) -> str:
    from stdnum.eu import at_02  # noqa: PLC0415 - one setting that few people have
    from stdnum.exceptions import ValidationError  # noqa: PLC0415

    try:
        return str(at_02.validate(text))
    except ValidationError as error:
        raise Wrong("is {value!r}, which is not a valid SEPA creditor identifier", value=text) from error


CREDITOR_ID = _text(_creditor)


def _country(text: str) -> str:
    if text not in COUNTRIES:
        raise Wrong("is {value!r}, which is not a country code of two capitals such as FR", value=text)
    return text


COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "  # noqa: SIM905 - a table
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
"""BT-40: ISO 3166-1 alpha-2, edition 2020."""

COUNTRY = _text(_country)

_EMAIL = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>().]+")
_CONTACT = re.compile(rf"{_EMAIL.pattern}|https?://[^\s/()]+\.[^\s/()]+")


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise Wrong("is {value!r}, which is not an e-mail address", value=text)
    return text


EMAIL = _text(_email)


def user_agent(text: str) -> str:
    """Facturation.pro wants the name of the program and a contact, in ASCII. Raises `Wrong`."""
    if not (text.isascii() and text.isprintable()):
        raise Wrong("must be plain ASCII, without accents: for example {example}", example=_AGENT)
    if not _CONTACT.search(text):
        raise Wrong("must hold a contact, an e-mail address or a URL: for example {example}", example=_AGENT)
    return text


_AGENT = "pdp_bridge (facturation@example.fr)"
USER_AGENT = _text(user_agent)


def _service(text: str) -> str:
    try:
        url = urlsplit(text)
        host, _port = url.hostname or "", url.port
    except ValueError as error:
        raise Wrong("is not an address such as https://example.fr") from error
    if url.scheme not in {"http", "https"} or not host:
        raise Wrong("is not an address such as https://example.fr")
    if url.username or url.password or url.query or url.fragment:
        raise Wrong("must be the bare address of the service, without credentials or parameters")
    if url.scheme == "http" and not is_loopback(host):
        raise Wrong("must begin with https://: plain http is accepted on this machine only (127.0.0.1, localhost)")
    return text.rstrip("/")


def _api_root(text: str) -> str:
    address = _service(text)
    if re.search(r"/v\d+(\.\d+)?(/|$)|/realms(/|$)", address):
        raise Wrong("must be the root of the service: remove everything after the host name")
    return address


def _receiver(text: str) -> Secret:
    """Any path and parameters: receivers carry their key there, so it is not shown."""
    bare, _mark, _rest = text.partition("?")
    _service(bare)
    if "#" in text:
        raise Wrong("is not an address such as https://example.fr")
    return Secret(text)


SERVICE = _text(_service)
RECEIVER = _text(_receiver)
API_ROOT = _text(_api_root)


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", text):
        raise Wrong("holds {value!r}, but must hold names of hosts such as api.example.fr", value=text)
    return text


HOST = _text(_host)


def _entry(text: str) -> str:
    service, _slash, name = text.partition("/")
    if not service.strip() or not name.strip():
        raise Wrong("must name an entry of the keyring as service/name")
    return text


KEYRING = _text(_entry)


def _bind_address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise Wrong("is {value!r}, but must be an IP address of this machine such as 127.0.0.1", value=text) from error


ADDRESS = _text(_bind_address)


def _url_path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", text):
        raise Wrong("is {value!r}, but must be a path such as /iopole, without a slash at its end", value=text)
    return text


URL_PATH = _text(_url_path)


def _iso_date(value: object, _folder: Path) -> str:
    try:
        return value.isoformat() if isinstance(value, date) else date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise Wrong("must be a date such as 2026-09-01") from error


DAY = Kind(
    types=(str, date),
    expected=phrase("must be a date such as 2026-09-01"),
    read=_iso_date,
    schema=(("type", "string"), ("format", "date")),
)


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise Wrong("is {value!r}, which is not a colour such as #1f3a5f", value=text)
    return text.lower()


COLOUR = _text(_colour)


def _path(value: str, folder: Path) -> Path:
    text = _plain(value, folder)
    try:
        return (folder / Path(text).expanduser()).absolute()
    except RuntimeError as error:  # the home folder of somebody unknown here
        raise Wrong("names a file that cannot be read: {path}", path=text) from error


PATH = Kind(types=(str,), expected=_TEXT, read=_path, schema=(("type", "string"),))


def _secret(value: str, folder: Path) -> Secret:
    return Secret(_plain(value, folder))


SECRET = Kind(types=(str,), expected=_TEXT, read=_secret, schema=(("type", "string"),))


def texts(item: Kind, *, most: int | None = None) -> Kind:
    """A list of texts, each of them an `item`; as one text, separated by semicolons (addresses hold commas)."""

    def read(value: list[object], folder: Path) -> tuple[Any, ...]:
        if most is not None and len(value) > most:
            raise Wrong("has {count} lines, {most} at most", count=len(value), most=most)
        if not value:
            raise Wrong("is empty")
        return tuple(item.from_toml(element, folder) for element in value)

    schema: list[tuple[str, object]] = [("type", "array"), ("items", dict(item.schema)), ("minItems", 1)]
    if most is not None:
        schema.append(("maxItems", most))
    expected = phrase('must be a list of texts: ["…", "…"]')
    return Kind(types=(list,), expected=expected, read=read, parsed=_by_semicolons, schema=tuple(schema))


def _by_semicolons(text: str) -> list[str]:
    return [element.strip() for element in text.split(";") if element.strip()]


def _exemptions(value: dict[str, object], _folder: Path) -> dict[str, tuple[str, str]]:
    pairs: dict[str, tuple[str, str]] = {}
    for text, pair in value.items():
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):  # noqa: PLR2004 - a pair
            raise Wrong('gives {text!r} something else than ["category", "VATEX code"]', text=text)
        pairs[text] = (pair[0], pair[1])
    return pairs


EXEMPTIONS = Kind(
    types=(dict,),
    expected=phrase('must be a table: "text of the invoice" = ["E", "VATEX-FR-CGI261-4"]'),
    read=_exemptions,
    schema=(
        ("type", "object"),
        (
            "additionalProperties",
            {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
        ),
    ),
)
