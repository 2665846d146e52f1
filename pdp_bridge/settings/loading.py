"""From the places where settings stand to one `Settings`: argument, environment, TOML file, default.

Nothing stops at the first problem: a person corrects everything in one go.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pdp_bridge.errors import without_frames
from pdp_bridge.settings import search
from pdp_bridge.settings.assembly import settings_from
from pdp_bridge.settings.company_tables import (
    OWN,
    VARIABLE,
    File,
    checked,
    chosen,
    confusions,
    described,
    is_known,
    misplaced,
    of_one_firm,
    place_of,
    read,
)
from pdp_bridge.settings.gathered import Gathered
from pdp_bridge.settings.keys import KEYS, SECTION_ALIASES, Key
from pdp_bridge.settings.problems import Problem, SettingsError, Wrong, phrase
from pdp_bridge.settings.values import Company, Settings


def load(
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
    arguments: Mapping[str, object] | None = None,
    *,
    company: str | None = None,
) -> Settings:
    """The settings in force. `arguments` are keys of the TOML file that the caller decided, e.g. `language`.

    `company` is a `[company.NAME]` of the file; needed when it holds several, and `PDP_BRIDGE_COMPANY` names none.
    A missing seller or access is no error here: see `Settings.require_seller` and the like.
    Raises `SettingsError` (a `ConfigError`) that names everything wrong.
    """
    try:
        return _loaded(config, os.environ if environ is None else environ, arguments or {}, company)
    except SettingsError as error:
        raise without_frames(error) from None


def _loaded(
    config: Path | None, environment: Mapping[str, str], arguments: Mapping[str, object], company: str | None
) -> Settings:
    found = search.config_file(config, environment)
    file = read(found.path)
    mine = chosen(file, company, environment)
    gathered = Gathered(found=found, environ=environment)
    gathered.problems.extend(file.problems)
    _read_tree(file.shared, found.path, str(found.path), gathered)
    _read_environment(environment, gathered)
    others = _read_company(file, mine, gathered) if mine is not None else ()
    for name, value in arguments.items():
        _keep(KEYS[name], value, Path(), "argument", gathered)
    settings = settings_from(gathered)
    if gathered.problems:
        count = len(gathered.problems)
        one, several = phrase("{count} setting must be corrected:"), phrase("{count} settings must be corrected:")
        raise SettingsError(one if count == 1 else several, gathered.problems, count=count)
    return replace(settings, company=mine, others=others)


def _read_company(file: File, mine: str, gathered: Gathered) -> tuple[Company, ...]:
    """What the company says itself, stronger than the environment; returns the other companies of the file."""
    place = place_of(file.path, mine)
    gathered.problems.extend(misplaced(file, mine))
    gathered.problems.extend(of_one_firm(file, gathered.environ))
    own = {name: value for name, value in file.own[mine].items() if name in OWN or not is_known(name)}
    _read_tree(own, file.path, place, gathered)
    others = tuple(described(file, name, gathered.environ) for name in file.own if name != mine)
    gathered.problems.extend(confusions(described(file, mine, gathered.environ), others, place))
    return others


def companies(config: Path | None = None, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The names of the companies of the settings file, in its order; none when it describes one seller alone.

    Raises `SettingsError` when the file cannot be read.
    """
    return tuple(read(search.config_file(config, os.environ if environ is None else environ).path).own)


def meant(
    config: Path | None = None, company: str | None = None, environ: Mapping[str, str] | None = None
) -> tuple[str | None, ...]:
    """Whom a command is for: the company that is named, else every one; (None,) when one seller alone is described.

    Raises `SettingsError` when the file cannot be read.
    """
    environment = os.environ if environ is None else environ
    named = company or environment.get(VARIABLE, "").strip() or None
    return (named,) if named else companies(config, environment) or (None,)


def added(text: str, path: Path, company: str, environ: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """What would be wrong with a settings file of that text, once `company` was added to it."""
    return checked(text, path, company, os.environ if environ is None else environ)


def shared_keys(path: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """The companies of a file, and the keys that stand above them. Raises `SettingsError`."""
    file = read(path)
    return tuple(file.own), frozenset(name for name, _value in _leaves(file.shared))


def problems_with(values: Mapping[str, object]) -> tuple[Problem, ...]:
    """What is wrong with these keys alone, whatever else is configured: answers as they are being given."""
    gathered = Gathered(found=search.Found(path=None, searched=()), environ={})
    for name, value in values.items():
        _keep(KEYS[name], value, Path(), "argument", gathered)
    settings_from(gathered)
    return tuple(gathered.problems)


def _read_tree(tree: Mapping[str, Any], path: Path | None, origin: str, gathered: Gathered) -> None:
    folder = path.parent if path is not None else Path()
    for name, value in _leaves(tree):
        if name in KEYS:
            _keep(KEYS[name], value, folder, origin, gathered)
        else:
            gathered.problems.append(unknown(name, value, places=(origin,)))


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every key with its value; a table that is no section of ours is one value."""
    for name, value in tree.items():
        dotted = f"{prefix}{name}"
        if isinstance(value, dict) and dotted not in KEYS and is_known(dotted):
            yield from _leaves(value, f"{dotted}.")
        else:
            yield dotted, value


def unknown(name: str, value: object = None, *, places: tuple[str, ...] = ()) -> Problem:
    """A key that no setting bears, with the known one that a person most likely meant."""
    if any(key.startswith(f"{name}.") for key in KEYS):
        return Problem(key=name, reason=phrase("is a section: write [{name}]"), values={"name": name}, places=places)
    nearest = _nearest(name, value)
    if nearest is None:
        return Problem(key=name, reason=phrase("is not a known setting"), places=places)
    reason = phrase("is not a known setting; did you mean {nearest}?")
    return Problem(key=name, reason=reason, values={"nearest": nearest}, places=places)


def _nearest(name: str, value: object) -> str | None:
    """The known key a person most likely meant: a neighbour spelt alike, else the same word in another section."""
    if isinstance(value, dict):
        sections = {key.rpartition(".")[0] for key in KEYS if "." in key} | set(SECTION_ALIASES)
        return next(iter(get_close_matches(name, sections, n=1)), None)
    section, _, leaf = name.rpartition(".")
    neighbours = [key for key in KEYS if key.rpartition(".")[0] == section]
    close = get_close_matches(leaf, [key.rpartition(".")[2] for key in neighbours], n=1)
    if close:
        return f"{section}.{close[0]}" if section else close[0]
    same_word = [key for key in KEYS if key.rpartition(".")[2] == leaf]
    return next(iter(same_word), None) or next(iter(get_close_matches(name, KEYS, n=1)), None)


def _read_environment(environ: Mapping[str, str], gathered: Gathered) -> None:
    for key in KEYS.values():
        text = environ.get(key.variable, "") if key.variable else ""
        if text.strip():
            try:
                value = key.kind.from_text(text, Path())
            except Wrong as wrong:
                gathered.refuse(key, wrong, f"environment {key.variable}")
            else:
                gathered.keep(key, value, f"environment {key.variable}")


def _keep(key: Key, value: object, folder: Path, origin: str, gathered: Gathered) -> None:
    try:
        gathered.keep(key, key.kind.from_toml(value, folder), origin)
    except Wrong as wrong:
        gathered.refuse(key, wrong, origin)
