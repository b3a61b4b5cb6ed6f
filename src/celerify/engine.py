"""The one engine: `audit` judges every slot, `plan` fills the free ones. Pure; rules are handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify import __version__
from celerify.errors import CannotWriteError, CelerifyError, NotUnderstoodError, ProofFailedError
from celerify.model import Finding, Fixable, Init, Manual, Plan, Report, Status, Step
from celerify.verdict import Slot, judged, without_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from celerify.model import Requirement, Rule
    from celerify.project import Project

WRITABLE = frozenset({Init.WRITES, Init.SAFE})


def slots_of(rule: Rule, project: Project) -> tuple[Slot, ...]:
    """Return each requirement of the rule with what fills it now."""
    return tuple(Slot(requirement, tuple(requirement.observe(project))) for requirement in rule.requires)


def audit(project: Project, rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """Judge every rule, in the checklist's order; a dependent by its root, where that is among them."""
    ordered = sorted(rules, key=lambda rule: rule.order)
    nothing: dict[str, Finding] = {}
    findings = []
    for rule in ordered:
        finding, free = _guarded(rule, project, nothing)
        if free:
            nothing[rule.item] = finding
        findings.append(finding)
    return tuple(findings)


def _guarded(rule: Rule, project: Project, nothing: Mapping[str, Finding]) -> tuple[Finding, bool]:
    """Judge one rule; a rule that crashes is unknown, and says so, and the others are still judged."""
    try:
        return _judge(rule, project, nothing)
    except CelerifyError:
        raise
    except Exception as error:  # noqa: BLE001 - one faulty rule must not hide the verdicts of the others
        reason = f"the rule crashed ({type(error).__name__}: {error}); please report it"
        return Finding(rule, Status.UNKNOWN, reason, (), None, crashed=True), False


def _judge(rule: Rule, project: Project, nothing: Mapping[str, Finding]) -> tuple[Finding, bool]:
    """Return the verdict, and whether the item leaves its dependents with nothing to judge."""
    waived = project.choices.waivers.get(rule.item) or project.choices.waivers.get(rule.slug)
    if waived:
        return Finding(rule, Status.NOT_APPLICABLE, f"waived: {waived}", (), None), False
    reason = rule.applies(project)
    if reason:
        return Finding(rule, Status.NOT_APPLICABLE, reason, (), None), False
    slots = slots_of(rule, project)
    free = all(slot.free for slot in slots)
    root = nothing.get(rule.root or "")
    if free and root is not None:
        return without_root(rule, root), True
    finding = judged(rule, project, slots)
    return finding, free and finding.status in {Status.MISSING, Status.UNKNOWN}


def report(project: Project, rules: Iterable[Rule]) -> Report:
    """Audit the project and return the findings with what they are about."""
    findings = audit(project, rules)
    app = project.celery_app
    chains = dict.fromkeys((chain.entry.module or "", chain.entry.role.value) for chain in project.settings)
    return Report(
        celerify=__version__,
        manage=project.layout.manage,
        settings=tuple(chains),
        celery_app=app.module if app else None,
        celery_version=project.dependencies.version("celery"),
        findings=findings,
    )


def plan(project: Project, rules: Iterable[Rule], adopt: frozenset[str] = frozenset()) -> Plan:
    """Fill every free slot that may be filled, prove each in memory, and say what is left.

    A slot may come to be needed by what a later rule writes, so that rules are asked until none writes more.

    Args:
        project: the project as it is.
        rules: those that were selected.
        adopt: items to write though they change how existing tasks run.

    Raises:
        NotUnderstoodError: the finished plan would undo something that was done before.
    """
    ordered = sorted(rules, key=lambda rule: rule.order)
    existing = project.uses_celery
    result = Plan(project, project)
    writing: list[Rule] = []
    for rule in ordered:
        allowed = rule.init_existing if existing else rule.init_new
        wanted = allowed in WRITABLE or bool(adopt & {rule.item, rule.slug})
        if wanted or allowed is Init.ASK:
            result = _filled(result, rule, wanted=wanted)
        writing += [rule] if wanted else []
    result = _filled_late(result, writing)
    prove_kept(result, ordered)
    return result


def _filled_late(result: Plan, rules: Sequence[Rule]) -> Plan:
    """Ask the rules again that left nothing to a person, until none of them writes anything."""
    before = result.before
    while result.after is not before:
        before = result.after
        left = {entry.item for entry in result.manual}
        for rule in (rule for rule in rules if rule.item not in left):
            result = _filled(result, rule, wanted=True)
    return replace(result, steps=_joined(result.steps))


