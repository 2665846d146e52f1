"""What is wrong with the settings: every problem, by key, in words that a catalogue can translate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pdp_bridge.errors import ConfigError


def phrase(text: str) -> str:
    """The text itself: marks, for the catalogues, a sentence that is translated where it is shown."""
    return text


SEARCHED = phrase("Looked for in the environment and in {files}.")


class Wrong(ValueError):
    """A value cannot be used. `reason` is a constant English template, `values` fills it: both can be translated."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason.format(**values))
        self.reason = reason
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One setting to correct. `places`: where a wrong value stands, or the variables that may hold a missing one."""

    key: str
    reason: str  # template, English
    values: Mapping[str, object] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        places = f" ({', '.join(self.places)})" if self.places else ""
        return f"{self.key} {self.reason.format(**self.values)}{places}"


class SettingsError(ConfigError):
    """Everything that is wrong with the settings, together. `searched`: files where missing ones were looked for."""

    def __init__(
        self, heading: str, problems: Sequence[Problem], *, searched: Sequence[str] = (), **values: object
    ) -> None:
        lines = [heading.format(**values), *(f"  {problem}" for problem in problems)]
        if searched:
            lines.append(SEARCHED.format(files=", ".join(searched)))
        super().__init__("\n".join(lines), key=problems[0].key if problems else None)
        self.heading = heading
        self.heading_values = values
        self.problems = tuple(problems)
        self.searched = tuple(searched)
