"""What an act of archiving did, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pdp_bridge.cli.screen import results, safe
from pdp_bridge.cli.words import _, several
from pdp_bridge.ports import State

if TYPE_CHECKING:
    from pdp_bridge.journal.archiving import Archived
    from pdp_bridge.journal.space import Space

_MEGABYTE = 1024**2


def archive_payload(done: Archived, folder: Path) -> dict[str, object]:
    """The result as JSON."""
    names = ("name", "year", "sha256", "size", "invoices", "contents")
    space = done.space
    return {
        "folder": str(folder),
        "files": [{name: row[name] for name in names} for row in done.files],
        "taken_out": done.taken_out,
        "kept": dict(done.kept),
        "damaged": done.damaged,
        "strangers": done.strangers,
        "journal_bytes": None if space is None else {"before": space.before, "after": space.after},
        "disk_missing": 0 if space is None else space.missing,
    }


def tell_archived(done: Archived, folder: Path, before: int) -> None:
    """The result for people."""
    console = results()
    for row in done.files:
        console.print("[green]✓[/] " + safe(_file(row, folder)), soft_wrap=True)
    if not done.files:
        text = _("Nothing to archive: no settled invoice issued before {year} has its weight in the journal.")
        console.print(text.format(year=before), soft_wrap=True)
    kept = sum(done.kept.values())
    if kept:
        text = several(
            "{count} invoice issued before {year} is not settled and stays whole in the journal ({states}).",
            "{count} invoices issued before {year} are not settled and stay whole in the journal ({states}).",
            kept,
        )
        states = ", ".join(f"{_state(state)} {count}" for state, count in done.kept.items())
        console.print(safe(text.format(count=kept, year=before, states=states)), soft_wrap=True)
    for text in (*_space(done.space), *_troubles(done)):
        console.print(text, soft_wrap=True)


def _state(state: str) -> str:
    words = {
        State.PULLED: _("pulled"),
        State.HELD: _("held"),
        State.REFUSED: _("refused by our checks"),
        State.SENDING: _("answer awaited"),
        State.SENT: _("sent"),
        State.FAILED: _("failed"),
    }
    return words[State(state)]


def _file(row: Mapping[str, object], folder: Path) -> str:
    text = _("{file}: {invoices} invoices of {year}, {size} MB, read back and compared. Keep it for ten years.")
    size = f"{int(str(row['size'])) / _MEGABYTE:.1f}"
    return text.format(file=folder / str(row["name"]), invoices=row["invoices"], year=row["year"], size=size)


def _space(space: Space | None) -> list[str]:
    if space is None:
        return [_("The space is free for new rows of PostgreSQL, once its vacuum has passed.")]
    if space.missing:
        text = _(
            "The file of the journal is as large as before: its disk lacks {size} MB to write it anew. "
            "Free some space and run this command again; new invoices use the room inside it meanwhile."
        )
        return [text.format(size=space.missing // _MEGABYTE + 1)]
    if space.problem:
        text = _("The file of the journal is as large as before; run this command again later. {problem}")
        return [safe(text.format(problem=space.problem))]
    if space.after == space.before:
        return []
    text = _("The journal has {after} MB, where it had {before}.")
    return [text.format(after=f"{space.after / _MEGABYTE:.1f}", before=f"{space.before / _MEGABYTE:.1f}")]


def _troubles(done: Archived) -> list[str]:
    told = []
    for sha256 in done.damaged:
        text = _("Document {sha256} has other bytes than it should: it was left alone. See `pdp-bridge verify`.")
        told.append("[red]✗[/] " + safe(text.format(sha256=sha256[:12])))
    for name in done.strangers:
        text = _("{name} is in the folder of archives and not of this journal, or damaged: it was left alone.")
        told.append("[red]✗[/] " + safe(text.format(name=name)))
    return told
