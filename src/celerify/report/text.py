"""`--format text`: the checklist by phase and section, one line an item, for a terminal."""

from __future__ import annotations

import io
import re
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from celerify.model import Format, Status
from celerify.report.headings import PHASES, SECTIONS

if TYPE_CHECKING:
    from celerify.model import Finding, Observation, Report

MARKS = {
    Status.DONE: ("✔", "green"),
    Status.MISSING: ("✘", "bold red"),
    Status.UNKNOWN: ("?", "yellow"),
    Status.UNVERIFIED: ("○", "cyan"),
    Status.NOT_APPLICABLE: ("–", "bright_black"),  # noqa: RUF001 - a dash, as in "nothing here"
}
_BY_ROOT = re.compile(r"(?:nothing to judge )?(?:while )?([1-7]\.\d\.\d is (?:missing$|unknown(?=:)))")
_SEEN = re.compile(r"\((seen on [^()]+)\)$")
_INDENT = 27
_PLACES_SHOWN = 5


def rendered(report: Report, colour: bool, width: int) -> str:
    """Return the report as lines for a terminal of `width` columns."""
    console = Console(
        file=io.StringIO(),
        force_terminal=colour,
        no_color=not colour,
        width=width,
        highlight=False,
        markup=False,
    )
    console.print(_subject(report))
    for phase, in_phase in groupby(report.listed, key=lambda finding: finding.rule.item[0]):
        console.print(Text(f"\nPhase {phase}: {PHASES[phase]}", style="bold underline"))
        for section, in_section in groupby(in_phase, key=_section):
            console.print(Text(f"\n{section} {SECTIONS[section]}", style="bold"))
            for finding in in_section:
                _print_finding(console, finding)
    console.print()
    console.print(_totals(report))
    written = console.file
    assert isinstance(written, io.StringIO)  # noqa: S101 - set four lines above
    return "\n".join(line.rstrip() for line in written.getvalue().split("\n"))


def _subject(report: Report) -> Text:
    chains = ", ".join(f"{module} ({role})" for module, role in report.settings if role != "test") or "none"
    app = report.celery_app or "no Celery application"
    version = f"Celery {report.celery_version}" if report.celery_version else "Celery version not locked"
    return Text(f"{report.manage} · settings {chains} · {app} · {version}", style="dim")


def _section(finding: Finding) -> str:
    return finding.rule.item.rpartition(".")[0]


def _print_finding(console: Console, finding: Finding) -> None:
    mark, style = MARKS[finding.status]
    line = Text("  ")
    line.append(f"{mark} {finding.status.value:<15}", style=style)
    line.append(f"{finding.rule.item:<7}", style="bold")
    line.append(finding.rule.title)
    if finding.status in {Status.MISSING, Status.UNKNOWN}:
        line.append(f"  [{finding.rule.severity.value}]", style=style)
    note = _note(finding)
    fits = line.cell_len + 2 + len(note) <= console.width
    if note and (fits or finding.status is Status.DONE):
        line.append(f"  {note}", style="bright_black")
    elif note:
        line.append(f"\n{' ' * _INDENT}")
        note_lines = Text(note, style="bright_black").wrap(console, console.width - _INDENT)
        line.append(Text(f"\n{' ' * _INDENT}").join(note_lines))
    console.print(line, soft_wrap=True)
    for detail in _details(finding):
        console.print(Padding(detail, (0, 0, 0, _INDENT)), soft_wrap=False)


def _note(finding: Finding) -> str:
    """Return what stands on the finding's own line where there is room: its places, or a short reason."""
    match finding.status:
        case Status.DONE:
            places = list(dict.fromkeys(str(item.at) for item in finding.observations if item.at))
            more = f" +{len(places) - 2}" if len(places) > 2 else ""  # noqa: PLR2004 - two fit on a line
            return "  ".join(places[:2]) + more + _when_seen(finding)
        case _ if by_root := _BY_ROOT.match(finding.reason or ""):
            return f"while {by_root[1]}"
        case Status.NOT_APPLICABLE | Status.UNVERIFIED:
            return finding.reason or ""
        case _:
            return ""


def _when_seen(finding: Finding) -> str:
    """Return the date and the commit of a live run that proved the item."""
    found = [_SEEN.search(observation.summary) for observation in finding.observations]
    return next((f"  {match[1]}" for match in found if match), "")


def _details(finding: Finding) -> list[Text]:
    """Return the lines below a finding: what is at fault, with its place, and the remedy."""
    details = []
    if finding.status is Status.DONE:
        details = [_observed(item) for item in finding.observations if item.holds is None]
    if finding.status in {Status.MISSING, Status.UNKNOWN} and not _note(finding):
        wanted = {None} if finding.status is Status.UNKNOWN else {None, False}
        at_fault = [item for item in finding.observations if item.holds in wanted]
        details = [_observed(item) for item in at_fault[:_PLACES_SHOWN]] or [Text(finding.reason or "")]
        if len(at_fault) > _PLACES_SHOWN:
            details.append(Text(f"and {len(at_fault) - _PLACES_SHOWN} more (--format json lists all)"))
    if finding.remedy and not _BY_ROOT.match(finding.reason or ""):
        details.append(Text(f"→ {finding.remedy}", style="cyan"))
    return details


def _observed(observation: Observation) -> Text:
    text = Text(observation.summary)
    if observation.at:
        text.append(f"  {observation.at}", style="bright_black")
    return text


def _totals(report: Report) -> Text:
    counts = report.summary
    text = Text(f"{counts['selected']} items: ", style="bold")
    parts = [(status, counts[status.value]) for status in Status if counts[status.value]]
    for position, (status, count) in enumerate(parts):
        text.append(", " if position else "")
        text.append(f"{count} {status.value}", style=MARKS[status][1])
    return text


FORMAT = Format("text", rendered)
