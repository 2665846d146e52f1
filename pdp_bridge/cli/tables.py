"""How people see invoices, findings and events: rich tables, with text from outside made harmless."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pdp_bridge.cli.screen import plain, safe, styled
from pdp_bridge.cli.words import _, day, idle_reason, language, moment, place, sentence, several
from pdp_bridge.model.report import Finding, Layer, Report, Severity, Verdict
from pdp_bridge.model.status import STATUS_CODES, Outcome, StatusEvent, StatusSummary
from pdp_bridge.ports import Entry, State

if TYPE_CHECKING:
    from pdp_bridge.rules.rejection import Complaint
    from pdp_bridge.validation.advice import Advice

DASH = "[dim]–[/]"


def standing(entry: Entry) -> str:
    """Where the invoice stands, in a mark and a few words: in our line until it is sent, then in its lifecycle."""
    if entry.state is not State.SENT:
        return {
            State.PULLED: styled("cyan", "· " + _("pulled")),
            State.HELD: styled("blue", "‖ " + _("held")),
            State.REFUSED: styled("red", "✗ " + _("refused by our checks")),
            State.SENDING: styled("red", "? " + _("unresolved"))
            if entry.unresolved
            else styled("yellow", "… " + _("answer awaited")),
            State.FAILED: styled("red", "✗ " + _("failed")),
        }[entry.state]
    summary = entry.summary
    if summary is None or summary.lifecycle_status is None:
        return styled("yellow", "… " + _("sent, no verdict yet"))
    colour, mark = _mark(summary)
    return f"[{colour}]{mark} {lifecycle_words(summary)}[/]"


def _mark(summary: StatusSummary) -> tuple[str, str]:
    """A buyer's refusal is no success, although the invoice was technically valid."""
    if summary.technical_status is Outcome.REJECTED or summary.lifecycle_status == "REFUSED":
        return "red", "✗"
    if summary.lifecycle_status in {"DISPUTED", "SUSPENDED", "PARTIALLY_APPROVED"}:
        return "yellow", "!"
    return ("green", "✓") if summary.technical_status is Outcome.VALIDATED else ("yellow", "…")


def verdict_words(summary: StatusSummary | None) -> str:
    """The platform's technical verdict, coloured; empty before anything was deposited."""
    if summary is None:
        return ""
    return {
        Outcome.PENDING: styled("yellow", _("pending")),
        Outcome.VALIDATED: styled("green", _("validated")),
        Outcome.REJECTED: styled("red", _("rejected")),
    }[summary.technical_status]


def lifecycle_words(summary: StatusSummary | None) -> str:
    """The latest lifecycle status: its French number and label are official, whatever the language."""
    if summary is None or summary.lifecycle_status is None:
        return ""
    label = summary.lifecycle_label or summary.lifecycle_status
    if language() != "fr" and summary.lifecycle_status in STATUS_CODES:
        label = summary.lifecycle_status.replace("_", " ").lower()
    return safe(f"{summary.lifecycle_number} {label}" if summary.lifecycle_number else label)


def advice(entry: Entry) -> str:
    """What a person can do about a rejection, by the platform's reason; empty for a reason that says it all."""
    from pdp_bridge.rules.catalogue import advice as known

    summary = entry.summary
    if summary is None or summary.reason is None:
        return ""
    found = known(summary.reason)
    return safe(in_language(found)) if found else ""


def in_language(found: Advice) -> str:
    """An advice in the operator's language."""
    return found.fr if language() == "fr" else found.en


