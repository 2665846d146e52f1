"""How the readable page looks: the operator's choices."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStyle:
    """`logo` holds PNG or JPEG bytes; `accent` is a CSS hex colour; `footer` is printed above the legal line.

    `qr_code` prints the code of the SEPA transfer that pays the invoice, when there is one.
    """

    logo: bytes | None = None
    accent: str = "#1f3a5f"
    footer: str | None = None
    qr_code: bool = True
