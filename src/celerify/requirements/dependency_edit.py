"""Writes a package into the file where the project declares its dependencies, in that file's own style."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits import requirements, setup_cfg, toml
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.compatibility import Bounds
    from celerify.facts.dependencies import Declared, Dependencies, DependencyFile
    from celerify.project import Project

_KEYED = frozenset({"poetry", "pipenv"})
_ARRAYS = frozenset({"pep621", "pep735", "pdm", "uv", "hatch"})
_SPELLED = re.compile(
    rb"^[ \t]*[\"']?[A-Za-z0-9][\w.-]*(?:\[[^\]\n]*\])?([ \t]*)(\(?)(?:[=~!<>]=|[<>])", re.MULTILINE
)
_EXACT = re.compile(r"^(?:={2,3}\s*)?v?\d[\d.]*\w*$")
_OPERATOR = re.compile(r"^(~=|\^|~)")


@dataclass(frozen=True, slots=True)
class Addition:
    """A package to declare: its name, its extras and its versions."""

    name: str
    extras: tuple[str, ...]
    bounds: Bounds

    def text(self, operator: str = ">=", spelling: str = "{}") -> str:
        """Return the requirement as PEP 508 writes it, its versions spelled as ` {}` or ` ({})` say."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}{spelling.format(self.bounds.written(operator))}"


def home_path(project: Project) -> str:
    """Return the file where the project's dependencies belong, whether it is there or not."""
    home = project.dependencies.home
    base = project.layout.base
    return home.path if home else f"{base}/requirements.txt" if base else "requirements.txt"


def with_package(project: Project, addition: Addition) -> Project:
    """Return the project with one more declared package, in a new requirements.txt where there is no file.

    Raises:
        CannotWriteError: the file is compiled, hashed, or of a kind that is not edited.
    """
    path = home_path(project)
    home = project.dependencies.home
    if home is None:
        raw = project.tree.read(path) if project.tree.exists(path) else b""
        return project.write(path, requirements.add_requirement(raw, addition.text()))
    refuse_compiled(home, addition.text())
    operator = operator_of(neighbours(project.dependencies, home), home.style)
    try:
        return project.write(path, _written(project.tree.read(path), home, addition, operator))
    except CannotWriteError as error:
        raise CannotWriteError(f"{path}: {error.what}", error.snippet, path) from error


def refuse_compiled(home: DependencyFile, snippet: str) -> None:
    """Raise for a file that a tool writes and whose source is not in the repository.

    Raises:
        CannotWriteError: it is one.
    """
    if home.compiled_from is not None:
        command = f" by `{home.command}`" if home.command else ""
        what = f"{home.path} is compiled{command} from {home.compiled_from}, which is not here to edit"
        raise CannotWriteError(what, snippet, home.path)


def _written(raw: bytes, home: DependencyFile, addition: Addition, operator: str) -> bytes:
    if home.style == "requirements":
        return requirements.add_requirement(raw, addition.text(operator, spelling_in(raw)))
    if home.style in _ARRAYS:
        return toml.add_string(raw, home.table, addition.text(operator, spelling_in(raw)))
    if home.style in _KEYED:
        return toml.add_key(
            raw, home.table, addition.name, addition.bounds.written(operator), addition.extras
        )
    if home.style == "setup.cfg":
        return setup_cfg.add_requirement(raw, addition.text(operator))
    raise CannotWriteError(f"a {home.style} file is not edited", addition.text(operator))


def neighbours(dependencies: Dependencies, home: DependencyFile) -> list[str]:
    """Return the constraints of what stands beside a new package."""
    return [
        found.specifier for found in dependencies.declared
        if found.at.path == home.path and (not home.table or found.table == home.table)
    ]  # fmt: skip


def spelling_in(raw: bytes) -> str:
    """Return how most requirements of a file write their versions: `{}`, ` {}`, or Poetry's ` ({})`."""
    found = [f"{' ' * bool(space)}{'({})' if bracket else '{}'}" for space, bracket in _SPELLED.findall(raw)]
    return max(("{}", " {}", " ({})"), key=found.count)


def operator_of(constraints: Iterable[str], style: str = "requirements") -> str:
    """Return the operator that most of a file's constraints use: `==`, `~=`, `^`, `~`, else `>=`.

    A caret and a tilde are of use in Poetry only.
    """
    found = [_operator(constraint.strip()) for constraint in constraints]
    best = max((">=", "==", "~=", "^", "~"), key=found.count)
    return best if style == "poetry" or best not in {"^", "~"} else ">="


def _operator(constraint: str) -> str:
    if _EXACT.match(constraint):
        return "=="
    found = _OPERATOR.match(constraint)
    return found[1] if found and "," not in constraint else ">=" if constraint[:1] == ">" else ""


def with_extra(project: Project, declared: Declared, extra: str) -> Project:
    """Return the project with one more extra for a declared package, its constraint untouched.

    Raises:
        CannotWriteError: the declaration is compiled or written in a way that an insert cannot change.
    """
    path = declared.at.path
    snippet = f"{declared.name}[{extra}]{declared.specifier if declared.style not in _KEYED else ''}"
    for file in project.dependencies.files:
        if file.path == path:
            refuse_compiled(file, snippet)
    try:
        return project.write(path, _with_extra(project.tree.read(path), declared, extra))
    except CannotWriteError as error:
        raise CannotWriteError(f"{path}: {error.what}", error.snippet or snippet, path) from error


def _with_extra(raw: bytes, declared: Declared, extra: str) -> bytes:
    if declared.style in _ARRAYS:
        return toml.add_string_extra(raw, declared.table, declared.name, extra)
    if declared.style in _KEYED:
        return toml.add_key_extra(raw, declared.table, declared.name, extra)
    if declared.style in {"requirements", "setup.cfg"}:
        return requirements.add_extra(raw, declared.at.line, declared.name, extra)
    raise CannotWriteError(f"a {declared.style} file is not edited")