def of_complaints(complaints: Sequence[Complaint]) -> Table:
    """What the platform found wrong: its rule, what to do as far as we know it, and its own words."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for complaint in complaints:
        found = complaint.advice
        text = Text(plain(in_language(found) if found else complaint.said))
        if found:
            text.append("\n" + " · ".join(filter(None, (place(found.field), plain(complaint.said)))), style="dim")
        table.add_row("[red]✗[/]", f"[bold]{safe(complaint.rule or '')}[/]", text)
    return table


def of_entries(entries: Iterable[Entry]) -> Table:
    """Every invoice on one row, with the reason when there is one."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(_("Invoice"), no_wrap=True)
    table.add_column(_("Dated"), no_wrap=True)
    table.add_column(_("Status"), no_wrap=True)
    table.add_column(_("Reason"), overflow="fold")
    for entry in entries:
        table.add_row(safe(entry.number), day(entry.issue_date), standing(entry), safe(why(entry)))
    return table


def cut(text: str) -> Text:
    """Text from outside on one line, cut where the column ends: the column gives way before the others do."""
    return Text(plain(text), no_wrap=True, overflow="ellipsis")


def why(entry: Entry) -> str:
    """In a few words, what stopped the invoice or what the platform said of it."""
    rejected = entry.summary is not None and entry.summary.technical_status is Outcome.REJECTED
    if entry.state is State.REFUSED and entry.report is not None and (told := _obstacle(entry.report)):
        return told
    if entry.summary is not None and entry.state is State.SENT and rejected:
        return " – ".join(part for part in (entry.summary.reason, entry.summary.message) if part)
    if entry.unresolved or entry.quarantined:
        return _for_a_person(entry)
    if entry.state is State.HELD and entry.report is not None and entry.report.findings:
        return sentence(entry.report.findings[0])
    if entry.changed_after_send:
        return _("changed in Facturation.pro after it was sent")
    return exactly(entry.reason) or (entry.summary.reason or "" if entry.summary else "")


def exactly(reason: str | None) -> str:
    """What an error said, which is English and may hold the words of a service: told as such in another language."""
    if not reason or language() == "en":
        return reason or ""
    return _("exact message: {reason}").format(reason=reason)


def _obstacle(report: Report) -> str:
    """The rules that a report found broken, else the checks that did not run and why; empty without either."""
    if report.errors:
        return ", ".join(dict.fromkeys(finding.rule for finding in report.errors))
    idle = [layer for layer in report.layers if layer.verdict is Verdict.NOT_RUN]
    return not_run(idle) if idle else ""


def not_run(idle: Iterable[Layer]) -> str:
    """The checks that could not run, and why."""
    checks = ", ".join(f"{layer_name(layer.name)} ({idle_reason(layer)})" for layer in idle)
    return _("not every check could run: {checks}").format(checks=checks)


def _for_a_person(entry: Entry) -> str:
    """What nothing but a person's act moves on."""
    if entry.unresolved:
        text = _("nobody knows whether it arrived; `pdp-bridge correct {number}` shows the two safe choices")
        return text.format(number=entry.number)
    text = _("put aside after {count} unexpected errors, the last: {reason}; `pdp-bridge send {number}` tries again")
    return text.format(count=entry.failures, reason=entry.reason, number=entry.number)


def of_entry(entry: Entry, complaints: Sequence[Complaint] = ()) -> RenderableType:
    """One invoice in full; `complaints` is what the platform found wrong with it."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    summary = entry.summary
    rows = [
        (_("Invoice"), f"[bold]{safe(entry.number)}[/]"),
        (_("Dated"), day(entry.issue_date)),
        (_("Id at Facturation.pro"), safe(entry.source_id)),
        (_("Status"), standing(entry)),
        (_("Reason"), "" if summary and summary.reason else safe(why(entry))),
        (_("Platform's verdict"), verdict_words(summary)),
        (_("Lifecycle"), lifecycle_words(summary)),
        (_("Platform's reason"), safe(summary.reason or "") if summary else ""),
        (_("Platform's message"), safe(summary.message or "") if summary else ""),
        (_("What to do"), advice(entry)),
        (_("Sent"), moment(entry.sent_at)),
        (_("Last update"), moment(summary.last_technical_update) if summary else ""),
        (_("Id at Iopole"), safe(entry.submission_id or "")),
        (_("SHA-256 of the PDF"), safe(entry.sha256 or "")),
    ]
    for label, value in rows:
        if value:
            grid.add_row(label, value)
    parts: list[RenderableType] = [grid]
    if entry.report is not None and entry.report.findings:
        parts += ["", of_findings(entry.report.findings)]
    if complaints:
        parts += ["", of_complaints(complaints)]
    return Group(*parts)


def of_findings(findings: Sequence[Finding]) -> Table:
    """Findings: the rule, what to do, and where; errors before warnings."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR):
        error = finding.severity is Severity.ERROR
        where = [part for part in (finding.term, place(finding.field)) if part]
        text = Text(plain(sentence(finding)))
        if finding.value:
            text.append(" " + _("(now: {value})").format(value=plain(finding.value)), style="dim")
        if where:
            text.append("\n" + " · ".join(where), style="dim")
        table.add_row("[red]✗[/]" if error else "[yellow]![/]", f"[bold]{safe(finding.rule)}[/]", text)
    return table


