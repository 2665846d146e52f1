"""The XML of the invoice out of anybody's PDF, under any of its accepted names.

ISO 32000-1, 7.11.4 (embedded files); Factur-X 1.09, ZUGFeRD 1 and XRechnung name the file.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from pdp_bridge.document.fields import refusal
from pdp_bridge.document.reading import MAX_BYTES
from pdp_bridge.document.xmp import XML_NAME
from pdp_bridge.errors import DocumentError

ACCEPTED_NAMES = (XML_NAME, "zugferd-invoice.xml", "xrechnung.xml")
"""Names under which the XML of an invoice may be embedded, compared without case; the first found is read."""

_BROKEN = (
    pikepdf.PdfError,
    pikepdf.PasswordError,
    pikepdf.DataDecodingError,
    AttributeError,
    KeyError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What pikepdf raises on files whose structure is not what it should be."""


def embedded(pdf: bytes) -> bytes:
    """The XML of the invoice inside a PDF made by anybody, under any accepted name.

    Raises `DocumentError`: `PDF_UNREADABLE` (damaged, encrypted), `XML_MISSING` (no invoice inside).
    """
    try:
        with Pdf.open(BytesIO(pdf)) as opened:
            found = {name.lower(): stream for name, stream in reversed(list(_files(opened)))}
            for name in ACCEPTED_NAMES:
                if name in found:
                    return _bytes(found[name])
    except pikepdf.PasswordError as error:
        raise _unreadable("it is protected by a password", "il est protégé par un mot de passe") from error
    except _BROKEN as error:
        raise _unreadable("it is damaged or not a PDF", "il est endommagé ou n’est pas un PDF") from error
    raise refusal(
        "XML_MISSING",
        f"Reading the PDF: no invoice is embedded in it (no file named {', '.join(ACCEPTED_NAMES)}).",
        f"Lecture du PDF : aucune facture n’y est jointe (aucun fichier nommé {', '.join(ACCEPTED_NAMES)}).",
    )


def _files(pdf: Pdf) -> Iterator[tuple[str, pikepdf.Object]]:
    """Name and stream of each embedded file: those of the name tree, then those only associated (/AF)."""
    specifications: list[pikepdf.Object] = [attached.obj for attached in pdf.attachments.values()]
    specifications += list(pdf.Root.get("/AF", Array()))
    for specification in specifications:
        names = [str(specification[key]) for key in ("/UF", "/F") if key in specification]
        files = specification.get("/EF", Dictionary())
        streams = [files[key] for key in ("/UF", "/F") if key in files]
        if names and streams:
            yield names[0], streams[0]


def _bytes(stream: pikepdf.Object) -> bytes:
    """The content, of bounded size: a small file may unpack to gigabytes."""
    if stream.get("/Filter") == Name.FlateDecode and "/DecodeParms" not in stream:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(stream.read_raw_bytes(), MAX_BYTES + 1)
    else:
        content = bytes(stream.read_bytes())
    if len(content) > MAX_BYTES:
        raise _unreadable(
            f"the embedded XML has more than {MAX_BYTES} bytes", f"le XML joint dépasse {MAX_BYTES} octets"
        )
    return content


def _unreadable(why: str, why_fr: str) -> DocumentError:
    return refusal(
        "PDF_UNREADABLE",
        f"Reading the PDF: {why}. Ask whoever made it for a sound one.",
        f"Lecture du PDF : {why_fr}. Demandez-en un bon à qui l’a fait.",
    )
