"""The seller's logo: PNG or JPEG bytes → a flat RGB picture of the size that paper can show."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image
from reportlab.lib.utils import ImageReader

from pdp_bridge.document.fields import refusal
from pdp_bridge.errors import DocumentError

MAX_WIDTH, MAX_HEIGHT = 170.0, 54.0
"""Points."""
_PIXELS_PER_POINT = 300 / 72
_MAX_PIXELS = 40_000_000


@lru_cache(maxsize=4)
def picture(data: bytes) -> ImageReader:
    """The logo, its transparency laid on white. Raises `DocumentError` (`LOGO_UNREADABLE`)."""
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise _unreadable(f"{image.width} × {image.height} px")
            coloured = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise _unreadable(str(error)) from error
    flat = Image.new("RGB", coloured.size, "white")
    flat.paste(coloured, mask=coloured.getchannel("A"))
    flat.thumbnail((int(MAX_WIDTH * _PIXELS_PER_POINT), int(MAX_HEIGHT * _PIXELS_PER_POINT)), Image.Resampling.LANCZOS)
    return ImageReader(flat)


def size(image: ImageReader) -> tuple[float, float]:
    """Width and height in points, within the largest allowed."""
    width, height = image.getSize()
    scale = min(MAX_WIDTH / width, MAX_HEIGHT / height)
    return width * scale, height * scale


def _unreadable(why: str) -> DocumentError:
    return refusal(
        "LOGO_UNREADABLE",
        f"Drawing the page: the logo is not a PNG or JPEG picture of reasonable size ({why}). Setting: style.logo."
        " Give another picture.",
        f"Dessin de la page : le logo n’est pas une image PNG ou JPEG de taille raisonnable ({why}). "
        "Réglage : style.logo."
        " Donnez une autre image.",
    )
