"""The seller's logo: PNG or JPEG bytes → a flat RGB picture of the size that paper can show."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from pdp_bridge.document.fields import refusal
from pdp_bridge.document.notation import Object, flate
from pdp_bridge.errors import DocumentError

MAX_WIDTH, MAX_HEIGHT = 170.0, 54.0
"""Points."""
_PIXELS_PER_POINT = 300 / 72
_MAX_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as documents embed it: its size in pixels, its packed RGB, and a name for them."""

    width: int
    height: int
    packed: bytes
    name: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points, within the largest allowed."""
        scale = min(MAX_WIDTH / self.width, MAX_HEIGHT / self.height)
        return self.width * scale, self.height * scale

    def written(self) -> Object:
        """The image of a document."""
        about = b"/Type /XObject /Subtype /Image /Width %d /Height %d " % (self.width, self.height)
        return flate(self.packed, about + b"/BitsPerComponent 8 /ColorSpace /DeviceRGB")


@lru_cache(maxsize=4)
def picture(data: bytes) -> Picture:
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
    packed = zlib.compress(flat.tobytes(), 9)
    return Picture(*flat.size, packed, hashlib.sha256(packed).hexdigest())


def _unreadable(why: str) -> DocumentError:
    return refusal(
        "LOGO_UNREADABLE",
        f"Drawing the page: the logo is not a PNG or JPEG picture of reasonable size ({why}). Setting: style.logo."
        " Give another picture.",
        f"Dessin de la page : le logo n’est pas une image PNG ou JPEG de taille raisonnable ({why}). "
        "Réglage : style.logo."
        " Donnez une autre image.",
    )
