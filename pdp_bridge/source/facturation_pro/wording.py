"""Texts of the source as plain text: no tags, no entities, no control characters, one Unicode form (NFC).

The source's text fields hold whatever people pasted: `<b>…</b>`, `&amp;`, `\\r\\n`, tabs, invisible characters. XML 1.0
cannot carry control characters, and the readable page shows text, never markup.
"""

from __future__ import annotations

import html
import re
import unicodedata

_TAG = re.compile(
    r"</?(?:a|b|blockquote|code|del|div|em|font|h[1-6]|hr|i|img|ins|li|ol|p|pre|s|small|span|strike|strong|sub|sup"
    r"|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_LINE_END = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff")
_PLACEHOLDER = re.compile(r"\{\{|\{%|%\{")


def plain(text: str) -> str:
    """The text in lines: tags and controls removed, entities resolved once, NFC, no trailing blanks.

    >>> plain("<b>Audit</b>&nbsp;:\\r\\n- a &amp; b")
    'Audit\\xa0:\\n- a & b'
    """
    unmarked = _TAG.sub("", _BREAK.sub("\n", text))
    lines = _LINE_END.split(html.unescape(unmarked))
    kept = (_visible(line).rstrip() for line in lines)
    return unicodedata.normalize("NFC", "\n".join(kept).strip())


def one_line(text: str) -> str:
    """The text on one line, blanks collapsed: for names, numbers and references.

    >>> one_line("  Dupont\\t&amp; fils\\n SARL ")
    'Dupont & fils SARL'
    """
    return " ".join(plain(text).replace("\u00a0", " ").split())


def lines_of(text: str) -> list[str]:
    """The non-empty lines of a plain text, blanks collapsed."""
    return [line for line in (" ".join(part.split()) for part in text.split("\n")) if line]


def folded(text: str) -> str:
    """Without accents and case, blanks collapsed: for recognising words, never for output.

    >>> folded("Acompte n°12 À régler")
    'acompte n°12 a regler'
    """
    decomposed = unicodedata.normalize("NFD", one_line(text))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def unfinished(text: str) -> bool:
    """True when a template of the source was not filled in: `{{ … }}`, `{% … %}` or `%{mois}`."""
    return bool(_PLACEHOLDER.search(text))


def _visible(line: str) -> str:
    return "".join(c for c in line.replace("\t", " ") if c not in _INVISIBLE and not _forbidden(c))


def _forbidden(character: str) -> bool:
    """Controls, lone surrogates and noncharacters: not allowed, or not advised, in XML 1.0."""
    code = ord(character)
    return unicodedata.category(character) in ("Cc", "Cs") or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noqa: PLR2004 - Unicode noncharacters
