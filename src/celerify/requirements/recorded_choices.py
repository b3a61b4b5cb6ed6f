"""Records the choices that detection would not find again, in `[tool.celerify]`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from celerify.errors import NotUnderstoodError
from celerify.facts.choices import Choices, read_choices
from celerify.project import Project
from celerify.requirements.decisions import beat_choice, broker_choice, monitoring_choice, results_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE = "[tool.celerify]"


def with_choices_recorded(project: Project) -> Project:
    """Return the project with each choice that differs from what detection yields written down, once.

    Raises:
        NotUnderstoodError: the file cannot take the lines.
    """
    wanted = unrecorded(project)
    if not wanted:
        return project
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in wanted.items())
    if not project.tree.exists("pyproject.toml"):
        path = ".celerify.toml"
        before = project.tree.read(path) if project.tree.exists(path) else b""
        return _proved(project.write(path, _ended(before) + lines.encode()), path)
    before = project.tree.read("pyproject.toml")
    newline = "\r\n" if b"\r\n" in before else "\n"
    if TABLE.encode() in before:
        at = before.index(b"\n", before.index(TABLE.encode())) + 1
        after = before[:at] + lines.replace("\n", newline).encode() + before[at:]
    else:
        after = _ended(before, newline) + f"\n{TABLE}\n{lines}".replace("\n", newline).encode()
    return _proved(project.write("pyproject.toml", after), "pyproject.toml")


def unrecorded(project: Project) -> Mapping[str, object]:
    """Return the choices in effect that neither the repository records nor detection would find in it."""
    recorded = read_choices(project.tree)
    bare = Project(project.tree, Choices(manage=project.choices.manage, settings=project.choices.settings))
    detected = {
        "broker": broker_choice(bare).value,
        "results": results_choice(bare).value,
        "beat": beat_choice(bare).value == "yes",
        "monitoring": monitoring_choice(bare).value,
    }
    chosen = {key: getattr(project.choices, key) for key in detected}
    return {
        key: value
        for key, value in chosen.items()
        if value is not None and value != getattr(recorded, key) and value != detected[key]
    }


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'


def _ended(before: bytes, newline: str = "\n") -> bytes:
    return before if not before or before.endswith(b"\n") else before + newline.encode()


def _proved(project: Project, path: str) -> Project:
    try:
        tomllib.loads(project.tree.text(path))
    except tomllib.TOMLDecodeError as error:
        raise NotUnderstoodError(
            f"{path} cannot record the choices: {error}", "write them into [tool.celerify] by hand"
        ) from error
    return project
