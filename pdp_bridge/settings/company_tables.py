"""Several companies in one file: what `[company.NAME]` may say, who each company is, and whom it is confused with.

What stands above the companies is shared by all of them; what a company says itself is its own, and is stronger than
the environment, which speaks for every company at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pdp_bridge.settings import search
from pdp_bridge.settings.keys import KEYS, SECTION_ALIASES
from pdp_bridge.settings.problems import Problem, SettingsError, Wrong, phrase
from pdp_bridge.settings.values import Company

VARIABLE = "PDP_BRIDGE_COMPANY"

OWN = frozenset({"seller", "mentions", "source", "platform", "page", "policy", "write_back"})
"""Sections that a company may hold; every other setting is of the installation, the same for all."""

OF_ONE_FIRM = ("source.firm_id", "platform.customer_id")
"""What binds to one company: their variables would bind all companies to it."""

OF_ONE_SELLER = ("seller.name", "seller.siren", "seller.siret", "seller.vat_number", "seller.bank", *OF_ONE_FIRM)
"""Who a company is, and where it is paid: never shared."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""A bare key of TOML, an argument of the command line, and a part of a file name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The settings file, its companies apart. `shared` and each company's table bear no alias of a section."""

    path: Path | None
    shared: Mapping[str, Any]
    own: Mapping[str, Mapping[str, Any]]
    problems: tuple[Problem, ...] = ()


def read(path: Path | None) -> File:
    """The file with its companies. Raises `SettingsError` when it is no TOML file."""
    if path is None:
        return File(path=None, shared={}, own={})
    return of_tree(search.content(path), path)


def of_tree(tree: dict[str, Any], path: Path) -> File:
    """What stands in a file once parsed, its companies apart."""
    place = str(path)
    problems: list[Problem] = []
    companies = tree.pop("company", {})
    if not isinstance(companies, dict) or not all(isinstance(table, dict) for table in companies.values()):
        problems.append(Problem(key="company", reason=_SECTION, places=(place,)))
        companies = {}
    problems += [
        Problem(key=f"company.{name}", reason=_BAD_NAME, places=(place,))
        for name in companies
        if not _NAME.fullmatch(name)
    ]
    shared, wrong = _named(tree, place)
    problems += _above(shared, place) if companies else ()
    own = {}
    for name, table in companies.items():
        own[name], more = _named(table, place_of(path, name))
        wrong += more
    return File(path=path, shared=shared, own=own, problems=(*problems, *wrong))


_SECTION = phrase("is a section for each company: write [company.NAME]")
_BAD_NAME = phrase("is not a name for a company: use letters, digits, hyphen and underscore, forty at most")


def _above(shared: Mapping[str, Any], place: str) -> Iterator[Problem]:
    """What is one seller's own, and stands above the companies: a file of one seller, to which others were added."""
    reason = phrase("stands above the companies, but is one company’s own: write it under [company.NAME.{section}]")
    for name in OF_ONE_SELLER:
        section, _, leaf = name.partition(".")
        if _leaf(shared, section, leaf) is not None:
            yield Problem(key=name, reason=reason, values={"section": section}, places=(place,))


def _named(tree: Mapping[str, Any], place: str) -> tuple[dict[str, Any], list[Problem]]:
    """The sections under their own names, and those that stand there under both."""
    named = dict(tree)
    problems = []
    for alias, section in SECTION_ALIASES.items():
        if alias in named and section in named:
            reason = phrase("and {section} are the same section: keep one of them")
            problems.append(Problem(key=alias, reason=reason, values={"section": section}, places=(place,)))
        if alias in named:
            named.setdefault(section, named.pop(alias))
    return named, problems


def place_of(path: Path | None, company: str) -> str:
    """Where a company's own values stand, for people."""
    return f"{path} [company.{company}]"


def is_own(origin: str) -> bool:
    """Whether a value stands in a company's own table."""
    return origin.endswith("]") and " [company." in origin


def chosen(file: File, company: str | None, environ: Mapping[str, str]) -> str | None:
    """The company that is meant: as asked, as `PDP_BRIDGE_COMPANY` says, else the only one; None without any.

    Raises `SettingsError` for an unknown one, or when several stand there and none is named.
    """
    wanted = company or environ.get(VARIABLE, "").strip() or None
    names = ", ".join(file.own)
    if wanted is not None and wanted not in file.own:
        place = "--company" if company else VARIABLE
        reason = _UNKNOWN if file.own else _NONE
        problem = Problem(key=place, reason=reason, values={"wanted": wanted, "names": names, "file": file.path or "–"})
        raise SettingsError(_HEADING, [problem])
    if wanted is None and len(file.own) > 1:
        problem = Problem(key="--company", reason=_SEVERAL, values={"names": names})
        raise SettingsError(_HEADING, [problem])
    return wanted or next(iter(file.own), None)


