"""The settings file that `init` writes: TOML with a line of comment where a person will wonder."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pdp_bridge.cli.words import _


def toml_text(values: Mapping[str, object], *, company: str | None = None) -> str:
    """The answers as TOML, section by section, in the order of the settings; those of `company` under its name."""
    heading = "# " + _("Settings of pdp-bridge. `pdp-bridge settings` shows what is in force and where it comes from.")
    lines = [heading, *sections_text(values, company=company)]
    return "\n".join(lines) + "\n"


def sections_text(values: Mapping[str, object], *, company: str | None = None) -> list[str]:
    """The lines of the sections alone, to be added to a file."""
    from pdp_bridge.settings import KEYS

    comments = _comments()
    lines: list[str] = []
    section = ""
    for key in KEYS:
        if key not in values:
            continue
        of, _dot, leaf = key.rpartition(".")
        if of != section:
            lines += ["", f"[company.{company}.{of}]" if company else f"[{of}]"]
            section = of
            lines += [f"# {line}" for line in comments.get(of, "").splitlines()]
        lines += [f"# {line}" for line in comments.get(key, "").splitlines()]
        lines.append(f"{leaf} = {_toml(values[key])}")
    return lines


def _comments() -> dict[str, str]:
    return {
        "environment": _('"sandbox" for tests, "production" for real invoices: two Iopole accounts, two journals.'),
        "seller.vat_on_debits": _("true only if you opted to pay VAT on debits (« option pour les débits »)."),
        "seller.default_operation": _("What you usually sell: goods, services or mixed."),
        "mentions": _("Legal wordings printed on every invoice. They are yours: have them checked."),
        "source": _("The API key comes from the environment: FACTURATION_PRO_API_KEY,\nor from a file: api_key_file."),
        "platform": _(
            "The secret comes from the environment: IOPOLE_CLIENT_SECRET,\nor from a file: client_secret_file."
        ),
    }


def _toml(value: object) -> str:
    """A TOML value; JSON's escapes of a text are TOML's too.

    >>> _toml(("12 rue de l'Exemple", 'Bâtiment "A"'))
    '["12 rue de l\\'Exemple", "Bâtiment \\\\"A\\\\""]'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
