"""Records the choices that detection would not find again, in `[tool.celerify]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.edits.toml_table import literal, with_keys
from celerify.errors import UsageError
from celerify.facts.choices import Choices, read_choices
from celerify.project import Project
from celerify.requirements.decisions import (
    beat_choice,
    broker_choice,
    deploy_targets,
    monitoring_choice,
    results_choice,
)
from celerify.requirements.when_processes import without_prometheus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.tree import Tree

RECORDED = ("broker", "results", "beat", "monitoring", "deploy")


def refuse_contradictions(tree: Tree, flags: Choices) -> None:
    """Raise where a flag says something else than what the repository records.

    Raises:
        UsageError: one does; a person's text is not overwritten, so the next run would say the old again.
    """
    recorded = read_choices(tree)
    for key in RECORDED:
        before, now = getattr(recorded, key), getattr(flags, key)
        if None not in (before, now) and before != now:
            home = _home(tree)
            where = home if home.startswith(".") else f"[tool.celerify] in {home}"
            raise UsageError(
                f"{where} records {key} = {literal(before)}, and the flag says {literal(now)}",
                "change it there, then run the command without the flag",
            )


def with_choices_recorded(project: Project) -> Project:
    """Return the project with each choice that differs from what detection yields written down, once.

    Raises:
        CannotWriteError: the file cannot take the lines.
    """
    wanted = unrecorded(project)
    if not wanted:
        return project
    path = _home(project.tree)
    table = ("tool", "celerify") if path == "pyproject.toml" else ()
    before = project.tree.read(path) if project.tree.exists(path) else b""
    return project.write(path, with_keys(before, table, wanted, path))


def unrecorded(project: Project) -> Mapping[str, bool | str | list[str]]:
    """Return the choices in effect that neither the repository records nor detection would find in it.

    Flower without Prometheus is what detection says of most projects; chosen, it means that no metrics are
    wanted, so that it is recorded all the same.
    """
    recorded = read_choices(project.tree)
    bare = Project(project.tree, Choices(manage=project.choices.manage, settings=project.choices.settings))
    detected = {
        "broker": broker_choice(bare).value,
        "results": results_choice(bare).value,
        "beat": beat_choice(bare).value == "yes",
        "monitoring": None if without_prometheus(project) else monitoring_choice(bare).value,
        "deploy": deploy_targets(bare) or None,
    }
    chosen = {key: getattr(project.choices, key) for key in RECORDED}
    return {
        key: (list(value) or "none") if isinstance(value, tuple) else value
        for key, value in chosen.items()
        if value is not None and value != getattr(recorded, key) and value != detected[key]
    }


def _home(tree: Tree) -> str:
    return "pyproject.toml" if tree.exists("pyproject.toml") else ".celerify.toml"
