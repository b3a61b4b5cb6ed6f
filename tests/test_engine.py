from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import pytest

from celerify.engine import audit, fill, inserted_text, plan
from celerify.errors import CannotWriteError, CelerifyError, NotUnderstoodError, UsageError
from celerify.facts.choices import Choices
from celerify.model import Finding, Init, Location, Observation, Rule, Severity, Status
from celerify.project import Project
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Sources:
    """Stands for the Python files: all that the engine asks is whether one of them is a blind spot."""

    unread: Observation | None

    def blind_spot(self, words: tuple[str, ...]) -> Observation | None:
        return self.unread if words else None


@dataclass(frozen=True)
class Small(Project):
    """A project with one file of `key=value` lines."""

    unread: Observation | None = None
    running: bool = False

    @property
    def sources(self) -> Sources:  # type: ignore[override]
        return Sources(self.unread)

    @property
    def uses_celery(self) -> bool:
        return self.running


def values(project: Project) -> dict[str, str]:
    lines = project.tree.text("conf").splitlines()
    return dict(line.split("=") for line in lines)


@dataclass(frozen=True, slots=True)
class Line:
    """Wants `key=value` in the file; `?` as the value there cannot be read."""

    key: str
    value: str = "1"

    def observe(self, project: Project) -> Iterator[Observation]:
        found = values(project).get(self.key)
        if found is not None:
            holds = None if found == "?" else found == self.value
            yield Observation(holds, f"{self.key} is {found}", Location("conf"))

    def vacancy(self, project: Project) -> Observation:  # noqa: ARG002 - the protocol's
        return Observation(False, f"{self.key} is not set", Location("conf"))


@dataclass(frozen=True, slots=True)
class Writable(Line):
    """The same, and can be written; `writes` is what the fix really puts there."""

    writes: str = ""

    def fix(self, project: Project) -> Project:
        line = f"{self.key}={self.writes or self.value}\n"
        return project.write("conf", project.tree.read("conf") + line.encode())


@dataclass(frozen=True, slots=True)
class Stubborn(Line):
    def fix(self, project: Project) -> Project:  # noqa: ARG002 - the protocol's
        raise CannotWriteError(f"{self.key} is computed", f"{self.key}={self.value}", "conf")


@dataclass(frozen=True, slots=True)
class Idle(Line):
    def fix(self, project: Project) -> Project:
        return project


@dataclass(frozen=True, slots=True)
class NoBadOnes(Line):
    """Concludes from the absence of violations."""

    universal: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Spoiler(Writable):
    """A fix that also changes somebody else's line."""

    def fix(self, project: Project) -> Project:
        text = project.tree.read("conf").replace(b"a=1\n", b"a=2\n") + b"s=1\n"
        return project.write("conf", text)


def a_rule(item: str, *requires: Line, **changes: object) -> Rule:
    rule = Rule(
        item, f"rule-{item}", f"Title {item}", "Why.", Severity.ERROR, "static", None, Init.WRITES, Init.SAFE,
        f"done {item}", None, requires, f"fix {item}", (), words=("word",),
    )  # fmt: skip
    return replace(rule, **changes)  # type: ignore[arg-type]


def small(folder: Path, text: str = "", **changes: object) -> Small:
    (folder / "conf").write_text(text)
    return replace(Small(Tree.at(folder)), **changes)  # type: ignore[arg-type]


def judged(project: Project, *rules: Rule) -> dict[str, Finding]:
    return {finding.rule.item: finding for finding in audit(project, rules)}


UNREAD = Observation(None, "b.py does not parse: line 3", Location("b.py", 3))


# --- the verdicts ---


def test_done_is_proved_with_the_place(tmp_path: Path) -> None:
    found = judged(small(tmp_path, "a=1\n"), a_rule("1.1.1", Line("a")))["1.1.1"]
    assert (found.status, found.reason, found.remedy) == (Status.DONE, None, None)
    assert found.observations == (Observation(True, "a is 1", Location("conf")),)


def test_a_free_slot_is_missing_with_the_place_where_the_fix_belongs(tmp_path: Path) -> None:
    found = judged(small(tmp_path), a_rule("1.1.1", Line("a")))["1.1.1"]
    assert (found.status, found.reason, found.remedy) == (Status.MISSING, "a is not set", "fix 1.1.1")
    assert [str(observation.at) for observation in found.observations] == ["conf:1"]


def test_something_else_in_the_slot_is_missing(tmp_path: Path) -> None:
    found = judged(small(tmp_path, "a=2\n"), a_rule("1.1.1", Line("a")))["1.1.1"]
    assert (found.status, found.reason) == (Status.MISSING, "a is 2")


