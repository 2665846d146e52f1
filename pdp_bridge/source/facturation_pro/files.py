"""The files attached to an invoice in Facturation.pro → its attachments (BG-24); pure.

Only files marked visible to the customer, only when `policy.attach_files` asks for it. Types: BR-CL-24 (EN 16931
validation artefacts 1.3.16). Names: BR-FR-17 (BR-FR-Flux2 1.4.0). The snapshot holds each file's bytes and hash, so
that stating the invoice again gives the same attachments.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pdp_bridge.model.invoice import Attachment
from pdp_bridge.model.report import Finding
from pdp_bridge.source.facturation_pro.findings import problem, remark
from pdp_bridge.source.facturation_pro.record import Record

LARGEST, LARGEST_TOGETHER = 5_000_000, 10_000_000
"""Bytes of one file, and of all files of one invoice: a platform takes 50 MB, an XML reader 10 MB in one text."""

TYPES = {
    "pdf": ("application/pdf", b"%PDF-"),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "csv": ("text/csv", b""),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", b"PK\x03\x04"),
}
"""Ending of the file name → type of BR-CL-24, and how such a file begins."""

_LEGIBLE, _OTHER = "LISIBLE", "DOCUMENT_ANNEXE"
_NAMES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (name, frozenset(words.split()))
    for name, words in (
        ("BORDEREAU_SUIVI_VALIDATION", "bordereau suivi validation"),
        ("BORDEREAU_SUIVI", "bordereau suivi"),
        ("BON_LIVRAISON", "bon livraison"),
        ("BON_LIVRAISON", "bl"),
        ("BON_COMMANDE", "bon commande"),
        ("BON_COMMANDE", "bc"),
        ("ETAT_ACOMPTE", "etat acompte"),
        ("FACTURE_PAIEMENT_DIRECT", "paiement direct"),
        ("RECAPITULATIF_COTRAITANCE", "recapitulatif cotraitance"),
        ("FEUILLE_DE_STYLE", "feuille style"),
        ("PJA", "pja"),
        ("RIB", "rib"),
        (_LEGIBLE, "lisible"),
    )
)
"""The first name whose words all stand in the file name, in any order; else DOCUMENT_ANNEXE."""

_REASONS = {
    "TYPE": (
        "its type is none of PDF, PNG, JPEG, CSV, XLSX and ODS",
        "son type n’est ni PDF, PNG, JPEG, CSV, XLSX ni ODS",
    ),
    "CONTENT": ("its content is not what its name says", "son contenu n’est pas ce qu’annonce son nom"),
    "TOO_LARGE": (
        "it is larger than 5 MB, or than 10 MB together with the others",
        "il dépasse 5 Mo, ou 10 Mo avec les autres",
    ),
    "GONE": ("Facturation.pro does not give it", "Facturation.pro ne le donne pas"),
    "ELSEWHERE": (
        "Facturation.pro keeps it on another host, where the credentials must not go",
        "Facturation.pro le conserve sur un autre serveur, où les identifiants ne doivent pas aller",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """BG-24, and what a person should know of the files that stayed behind."""

    attachments: tuple[Attachment, ...] = ()
    remarks: tuple[Finding, ...] = ()


def ending(name: str) -> str:
    """The ending of a file name, in small letters: its type as far as one can tell before reading it."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def fault_of(name: str, content: bytes) -> str | None:
    """Why these bytes cannot travel under this name, or None."""
    known = TYPES.get(ending(name))
    if known is None:
        return "TYPE"
    if len(content) > LARGEST:
        return "TOO_LARGE"
    starts = content.startswith(known[1]) and (known[1] != b"" or b"\x00" not in content)
    return None if content and starts else "CONTENT"


def attached(files: Sequence[Record]) -> Attached:
    """The attachments of the files that the snapshot holds, in their order.

    Raises `MappingError` (`ATTACHMENT_ALTERED`) when the bytes kept are not those that were pulled.
    """
    made: list[Attachment] = []
    remarks: list[Finding] = []
    for file in files:
        name = file.line("document_name") or f"document {file.identity('id') or ''}".strip()
        fault = file.line("problem")
        if fault:
            remarks.append(_left_out(name, fault))
            continue
        made.append(_attachment(file, name, made))
    return Attached(attachments=tuple(made), remarks=tuple(remarks))


def _attachment(file: Record, name: str, others: Sequence[Attachment]) -> Attachment:
    content = _content(file, name)
    official = official_name(name)
    if official == _LEGIBLE and any(other.name == _LEGIBLE for other in others):
        official = _OTHER  # BR-FR-18: at most one
    return Attachment(
        reference=_distinct(name, {other.reference for other in others}),
        name=official,
        filename=_distinct(plain_name(name), {other.filename or "" for other in others}),
        mime=TYPES[ending(name)][0],
        content=content,
    )


def _content(file: Record, name: str) -> bytes:
    try:
        content = base64.b64decode(str(file.raw("content") or ""), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if hashlib.sha256(content).hexdigest() != file.line("sha256") or fault_of(name, content):
        raise problem(
            "ATTACHMENT_ALTERED",
            term="BT-125",
            field="files",
            value=name,
            message=f"The file “{name}” is no longer what was pulled with the invoice: pull the invoice again.",
            message_fr=f"Le fichier « {name} » n’est plus celui qui a été récupéré avec la facture : relancez la "
            "récupération.",
        )
    return content


def official_name(name: str) -> str:
    """BT-123 for a file name.

    >>> official_name("Bon de livraison n°12.pdf"), official_name("état-acompte_03.ods"), official_name("photo.jpg")
    ('BON_LIVRAISON', 'ETAT_ACOMPTE', 'DOCUMENT_ANNEXE')
    """
    words = set(re.findall(r"[a-z]+|[0-9]+", _unaccented(name.rpartition(".")[0]).lower()))
    return next((official for official, wanted in _NAMES if wanted <= words), _OTHER)


def plain_name(name: str) -> str:
    """A file name that every system takes: letters without accents, digits, point, hyphen and underscore.

    >>> plain_name("Bon de livraison n°12.PDF")
    'Bon_de_livraison_n_12.pdf'
    """
    stem = re.sub(r"[^A-Za-z0-9.-]+", "_", _unaccented(name.rpartition(".")[0])).strip("._-")
    return f"{stem[:80] or 'document'}.{ending(name)}"


def _unaccented(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


def _distinct(name: str, taken: set[str]) -> str:
    stem, point, end = name.rpartition(".")
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{stem}-{number}{point}{end}"
    return candidate


def _left_out(name: str, fault: str) -> Finding:
    why, why_fr = _REASONS.get(fault, _REASONS["GONE"])
    return remark(
        "ATTACHMENT_LEFT_OUT",
        term="BT-125",
        field="files",
        value=name,
        message=f"The file “{name}” does not travel with the invoice: {why}. Attach it in another form, or untick its "
        "visibility.",
        message_fr=f"Le fichier « {name} » ne part pas avec la facture : {why_fr}. Joignez-le sous une autre forme, ou "
        "décochez sa visibilité.",
    )
