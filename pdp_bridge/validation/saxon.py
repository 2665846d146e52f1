"""The XSLT engine that runs the official schematron files: SaxonC-HE, in process.

Measured on saxonche 13.1: compiling is dear (0.1 to 0.5 s), so each stylesheet is compiled once; several processors in
several threads abort the process, so there is one, used under a lock; an executable keeps state between runs, so each
run works on a clone; below 32 GiB of address space the native library *ends the process*, so the limit is looked at,
and lifted where that is allowed, before it is loaded. Reading a message costs as much as judging it, so the trees of
the latest ones are kept for the next stylesheet.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pdp_bridge.validation.recent import Recent
from pdp_bridge.validation.rulesets import RulesUnavailable
from pdp_bridge.validation.wording import NoVerdict

if TYPE_CHECKING:
    from saxonche import PySaxonProcessor, PyXdmNode, PyXsltExecutable

_LOCK = threading.Lock()
_ADDRESS_SPACE = 36 * 1024**3
"""Bytes: GraalVM reserves a range of 32 GiB, on top of what the process uses."""


class Undecided(NoVerdict):
    """The stylesheet raised a dynamic error on this document: its rules gave no verdict."""


def transformed(stylesheet: Path | str, xml: str) -> str:
    """The result (SVRL) of one stylesheet on one message, independent of every other run.

    `stylesheet` is an official file, or the text of one that was made here; `xml` is the message as text without a
    DTD. Raises `Undecided` on a dynamic error, `RulesUnavailable` when the engine cannot be loaded or the stylesheet
    does not compile.
    """
    with _LOCK:
        executable = _compiled(stylesheet).clone()
        with _quiet_native_errors():
            try:
                result = executable.transform_to_string(xdm_node=_tree(xml))
            except _saxonche().PySaxonApiError as error:
                told = " ".join(str(error).split())[:300]
                raise Undecided(
                    f"the official stylesheet stopped on this document: {told}",
                    f"la feuille de style officielle s’est arrêtée sur ce document (message en anglais) : {told}",
                ) from error
    if not result:
        raise Undecided(
            "the official stylesheet produced nothing on this document",
            "la feuille de style officielle n’a rien produit sur ce document",
        )
    return str(result)


def read(xml: str) -> None:
    """Make the tree of a message before its first stylesheet runs. Raises `Undecided` and `RulesUnavailable`."""
    with _LOCK, _quiet_native_errors(), _told_as_undecided():
        _tree(xml)


@cache
def _saxonche() -> ModuleType:
    """The native library of 60 MB, loaded when rules run, and only where there is room. Raises `RulesUnavailable`."""
    _make_room()
    import saxonche  # noqa: PLC0415 - see above

    return saxonche  # type: ignore[no-any-return]  # it has no type hints


@cache
def _engine() -> PySaxonProcessor:
    return _saxonche().PySaxonProcessor(license=False)


@cache
def _compiled(stylesheet: Path | str) -> PyXsltExecutable:
    from_file = isinstance(stylesheet, Path)
    source = {"stylesheet_file": str(stylesheet)} if from_file else {"stylesheet_text": stylesheet, "encoding": "UTF-8"}
    with _quiet_native_errors():
        compiler = _engine().new_xslt30_processor()  # a new one each time: it remembers the file of its last work
        try:
            return compiler.compile_stylesheet(**source)
        except _saxonche().PySaxonApiError as error:
            name = stylesheet.name if isinstance(stylesheet, Path) else "the derived stylesheet"
            raise RulesUnavailable(
                f"{name} does not compile: {error}", f"{name} ne se compile pas (message en anglais) : {error}"
            ) from error


def _read(xml: str) -> PyXdmNode:
    """The tree of a message, which no stylesheet changes."""
    return _engine().parse_xml(xml_text=xml, encoding="UTF-8")


_tree = Recent(_read)
"""Asked under the lock only: letting a tree go is work of the engine too."""


@contextmanager
def _told_as_undecided() -> Iterator[None]:
    try:
        yield
    except _saxonche().PySaxonApiError as error:
        told = " ".join(str(error).split())[:300]
        raise Undecided(
            f"the official stylesheet stopped on this document: {told}",
            f"la feuille de style officielle s’est arrêtée sur ce document (message en anglais) : {told}",
        ) from error


def _make_room() -> None:
    """Raise the soft limit on address space (RLIMIT_AS) to the hard one. Raises `RulesUnavailable` if that is too low.

    Application servers set the soft limit, and worker processes inherit it; the native library then ends the whole
    process with no Python exception.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft >= _ADDRESS_SPACE:
        return
    if hard != resource.RLIM_INFINITY and hard < _ADDRESS_SPACE:
        raise RulesUnavailable(
            f"the schematron engine needs {_ADDRESS_SPACE >> 30} GiB of address space, the limit of this process is "
            f"{hard >> 30} GiB (ulimit -v)",
            f"le moteur schematron demande {_ADDRESS_SPACE >> 30} Gio d’espace d’adressage, la limite de ce processus "
            f"est de {hard >> 30} Gio (ulimit -v)",
        )
    try:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    except (ValueError, OSError) as error:
        raise RulesUnavailable(
            f"the schematron engine needs {_ADDRESS_SPACE >> 30} GiB of address space, this process is limited to "
            f"{soft >> 20} MiB and may not lift its limit (ulimit -v): {error}",
            f"le moteur schematron demande {_ADDRESS_SPACE >> 30} Gio d’espace d’adressage, ce processus est limité à "
            f"{soft >> 20} Mio et ne peut lever sa limite (ulimit -v) : {error}",
        ) from error


@contextmanager
def _quiet_native_errors() -> Iterator[None]:
    """Keep what native code prints on descriptor 2 off the operator's screen: the exception says it already."""
    try:
        kept = os.dup(2)
    except OSError:  # a daemon without standard error: nothing to keep quiet
        yield
        return
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(sink)
