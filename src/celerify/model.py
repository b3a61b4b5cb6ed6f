"""The core types: what a rule, an observation and a finding are. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from celerify.project import Project


class Status(StrEnum):
    """The verdict on one checklist item (design.md, section 3)."""

    DONE = "done"
    MISSING = "missing"
    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"
    NOT_APPLICABLE = "not-applicable"


class Severity(StrEnum):
    """What a missing item costs: breaks or loses, hurts under load, or is merely good practice."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Init(StrEnum):
    """What `init` may do about an item; the values of `init_new` and `init_existing` in items.json."""

    WRITES = "writes"
    SAFE = "safe"
    ASK = "ask"
    ADD_TASK = "add-task"
    ADD_QUEUE = "add-queue"
    ADD_PERIODIC = "add-periodic"
    NEVER = "never"
    NO = "no"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in the repository: POSIX path relative to the root, 1-based lines and columns."""

    path: str
    line: int = 1
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Observation:
    """What fills a slot: whether it holds (None: it could not be read), in one sentence, and where."""

    holds: bool | None
    summary: str
    at: Location | None = None


@runtime_checkable
class Requirement(Protocol):
    """One desired state of the project: a lens on a slot."""

    def observe(self, project: Project) -> Iterable[Observation]:
        """Yield what fills the slot now; nothing yielded means that the slot is free."""

    def vacancy(self, project: Project) -> Observation:
        """Return the sentence and the place for a free slot (`holds` is False)."""


@runtime_checkable
class Fixable(Requirement, Protocol):
    """A requirement whose free slot can be filled without harm."""

    def fix(self, project: Project) -> Project:
        """Return a new project with the free slot filled.

        Raises:
            CannotWriteError: the slot cannot be filled safely here; the error carries the snippet.
        """


@dataclass(frozen=True, slots=True)
class Example:
    """A small project, the status it gets, and what a fix adds: test, documentation and help in one.

    Attributes:
        name: what the example shows, as `free`, `another spelling` or `something else`.
        files: path to text of the whole project.
        status: the verdict that the rule gives.
        adds: path to text that the fix inserts there; only for a free slot that `init` fills.
        says: words that the finding's reason or one of its observations contains.
        choices: choices in effect, as `{"results": "django-db"}`.
    """

    name: str
    files: Mapping[str, str]
    status: Status
    adds: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    choices: Mapping[str, object] = field(default_factory=dict)


def always(_project: Project) -> str | None:
    """Return None: the rule applies to every project."""
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One checklist item as data.

    Attributes:
        item: its number, phase.section.position.
        slug: its stable name.
        title: the checklist's words.
        why: what goes wrong without it, in words a senior Celery engineer would sign.
        severity: what it costs when missing.
        decided: how it is decided: `static`, `live`, `static+live` or `person`.
        root: the item that stays missing while this one has nothing to judge.
        init_new: what `init` may do in a project without Celery.
        init_existing: what `init` may do in a project that already runs Celery.
        done: when it is done, in one sentence.
        not_applicable: when it does not apply, in one sentence.
        requires: the desired states; all of them.
        applies: the reason why it does not apply to this project, or None.
        words: identifiers that any file holding the thing must contain.
        remedy: the next command or edit that would change the verdict.
        examples: at least three: free, right in another spelling, something else.
        companions: settings written together with it into a free slot, and judged elsewhere or nowhere.
    """

    item: str
    slug: str
    title: str
    why: str
    severity: Severity
    decided: str
    root: str | None
    init_new: Init
    init_existing: Init
    done: str
    not_applicable: str | None
    requires: tuple[Requirement, ...]
    remedy: str
    examples: tuple[Example, ...]
    words: tuple[str, ...] = ()
    applies: Callable[[Project], str | None] = always
    companions: tuple[Fixable, ...] = ()

    @property
    def order(self) -> tuple[int, ...]:
        """The position in the checklist, for sorting."""
        return tuple(int(part) for part in self.item.split("."))


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one rule. `reason` is None when done; `remedy` is the next command or edit."""

    rule: Rule
    status: Status
    reason: str | None
    observations: tuple[Observation, ...]
    remedy: str | None
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one audit and what they are about; what every output format is given.

    Attributes:
        celerify: celerify's own version.
        manage: path of the manage.py in use.
        settings: module and role of each settings chain.
        celery_app: dotted module of the Celery application, or None.
        celery_version: the locked version of Celery, or None where nothing locks it.
        findings: in the checklist's order.
        only_failing: list only what is missing or unknown; the summary counts everything all the same.
    """

    celerify: str
    manage: str
    settings: tuple[tuple[str, str], ...]
    celery_app: str | None
    celery_version: str | None
    findings: tuple[Finding, ...]
    only_failing: bool = False

    @property
    def listed(self) -> tuple[Finding, ...]:
        """The findings to show."""
        failing = {Status.MISSING, Status.UNKNOWN}
        return tuple(item for item in self.findings if not self.only_failing or item.status in failing)

    @property
    def summary(self) -> dict[str, int]:
        """How many findings there are, in all and of each status."""
        counts = {status.value: 0 for status in Status}
        for finding in self.findings:
            counts[finding.status.value] += 1
        return {"selected": len(self.findings), **counts}


@dataclass(frozen=True, slots=True)
class Format:
    """One output format: its name on the command line and how it renders a report.

    `render` takes the report, whether the output is a terminal that shows colour, and the width in columns.
    """

    name: str
    render: Callable[[Report, bool, int], str]


@dataclass(frozen=True, slots=True)
class Step:
    """One item that a plan fills, with the files it touches."""

    item: str
    title: str
    summary: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manual:
    """Something left to a person: the item, why, the exact snippet, and the file it belongs in."""

    item: str
    title: str
    why: str
    snippet: str
    path: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a plan. `before` is None for a new file."""

    path: str
    before: bytes | None
    after: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """A project before and after, what was filled, and what is left.

    `manual` could not be written safely; `decisions` would change how existing tasks run and
    is written only when adopted.
    """

    before: Project
    after: Project
    steps: tuple[Step, ...] = ()
    manual: tuple[Manual, ...] = ()
    decisions: tuple[Manual, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The files that differ, sorted by path."""
        return self.after.tree.changes_since(self.before.tree)

    @property
    def diff(self) -> str:
        """The whole change as a unified diff that `git apply` accepts, exact and unmasked."""
        return self.after.tree.diff_since(self.before.tree)
