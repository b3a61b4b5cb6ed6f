"""The commands that install what a changed dependency file declares, and that run a program with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.packages.lock_command import lock_command

if TYPE_CHECKING:
    from celerify.facts.dependencies import Dependencies
    from celerify.facts.packages.declared import DependencyFile

_TOOLS = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}
_INSTALLS = {"uv": "uv sync", "poetry": "poetry install", "pdm": "pdm install", "pipenv": "pipenv sync"}


def tool_of(dependencies: Dependencies) -> str | None:
    """Return the tool that keeps the environment, `uv`, `poetry`, `pdm` or `pipenv`; None for pip."""
    name = (dependencies.lock or "").rpartition("/")[2]
    style = dependencies.home.style if dependencies.home else ""
    return _TOOLS.get(name) or (style if style in _INSTALLS else None)


def install_command(dependencies: Dependencies) -> str | None:
    """Return what locks and installs after the home file changed, to be run at the root of the repository.

    None where no file declares dependencies.
    """
    home = dependencies.home
    if home is None:
        return None
    lock = lock_command(dependencies)
    return " && ".join(part for part in (lock, _install(dependencies, home)) if part)


def sync_command(dependencies: Dependencies) -> str | None:
    """Return what installs what is declared and locked, to be run at the root of the repository.

    None where no file declares dependencies.
    """
    home = dependencies.home
    return _install(dependencies, home) if home else None


def run_with(dependencies: Dependencies) -> str:
    """Return what stands before a program to run it in the project's environment: `uv run ` or nothing."""
    tool = tool_of(dependencies)
    return f"{tool} run " if tool else ""


def _install(dependencies: Dependencies, home: DependencyFile) -> str:
    tool = tool_of(dependencies)
    folder = home.path.rpartition("/")[0]
    if tool:
        folder = (dependencies.lock or home.path).rpartition("/")[0]
        return f"(cd {folder} && {_INSTALLS[tool]})" if folder else _INSTALLS[tool]
    match home.style:
        case "requirements":
            compiled = [file.path for file in dependencies.files if file.compiled_from == home.path]
            return f"pip install -r {compiled[0] if compiled else home.path}"
        case "pep735":
            return f"pip install --group {home.path}:{home.table[-1]}"
        case "conda":
            return f"conda env update --file {home.path}"
        case _:
            return f"pip install -e {folder or '.'}"
