"""Whether the workers of each deployment, as they ran, consume every queue in use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from celerify.facts.queues import CELERY_DEFAULT
from celerify.facts.topology import deployments
from celerify.facts.values import Known
from celerify.live.stage import Seen
from celerify.live.workers import command_of
from celerify.requirements.when_queues import queues_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.queues import Queues, Use
    from celerify.facts.topology import Deployment
    from celerify.live.workers import Command
    from celerify.project import Project

ITEM = "6.1.4"


def coverage(
    project: Project, consumed: Mapping[tuple[str, ...], frozenset[str]], default: str | None = None
) -> Iterator[Seen]:
    """Yield, for each deployment, that every queue in use is consumed, or each that is not.

    Args:
        project: whose queues are in use.
        consumed: what each worker that ran told to consume, by the words of its command.
        default: the queue of what nothing routes, with the settings of the run; None where it is not known.
    """
    queues = queues_of(project)
    if default and queues.default and default != queues.default:
        yield _of_other_settings(project, queues.default, default)
        queues = replace(queues, default=default)
    found = deployments(project.processes)
    if not found:
        yield from _undeclared(queues, consumed)
    for deployment in found:
        yield from _of(project, deployment, queues, consumed)


def _of(
    project: Project,
    deployment: Deployment,
    queues: Queues,
    consumed: Mapping[tuple[str, ...], frozenset[str]],
) -> Iterator[Seen]:
    declared = [command_of(project, worker) for worker in deployment.workers]
    taken = frozenset[str]().union(*(consumed.get(command.words, ()) for command in declared))
    blind = next((one for one in declared if "queues" in one.unread or one.words not in consumed), None)
    lost = {name: use for name, use in queues.uses.items() if name not in taken}
    for name, use in lost.items():
        if blind is None:
            said = f"no worker in {deployment.name} consumes the queue {name}: {_sender(use)}"
            said = f"{said}, and what goes there is never run"
            yield Seen(False, said, (ITEM,), remedy=_remedy(name, declared, queues))
        else:
            why = "whose queues cannot be read" if "queues" in blind.unread else "which did not answer"
            said = (
                f"whether {deployment.name} consumes the queue {name} is up to its worker {blind.name}, {why}"
            )
            yield Seen(None, said, (ITEM,))
    if not lost and queues.unread:
        said = f"a queue in use cannot be read ({queues.unread[0].at}): {queues.unread[0].says}"
        yield Seen(None, said, (ITEM,))
    elif not lost:
        names = ", ".join(queues.uses)
        yield Seen(True, f"the workers in {deployment.name} consume every queue in use: {names}", (ITEM,))


def _of_other_settings(project: Project, name: str, default: str) -> Seen:
    """Return that what nothing routes goes elsewhere with settings which this run did not use."""
    modules = (
        chain.entry.module
        for chain, options in zip(project.deployed, project.options, strict=True)
        if (option := options.options.get("task_default_queue"))
        and isinstance(option.value, Known)
        and option.value.value == name
    )
    module = next(modules, None)
    read = f"with the settings {module}" if module else "as the code reads"
    said = f"what nothing routes goes to the queue {name} {read}, and to {default} in this run"
    again = f"verify with `--settings {module}` as well, and " if module else ""
    remedy = f"{again}see that senders and workers are deployed with the same settings"
    return Seen(None, said, (ITEM,), remedy=remedy)


def _undeclared(queues: Queues, consumed: Mapping[tuple[str, ...], frozenset[str]]) -> Iterator[Seen]:
    taken = frozenset[str]().union(*consumed.values())
    for name, use in queues.uses.items():
        if name not in taken:
            said = f"a worker without -Q does not consume the queue {name} ({_sender(use)})"
            said = f"{said}, and the repository declares no worker that does"
            yield Seen(None, said, (ITEM,), remedy="declare the workers: `celerify init --deploy compose`")


def _sender(use: Use | None) -> str:
    return f"{use.says} ({use.at})" if use else "what nothing routes goes there"


def _remedy(name: str, declared: list[Command], queues: Queues) -> str:
    worker = declared[0]
    names = worker.queues or (queues.default or CELERY_DEFAULT,)
    wanted = ",".join(dict.fromkeys((*names, name)))
    place = f" ({worker.where})" if worker.where else ""
    return f"give {worker.name}{place} `-Q {wanted}`, or declare a worker of its own for the queue {name}"
