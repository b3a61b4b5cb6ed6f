"""The commands that bring lock files and compiled files up to date after a dependency file changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.dependencies import Dependencies

_LOCKS = {
    "uv.lock": "uv lock",
    "poetry.lock": "poetry lock",
    "pdm.lock": "pdm lock",
    "Pipfile.lock": "pipenv lock",
}
_STYLES = {"poetry": "poetry lock", "pipenv": "pipenv lock"}


def lock_command(dependencies: Dependencies) -> str | None:
    """Return the command to run after the home file changed; None where nothing is locked or compiled.

    Several commands are joined by `&&`. A lock file in a folder of its own is locked there.
    """
    return " && ".join(dict.fromkeys(_commands(dependencies))) or None


def _commands(dependencies: Dependencies) -> Iterator[str]:
    home = dependencies.home
    if home is None:
        return
    folder, _, name = (dependencies.lock or "").rpartition("/")
    command = _LOCKS.get(name) or _STYLES.get(home.style)
    if command:
        folder = folder if name in _LOCKS else home.path.rpartition("/")[0]
        yield f"(cd {folder} && {command})" if folder else command
    for file in dependencies.files:
        if file.compiled_from == home.path and file.path != home.path:
            yield file.command or f"pip-compile {home.path}"
