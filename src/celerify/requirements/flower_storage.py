"""The kind of requirement that is a Flower whose history outlives its process."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from celerify.facts.processes.shell import expanded
from celerify.facts.processes.units import read_units
from celerify.model import Observation
from celerify.requirements.flower_process import FlowerProcess
from celerify.requirements.monitoring_files import flowers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.monitoring.flower import Flower
    from celerify.project import Project

_FLEETING = ("/tmp/", "/run/", "/var/run/", "/dev/shm/")  # noqa: S108 - compared with, nothing is written there
_STATE = {"StateDirectory": "/var/lib", "CacheDirectory": "/var/cache", "LogsDirectory": "/var/log"}

Verdict = tuple[bool | None, str]


@dataclass(frozen=True, slots=True)
class FlowerStorage(FlowerProcess):
    """Every Flower process is persistent, in a file that is there after a restart."""

    universal: ClassVar[bool] = True

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield for each Flower process where it keeps its history."""
        for flower in flowers_of(project):
            holds, said = _judged(project, flower)
            setting = flower.options.get("persistent")
            yield Observation(holds, f"{flower.name} {said}", setting.at if setting else flower.process.at)


def _judged(project: Project, flower: Flower) -> Verdict:
    if not flower.on("persistent"):
        return False, "is not persistent: its history is lost at each restart"
    path = expanded(flower.text("db") or "flower", flower.process.environment)
    if "$" in path:
        return None, f"keeps its history in {path}, which a variable names"
    if flower.service is not None:
        return _in_container(flower.service.definition, path)
    match flower.process.target:
        case "systemd" | "supervisor":
            return _in_unit(project, flower, path)
        case "dockerfile" | "kubernetes":
            return None, f"keeps its history in {path}; the repository does not show a volume there"
        case _:
            return _by_path(path)


def _in_container(definition: Mapping[str, object], path: str) -> Verdict:
    working = definition.get("working_dir")
    mounts = tuple(_mounts(definition))
    if not path.startswith("/"):
        if not isinstance(working, str):
            unclear = f"keeps its history in {path}, below the working folder of the image"
            return (None if mounts else False), unclear + (
                "" if mounts else ", and the service has no volume"
            )
        path = posixpath.join(working, path)
    for target, lasting in mounts:
        if path.startswith(f"{target.rstrip('/')}/"):
            return lasting, f"keeps its history in {path}, on the volume {target}" + (
                "" if lasting else ", which is not kept or cannot be written"
            )
    return False, f"keeps its history in {path}, on no volume: it goes with the container"


def _mounts(definition: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    """Yield the folder of each volume, and whether it is kept and can be written."""
    volumes = definition.get("volumes")
    for volume in volumes if isinstance(volumes, list) else ():
        if isinstance(volume, dict):
            kept = volume.get("type") != "tmpfs" and not volume.get("read_only")
            yield str(volume.get("target") or volume.get("dst") or ""), kept
        else:
            parts = expanded(str(volume), {}).split(":")
            target = next((part for part in parts[1:] if part.startswith("/")), parts[0])
            yield target, "ro" not in parts[2:]


def _in_unit(project: Project, flower: Flower, path: str) -> Verdict:
    unit = next((each for each in read_units(project.tree) if each.at == flower.process.at), None)
    sections = unit.sections if unit else {}
    entries = {name: value for section in sections.values() for name, value in section.items()}
    folder = entries.get("WorkingDirectory") or entries.get("directory") or ""
    for entry, root in _STATE.items():
        for name in entries.get(entry, "").split():
            if posixpath.join(folder, path).startswith(f"{root}/{name.partition(':')[0]}/"):
                return True, f"keeps its history in {path}, in the {entry} of its unit"
    if not path.startswith("/"):
        if folder.startswith("/"):
            return _by_path(posixpath.join(folder, path))
        return None, f"keeps its history in {path}, below a working folder that the unit does not name"
    if path.startswith(_FLEETING):
        return _by_path(path)
    made = posixpath.dirname(path)
    if any(made in project.tree.text(script) for script in project.tree.ending(".sh", "Makefile")):
        return True, f"keeps its history in {path}, in a folder that a script of the repository makes"
    return (
        None,
        f"keeps its history in {path}; nothing in the repository makes {made}, and Flower does not either",
    )


def _by_path(path: str) -> Verdict:
    if path.startswith(_FLEETING):
        return False, f"keeps its history in {path}, which is emptied"
    return True, f"keeps its history in {path}"
