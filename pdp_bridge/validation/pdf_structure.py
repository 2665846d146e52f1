"""PDF/A-3 structure, on the bytes and on the objects: what makes a file refusable by a PDF/A validator.

ISO 19005-3:2012, clauses 6.1 to 6.6, for the level B; a clause is cited in each docstring. The list is that of faults
met in invoices: it is not a full PDF/A validator, and does not claim to be one.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

from pikepdf import Array, Dictionary, Object, Stream

from pdp_bridge.model.report import Finding
from pdp_bridge.validation.pdf_walk import Content, Opened, filters, held
from pdp_bridge.validation.wording import error

_HEADER = re.compile(
    rb"%PDF-1\.[0-7](?:\r\n|\r|\n)%[^\r\n]*?[\x80-\xff][^\r\n]*?[\x80-\xff][^\r\n]*?[\x80-\xff]"
    rb"[^\r\n]*?[\x80-\xff]"
)
_END = re.compile(rb"%%EOF(?:\r\n|\r|\n)?\Z")
_FORBIDDEN_ACTIONS = frozenset(
    "/Launch /Sound /Movie /ResetForm /ImportData /Hide /SetOCGState /Rendition /Trans /GoTo3DView /JavaScript".split()  # noqa: SIM905 - a table
)
_ACTING = re.compile(
    rb"/(?:AA|JavaScript|JS|S (?:[0-9]+ [0-9]+ R|%s))(?![^\x00\t\n\f\r ()<>\[\]{}/%%])"
    % b"|".join(re.escape(name).encode() for name in sorted(_FORBIDDEN_ACTIONS))
)
"""What `pdf_action` refuses, in an object as qpdf writes it: where none stands, no dictionary need be gone through.

