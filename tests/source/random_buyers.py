"""The customers of a random firm: companies that exist nowhere, of every kind that decides where an invoice goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import random_texts as texts
from hypothesis import strategies as st
from random_texts import Draw, chance, pick

SECRET = "CONFIDENTIEL-9f3c"
"""In every field that must never leave: internal notes, the customer's notes, keys."""


def luhn(body: str) -> str:
    """The number completed by its check digit."""
    digits = [int(c) for c in reversed(body)]
    total = sum(d if i % 2 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits))
    return f"{body}{-total % 10}"


def siren(draw: Draw, prefix: str = "1000") -> str:
    return luhn(prefix + str(draw(st.integers(1000, 9999))).zfill(8 - len(prefix)))


def siret(draw: Draw, company: str) -> str:
    return luhn(f"{company}{draw(st.integers(1, 9999)):04d}")


def vat_of(company: str) -> str:
    return f"FR{(12 + 3 * (int(company) % 97)) % 97:02d}{company}"


def spaced(draw: Draw, number: str) -> str:
    """As people type it."""
    parts = [number[:3], number[3:6], number[6:9], number[9:]]
    return pick(draw, [number, " ".join(parts).strip(), "\u00a0".join(parts).strip("\u00a0"), f" {number} "])


PLACES = (("75011", "Paris"), ("59000", "Lille"), ("20200", "Bastia"), ("13001", "Marseille"), ("01000", "Bourg"))
OVERSEAS = (("97400", "Saint-Denis"), ("97110", "Pointe-à-Pitre"), ("97200", "Fort-de-France"))
EXPORT = (("97300", "Cayenne"), ("97600", "Mamoudzou"), ("98800", "Nouméa"), ("97133", "Gustavia"))
ABROAD = (("DE", "DE100000008"), ("IE", "IE1000001J"), ("CH", None), ("US", None), ("GB", None))


def professional(draw: Draw) -> dict[str, Any]:
    company = siren(draw)
    postcode, city = pick(draw, PLACES)
    return {
        "company_name": draw(texts.names()),
        "individual": False,
        "siret": spaced(draw, siret(draw, company)),
        "vat_number": pick(draw, [vat_of(company), None, "", f"{vat_of(company)[:4]} {company}", "DE100000008"]),
        "electronic_address": pick(draw, [None, "", company, f"0225:{company}_FACT", f"{company}_{company}00017"]),
        "zip_code": postcode,
        "city": city,
        "country": pick(draw, ["FR", "fr", "France", None, ""]),
    }


def overseas(draw: Draw) -> dict[str, Any]:
    postcode, city = pick(draw, OVERSEAS)
    return professional(draw) | {"zip_code": postcode, "city": city, "country": pick(draw, ["FR", "RE", "MQ", "GP"])}


def export_territory(draw: Draw) -> dict[str, Any]:
    postcode, city = pick(draw, EXPORT)
    return professional(draw) | {"zip_code": postcode, "city": city, "country": pick(draw, ["FR", "GF", "NC"])}


def public(draw: Draw) -> dict[str, Any]:
    company = siren(draw, pick(draw, ["2000", "1100"]))
    return professional(draw) | {"siret": siret(draw, company), "vat_number": None, "electronic_address": None}


def post_office(draw: Draw) -> dict[str, Any]:
    """An establishment of La Poste: the digits of its SIRET add up to a multiple of five."""
    body = f"356000000{draw(st.integers(0, 9999)):04d}"
    last = -sum(map(int, body)) % 5
    return professional(draw) | {"siret": f"{body}{last}", "vat_number": None, "electronic_address": None}


def individual(draw: Draw) -> dict[str, Any]:
    person = professional(draw) | {"individual": True, "vat_number": None, "electronic_address": None}
    return person | {"siret": None} if chance(draw, 80) else person


def abroad(draw: Draw) -> dict[str, Any]:
    country, vat = pick(draw, ABROAD)
    foreign = {"country": country, "vat_number": vat, "siret": None, "electronic_address": None, "zip_code": "1000"}
    return professional(draw) | foreign | {"individual": chance(draw, 30)}


def damaged(draw: Draw) -> dict[str, Any]:
    """One field that cannot be right."""
    wrong = pick(
        draw,
        [
            {"siret": None},
            {"siret": "10000004100011"},
            {"siret": "en cours"},
            {"siret": "00000000000000"},
            {"siret": None, "vat_number": "FR87100000041"},
            {"siret": "10000000900017", "vat_number": None},
            {"vat_number": "FR00100000041"},
            {"vat_number": "DE100000008"},
            {"electronic_address": "100000099_X"},
            {"electronic_address": "a@b.example"},
            {"country": "XX"},
            {"zip_code": "98000"},
            {"soft_deleted": True},
            {"company_name": "", "first_name": None, "last_name": None, "short_name": ""},
            {"siret": "100000041", "vat_number": None, "electronic_address": None},
        ],
    )
    return professional(draw) | wrong


BUYERS: tuple[tuple[int, Callable[[Draw], dict[str, Any]]], ...] = (
    (72, professional),
    (7, overseas),
    (4, public),
    (3, post_office),
    (3, individual),
    (3, abroad),
    (2, export_territory),
    (6, damaged),
)


def buyer(draw: Draw) -> tuple[str, dict[str, Any]]:
    """Its kind, and the customer record."""
    kinds = [one for weight, one in BUYERS for _ in range(weight)]
    kind = pick(draw, kinds)
    record = {
        "id": 502,
        "civility": pick(draw, [None, "M.", "Mme"]),
        "first_name": draw(texts.short()),
        "last_name": draw(texts.short()),
        "short_name": "",
        "reference": draw(texts.short()),
        "street": draw(texts.blocks()),
        "phone": pick(draw, ["", None, "02 41 00 00 00", "+33 (0)2.41"]),
        "mobile": "",
        "email": pick(draw, [None, "", "a@x.example", "a@x.example; b@y.example", "pas une adresse"]),
        "invoice_email": pick(draw, [None, "", "compta@x.example\r\nb@y.example"]),
        "sepa_iban": pick(draw, [None, "", "FR7699999000010000765432159", "FR00 0000"]),
        "sepa_rum": pick(draw, [None, "", "RUM-2026-1"]),
        "notes": SECRET,
        "field1": pick(draw, [None, "", "SERVICE-7"]),
        "soft_deleted": pick(draw, [False, None, 0]),
        "updated_at": pick(draw, [None, "2026-01-05T10:00:00.000+01:00", "2030-01-01T00:00:00Z"]),
    }
    if chance(draw, 15):
        record |= {key: draw(texts.some()) for key in ("zip_code", "city", "phone", "sepa_rum", "reference")}
    return kind.__name__, kind(draw) | record if chance(draw, 15) else record | kind(draw)
