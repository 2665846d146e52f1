"""One command's bridge: settings read, progress drawn, everything closed in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pdp_bridge.cli.screen import progress
from pdp_bridge.cli.words import _
from pdp_bridge.errors import SourceRefused

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.ports import Entry, Watch
    from pdp_bridge.schedule import Turn


@contextmanager
def bridge(
    config: Path | None,
    *needs: str,
    company: str | None = None,
    turn: Turn | None = None,
    drawing: ExitStack | None = None,
) -> Iterator[Bridge]:
    """The bridge of the settings in force, with progress on a terminal.

    `needs`: the sections that the command cannot do without. `company`: whose settings, when they hold several.
    `turn`: what ends the work between two invoices. `drawing`: what ends the progress, when that is before the bridge.
    Raises `ConfigError` with everything that is missing.
    """
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.settings import load

    settings = load(config, company=company)
    settings.require(*needs)
    with ExitStack() as own:
        watch = (drawing or own).enter_context(progress())
        if turn is None:
            made = Bridge(settings, watch=watch)
        else:
            made = Bridge(settings, watch=_both(turn.watch, watch), sleep=turn.sleep)
        with made as line:
            yield line


def _both(first: Watch, second: Watch | None) -> Watch:
    """Progress drawn, then the place where the work may end."""

    def watch(stage: str, done: int, total: int | None, what: str) -> None:
        if second is not None:
            second(stage, done, total, what)
        first(stage, done, total, what)

    return watch


MOST_COMPARED = 20_000
"""Numbers among which one spelt alike is looked for: the latest."""


def known(line: Bridge, reference: str) -> Entry:
    """One invoice of the journal. Raises `SourceRefused` that names numbers spelt alike."""
    entry = line.journal.entry(reference)
    if entry is not None:
        return entry
    numbers = [number for _source_id, number, _day in line.journal.numbers()]
    near = get_close_matches(reference, numbers[-MOST_COMPARED:], n=3)
    message = _("No invoice {reference} in the journal.").format(reference=reference)
    advice = (
        _("Did you mean {numbers}?").format(numbers=", ".join(near))
        if near
        else _("Run `pdp-bridge pull` first, or look at `pdp-bridge status`.")
    )
    raise SourceRefused(f"{message} {advice}", code="UNKNOWN_REFERENCE")
