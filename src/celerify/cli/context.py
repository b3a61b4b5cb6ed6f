"""Opening a project from the command line: the root, the choices, and what stands in the way."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from celerify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.choices import Choices
    from celerify.project import Project

_UNREAD_SHOWN = 5


def root_of(path: Path) -> tuple[Path, str]:
    """Return the repository's root (that of git, else `path` itself) and `path` relative to it.

    Raises:
        UsageError: `path` is no folder.
    """
    from celerify.git import root_of as git_root

    folder = path.resolve()
    if not folder.is_dir():
        raise UsageError(f"`{path}` is no folder", "name the folder of a Django repository")
    root = git_root(folder) or folder
    start = folder.relative_to(root).as_posix()
    return root, "" if start == "." else start


def open_project(path: Path, flags: Choices) -> Project:
    """Return the project at `path` with the choices recorded there, flags first.

    Raises:
        CelerifyError: no such folder, a faulty configuration, or a project that cannot be located.
    """
    from dataclasses import replace

    from celerify.discover import all_rules
    from celerify.facts.choices import merged, read_choices
    from celerify.project import Project
    from celerify.tree import Tree

    root, start = root_of(path)
    tree = Tree.at(root)
    choices = replace(merged(read_choices(tree), flags), start=start)
    known = {name: rule.item for rule in all_rules() for name in (rule.item, rule.slug)}
    for table in ("waivers", "attestations"):
        for name in getattr(choices, table):
            if name not in known:
                raise _unknown_item(name, table, known)
    attested = {known[name]: found for name, found in choices.attestations.items()}
    project = Project(tree, replace(choices, attestations=attested))
    _require_settings(project)
    return project


def _unknown_item(name: str, table: str, known: Iterable[str]) -> UsageError:
    near = difflib.get_close_matches(name, known, 1)
    return UsageError(
        f"`{name}` in [tool.celerify.{table}] is no item or slug of the checklist",
        (f"did you mean `{near[0]}`? " if near else "") + "`celerify explain` lists them",
    )


def _require_settings(project: Project) -> None:
    """Raise where the settings module that was chosen is not there; several or no manage.py are said first.

    Raises:
        UsageError: no file of the repository is that module.
    """
    chosen = project.choices.settings
    if chosen and not any(entry.module == chosen and entry.path for entry in project.layout.entries):
        raise UsageError(
            f"the settings module `{chosen}` is not in the repository",
            "name a module below one of the import roots, as `--settings config.settings`; "
            "`celerify show project` lists them",
        )


def split_names(values: list[str] | None) -> tuple[str, ...]:
    """Return `["1,2", "1.4.1"]` as `("1", "2", "1.4.1")`."""
    return tuple(name.strip() for value in values or [] for name in value.split(",") if name.strip())


def folder_argument(path: Path | None) -> Path:
    """Return the folder named on the command line, or the current one."""
    return path if path is not None else Path()


def open_for_writing(path: Path, flags: Choices) -> Project:
    """Return the project after taking back what an interrupted command left half-written.

    Raises:
        CelerifyError: as `open_project`; or what was interrupted cannot be taken back.
    """
    from celerify.cli import output
    from celerify.commit import recover

    undone = recover(root_of(path)[0])
    if undone:
        output.talk(f"celerify: took back an interrupted `{undone.title}` ({', '.join(undone.paths)})")
    return open_project(path, flags)


def tell_unread(project: Project) -> None:
    """Say which files of the project's own were asked for and could not be read."""
    from celerify.cli import output

    unread = [found for found in project.sources.unread if project.sources.kind(found.path) == "code"]
    for found in unread[:_UNREAD_SHOWN]:
        output.talk(f"celerify: not read: {found.path}, line {found.line}: {found.reason}")
    if len(unread) > _UNREAD_SHOWN:
        output.talk(f"celerify: not read: {len(unread) - _UNREAD_SHOWN} more files")