def _joined(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return one step for each item, with all the files that it touches."""
    found: dict[str, Step] = {}
    for step in sorted(steps, key=lambda step: [int(part) for part in step.item.split(".")]):
        paths = found[step.item].paths if step.item in found else ()
        found[step.item] = replace(step, paths=tuple(sorted({*paths, *step.paths})))
    return tuple(found.values())


def _filled(so_far: Plan, rule: Rule, *, wanted: bool) -> Plan:
    now = so_far.after
    if now.choices.waivers.keys() & {rule.item, rule.slug} or rule.applies(now):
        return so_far
    slots = slots_of(rule, now)
    attempt = fill(now, [slot.requirement for slot in slots if slot.free])
    left = (*attempt.manual, *(_unread(now, slots) if wanted else ()))
    said = {(step.why, step.snippet, step.path) for step in so_far.manual}
    new = [step for step in left if (step.why, step.snippet, step.path) not in said]
    manual = tuple(replace(step, item=rule.item, title=rule.title) for step in new)
    if attempt.project is now and not left:
        return so_far
    if wanted and attempt.project is not now:
        attempt = replace(
            attempt, project=fill(attempt.project, _free(rule.companions, attempt.project)).project
        )
    changed = tuple(change.path for change in attempt.project.tree.changes_since(now.tree))
    if not wanted:
        added = inserted_text(now, attempt.project)
        if any(earlier.snippet == added for earlier in so_far.decisions):
            return so_far
        decision = Manual(rule.item, rule.title, rule.why, added, changed[0] if changed else None)
        return replace(so_far, decisions=(*so_far.decisions, decision))
    step = (Step(rule.item, rule.title, rule.done, changed),) if changed else ()
    return replace(
        so_far, after=attempt.project, steps=(*so_far.steps, *step), manual=(*so_far.manual, *manual)
    )


def _unread(project: Project, slots: Iterable[Slot]) -> tuple[Manual, ...]:
    """Return what is left to a person because slots could not be read, with what would have filled them."""
    kinds = ((slot, {seen.holds for seen in slot.observations}) for slot in slots)
    found = [slot for slot, holds in kinds if None in holds and False not in holds]
    fixable = [slot.requirement for slot in found if isinstance(slot.requirement, Fixable)]
    if not fixable:
        return ()
    after, snippets = project, list[str]()
    for requirement in fixable:
        try:
            after = requirement.fix(after)
        except CannotWriteError as error:
            snippets.append(error.snippet)
    whole = any(change.before is None for change in after.tree.changes_since(project.tree))
    text = "\n".join(filter(None, ("" if whole else inserted_text(project, after), *snippets)))
    unread = next(seen for slot in found for seen in slot.observations if seen.holds is None)
    why = f"{unread.summary}; add what is not there" if text else unread.summary
    return (Manual("", "", why, text, unread.at.path if unread.at else None),)


def _free(requirements: Iterable[Requirement], project: Project) -> list[Requirement]:
    return [requirement for requirement in requirements if not tuple(requirement.observe(project))]


@dataclass(frozen=True, slots=True)
class Filled:
    """A project after some slots were filled, and what could not be."""

    project: Project
    manual: tuple[Manual, ...] = ()


def fill(project: Project, requirements: Iterable[Requirement]) -> Filled:
    """Fill these free slots one after the other; a fix that does not prove itself is left to a person."""
    manual: list[Manual] = []
    for requirement in requirements:
        if not isinstance(requirement, Fixable):
            continue
        try:
            fixed = requirement.fix(project)
        except CannotWriteError as error:
            manual.append(Manual("", "", error.what, error.snippet, error.path))
            continue
        if fixed is project:
            continue
        seen = tuple(requirement.observe(fixed))
        if seen and all(observation.holds for observation in seen):
            project = fixed
        else:
            said = (
                "; ".join(observation.summary for observation in seen) or requirement.vacancy(fixed).summary
            )
            changes = fixed.tree.changes_since(project.tree)
            path = changes[0].path if changes else None
            why = f"what would be written does not take effect: {said}"
            manual.append(Manual("", "", why, inserted_text(project, fixed), path))
    return Filled(project, tuple(manual))


def plan_requirements(project: Project, requirements: Iterable[Requirement], item: str, title: str) -> Plan:
    """Plan what a recipe requires: every free slot is filled, or left to a person with its snippet."""
    filled = fill(project, _free(requirements, project))
    changed = tuple(change.path for change in filled.project.tree.changes_since(project.tree))
    steps = (Step(item, title, title, changed),) if changed else ()
    manual = tuple(replace(entry, item=item, title=title) for entry in filled.manual)
    return Plan(project, filled.project, steps, manual)


def prove_written(planned: Project, written: Project, rules: Iterable[Rule]) -> None:
    """Prove that the project as it lies on disk is judged as the planned one was.

    Raises:
        ProofFailedError: a verdict differs; what was written is to be taken back.
    """
    ordered = list(rules)
    expected = {finding.rule.item: finding.status for finding in audit(planned, ordered)}
    for finding in audit(written, ordered):
        if finding.status is not expected[finding.rule.item]:
            raise ProofFailedError(
                f"{finding.rule.item} {finding.rule.title} is {finding.status} on disk, and was planned as "
                f"{expected[finding.rule.item]}; everything was taken back",
                "something else writes into this repository: stop it and run the command again",
            )


def inserted_text(before: Project, after: Project) -> str:
    """Return the lines that `after` adds to `before`, as a snippet for a person."""
    lines = after.tree.diff_since(before.tree).splitlines()
    return "\n".join(line[1:] for line in lines if line.startswith("+") and not line.startswith("+++"))


def prove_kept(result: Plan, rules: Sequence[Rule]) -> None:
    """Prove that what was done before a plan is done after it.

    Raises:
        NotUnderstoodError: something would be lost.
    """
    if result.after is result.before:
        return
    was = {finding.rule.item for finding in audit(result.before, rules) if finding.status is Status.DONE}
    lost = [
        finding for finding in audit(result.after, rules)
        if finding.rule.item in was and finding.status not in {Status.DONE, Status.NOT_APPLICABLE}
    ]  # fmt: skip
    if lost:
        said = "; ".join(f"{finding.rule.item} {finding.rule.title}: {finding.reason}" for finding in lost)
        raise NotUnderstoodError(
            f"nothing was written: the change would undo what is done now ({said})",
            "run `celerify init --ignore ITEM` for the item that causes it, and report the project's shape",
        )