_HEADING = phrase("Which company is meant is not clear:")
_UNKNOWN = phrase("says {wanted}, but the companies of {file} are {names}")
_NONE = phrase("says {wanted}, but {file} describes no company by name")
_SEVERAL = phrase("is missing: the settings hold several companies ({names})")


def misplaced(file: File, company: str) -> Iterator[Problem]:
    """Keys of a company that belong to the whole installation."""
    reason = phrase("is the same for every company: write it above them, without company.{company}")
    for name in file.own[company]:
        if name not in OWN and is_known(name):
            yield Problem(
                key=f"company.{company}.{name}", reason=reason, values={"company": company}, places=(str(file.path),)
            )


def is_known(name: str) -> bool:
    """Whether a setting, or a section, of that name exists."""
    return any(key == name or key.startswith(f"{name}.") for key in KEYS)


def of_one_firm(file: File, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that would bind every company to one firm."""
    if len(file.own) < 2:  # noqa: PLR2004 - several
        return
    reason = phrase("names one firm, but the file holds several companies: write it under [company.NAME.{section}]")
    for name in OF_ONE_FIRM:
        variable = KEYS[name].variable or ""
        if environ.get(variable, "").strip():
            section = name.partition(".")[0]
            yield Problem(key=variable, reason=reason, values={"section": section}, places=("environment",))


def checked(text: str, path: Path, company: str, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """What would be wrong with a settings file of that text, as far as `company` is concerned."""
    if not _NAME.fullmatch(company):
        return (Problem(key=f"company.{company}", reason=_BAD_NAME),)
    file = of_tree(tomllib.loads(text), path)
    others = tuple(described(file, name, environ) for name in file.own if name != company)
    found = confusions(described(file, company, environ), others, place_of(path, company))
    return (*file.problems, *misplaced(file, company), *found)


# -- who is who ------------------------------------------------------------------------------------------------------


def described(file: File, company: str, environ: Mapping[str, str]) -> Company:
    """Who a company is, from its own table, else the environment, else what is shared; what is wrong is left out."""

    def get(name: str) -> Any:
        key = KEYS[name]
        section, _, leaf = name.partition(".")
        try:
            if (value := _leaf(file.own[company], section, leaf)) is not None:
                return key.kind.from_toml(value, Path())
            if key.variable and (text := environ.get(key.variable, "")).strip():
                return key.kind.from_text(text, Path())
            value = _leaf(file.shared, section, leaf)
            return None if value is None else key.kind.from_toml(value, Path())
        except Wrong:
            return None

    return Company(
        key=company,
        name=get("seller.name"),
        siren=get("seller.siren"),
        siret=get("seller.siret"),
        firm_id=get("source.firm_id"),
        client_id=get("platform.client_id"),
        customer_id=get("platform.customer_id"),
    )


def _leaf(tree: Mapping[str, Any], section: str, leaf: str) -> object:
    table = tree.get(section)
    return table.get(leaf) if isinstance(table, dict) else None


def confusions(mine: Company, others: tuple[Company, ...], place: str) -> Iterator[Problem]:
    """What two companies may not share: a firm; a SIREN, but for two establishments; a customer id of two SIREN."""
    for other in others:
        values = {"other": other.key}
        if mine.key.casefold() == other.key.casefold():
            reason = phrase("and company.{other} are one name: capitals make no difference")
            yield Problem(key=f"company.{mine.key}", reason=reason, values=values, places=(place,))
        if mine.firm_id is not None and mine.firm_id == other.firm_id:
            reason = phrase("is {firm}, which is the firm of company.{other} too: each company has its own")
            yield Problem(key="source.firm_id", reason=reason, values={**values, "firm": mine.firm_id}, places=(place,))
        if mine.siren is not None and mine.siren == other.siren and not _two_establishments(mine, other):
            reason = phrase(
                "is {siren}, the SIREN of company.{other} too: two firms of one legal person need a seller.siret each, "
                "and not the same"
            )
            yield Problem(key="seller.siren", reason=reason, values={**values, "siren": mine.siren}, places=(place,))
        if mine.customer_id is not None and mine.customer_id == other.customer_id and _two_persons(mine, other):
            reason = phrase("is {customer}, which is the customer of company.{other} too, and the SIREN differ")
            values = {**values, "customer": mine.customer_id}
            yield Problem(key="platform.customer_id", reason=reason, values=values, places=(place,))

        if mine.customer_id is None and mine.client_id is not None and mine.client_id == other.client_id:
            reason = phrase("is missing: company.{other} has the same platform.client_id, so each names its customer")
            yield Problem(key="platform.customer_id", reason=reason, values=values, places=(place,))


def _two_establishments(mine: Company, other: Company) -> bool:
    return None not in (mine.siret, other.siret) and mine.siret != other.siret


def _two_persons(mine: Company, other: Company) -> bool:
    return None not in (mine.siren, other.siren) and mine.siren != other.siren
