"""What every part of the page needs: the invoice, its words, its figures, its colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from reportlab.lib.colors import Color, HexColor

from pdp_bridge.document import fonts
from pdp_bridge.document.fields import refusal
from pdp_bridge.document.figures import Figures
from pdp_bridge.document.layout import GREY, INK, WHITE, Ink, Paragraph, Pen, ink, paragraph
from pdp_bridge.document.texts import text
from pdp_bridge.model.codes import CREDIT_NOTE_TYPES, VatCategory
from pdp_bridge.model.invoice import Invoice, VatBreakdown
from pdp_bridge.model.page import PageStyle

_FRANCHISE = "VATEX-FR-FRANCHISE"
_DARK_BELOW = 0.6
"""Luminance from which dark letters read better than white ones on a colour."""
_READABLE_UP_TO = 0.45
"""Luminance of the lightest letters on white."""

CREDIT = ink(HexColor("#1e6b4a"))
"""Title and amount of a credit note, whatever the accent: nobody shall pay it."""

BODY = Pen(9.0, leading=12.2)
STRONG = Pen(9.0, fonts.BOLD, leading=12.2)
SMALL = Pen(7.8, color=GREY, leading=10.4)
FINE = Pen(7.0, color=GREY, leading=9.3)


@dataclass(frozen=True, slots=True)
class Draft:
    """One invoice about to be drawn."""

    invoice: Invoice
    figures: Figures
    accent: Ink
    accent_ink: Ink  # the accent for letters on white: darkened when it is too light to be read
    on_accent: Ink  # for letters on the accent
    without_vat: bool  # under the franchise en base or wholly outside the scope: the page then has no VAT column

    @classmethod
    def of(cls, invoice: Invoice, style: PageStyle) -> Draft:
        """Raises `DocumentError` (`ACCENT_INVALID`) when the accent is not a colour."""
        try:
            accent, accent_ink, on_accent = _inks(style.accent)
        except (ValueError, TypeError) as error:
            raise refusal(
                "ACCENT_INVALID",
                f"Drawing the page: “{style.accent}” is not a colour such as #1f3a5f (setting style.accent)."
                " Put one there.",
                f"Dessin de la page : « {style.accent} » n’est pas une couleur comme #1f3a5f (réglage style.accent)."
                " Indiquez-en une.",
                value=style.accent,
            ) from error
        return cls(
            invoice,
            Figures(invoice.language, invoice.currency),
            accent=accent,
            accent_ink=accent_ink,
            on_accent=on_accent,
            without_vat=_without_vat(invoice.vat_breakdown),
        )

    def say(self, key: str, **values: str) -> str:
        """The words of `key` in the language of the invoice."""
        return text(key, self.invoice.language, **values)

    def label(self, key: str, width: float, before: float = 0.0) -> Paragraph:
        """A small heading in capitals, in the accent."""
        pen = Pen(6.6, fonts.BOLD, self.accent_ink, leading=10.5)
        return paragraph(self.say(key).upper(), pen, width, before)

    @property
    def credit(self) -> bool:
        """True for a credit note: the amount is the buyer's."""
        return self.invoice.type in CREDIT_NOTE_TYPES


def _without_vat(breakdown: tuple[VatBreakdown, ...]) -> bool:
    return bool(breakdown) and all(
        one.exemption_code == _FRANCHISE or one.category == VatCategory.OUT_OF_SCOPE for one in breakdown
    )


@lru_cache(maxsize=16)
def _inks(accent: str) -> tuple[Ink, Ink, Ink]:
    """The accent, the accent for letters on white, the ink for letters on the accent."""
    color = HexColor(accent)
    luminance = 0.299 * color.red + 0.587 * color.green + 0.114 * color.blue
    darker = min(1.0, _READABLE_UP_TO / max(luminance, 0.01))
    readable = Color(color.red * darker, color.green * darker, color.blue * darker)
    return ink(color), ink(readable), INK if luminance > _DARK_BELOW else WHITE
