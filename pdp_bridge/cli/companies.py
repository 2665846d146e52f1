"""Commands for every company of the settings, each in turn; what became of one never touches the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pdp_bridge.cli.outcome import ExitCode, code_of, explained, tell
from pdp_bridge.cli.screen import print_json, results, safe, styled
from pdp_bridge.cli.session import bridge
from pdp_bridge.cli.words import _
from pdp_bridge.errors import BridgeError, ConfigError

if TYPE_CHECKING:
    from pdp_bridge.bridge import Bridge
    from pdp_bridge.schedule import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command did for one company: its exit code, its JSON, and how people are told."""

    code: ExitCode
    payload: object
    told: Callable[[], None]


WORST_FIRST = (ExitCode.CONFIGURATION, ExitCode.UNREACHABLE, ExitCode.NEEDS_A_PERSON, ExitCode.DONE)
"""What a person must cure comes before what cures itself."""


def in_turn(
    act: Callable[[Bridge], Done],
    config: Path | None,
    company: str | None,
    *needs: str,
    as_json: bool,
    turn: Turn | None = None,
) -> ExitCode:
    """`act` on the bridge of each company that is meant; the worst exit code. `needs`: as `session.bridge`.

    A bridge stays open until what was done is told: long lists are read as they are written.
    """

    from pdp_bridge.settings import meant

    @contextmanager
    def with_bridge(name: str | None) -> Iterator[Done]:
        with ExitStack() as drawing, bridge(config, *needs, company=name, turn=turn, drawing=drawing) as line:
            done = act(line)
            drawing.close()  # before anything is told: while bars are drawn, rich takes standard output for itself
            yield done

    return told_in_turn(with_bridge, meant(config, company), as_json=as_json)


def told_in_turn(
    act: Callable[[str | None], AbstractContextManager[Done]], names: Sequence[str | None], *, as_json: bool
) -> ExitCode:
    """`act` for each name. With several: a heading each, and in JSON one object by company; a failure is one's own.

    An error that nobody foresaw is raised once every company had its turn.
    """
    if len(names) == 1:
        with act(names[0]) as done:
            _show(done, as_json=as_json)
        return done.code
    payloads: dict[str, object] = {}
    codes: list[ExitCode] = []
    unforeseen: list[Exception] = []
    with ExitStack() as open_still:
        for place, name in enumerate(map(str, names)):
            if not as_json:
                results().print(("\n" if place else "") + styled("bold cyan", f"══ {safe(name)} ══"))
            try:
                done = open_still.enter_context(act(name))
                payloads[name] = done.payload
                codes.append(done.code)
                if not as_json:
                    done.told()
                    open_still.close()
            except BridgeError as error:
                tell(error)
                codes.append(code_of(error))
                payloads[name] = {"error": explained(error), "exit_code": int(codes[-1])}
            except Exception as error:  # noqa: BLE001 - no company waits for the repair of another's; raised below
                unforeseen.append(error)
                payloads[name] = {"error": type(error).__name__, "exit_code": int(ExitCode.NEEDS_A_PERSON)}
        if as_json:
            print_json(payloads)
    if unforeseen:
        raise unforeseen[0]
    return min(codes, key=WORST_FIRST.index)


def _show(done: Done, *, as_json: bool) -> None:
    if as_json:
        print_json(done.payload)
    else:
        done.told()


# -- one invoice -----------------------------------------------------------------------------------------------------


@contextmanager
def bridge_with(config: Path | None, company: str | None, reference: str, *needs: str) -> Iterator[Bridge]:
    """The bridge of the company that has the invoice. Raises `ConfigError` when none has it, or several have."""
    with bridge(config, *needs, company=holder(config, company, reference)) as line:
        yield line


def holder(config: Path | None, company: str | None, reference: str) -> str | None:
    """The only company whose journal has the invoice. Raises `ConfigError` that names those to choose from."""
    from pdp_bridge.settings import meant

    names = meant(config, company)
    if len(names) == 1:
        return names[0]
    holding = [name for name in map(str, names) if _has(config, name, reference)]
    if len(holding) == 1:
        return holding[0]
    if holding:
        text = _("{reference} is an invoice of several companies ({names}): say which one with --company.")
    else:
        text = _("No company has an invoice {reference} in the journal: say which one with --company ({names}).")
    raise ConfigError(text.format(reference=reference, names=", ".join(holding or map(str, names))))


def _has(config: Path | None, company: str, reference: str) -> bool:
    """Whether the journal has that invoice of the company; only read."""
    from pdp_bridge.journal.reader import JournalReader
    from pdp_bridge.settings import load

    settings = load(config, company=company)
    if settings.firm_id is None:
        return False
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(JournalReader(settings.database_url, firm=str(settings.firm_id))) as journal:
        return journal.entry(reference) is not None


def by_holder(
    config: Path | None, company: str | None, references: Iterable[str]
) -> list[tuple[str | None, list[str]]]:
    """The references, by the company that has each; in the order of the first of each company."""
    grouped: dict[str | None, list[str]] = {}
    for name, reference in ((holder(config, company, each), each) for each in references):
        grouped.setdefault(name, []).append(reference)
    return list(grouped.items())


def suffixed(path: Path, company: str | None) -> Path:
    """A file of one company beside those of the others: `audit.csv` becomes `audit-atelier.csv`."""
    return path if company is None else path.with_name(f"{path.stem}-{company}{path.suffix}")
