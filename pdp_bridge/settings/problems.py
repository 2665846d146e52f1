"""What is wrong with the settings: every problem, by key, in words that a catalogue can translate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pdp_bridge.errors import ConfigError


class Wrong(ValueError):
    """A value cannot be used. `reason` is a constant English template, `values` fills it: both can be translated."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason.format(**values))
        self.reason = reason
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One setting to correct. `places` is where the wrong value stands, or everywhere a missing one was looked for."""

    key: str
    reason: str  # template, English
    values: Mapping[str, object] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        places = f" ({'; '.join(self.places)})" if self.places else ""
        return f"{self.key} {self.reason.format(**self.values)}{places}"


class SettingsError(ConfigError):
    """Everything that is wrong with the settings, together."""

    def __init__(self, heading: str, problems: Sequence[Problem], **values: object) -> None:
        lines = [heading.format(**values), *(f"  {problem}" for problem in problems)]
        super().__init__("\n".join(lines), key=problems[0].key if problems else None)
        self.heading = heading
        self.heading_values = values
        self.problems = tuple(problems)