def test_all_requirements_count_and_what_holds_is_said_too(tmp_path: Path) -> None:
    found = judged(small(tmp_path, "a=1\n"), a_rule("1.1.1", Line("a"), Line("b"), Line("c")))["1.1.1"]
    assert (found.status, found.reason) == (Status.MISSING, "b is not set; c is not set")
    assert [observation.summary for observation in found.observations] == [
        "a is 1",
        "b is not set",
        "c is not set",
    ]


def test_many_reasons_are_shortened_and_none_is_repeated(tmp_path: Path) -> None:
    rule = a_rule("1.1.1", *(Line(key) for key in "aabcdef"))
    reason = judged(small(tmp_path), rule)["1.1.1"].reason
    assert reason == "a is not set; b is not set; c is not set; and 3 more"


def test_what_cannot_be_read_is_unknown_and_proved_wrong_outweighs_it(tmp_path: Path) -> None:
    both = a_rule("1.1.1", Line("a"), Line("b"))
    unknown = judged(small(tmp_path, "a=1\nb=?\n"), both)["1.1.1"]
    assert (unknown.status, unknown.reason) == (Status.UNKNOWN, "b is ?")
    assert judged(small(tmp_path, "a=2\nb=?\n"), both)["1.1.1"].status is Status.MISSING


def test_absence_is_unknown_while_an_unread_file_could_hold_the_thing(tmp_path: Path) -> None:
    project = small(tmp_path, unread=UNREAD)
    found = judged(project, a_rule("1.1.1", Line("a")), a_rule("1.1.2", Line("a"), words=()))
    assert (found["1.1.1"].status, found["1.1.1"].reason) == (Status.UNKNOWN, UNREAD.summary)
    assert UNREAD in found["1.1.1"].observations
    assert found["1.1.2"].status is Status.MISSING


def test_a_slot_that_holds_needs_no_other_file(tmp_path: Path) -> None:
    project = small(tmp_path, "a=1\n", unread=UNREAD)
    assert judged(project, a_rule("1.1.1", Line("a")))["1.1.1"].status is Status.DONE


def test_a_proof_by_absence_of_violations_does_need_every_file(tmp_path: Path) -> None:
    rule = a_rule("1.1.1", NoBadOnes("a"))
    assert judged(small(tmp_path, "a=1\n", unread=UNREAD), rule)["1.1.1"].status is Status.UNKNOWN
    assert judged(small(tmp_path, "a=2\n", unread=UNREAD), rule)["1.1.1"].status is Status.MISSING
    assert judged(small(tmp_path, "a=1\n"), rule)["1.1.1"].status is Status.DONE


@pytest.mark.parametrize("decided", ["live", "person"])
def test_what_only_a_run_or_a_person_can_say_is_unverified(tmp_path: Path, decided: str) -> None:
    rule = a_rule("1.5.1", Line("evidence"), decided=decided)
    found = judged(small(tmp_path), rule)["1.5.1"]
    assert (found.status, found.reason) == (Status.UNVERIFIED, "evidence is not set")
    assert judged(small(tmp_path, "evidence=2\n"), rule)["1.5.1"].status is Status.MISSING
    assert judged(small(tmp_path, "evidence=1\n"), rule)["1.5.1"].status is Status.DONE


def test_not_applicable_says_why(tmp_path: Path) -> None:
    rule = a_rule("1.1.1", Line("a"), applies=lambda _project: "nobody wants it")
    found = judged(small(tmp_path), rule)["1.1.1"]
    assert (found.status, found.reason) == (Status.NOT_APPLICABLE, "nobody wants it")


@pytest.mark.parametrize("name", ["1.1.1", "rule-1.1.1"])
def test_a_waiver_gives_its_reason(tmp_path: Path, name: str) -> None:
    project = small(tmp_path, "a=2\n", choices=Choices(waivers={name: "since 2019"}))
    found = judged(project, a_rule("1.1.1", Line("a")))["1.1.1"]
    assert (found.status, found.reason) == (Status.NOT_APPLICABLE, "waived: since 2019")


# --- roots ---


def test_the_root_stays_missing_and_its_dependents_have_nothing_to_judge(tmp_path: Path) -> None:
    rules = (
        a_rule("1.3.1", Line("app")),
        a_rule("1.3.2", Line("settings"), root="1.3.1"),
        a_rule("1.4.1", Line("import"), root="1.3.2"),
    )
    found = judged(small(tmp_path), *rules)
    assert [found[item].status for item in ("1.3.1", "1.3.2", "1.4.1")] == [
        Status.MISSING, Status.NOT_APPLICABLE, Status.NOT_APPLICABLE,
    ]  # fmt: skip
    assert found["1.3.2"].reason == "nothing to judge while 1.3.1 is missing"


