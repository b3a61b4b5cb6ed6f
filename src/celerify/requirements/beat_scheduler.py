"""The kind for the scheduler that every beat uses."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import aliases, dotted, resolve_name
from celerify.facts.values import Env, Known, Unset
from celerify.model import Observation
from celerify.requirements.celery_setting import CelerySetting
from celerify.requirements.companions import database_scheduler
from celerify.requirements.declared_process import deployed, embedding
from celerify.requirements.setting_values import Verdict, cast_default

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from celerify.facts.services import Process
    from celerify.facts.values import Value
    from celerify.project import Project

CLASS = "django_celery_beat.schedulers:DatabaseScheduler"
_SPELLINGS = frozenset({CLASS, CLASS.replace(":", "."), "django"})
"""As Celery resolves it: a class, or the entry point `django` of the package."""


@dataclass(frozen=True, slots=True)
class DatabaseScheduler:
    """Every beat takes its schedule from the database: by `--scheduler`, which wins, or by the setting."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each beat whose command names a scheduler, and those of the setting.

        Without django-celery-beat no setting would help: a beat that names no scheduler fills the slot.
        """
        beats = (*deployed(project, "beat"), *embedding(project))
        named = [beat for beat in beats if "scheduler" in beat.options]
        yield from (_on_command(beat, project) for beat in named)
        if not beats or len(named) < len(beats):
            seen = tuple(CelerySetting("beat_scheduler", _judge(project)).observe(project))
            yield from seen
            if not seen and (named or not project.dependencies.named("django-celery-beat")):
                yield from (_by_default(beat) for beat in beats if beat not in named)

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing names a scheduler."""
        return _SETTING.vacancy(project)

    def fix(self, project: Project) -> Project:
        """Return the project with the setting; the same one without django-celery-beat.

        Raises:
            CannotWriteError: no settings module is fit for it; the snippet is the setting.
        """
        return _SETTING.fix(project)


_SETTING = CelerySetting(
    "beat_scheduler",
    value=database_scheduler,
    why="Periodic tasks live in the database and are edited in the admin.",
)


def _on_command(beat: Process, project: Project) -> Observation:
    name = beat.options["scheduler"]
    verdict = _named(name, project)
    said = f"{beat.name} runs with --scheduler {name}"
    return Observation(verdict.holds, f"{said} ({verdict.remark})" if verdict.remark else said, beat.at)


def _by_default(beat: Process) -> Observation:
    said = f"{beat.name} names no scheduler, and neither does a setting: it keeps its schedule in a file"
    return Observation(holds=False, summary=said, at=beat.at)


def _judge(project: Project) -> Callable[[Value], Verdict]:
    """Return what judges a value of `beat_scheduler` in this project."""

    def judge(value: Value) -> Verdict:
        match value:
            case Known(value=str() as name):
                return _named(name, project)
            case Known() | Unset():
                return Verdict(holds=False, remark="beat then keeps its schedule in a file")
            case Env() if value.default is not None:
                return judge(cast_default(value))
            case _:
                return Verdict(None)

    return judge


def _named(name: str, project: Project) -> Verdict:
    if name in _SPELLINGS:
        return Verdict(holds=True)
    if "$" in name:
        return Verdict(None, "a variable names it")
    place = resolve_name(project.tree, project.layout.roots, name.replace(":", "."))
    bases = _bases(project, *place) if place else ()
    if set(bases) & _SPELLINGS:
        return Verdict(holds=True, remark="a DatabaseScheduler of the project's own")
    if place or name.endswith("DatabaseScheduler"):
        return Verdict(None, "whether it reads django-celery-beat's tables could not be told")
    return Verdict(holds=False, remark="it is not the DatabaseScheduler of django-celery-beat")


def _bases(project: Project, path: str, name: str) -> tuple[str, ...]:
    module = project.sources.module(path)
    found = (
        node for node in (module.tree.body if module else ())
        if isinstance(node, ast.ClassDef) and node.name == name
    )  # fmt: skip
    names = aliases(module, None) if module else {}
    return tuple(dotted(base, names) or "" for node in found for base in node.bases)