def print_report(console: Console, report: Report, file: str) -> None:
    """One file's report: the verdict, each layer, the findings under the layer that has them."""
    verdict = styled("bold green", _("can be sent")) if report.sendable else styled("bold red", _("cannot be sent"))
    console.print(f"[bold]{safe(file)}[/]: {verdict}", soft_wrap=True)
    for layer in report.layers:
        mark = {Verdict.PASSED: "[green]✓[/]", Verdict.FAILED: "[red]✗[/]", Verdict.NOT_RUN: "[yellow]○[/]"}[
            layer.verdict
        ]
        told = {Verdict.PASSED: _("passed"), Verdict.FAILED: _("failed"), Verdict.NOT_RUN: _("not run")}[layer.verdict]
        reason = f" – {safe(idle_reason(layer))}" if layer.reason else ""
        rule_set = f" [dim]({safe(layer.rule_set)})[/]" if layer.rule_set != "none" else ""
        console.print(f"  {mark} {layer_name(layer.name)}: {told}{rule_set}{reason}")
        if layer.findings:
            console.print(Padding(of_findings(layer.findings), (0, 0, 0, 4)))
    errors, findings = len(report.errors), len(report.findings)
    if findings:
        told_errors = several("{count} error", "{count} errors", errors).format(count=errors)
        warnings = findings - errors
        told_warnings = several("{count} warning", "{count} warnings", warnings).format(count=warnings)
        console.print(f"  [dim]{told_errors}, {told_warnings}[/]")


def layer_name(name: str) -> str:
    """A layer in words."""
    names = {
        "xsd": _("XML structure"),
        "arithmetic": _("arithmetic"),
        "french": _("French obligations"),
        "en16931": _("EN 16931 rules"),
        "br-fr": _("French rules of the network (BR-FR)"),
        "pdfa": _("PDF/A-3 and attachment"),
        "mapping": _("reading of Facturation.pro"),
    }
    return names.get(name, safe(name))


def of_events(events: Iterable[StatusEvent]) -> Table:
    """The status events of one invoice."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in (_("When"), _("Status"), _("Recipient"), _("Reason"), _("Message")):
        table.add_column(title, no_wrap=title == _("When"), overflow="fold")
    for event in events:
        number = event.number or event.meaning.number
        label = event.meaning.label if language() == "fr" else event.code.replace("_", " ").lower()
        colour = {Outcome.REJECTED: "red", Outcome.VALIDATED: "green", Outcome.PENDING: "yellow"}[event.meaning.outcome]
        status = f"[{colour}]{safe(f'{number} {label}' if number else label)}[/]"
        told = "\n".join([*([event.message] if event.message else []), *event.details])
        table.add_row(moment(event.at), status, _recipient(event), safe(event.reason or ""), safe(told, lines=True))
    return table


def _recipient(event: StatusEvent) -> str:
    """Who was told: the platform reports the same status once for each."""
    names = {"OPERATOR": _("you"), "PLATFORM": _("buyer's platform"), "PPF": _("public portal")}
    return names.get(event.destination or "", safe(event.destination or ""))
