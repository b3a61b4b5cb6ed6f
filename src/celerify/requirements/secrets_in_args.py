"""No message carries a secret: the calls of tasks, and what is scheduled."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.secret_names import is_secret_text, names_secret
from celerify.facts.sending.secret_values import carried
from celerify.facts.values import Entries, Items, Known, alternatives
from celerify.model import Observation
from celerify.requirements.when_calls import counted_calls, no_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.values import Value
    from celerify.model import Location
    from celerify.project import Project


def nothing_sent(project: Project) -> str | None:
    """Return that nothing calls or schedules a task, or None."""
    scheduled = project.schedules.entries or project.schedules.written_tasks
    return None if scheduled else no_call(project)


@dataclass(frozen=True, slots=True)
class NoSecretsPassed:
    """No call and no schedule passes a password, a token, a key or a card number.

    An object that may hold some, passed whole, is said and not held against the project.
    """

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each call and entry that passes a secret or a whole object, then how many pass none."""
        right: list[Location] = []
        whole: list[Observation] = []
        for call in counted_calls(project):
            found = list(carried(call))
            secrets = list(dict.fromkeys(item.what for item in found if not item.whole))
            if secrets:
                name = call.task.name if call.task else "a task"
                said = f"{name} is sent {' and '.join(secrets)}: the message keeps it readable in the broker"
                yield Observation(holds=False, summary=said, at=call.at)
                continue
            right.append(call.at)
            whole += [_whole(item.what, call.at) for item in found]
        for at, what in _scheduled(project):
            if what:
                said = f"a schedule passes {what}: it stands readable in the code and in the broker"
                yield Observation(holds=False, summary=said, at=at)
            else:
                right.append(at)
        yield from whole
        if right:
            counted = (
                "1 call or schedule passes" if len(right) == 1 else f"{len(right)} calls or schedules pass"
            )
            said = f"{counted} no secret by name or literal"
            yield Observation(holds=True, summary=said, at=right[0])

    def vacancy(self, _project: Project) -> Observation:
        """Say that nothing calls a task."""
        return Observation(holds=False, summary="no call of a task")


def _whole(what: str, at: Location) -> Observation:
    said = f"{what} is passed whole: whatever secret it holds goes along"
    return Observation(holds=True, summary=said, at=at)


def _scheduled(project: Project) -> Iterator[tuple[Location, str]]:
    """Yield the place of each schedule with the secret that it passes, or ""."""
    for entry in project.schedules.entries:
        found = (what for value in (entry.args, entry.kwargs) if value for what in _secrets(value))
        yield entry.at, next(found, "")
    for row in project.schedules.written_tasks:
        given = (value for name, value in row.fields.items() if name in {"args", "kwargs"})
        yield row.at, next((what for value in given for what in _secrets(value)), "")


def _secrets(value: Value) -> Iterator[str]:
    for way in alternatives(value):
        match way:
            case Known(value=str() as text):
                yield from _in_text(text)
            case Items(items=items):
                yield from (what for item in items for what in _secrets(item))
            case Entries(entries=entries):
                for key, inner in entries:
                    name = getattr(key, "value", "")
                    flag = isinstance(inner, Known) and not isinstance(inner.value, str)
                    if isinstance(name, str) and names_secret(name) and not flag:
                        yield f"the argument {name}"
                    else:
                        yield from _secrets(inner)
            case _:
                continue


def _in_text(text: str) -> Iterator[str]:
    """Yield what a text holds: a credential, or arguments as JSON with a secret's name."""
    if is_secret_text(text):
        yield "a credential written out"
        return
    try:
        written = ast.literal_eval(text) if text.lstrip().startswith("{") else {}
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return
    if isinstance(written, dict):
        yield from (
            f"the argument {name}"
            for name, value in written.items()
            if isinstance(name, str) and names_secret(name) and isinstance(value, str)
        )
