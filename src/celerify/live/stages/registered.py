"""The stage that holds the tasks of the code against those that the worker has registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.registration import compare, why_not
from celerify.live.stage import Seen, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

_SHOWN = 3
_CELERYS = ("celery.", "celerify.")


def prove(run: Run) -> Iterator[Seen]:
    """Ask the worker for its tasks, and find each task of the code among them."""
    node = run.require_worker().node
    names = run.client.ask("registered", node=node)
    found = compare(run.project.tasks, names, run.project.sources)
    for task in found.missing:
        why, remedy = why_not(task, run.client.ask("module_state", module=task.module))
        said = f"the worker has not registered {task.name} ({task.at}): {why}"
        yield Seen(False, said, ("7.1.4",), remedy=remedy)
    for task in found.doubtful:
        said = f"the worker has not registered {task.name} ({task.at}), which is defined under a condition"
        yield Seen(None, f"{said} or named by the program")
    if found.missing:
        return
    count = sum(not task.sample for task in run.project.tasks) - len(found.doubtful)
    tasks = f"all {count} tasks of the code are" if count > 1 else "the one task of the code is"
    extra = [name for name in found.extra if not name.startswith(_CELERYS)]
    said = f"{tasks} registered in the worker{_more(extra)}"
    yield Seen(True, said, ("7.1.4",), {"tasks": count, "others": len(extra)})


def _more(extra: list[str]) -> str:
    if not extra:
        return ""
    names = ", ".join(extra[:_SHOWN])
    rest = f" and {len(extra) - _SHOWN} more" if len(extra) > _SHOWN else ""
    return f"; it has others as well, of packages or named by the program: {names}{rest}"


def _left_out(run: Run) -> str:
    if any(not task.sample for task in run.project.tasks):
        return ""
    return "the code defines no task of its own"


STAGE = Stage(
    name="registered",
    title="The worker has registered the tasks of the code",
    items=("7.1.4",),
    prove=prove,
    left_out=_left_out,
)
