"""Carries out one `celerify verify`: the stages, the evidence, the audit, and what is printed of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.cli import output
from celerify.cli.context import open_project
from celerify.cli.verify_closing import Closing, audited_text, recorded_text, totals
from celerify.cli.verify_screen import Screen
from celerify.discover import all_rules
from celerify.engine import report
from celerify.facts.choices import Choices
from celerify.live.circumstances import circumstances, sayable
from celerify.live.decisive import decisive
from celerify.live.evidence import outcomes
from celerify.live.python import find_python
from celerify.live.recording import record, require_writable
from celerify.live.report_json import as_json
from celerify.live.report_junit import as_junit
from celerify.live.run import Run
from celerify.live.session import Session
from celerify.live.signals import interruptible
from celerify.live.stage import Mark
from celerify.live.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from celerify.live.evidence import Outcome
    from celerify.live.recording import Circumstances, Recorded
    from celerify.live.run import Asked
    from celerify.live.stage import Proof, Stage
    from celerify.project import Project

FAILED = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller wants of a run.

    Attributes:
        python: what `--python` names, or None.
        stages: those to prove.
        every: those that there are.
        json: print JSON.
        junit: the file for JUnit XML, or None.
        record: write the evidence.
    """

    python: str | None
    stages: Sequence[Stage]
    every: Sequence[Stage]
    json: bool
    junit: Path | None
    record: bool


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: of each stage and of each item, and under which circumstances."""

    proofs: Sequence[Proof]
    outcomes: Sequence[Outcome]
    circumstances: Circumstances


def carried_out(project: Project, asked: Asked, wanted: Wanted) -> int:
    """Run the stages, record what was seen, print it, and return the exit code.

    Raises:
        CelerifyError: the project cannot be run, or the evidence must not be overwritten.
    """
    if wanted.record:
        require_writable(project.tree)
    ran = _ran(project, asked, wanted)
    recorded = _recorded(project, ran) if wanted.record else None
    if wanted.junit is not None:
        output.write_file(wanted.junit, as_junit(ran.proofs))
    if wanted.json:
        _print_json(ran, recorded)
    else:
        output.data("\n" + totals(ran.proofs, ran.circumstances.broker))
    if recorded is not None:
        output.talk(f"celerify: {recorded_text(recorded)}")
    if recorded is not None and not recorded.fault and not wanted.json:
        output.data(_audited(project, asked, wanted, ran, recorded))
    return FAILED if _failed(ran) else 0


def _ran(project: Project, asked: Asked, wanted: Wanted) -> Ran:
    root = project.tree.root
    rules = {rule.item for rule in all_rules() if rule.decided in {"live", "static+live"}}
    files = decisive(project, sorted(rules))  # before anything runs: what is edited meanwhile was not seen
    found = find_python(root, root / project.layout.base, wanted.python, project.dependencies)
    with interruptible(), Screen() as screen, Session() as session:
        run = Run(project, asked, session, found)
        proofs = verify(run, wanted.stages, screen.begins, screen.ends)
        seen = sayable(run, outcomes(proofs, wanted.every, rules))
        return Ran(proofs, seen, circumstances(run, files))


def _recorded(project: Project, ran: Ran) -> Recorded:
    root = project.tree.root
    return record(root, type(project.tree).at(root), ran.outcomes, ran.circumstances)


def _print_json(ran: Ran, recorded: Recorded | None) -> None:
    facts = ran.circumstances
    items = recorded.items if recorded else ()
    text = as_json(ran.proofs, ran.outcomes, broker=facts.broker, versions=facts.versions, recorded=items)
    output.data(text)


def _audited(project: Project, asked: Asked, wanted: Wanted, ran: Ran, recorded: Recorded) -> str:
    """Audit with the new evidence, and return what is settled and what is left."""
    flags = Choices(settings=asked.settings, manage=project.choices.manage)
    start = project.tree.root / project.choices.start
    after = report(open_project(start, flags), all_rules())
    partial = len(wanted.stages) < len(wanted.every)
    items = {item for stage in wanted.stages for item in stage.items} if partial else None
    remedies = {one.item: one.remedy for one in ran.outcomes}
    return audited_text(after.findings, Closing(recorded.items, remedies, items, _failed(ran)))


def _failed(ran: Ran) -> bool:
    return any(proof.mark is Mark.FAILED for proof in ran.proofs)
