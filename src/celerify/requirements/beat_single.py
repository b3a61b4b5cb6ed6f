"""The kind for the one beat that every deployment runs, no more and no fewer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import read_services
from celerify.facts.processes.shell import expanded
from celerify.facts.topology import deployments
from celerify.model import Observation
from celerify.requirements.declared_process import PARTIAL, Declared, deployed, embedding, unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from celerify.facts.services import Process
    from celerify.project import Project

_DEVELOPMENT = re.compile(r"(?:^|[./_-])(?:dev|develop|development|local|test|tests|ci|e2e)(?:$|[./_-])")
"""Deployments that nobody misses a beat in."""
_SAID = {
    "script": "the scripts", "dockerfile": "the images", "systemd": "the systemd units",
    "supervisor": "the supervisor", "kubernetes": "the manifests",
}  # fmt: skip
"""What stands in a sentence for a target whose processes are all one deployment."""


@dataclass(frozen=True, slots=True)
class OneBeat:
    """Exactly one beat in each deployment, a beat inside a worker included."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each deployment; nothing where no beat is declared at all."""
        beats = (*deployed(project, "beat"), *embedding(project))
        if not beats:
            yield from unread(project, "beat")
            return
        running = deployments(project.processes)
        apart = [beat for beat in beats if not any(beat in each.processes for each in running)]
        for deployment in running:
            own = [beat for beat in beats if beat in deployment.processes]
            if own:
                yield _counted(_SAID.get(deployment.name, deployment.name), own, project)
            elif not apart and not _DEVELOPMENT.search(deployment.name):
                said = f"{deployment.name} runs a worker and no beat, so nothing periodic is sent there"
                yield Observation(holds=False, summary=said, at=deployment.workers[0].at)
        for name in dict.fromkeys(_place(beat) for beat in apart):
            own = [beat for beat in apart if _place(beat) == name]
            yield _counted(_SAID.get(name, name), own, project)

    def vacancy(self, project: Project) -> Observation:
        """Return that no beat is declared."""
        return Declared("beat").vacancy(project)

    def fix(self, project: Project) -> Project:
        """Return the project with one beat in each deployment target.

        Raises:
            CannotWriteError: no target could be written; of the first one.
        """
        return Declared("beat").fix(project)


def _place(beat: Process) -> str:
    return beat.at.path if beat.target in {"compose", "procfile"} else beat.target


def _counted(name: str, beats: Sequence[Process], project: Project) -> Observation:
    """Return whether what one deployment declares is one beat."""
    together = _together(beats, project)
    multiplied = [seen for beat in together if (seen := _multiplied(beat, project, alone=len(together) == 1))]
    if multiplied:
        return min(multiplied, key=lambda seen: seen.holds is None)
    first, *others = together
    if not others:
        said = f"{first.name} is the one beat of {name}"
        return Observation(holds=True, summary=said, at=first.at)
    named = ", ".join(f"{beat.name} ({beat.at})" for beat in together)
    if _apart_by_folder(together):
        said = f"whether these beats of {name} run together could not be read: {named}"
        return Observation(holds=None, summary=said, at=others[0].at)
    said = f"{len(together)} beats run in {name}, and each of them sends every periodic task: {named}"
    return Observation(holds=False, summary=said, at=others[0].at)


def _multiplied(beat: Process, project: Project, *, alone: bool) -> Observation | None:
    """Return that one declaration runs no beat, several, or that this could not be read; None for one."""
    copies = _copies(beat, project)
    if beat.embedded_beat and "multi" in beat.command:
        said = f"each node that {beat.name} starts runs a beat, and how many there are could not be read"
        return Observation(holds=None, summary=said, at=beat.at)
    if copies == 1 or (copies is None and not alone):
        return None
    if copies is None:
        said = f"how many copies of {beat.name} run could not be read: a variable says it"
        return Observation(holds=None, summary=said, at=beat.at)
    said = f"{beat.name} is declared with no copy, so nothing periodic is sent"
    if copies:
        said = f"{beat.name} runs {copies} times, and each of them sends every periodic task"
    return Observation(holds=False, summary=said, at=beat.at)


def _together(beats: Sequence[Process], project: Project) -> tuple[Process, ...]:
    """Return the beats that can run side by side, the one with most replicas for each name.

    A service that another file lays over has one name; so has a unit that is kept once for each environment.
    Of compose services under different profiles only those of one profile run.
    """
    by_name: dict[tuple[str, bool], Process] = {}
    for beat in beats:
        key = (beat.name, beat.embedded_beat)
        by_name[key] = max(by_name.get(key, beat), beat, key=lambda one: one.replicas or 1)
    groups: dict[str, list[Process]] = {}
    for beat in by_name.values():
        groups.setdefault(_profile(beat, project), []).append(beat)
    always = groups.pop("", [])
    most = max(groups.values(), key=len, default=[])
    return (*always, *most)


def _profile(beat: Process, project: Project) -> str:
    """Return the profiles of a compose service, joined; "" for what always runs."""
    profiles = _definition(beat, project).get("profiles")
    return ",".join(sorted(map(str, profiles))) if isinstance(profiles, list) else ""


def _copies(beat: Process, project: Project) -> int | None:
    """Return how many of it run; None where a variable without a default says so."""
    if beat.replicas is not None:
        return beat.replicas
    definition = _definition(beat, project)
    deploy = definition.get("deploy")
    count = deploy.get("replicas") if isinstance(deploy, dict) else definition.get("scale")
    if not isinstance(count, str):
        return 1
    filled = expanded(count, {})
    return int(filled) if filled.isdigit() else None


def _definition(beat: Process, project: Project) -> Mapping[str, object]:
    """Return the definition of a compose service; nothing for what is none."""
    if beat.target != "compose":
        return {}
    services = read_services(project.tree)
    own = (one for one in services if (one.path, one.name) == (beat.at.path, beat.name))
    return next((one.definition for one in own), {})


def _apart_by_folder(beats: Sequence[Process]) -> bool:
    """Tell whether declarations lie in different places of a target that does not say what runs together."""
    if beats[0].target in {"compose", "procfile"}:
        return False
    if beats[0].target in PARTIAL:
        return True
    folders = [beat.at.path.rpartition("/")[0] for beat in beats]
    return len(set(folders)) == len(folders)
