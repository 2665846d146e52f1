"""A text that never prints."""

from __future__ import annotations


class Secret:
    """A credential: shown as `<secret>` wherever it is printed, formatted or logged; `reveal()` gives the text.

    >>> str(Secret("s3cr3t")), repr(Secret("s3cr3t")), f"{Secret('s3cr3t'):>10}"
    ('<secret>', '<secret>', '  <secret>')
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the adapter that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not written to a file or to another process")