def test_a_dependent_that_is_there_is_judged_all_the_same(tmp_path: Path) -> None:
    rules = (a_rule("1.3.1", Line("app")), a_rule("1.3.2", Line("settings"), root="1.3.1"))
    assert judged(small(tmp_path, "settings=2\n"), *rules)["1.3.2"].status is Status.MISSING
    assert judged(small(tmp_path, "app=1\n"), *rules)["1.3.2"].status is Status.MISSING
    assert judged(small(tmp_path, "app=2\n"), *rules)["1.3.2"].status is Status.MISSING


def test_a_root_that_may_be_there_leaves_its_dependents_unknown(tmp_path: Path) -> None:
    rules = (a_rule("1.3.1", Line("app")), a_rule("1.3.2", Line("settings"), root="1.3.1"))
    found = judged(small(tmp_path, unread=UNREAD), *rules)
    assert {finding.status for finding in found.values()} == {Status.UNKNOWN}


def test_findings_come_in_the_checklists_order(tmp_path: Path) -> None:
    rules = [a_rule(item, Line("a")) for item in ("2.1.1", "1.10.1", "1.2.1")]
    assert [finding.rule.item for finding in audit(small(tmp_path), rules)] == ["1.2.1", "1.10.1", "2.1.1"]


def test_a_rule_that_crashes_is_unknown_and_the_others_are_judged(tmp_path: Path) -> None:
    def broken(_project: Project) -> str | None:
        raise ZeroDivisionError("oops")

    found = judged(
        small(tmp_path, "a=1\n"), a_rule("1.1.1", Line("a"), applies=broken), a_rule("1.1.2", Line("a"))
    )
    assert (found["1.1.1"].status, found["1.1.1"].crashed) == (Status.UNKNOWN, True)
    assert "ZeroDivisionError: oops" in str(found["1.1.1"].reason)
    assert found["1.1.2"].status is Status.DONE


def test_an_error_for_the_user_ends_the_audit(tmp_path: Path) -> None:
    def refuse(_project: Project) -> str | None:
        raise UsageError("several manage.py")

    with pytest.raises(CelerifyError, match="several"):
        judged(small(tmp_path), a_rule("1.1.1", Line("a"), applies=refuse))


# --- the plan ---


def test_fills_free_slots_and_no_others(tmp_path: Path) -> None:
    rules = [a_rule(f"1.1.{number}", Writable(key)) for number, key in enumerate("abc", 1)]
    result = plan(small(tmp_path, "a=1\nb=2\n"), rules)
    assert result.after.tree.text("conf") == "a=1\nb=2\nc=1\n"
    assert [(step.item, step.paths) for step in result.steps] == [("1.1.3", ("conf",))]
    assert [change.path for change in result.changes] == ["conf"]
    assert "+c=1" in result.diff
    assert plan(result.after, rules).changes == ()
    assert (tmp_path / "conf").read_text() == "a=1\nb=2\n"


def test_nothing_free_is_an_empty_plan(tmp_path: Path) -> None:
    result = plan(small(tmp_path, "a=1\n"), [a_rule("1.1.1", Writable("a"))])
    assert (result.changes, result.steps, result.manual, result.decisions, result.diff) == (
        (),
        (),
        (),
        (),
        "",
    )


def test_companions_are_written_with_the_slot_and_only_then(tmp_path: Path) -> None:
    rule = a_rule("1.1.1", Writable("a"), companions=(Writable("x"), Writable("y")))
    assert plan(small(tmp_path, "y=7\n"), [rule]).after.tree.text("conf") == "y=7\na=1\nx=1\n"
    assert plan(small(tmp_path, "a=2\n"), [rule]).changes == ()


def test_what_cannot_be_written_is_left_to_a_person_with_its_snippet(tmp_path: Path) -> None:
    result = plan(small(tmp_path), [a_rule("1.1.1", Stubborn("a")), a_rule("1.1.2", Writable("b"))])
    assert [(step.item, step.title, step.why, step.snippet, step.path) for step in result.manual] == [
        ("1.1.1", "Title 1.1.1", "a is computed", "a=1", "conf")
    ]
    assert result.after.tree.text("conf") == "b=1\n"


def test_a_fix_that_does_not_take_effect_is_not_written(tmp_path: Path) -> None:
    result = plan(small(tmp_path), [a_rule("1.1.1", Writable("a", writes="2"))])
    assert result.changes == ()
    assert result.manual[0].why == "what would be written does not take effect: a is 2"
    assert result.manual[0].snippet == "a=2"


