"""The search language of Iopole's index, as far as it is documented or used: `field:"value"` with AND and OR.

`*` stands for any characters; dates take `>`, `>=`, `<`, `<=`. An unknown field is an error, as on the real index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

_TERM = re.compile(
    r"\s*(?P<field>[A-Za-z.]+):\s*(?P<compare>[<>]=?)?\s*(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^\s\"]+))\s*"
)
_JOIN = re.compile(r"(AND|OR)\b")


class BadQuery(Exception):
    """The query cannot be parsed, or names an unknown field."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on one field."""

    field: str
    compare: str
    value: str

    def holds(self, fields: Mapping[str, str]) -> bool:
        """Whether a deposit with these field values satisfies the condition."""
        have = fields[self.field]
        if not self.compare:
            return fnmatchcase(have.lower(), self.value.lower().replace("[", "[[]"))
        above, equal = have > self.value, have == self.value
        return {">": above, ">=": above or equal, "<": not above and not equal, "<=": not above}[self.compare]


Query = tuple[tuple[Term, ...], ...]
"""Any of these groups, each with all of its terms."""


def parse(text: str, known: frozenset[str]) -> Query:
    """The query; empty text is the query that everything satisfies. Raises `BadQuery`."""
    if not text.strip():
        return ((),)
    groups: list[list[Term]] = [[]]
    position = 0
    while True:
        found = _TERM.match(text, position)
        if found is None or found["field"] not in known:
            raise BadQuery("Unable to parse correctly query search")
        value = found["quoted"] if found["quoted"] is not None else found["bare"]
        groups[-1].append(Term(found["field"], found["compare"] or "", value))
        position = found.end()
        if position == len(text):
            return tuple(tuple(group) for group in groups)
        join = _JOIN.match(text, position)
        if join is None:
            raise BadQuery("Unable to parse correctly query search")
        if join[1] == "OR":
            groups.append([])
        position = join.end()


def satisfies(query: Query, fields: Mapping[str, str]) -> bool:
    """Whether a deposit with these field values is found."""
    return any(all(term.holds(fields) for term in group) for group in query)
