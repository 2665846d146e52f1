"""The values found so far, each with its origin, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pdp_bridge.settings.keys import KEYS, Key
from pdp_bridge.settings.problems import Problem, Wrong, phrase
from pdp_bridge.settings.search import Found

DEFAULT = "default"


@dataclass(kw_only=True)
class Gathered:
    """Filled from the weakest place to the strongest: what is kept later replaces what was kept before."""

    found: Found
    environ: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    missing: dict[str, list[Problem]] = field(default_factory=dict)

    def keep(self, key: Key, value: object, origin: str) -> None:
        """A good value. It also replaces a wrong one of a weaker place."""
        self.problems = [problem for problem in self.problems if problem.key != key.name]
        self.values[key.name] = value
        self.origins[key.name] = origin

    def refuse(self, key: Key, wrong: Wrong, origin: str) -> None:
        """A value that cannot be used."""
        self.problems = [problem for problem in self.problems if problem.key != key.name]
        self.problems.append(Problem(key=key.name, reason=wrong.reason, values=wrong.values, places=(origin,)))
        self.values.pop(key.name, None)
        self.origins[key.name] = origin

    def get(self, name: str) -> Any:
        """The value of a key, or its default."""
        return self.values.get(name, KEYS[name].default)

    def given(self, prefix: str) -> bool:
        """Whether the operator said anything in that section, right or wrong."""
        return any(name.startswith(prefix) for name in self.origins)

    def wrong(self, name: str) -> bool:
        """Whether the key was given and refused: then it is not missing."""
        return any(problem.key == name for problem in self.problems)

    def complain(self, name: str, reason: str, **values: object) -> None:
        """Two good values that do not go together; told on `name`."""
        origin = self.origins.get(name, DEFAULT)
        self.problems.append(Problem(key=name, reason=reason, values=values, places=(origin,)))

    def require(self, section: str, names: Iterable[str]) -> bool:
        """Note, for the day the section is needed, which of its keys are missing; True when none is."""
        for name in names:
            if name not in self.values and not self.wrong(name):
                self.missing.setdefault(section, []).append(self._missing(name))
        return section not in self.missing and not any(self.wrong(name) for name in names)

    def _missing(self, name: str) -> Problem:
        variables = (KEYS[each].variable for each in (name, f"{name}_file") if each in KEYS)
        places = tuple(f"environment {variable}" for variable in variables if variable)
        return Problem(key=name, reason=phrase("is missing"), places=places)

    def searched(self) -> tuple[str, ...]:
        """The files where a missing setting was looked for."""
        if self.found.path is not None:
            return (str(self.found.path),)
        return tuple(f"{path} (absent)" for path in self.found.searched)