What kind of action it is may stand in an object of its own.
"""
_FORBIDDEN_FILTERS = frozenset({"/LZWDecode", "/Crypt", "/LZW"})
_FORBIDDEN_ANNOTATIONS = frozenset({"/3D", "/Sound", "/Screen", "/Movie"})
_WITHOUT_APPEARANCE = frozenset({"/Popup", "/Link"})
_PRINT, _UNSEEN = 0b100, 0b100100011
"""Annotation flags: print; and invisible, hidden, no view, toggle no view (ISO 32000-1, table 165)."""
_ICC_HEADER = 128
_COLOUR_OPERATORS = {"rg": "/DeviceRGB", "RG": "/DeviceRGB", "k": "/DeviceCMYK", "K": "/DeviceCMYK"}
_COMPONENTS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}

BytesRule = Callable[[bytes], Iterator[Finding]]
PdfRule = Callable[[Opened], Iterator[Finding]]


# On the bytes


def pdf_header(content: bytes) -> Iterator[Finding]:
    """The file starts with %PDF-1.n and a comment of four bytes above 127 (6.1.2)."""
    if not _HEADER.match(content):
        yield error(
            "PDF_HEADER",
            "The PDF does not start with its version and the comment that marks it as binary: make it again.",
            "Le PDF ne commence pas par sa version et le commentaire qui le dit binaire : refaites-le.",
            value=content[:16],
        )


def pdf_end(content: bytes) -> Iterator[Finding]:
    """Nothing follows the last %%EOF but one end of line (6.1.3)."""
    if not _END.search(content[-32:]):
        yield error(
            "PDF_END",
            "The PDF does not end with %%EOF: it is cut short, or something was added after it."
            " Make the PDF again with `pdp-bridge render`.",
            "Le PDF ne finit pas par %%EOF : il est tronqué, ou quelque chose a été ajouté après."
            " Refaites le PDF avec `pdp-bridge render`.",
        )


# On the objects


def pdf_trailer_id(opened: Opened) -> Iterator[Finding]:
    """The trailer holds a file identifier (6.1.3)."""
    identifier = opened.pdf.trailer.get("/ID")
    if not (isinstance(identifier, Array) and len(identifier) == 2 and all(bytes(part) for part in identifier)):  # noqa: PLR2004
        yield error(
            "PDF_TRAILER_ID",
            "The PDF has no file identifier (ID in its trailer): make it again.",
            "Le PDF n’a pas d’identifiant de fichier (ID) : refaites-le.",
        )


def pdf_encrypted(opened: Opened) -> Iterator[Finding]:
    """The file is not encrypted, not even with an empty password (6.1.3)."""
    if opened.pdf.is_encrypted or "/Encrypt" in opened.pdf.trailer:
        yield error(
            "PDF_ENCRYPTED",
            "The PDF is encrypted: an invoice that travels must be readable by all."
            " Make the PDF again with `pdp-bridge render`.",
            "Le PDF est chiffré : une facture qui circule doit pouvoir être lue par tous."
            " Refaites le PDF avec `pdp-bridge render`.",
        )


def pdf_damaged(opened: Opened) -> Iterator[Finding]:
    """The file needs no repair to be read (6.1)."""
    complete = () if opened.well_formed and not opened.pdf.is_linearized else opened.pdf.check_pdf_syntax()
    problems = [*opened.pdf.get_warnings(), *complete]
    if problems:
        yield error(
            "PDF_DAMAGED",
            "The PDF is damaged: readers must repair it before they show it. Make it again.",
            "Le PDF est endommagé : les lecteurs doivent le réparer pour l’afficher. Refaites-le.",
            value=without_stream(problems[0]),
        )


def pdf_action(opened: Opened) -> Iterator[Finding]:
    """No script, no action that does more than show or go somewhere, nothing on opening a page (6.6.1, 6.6.2)."""
    found = sorted({name for item in opened.dictionaries(_ACTING) for name in _actions(item)})
    if found:
        yield error(
            "PDF_ACTION",
            f"The PDF holds a script or an action that PDF/A forbids ({', '.join(found)}): make it without.",
            f"Le PDF contient un script ou une action interdits en PDF/A ({', '.join(found)}) : refaites-le sans.",
            value=", ".join(found),
        )


def pdf_stream(opened: Opened) -> Iterator[Finding]:
    """No stream is compressed with LZW, encrypted, or kept in another file (6.1.7)."""
    for item in opened.unusual_streams:
        names = {str(name) for name in filters(item)}
        if names & _FORBIDDEN_FILTERS or "/F" in item:
            yield error(
                "PDF_STREAM",
                "The PDF holds a stream with LZW compression, encryption or external data: make it without.",
                "Le PDF contient un flux compressé en LZW, chiffré ou externe : refaites-le sans.",
                value=", ".join(sorted(names)),
            )
            return


def pdf_image(opened: Opened) -> Iterator[Finding]:
    """No image is smoothed by the reader, has alternates or PostScript inside (6.2.8, 6.2.9)."""
    for item in opened.streams:
        subtype = item["/Subtype"] if "/Subtype" in item else None  # noqa: SIM401 - see `filters`
        smoothed = subtype == "/Image" and bool(item.get("/Interpolate", False))
        if (
            smoothed
            or subtype == "/PS"
            or (subtype in {"/Image", "/Form"} and ("/Alternates" in item or "/OPI" in item))
        ):
            yield error(
                "PDF_IMAGE",
                "The PDF holds an image with interpolation, alternates or PostScript: PDF/A forbids them."
                " Make the PDF again with `pdp-bridge render`.",
                "Le PDF contient une image interpolée, à variantes ou PostScript : interdit en PDF/A."
                " Refaites le PDF avec `pdp-bridge render`.",
            )
            return


def pdf_annotation(opened: Opened) -> Iterator[Finding]:
    """Each annotation is of an allowed kind, printed, visible, and has its appearance (6.3)."""
    for page in opened.pdf.pages:
        for annotation in held(page.obj, "/Annots", Array()):
            if not _annotation_allowed(annotation):
                yield error(
                    "PDF_ANNOTATION",
                    f"The annotation {annotation.get('/Subtype')} is hidden, not printed, or of a forbidden kind."
                    " Make the PDF again with `pdp-bridge render`.",
                    f"L’annotation {annotation.get('/Subtype')} est cachée, non imprimée ou d’un type interdit."
                    " Refaites le PDF avec `pdp-bridge render`.",
                    value=annotation.get("/Subtype"),
                )
                return


def pdf_form(opened: Opened) -> Iterator[Finding]:
    """A form is drawn as it stands: no NeedAppearances, no XFA (6.4)."""
    form = held(opened.pdf.Root, "/AcroForm", Dictionary())
    if bool(form.get("/NeedAppearances", False)) or "/XFA" in form:
        yield error(
            "PDF_FORM",
            "The PDF holds a form that its reader must draw: PDF/A forbids it."
            " Make the PDF again with `pdp-bridge render`.",
            "Le PDF contient un formulaire que le lecteur doit dessiner : interdit en PDF/A."
            " Refaites le PDF avec `pdp-bridge render`.",
        )


def pdf_font(opened: Opened) -> Iterator[Finding]:
    """Every font that draws is embedded (6.2.11.4.1)."""
    missing = sorted(set(_unembedded(opened)))
    if missing:
        yield error(
            "PDF_FONT",
            f"Fonts are not embedded: {', '.join(missing)}. The page would look different elsewhere."
            " Make the PDF again with `pdp-bridge render`.",
            f"Des polices ne sont pas incorporées : {', '.join(missing)}. La page s’afficherait autrement ailleurs."
            " Refaites le PDF avec `pdp-bridge render`.",
            value=", ".join(missing),
        )


def pdf_output_intent(opened: Opened) -> Iterator[Finding]:
    """There is one output intent GTS_PDFA1 with a whole ICC profile (6.2.3)."""
    intents = [intent for intent in opened.pdf.Root.get("/OutputIntents", Array()) if intent.get("/S") == "/GTS_PDFA1"]
    problem = _profile_problem(opened, intents[0].get("/DestOutputProfile")) if intents else "missing"
    if problem:
        yield error(
            "PDF_OUTPUT_INTENT",
            f"The output intent, which says what the colours mean, is not usable ({problem}): make the PDF again.",
            f"L’intention de rendu (OutputIntent), qui dit le sens des couleurs, est inutilisable ({problem}) : "
            "refaites le PDF.",
            value=problem,
        )


def pdf_colour(opened: Opened) -> Iterator[Finding]:
    """Device colours are those of the output intent: no CMYK beside an RGB profile, nor the reverse (6.2.4.3)."""
    intents = [intent for intent in opened.pdf.Root.get("/OutputIntents", Array()) if intent.get("/S") == "/GTS_PDFA1"]
    profile = intents[0].get("/DestOutputProfile") if intents else None
    components = int(profile.get("/N", 0)) if isinstance(profile, Stream) else 0
    used = _device_colours(opened) if components else set()
    if ("CMYK" in used and components != 4) or ("RGB" in used and components != 3):  # noqa: PLR2004
        yield error(
            "PDF_COLOUR",
            f"The page uses device colours ({', '.join(sorted(used))}) that the output intent does not define."
            " Make the PDF again with `pdp-bridge render`.",
            f"La page emploie des couleurs ({', '.join(sorted(used))}) que l’intention de rendu ne définit pas."
            " Refaites le PDF avec `pdp-bridge render`.",
            value=", ".join(sorted(used)),
        )


BYTES_RULES: tuple[BytesRule, ...] = (pdf_header, pdf_end)
PDF_RULES: tuple[PdfRule, ...] = (
    pdf_trailer_id,
    pdf_encrypted,
    pdf_stream,  # before the contents are read: where one cannot be, nothing more is told
    pdf_damaged,
    pdf_action,
    pdf_image,
    pdf_annotation,
    pdf_form,
    pdf_font,
    pdf_output_intent,
    pdf_colour,
)


# Pieces


def without_stream(problem: object) -> str:
    """The words of qpdf, without the memory address it puts before them."""
    return re.sub(r"^(WARNING: )?stream <[^>]*>(, |( \([^)]*\))?: )", "", str(problem))


def _actions(item: Object) -> Iterator[str]:
    if "/AA" in item:
        yield "AA"
    if "/JavaScript" in item or "/JS" in item:
        yield "JavaScript"
    kind = str(item.get("/S", ""))
    if kind in _FORBIDDEN_ACTIONS and item.get("/Type", "/Action") == "/Action":
        yield kind.removeprefix("/")


def _annotation_allowed(annotation: Object) -> bool:
    kind = str(annotation.get("/Subtype", ""))
    if kind in _FORBIDDEN_ANNOTATIONS:
        return False
    flags = int(annotation.get("/F", 0))
    visible = kind == "/Popup" or (flags & _PRINT and not flags & _UNSEEN)
    return bool(visible) and (kind in _WITHOUT_APPEARANCE or "/AP" in annotation)


def _unembedded(opened: Opened) -> Iterator[str]:
    for content in opened.contents:
        for name, font in _chosen(content):
            if isinstance(font, Dictionary) and not _embedded(font):
                yield str(font.get("/BaseFont", name)).removeprefix("/")


def _chosen(content: Content) -> Iterator[tuple[str, Object | None]]:
    """What stands under each name by which a content chooses a font: its own, or that of a graphics state."""
    fonts = content.resources.get("/Font", Dictionary())
    yield from ((name, fonts.get(name)) for name in content.drawn.fonts)
    states = held(content.resources, "/ExtGState", Dictionary())
    for name in content.drawn.states:
        yield from ((name, font) for font in list(states.get(name, Dictionary()).get("/Font", Array()))[:1])


def _embedded(font: Object) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True
    if font.get("/Subtype") == "/Type0":
        return all(_embedded(descendant) for descendant in font.get("/DescendantFonts", Array()))
    descriptor = font.get("/FontDescriptor", Dictionary())
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _profile_problem(opened: Opened, profile: Object | None) -> str | None:
    """Why an ICC profile cannot be used; None when it can (ICC.1:2010, 7.2)."""
    if not isinstance(profile, Stream):
        return "no ICC profile"
    data = opened.read(profile)
    if len(data) < _ICC_HEADER or data[36:40] != b"acsp":
        return "not an ICC profile"
    if struct.unpack(">I", data[:4])[0] != len(data):
        return "ICC profile cut short"
    if _COMPONENTS.get(data[16:20]) != profile.get("/N"):
        return "ICC profile of another colour space"
    return None


def _device_colours(opened: Opened) -> set[str]:
    """RGB and CMYK, when a content uses them as device colours and names no default to stand for them."""
    used: set[str] = set()
    for content in opened.contents:
        named = {_COLOUR_OPERATORS.get(operator) for operator in content.drawn.operators} | content.drawn.spaces
        named |= {
            str(image.get("/ColorSpace", "")) for image in content.resources.get("/XObject", Dictionary()).values()
        }
        defaults = held(content.resources, "/ColorSpace", Dictionary())
        used |= {name for name in ("RGB", "CMYK") if f"/Device{name}" in named and f"/Default{name}" not in defaults}
    return used
