"""The kinds for units that start at boot: they say when, and a script of the repository enables them."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.errors import CannotWriteError
from celerify.model import Location, Observation
from celerify.requirements.decisions import deploy_targets
from celerify.requirements.systemd_files import FOLDER
from celerify.requirements.systemd_units import celery_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

SCRIPT = f"{FOLDER}/install.sh"
_SCRIPTS = (".sh", ".bash", ".py", ".yml", ".yaml", "Makefile", ".mk", ".toml", "justfile")
_ENABLES = re.compile(
    rb"systemctl\b[^\n]*\b(?:enable|reenable|preset)\b|enabled:\s*(?:yes|true)", re.IGNORECASE
)
_LARGEST = 200_000


@dataclass(frozen=True, slots=True)
class StartedAtBoot:
    """Each unit of Celery's has an [Install] section that names a target."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each unit."""
        for process, unit in celery_units(project):
            wanted = (*unit.values("Install", "WantedBy"), *unit.values("Install", "RequiredBy"))
            if wanted:
                said = f"{unit.name}.service is wanted by {wanted[0].value}"
                yield Observation(holds=True, summary=said, at=Location(unit.at.path, wanted[0].line))
            else:
                said = (
                    f"{unit.name}.service has no [Install] section with WantedBy=, so nothing can enable it"
                )
                yield Observation(holds=False, summary=said, at=process.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that there is no unit."""
        said = "no systemd unit runs Celery, so none starts at boot"
        return Observation(holds=False, summary=said, at=Location(project.layout.manage))


@dataclass(frozen=True, slots=True)
class EnabledByScript:
    """A script of the repository enables every unit of Celery's."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield one observation for each unit once some script enables one of them."""
        units = celery_units(project)
        enabling = tuple(_enabling(project)) if units else ()
        seen = [
            (process, next((path for path in enabling if _names(project, path, unit.name)), None))
            for process, unit in units
        ]
        if not any(path for _, path in seen):
            return
        for process, path in seen:
            if path:
                yield Observation(holds=True, summary=f"{path} enables {process.name}", at=Location(path))
            else:
                yield Observation(holds=False, summary=f"no script enables {process.name}", at=process.at)

    def vacancy(self, project: Project) -> Observation:
        """Return that no script enables them."""
        units = celery_units(project)
        if not units:
            return StartedAtBoot().vacancy(project)
        said = "no script in the repository enables the units (systemctl enable)"
        return Observation(holds=False, summary=said, at=units[0][0].at)

    def fix(self, project: Project) -> Project:
        """Return the project with an install script beside celerify's own units.

        Raises:
            CannotWriteError: the units lie elsewhere, or another file has that name.
        """
        from celerify.requirements.answers import answers
        from celerify.requirements.systemd_files import put

        names = [unit.at.path for _, unit in celery_units(project)]
        if "systemd" not in deploy_targets(project) or not names:
            return project
        strange = [path for path in names if not fnmatch.fnmatchcase(path, f"{FOLDER}/celery-*.service")]
        if strange:
            known = " ".join(dict.fromkeys(path.rpartition("/")[2] for path in names))
            what = f"{strange[0]} lies where celerify's install script does not look"
            raise CannotWriteError(what, f"systemctl daemon-reload\nsystemctl enable --now {known}")
        return put(project, SCRIPT, answers(project))


def _enabling(project: Project) -> Iterator[str]:
    """Yield each script that enables units: shell, Makefile, playbook, Fabric."""
    for path in project.tree.paths:
        looks = path.endswith(_SCRIPTS) or "." not in path.rpartition("/")[2]
        if (
            looks
            and project.tree.size(path) <= _LARGEST
            and _ENABLES.search(_without_comments(project.tree.read(path)))
        ):
            yield path


def _without_comments(raw: bytes) -> bytes:
    return re.sub(rb"(?m)^\s*#.*$", b"", raw)


def _names(project: Project, path: str, unit: str) -> bool:
    """Tell whether a script enables a unit: by name, by a pattern, or by a loop over such names."""
    text = _without_comments(project.tree.read(path)).decode("utf-8", "replace").replace("\\\n", " ")
    enabling = [line for line in text.splitlines() if _ENABLES.search(line.encode())]
    if any(_names_in(line, unit) for line in enabling):
        return True
    from_loop = any("$" in line or "{" in line or "systemctl" not in line for line in enabling)
    return from_loop and _names_in(text, unit)


def _names_in(text: str, unit: str) -> bool:
    after = "" if unit.endswith("@") else r"(?![\w@-])"
    if re.search(rf"(?<![\w@-]){re.escape(unit)}{after}", text):
        return True
    patterns = re.findall(r"[\w@*?-]*[*?][\w@*?.-]*", text)
    return any(fnmatch.fnmatchcase(f"{unit}.service", found) for found in patterns if ".service" in found)
