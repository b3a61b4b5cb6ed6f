"""Nothing enables pickle: options, tasks, calls, and what code registers with kombu."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.kombu_registry import registrations
from celerify.facts.masking import shown
from celerify.facts.values import Env, Items, Known, Unset, alternatives
from celerify.model import Location, Observation
from celerify.requirements.celery_setting import CelerySetting
from celerify.requirements.celery_version import celery_version
from celerify.requirements.setting_values import Verdict, cast_default, contents, serializer
from celerify.requirements.when_calls import counted_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.celery_config import Option, Options
    from celerify.facts.values import Value
    from celerify.project import Project

OPTIONS = (
    "accept_content",
    "result_accept_content",
    "task_serializer",
    "result_serializer",
    "event_serializer",
)
"""The options that say in which form messages are written and accepted."""
JSON_SINCE = (4, 0)
"""The first version of Celery that accepts JSON alone by default."""


@dataclass(frozen=True, slots=True)
class PickleOff:
    """No content type, serializer or registration lets a message run code.

    Celery's own default is JSON alone, so that a project that runs Celery and says nothing is right.
    """

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield what enables pickle or cannot be read, then what says or leaves the default."""
        app = project.celery_app
        found = list(dict.fromkeys(_found(project)))
        yield from found
        if found or not (app or project.uses_celery):
            return
        tasks = [task.at for task in project.tasks if not task.sample]
        yield _default(project, app.at if app else (*tasks, Location(project.layout.manage))[0])

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing says which messages are accepted."""
        return _accept().vacancy(project)

    def fix(self, project: Project) -> Project:
        """Return the project with JSON as the only content that is accepted.

        Raises:
            CannotWriteError: no settings module is fit for it.
        """
        return _accept().fix(project)


def _accept() -> CelerySetting:
    return CelerySetting("accept_content", contents, '["json"]')


def _default(project: Project, at: Location) -> Observation:
    version = celery_version(project)
    if version is not None and version < JSON_SINCE:
        said = "accept_content is not set, and Celery before 4.0 accepts pickle by default"
        return Observation(holds=False, summary=said, at=at)
    return Observation(holds=True, summary="accept_content is Celery's default, JSON alone", at=at)


def _found(project: Project) -> Iterator[Observation]:
    for options in project.options:
        yield from _in_options(options)
    for task in project.tasks:
        own = task.options.get("serializer") or task.inherited.get("serializer")
        if own is not None and not task.sample:
            yield from _judged(own, f"serializer of {task.name}", task.at)
    for call in counted_calls(project):
        named = call.options.get("serializer")
        if isinstance(named, ast.Constant):
            yield from _judged(Known(named.value, call.at), f"serializer of {call.short}", call.at)
        elif named is not None:
            said = f"the serializer of {call.short} cannot be read"
            yield Observation(holds=None, summary=said, at=call.at)
    for made in registrations(project.sources):
        yield Observation(made.harmless, made.says, made.at)


def _in_options(options: Options) -> Iterator[Observation]:
    given = [options.options[name] for name in OPTIONS if name in options.options]
    for option in given:
        yield from _judged(option.value, option.written, _place(option))
    if options.unread and "accept_content" not in options.options:
        said = f"accept_content is not set in what could be read: {options.unread}"
        yield Observation(holds=None, summary=said, at=Location(options.settings.path))


def _judged(value: Value, what: str, at: Location) -> Iterator[Observation]:
    """Yield whether a value names no pickle; what is right is told of content types alone."""
    verdicts = [_verdict(way) for way in alternatives(value)]
    wrong = next((verdict for verdict in verdicts if verdict.holds is False), None)
    unsure = next((verdict for verdict in verdicts if verdict.holds is None), None)
    worst = wrong or unsure or verdicts[0]
    remark = f" ({worst.remark})" if worst.remark else ""
    yield Observation(worst.holds, f"{what} is {shown(value, what)}{remark}", at)


def _verdict(value: Value) -> Verdict:
    match value:
        case Unset() | Known(value=None):
            return Verdict(holds=True)
        case Items(items=()):
            return Verdict(holds=True)
        case Items():
            return contents(value)
        case Env() if value.default is not None:
            return _verdict(cast_default(value))
        case _:
            return serializer(value)


def _place(option: Option) -> Location:
    return option.via[-1] if option.via else option.value.at
