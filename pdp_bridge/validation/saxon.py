"""The XSLT engine that runs the official schematron files: SaxonC-HE, in process.

Measured on saxonche 13.1: compiling is dear (0.1 to 0.5 s), so each stylesheet is compiled once; several processors in
several threads abort the process, so there is one, used under a lock; an executable keeps state between runs, so each
run works on a clone; below 32 GiB of address space the native library *ends the process*, so the limit is looked at
before it is loaded.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pdp_bridge.validation.rulesets import RulesUnavailable

if TYPE_CHECKING:
    from saxonche import PySaxonProcessor, PyXsltExecutable

_LOCK = threading.Lock()
_ADDRESS_SPACE = 36 * 1024**3
"""Bytes: GraalVM reserves a range of 32 GiB, on top of what the process uses."""


class Undecided(Exception):
    """The stylesheet raised a dynamic error on this document: its rules gave no verdict."""


def transformed(stylesheet: Path, xml: str) -> str:
    """The result (SVRL) of one official stylesheet on one message, independent of every other run.

    `xml` is the message as text without a DTD. Raises `Undecided` on a dynamic error, `RulesUnavailable` when the
    engine cannot be loaded or the stylesheet does not compile.
    """
    with _LOCK:
        executable = _compiled(stylesheet).clone()
        engine = _engine()
        from saxonche import PySaxonApiError  # noqa: PLC0415 - a quarter of a second, only when rules run

        with _quiet_native_errors():
            try:
                source = engine.parse_xml(xml_text=xml, encoding="UTF-8")
                result = executable.transform_to_string(xdm_node=source)
            except PySaxonApiError as error:
                raise Undecided(" ".join(str(error).split())[:300]) from error
    if not result:
        raise Undecided("the stylesheet produced nothing")
    return str(result)


@cache
def _engine() -> PySaxonProcessor:
    _make_room()
    from saxonche import PySaxonProcessor  # noqa: PLC0415 - a native library of 60 MB, only when rules run

    return PySaxonProcessor(license=False)


@cache
def _compiled(stylesheet: Path) -> PyXsltExecutable:
    from saxonche import PySaxonApiError  # noqa: PLC0415 - see `_engine`

    engine = _engine()
    with _quiet_native_errors():
        try:
            return engine.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))
        except PySaxonApiError as error:
            raise RulesUnavailable(f"{stylesheet.name} does not compile: {error}") from error


def _make_room() -> None:
    """Raise the soft limit on address space (RLIMIT_AS) to the hard one. Raises `RulesUnavailable` if that is too low.

    Application servers set the soft limit; the native library then ends the whole process with no Python exception.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft >= _ADDRESS_SPACE:
        return
    if hard != resource.RLIM_INFINITY and hard < _ADDRESS_SPACE:
        raise RulesUnavailable(
            f"the schematron engine needs {_ADDRESS_SPACE >> 30} GiB of address space, the limit of this process is "
            f"{hard >> 30} GiB (ulimit -v)"
        )
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


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
