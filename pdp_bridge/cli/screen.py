"""What reaches the terminal: results on standard output, everything else on standard error.

Text from outside (invoices, services, files) is never markup and never a control sequence.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text

from pdp_bridge.cli.words import _
from pdp_bridge.ports import Watch

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def results() -> Console:
    """Standard output, for people."""
    return Screen(highlight=False)


def errors() -> Console:
    """Standard error: messages and progress."""
    return Screen(stderr=True, highlight=False)


class Screen(Console):
    """A console that breaks no line at a no-break space: rich takes it for any other, and begins lines with a colon."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Texts are broken into lines with a letter in its place, which nobody sees."""
        if isinstance(renderable, str):
            renderable = renderable.translate(_TO_LETTERS)
        elif isinstance(renderable, Text):
            renderable = renderable.copy()
            renderable.plain = renderable.plain.translate(_TO_LETTERS)
        else:
            return super().render(renderable, options)
        return (
            Segment(text.translate(_TO_SPACES), style, control)
            for text, style, control in super().render(renderable, options)
        )


_TO_LETTERS = str.maketrans("\u00a0\u202f", "\ue000\ue001")
_TO_SPACES = str.maketrans("\ue000\ue001", "\u00a0\u202f")
"""Of private use: text from outside has none, for they are not printable."""


def print_json(value: object) -> None:
    """The only thing that `--json` puts on standard output. What an iterator gives is a list, written as it comes."""
    for piece in _pieces(value):
        sys.stdout.write(_HARMFUL.sub(_escaped, piece))
    sys.stdout.write("\n")


def _pieces(value: object, margin: str = "") -> Iterator[str]:
    """A value in the words of `json.dumps`, so that of a long list no more than one item is in memory."""
    inner = f"{margin}  "
    if isinstance(value, Iterator):
        sign = "["
        for each in value:
            yield f"{sign}\n{inner}{_whole(each, inner)}"
            sign = ","
        yield "[]" if sign == "[" else f"\n{margin}]"
    elif isinstance(value, dict) and any(isinstance(each, Iterator | dict) for each in value.values()):
        sign = "{"
        for key, each in value.items():
            yield f"{sign}\n{inner}{json.dumps(str(key), ensure_ascii=False)}: "
            yield from _pieces(each, inner)
            sign = ","
        yield f"\n{margin}}}"
    else:
        yield _whole(value, margin)


def _whole(value: object, margin: str) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", f"\n{margin}")


_HARMFUL = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff9-\ufffb]")
"""What JSON may hold as it stands, and a terminal obeys or cannot show."""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"


def safe(text: object, *, lines: bool = False) -> str:
    """Text from outside, harmless: no markup, no control characters; line breaks only when `lines`.

    >>> safe("[red]\\x1b[2JFA-1\\n")
    '\\\\[red] [2JFA-1 '
    """
    return escape(plain(text, lines=lines))


def styled(style: str, text: str) -> str:
    """Our own text as markup. A text that is translated stands outside f-strings, where the catalogues find it."""
    return f"[{style}]{text}[/]"


def plain(text: object, *, lines: bool = False) -> str:
    """Text from outside without control characters, for places that know no markup."""
    allowed = _SPACES | {"\n"} if lines else _SPACES
    return "".join(each if each.isprintable() or each in allowed else " " for each in str(text))


_SPACES = frozenset("\u00a0\u202f")
"""No-break spaces of French typography: not "printable" to Python, and harmless."""


def stages() -> dict[str, str]:
    """The names of the stages that a bridge reports."""
    return {
        "pull": _("Reading Facturation.pro"),
        "settle": _("Looking up unanswered deposits"),
        "send": _("Rendering, checking, sending"),
        "sync": _("Collecting statuses"),
        "history": _("Reading histories"),
        "render": _("Rendering"),
        "validate": _("Checking"),
        "audit": _("Reading the journal"),
        "verify": _("Verifying the journal"),
        "rebuild": _("Looking at the deposits of Iopole"),
        "files": _("Writing the PDF files"),
        "move": _("Carrying the journal over"),
        "archive": _("Archiving"),
    }


@contextmanager
def progress(*, keep: bool = False) -> Iterator[Watch | None]:
    """A watch that draws bars on standard error; None when nobody looks. `keep`: the bars stay when done."""
    console = errors()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    with Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[rate]}[/]"),
        TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        TextColumn("[dim]{task.fields[what]}[/]"),
        console=console,
        transient=not keep,
    ) as bars:
        yield _Bars(bars)


class _Bars:
    """One bar per stage, made when the stage first reports."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int | None, what: str) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stages().get(stage, stage), total=total, what="", rate="")
        finished = total is not None and done >= total
        speed = self._bars.tasks[self._tasks[stage]].speed
        self._bars.update(
            self._tasks[stage],
            completed=done,
            total=total,
            what="" if finished else safe(what),
            rate=f"{speed:.1f}/s" if speed else "",
            refresh=finished,
        )