def test_what_cannot_be_read_is_left_to_a_person(tmp_path: Path) -> None:
    rule = a_rule("1.1.1", Writable("a"), Writable("b"), Stubborn("c"), Line("d"))
    result = plan(small(tmp_path, "a=?\nb=?\nc=?\nd=?\n"), (rule,))
    assert (result.changes, result.steps) == ((), ())
    assert [(step.item, step.why, step.snippet, step.path) for step in result.manual] == [
        ("1.1.1", "a is ?; add what is not there", "a=1\nb=1\nc=1", "conf")
    ]


def test_what_is_left_is_said_once(tmp_path: Path) -> None:
    rules = (a_rule("1.1.1", Stubborn("a")), a_rule("1.1.2", Stubborn("a")))
    assert [step.item for step in plan(small(tmp_path, ""), rules).manual] == ["1.1.1"]


def test_a_fix_that_has_nothing_to_add_is_no_step(tmp_path: Path) -> None:
    result = plan(small(tmp_path), [a_rule("1.1.1", Idle("a"))])
    assert (result.changes, result.steps, result.manual) == ((), (), ())


@pytest.mark.parametrize("init", [Init.NEVER, Init.NO, Init.ADD_TASK, Init.ADD_QUEUE])
def test_what_init_may_not_write_is_left_alone(tmp_path: Path, init: Init) -> None:
    result = plan(small(tmp_path), [a_rule("2.1.1", Writable("a"), init_new=init)])
    assert (result.changes, result.manual, result.decisions) == ((), (), ())


def test_in_a_running_project_what_changes_how_tasks_run_is_decided_by_a_person(tmp_path: Path) -> None:
    rules = [a_rule("1.2.5", Writable("late"), init_existing=Init.ASK), a_rule("1.2.6", Writable("b"))]
    result = plan(small(tmp_path, running=True), rules)
    assert result.after.tree.text("conf") == "b=1\n"
    assert [(step.item, step.why, step.snippet) for step in result.decisions] == [("1.2.5", "Why.", "late=1")]
    for name in ("1.2.5", "rule-1.2.5"):
        adopted = plan(small(tmp_path, running=True), rules, frozenset({name}))
        assert adopted.after.tree.text("conf") == "late=1\nb=1\n"
        assert adopted.decisions == ()
    assert plan(small(tmp_path), rules).after.tree.text("conf") == "late=1\nb=1\n"


def test_what_does_not_apply_or_is_waived_is_not_written(tmp_path: Path) -> None:
    rules = [a_rule("1.1.1", Writable("a"), applies=lambda _project: "no"), a_rule("1.1.2", Writable("b"))]
    project = small(tmp_path, choices=Choices(waivers={"rule-1.1.2": "later"}))
    assert plan(project, rules).changes == ()


def test_a_plan_that_would_break_what_is_done_is_refused(tmp_path: Path) -> None:
    rules = [a_rule("1.1.1", Line("a")), a_rule("1.1.2", Spoiler("s"))]
    with pytest.raises(NotUnderstoodError, match=r"1\.1\.1 Title 1\.1\.1: a is 2"):
        plan(small(tmp_path, "a=1\n"), rules)


def test_fill_goes_on_after_what_it_cannot_write(tmp_path: Path) -> None:
    wanted: Iterable[Line] = (Stubborn("a"), Line("n"), Writable("b"))
    filled = fill(small(tmp_path), wanted)
    assert filled.project.tree.text("conf") == "b=1\n"
    assert [step.snippet for step in filled.manual] == ["a=1"]


def test_the_inserted_text_is_a_snippet(tmp_path: Path) -> None:
    project = small(tmp_path, "a=1\nb=1\n")
    after = project.write("conf", b"a=1\nx=1\ny=2\nb=1\n").write("new", b"z\n")
    assert inserted_text(project, after) == "x=1\ny=2\nz"


def test_nothing_is_said_of_dependents_while_their_root_is_unknown(tmp_path: Path) -> None:
    project = small(tmp_path, unread=UNREAD)
    rules = (
        a_rule("2.1.1", Line("a")),
        a_rule("2.3.1", Line("b"), root="2.1.1", words=()),
        a_rule("2.3.2", root="2.1.1"),
    )
    found = judged(project, *rules)
    assert found["2.1.1"].remedy == "once b.py can be read, audit again"
    assert found["2.3.1"].status is Status.UNKNOWN
    assert found["2.3.1"].reason == "2.1.1 is unknown: b.py does not parse: line 3"
    assert found["2.3.1"].observations == (UNREAD,)
    assert found["2.3.1"].remedy == found["2.1.1"].remedy
