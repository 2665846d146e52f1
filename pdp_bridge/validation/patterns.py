"""Match patterns of XSLT, as far as they are paths of element names: what they match, and what they never share.

XSLT 2.0 §5.5. Read are `a/b`, `/a/b` and `//a/b`, with predicates, wildcards and alternatives (`|`); attributes, other
kinds of nodes, functions (`key()`) and `//` in the middle are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PIECE = re.compile(r"\"[^\"]*\"|'[^']*'|//|[/|\[\]]|[^/|\[\]\"']+")
_NAME = re.compile(r"(?:(?P<prefix>[^\W\d][\w.-]*|\*):)?(?P<local>[^\W\d][\w.-]*|\*)")


class NotAPath(Exception):
    """The pattern is of a kind that is not read here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path. `namespace` and `local` are None where any will do."""

    text: str  # as written, with its predicates
    namespace: str | None
    local: str | None

    def apart(self, other: Step) -> bool:
        """No element is both."""
        return _differ(self.namespace, other.namespace) or _differ(self.local, other.local)


@dataclass(frozen=True, slots=True)
class NodePath:
    """Parents and children by name, the last being the node matched. `rooted`: the first is the root element."""

    rooted: bool
    steps: tuple[Step, ...]

    @property
    def start(self) -> str:
        """The expression that selects, from anywhere, every element that the first step matches."""
        return ("/" if self.rooted else "//") + self.steps[0].text

    def apart(self, other: NodePath) -> bool:
        """No element matches both, whatever their predicates say: the names differ, or the depths."""
        if self.rooted and len(other.steps) > len(self.steps):
            return True
        if other.rooted and len(self.steps) > len(other.steps):
            return True
        pairs = zip(reversed(self.steps), reversed(other.steps), strict=False)
        return any(mine.apart(theirs) for mine, theirs in pairs)


def paths(pattern: str, prefixes: Mapping[str, str]) -> tuple[NodePath, ...]:
    """The alternatives of a pattern. Raises `NotAPath` for anything that is not a path of element names.

    >>> [path.start for path in paths("a/b | /c[d = '|']", {})]
    ['//a', "/c[d = '|']"]
    """
    if "current(" in pattern or "(:" in pattern:  # the first means another node once the pattern is an expression
        raise NotAPath(pattern)
    alternatives: list[list[str]] = [[]]
    depth = 0
    for piece in _pieces(pattern):
        if piece == "|" and depth == 0:
            alternatives.append([])
            continue
        alternatives[-1] += [piece] if depth == 0 and piece in {"/", "//"} else _joined(alternatives[-1], piece)
        depth += {"[": 1, "]": -1}.get(piece, 0)
    if depth != 0:
        raise NotAPath(pattern)
    return tuple(_path(parts, prefixes) for parts in alternatives)


def _pieces(pattern: str) -> list[str]:
    pieces = _PIECE.findall(pattern)
    if "".join(pieces) != pattern:  # a quote that is never closed
        raise NotAPath(pattern)
    return pieces


def _joined(parts: list[str], piece: str) -> list[str]:
    """The piece as a part of its own, or taken into the step before it."""
    if parts and parts[-1] not in {"/", "//"}:
        parts[-1] += piece
        return []
    return [piece]


def _path(parts: list[str], prefixes: Mapping[str, str]) -> NodePath:
    stripped = [part.strip() for part in parts if part.strip()]
    rooted = stripped[:1] == ["/"]
    if stripped[:1] in (["/"], ["//"]):
        stripped = stripped[1:]
    if not stripped or set(stripped[1::2]) - {"/"} or len(stripped) % 2 == 0:
        raise NotAPath("".join(parts))
    return NodePath(rooted, tuple(_step(part, prefixes) for part in stripped[::2]))


def _step(text: str, prefixes: Mapping[str, str]) -> Step:
    name = _NAME.fullmatch(text.partition("[")[0].strip())
    if name is None:
        raise NotAPath(text)
    prefix, local = name["prefix"], name["local"]
    anywhere = prefix == "*" or (prefix is None and local == "*")
    if prefix not in {None, "*", *prefixes}:
        raise NotAPath(text)
    namespace = None if anywhere else prefixes.get(prefix, "")
    return Step(text, namespace, None if local == "*" else local)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
