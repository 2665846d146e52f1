"""What decides, beside the record itself, whether an invoice may be sent: the program, the rules, the settings.

While none of it has changed, what was refused or held yesterday is so today, and only a few are looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from hashlib import sha256

from pdp_bridge import __version__
from pdp_bridge.model.page import PageStyle
from pdp_bridge.model.seller import Seller


def outlook(seller: Seller, style: PageStyle) -> str:
    """A name of all of it, the same in every process: a SHA-256.

    >>> from pdp_bridge.model.page import PageStyle
    >>> from pdp_bridge.testing.samples import SELLER
    >>> one, other = (outlook(Seller(party=SELLER), PageStyle(footer=footer)) for footer in ("a", "b"))
    >>> one == other
    False
    """
    return sha256("\n".join([__version__, _rules(), _said(seller), _said(style)]).encode()).hexdigest()


def _rules() -> str:
    """Each file of the rules in use, or why they cannot be used: mended, they may judge otherwise."""
    from pdp_bridge.validation.rulesets import RulesUnavailable, rule_sets, verify  # noqa: PLC0415 - lxml, when needed

    try:
        for rules in rule_sets().values():
            verify(rules)
    except RulesUnavailable as error:
        return str(error)
    return str(sorted((name, repr(rules)) for name, rules in rule_sets().items()))


def _said(value: object) -> str:
    if is_dataclass(value):
        return f"{type(value).__name__}({[(each.name, _said(getattr(value, each.name))) for each in fields(value)]})"
    if isinstance(value, Mapping):
        return str(sorted((str(key), _said(inner)) for key, inner in value.items()))
    return str(sorted(map(_said, value))) if isinstance(value, AbstractSet) else repr(value)
