"""Adds a task or a test to a Python module: the imports it needs, a logger, and its text at the end."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.imports import with_import
from celerify.edits.splice import Insert, Source, spliced_python
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGGER_MAKERS = {"getLogger", "get_task_logger", "get_logger"}


@dataclass(frozen=True, slots=True)
class Needed:
    """An import that new code needs: the module, and the name taken from it (None: the module itself).

    `own`: the module is the project's.
    """

    module: str
    name: str | None = None
    own: bool = False

    @property
    def binds(self) -> str:
        """The name that it binds."""
        return self.name or self.module

    @property
    def statement(self) -> str:
        """The import as a line of code."""
        return f"from {self.module} import {self.name}" if self.name else f"import {self.module}"


def bound_names(tree: ast.Module) -> dict[str, ast.stmt]:
    """Return each name that the module binds at its top level, with the statement that binds it."""
    bound: dict[str, ast.stmt] = {}
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound[name] = statement
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound.update({(item.asname or item.name.partition(".")[0]): statement for item in names})
            case ast.Assign() | ast.AnnAssign():
                bound.update(
                    {node.id: statement for node in ast.walk(statement)
                     if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
                )  # fmt: skip
    return bound


def logger_name(tree: ast.Module) -> str | None:
    """Return the name of the module's own logger, or None."""
    for name, statement in bound_names(tree).items():
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Call):
            called = (
                value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
            )
            if called in _LOGGER_MAKERS:
                return name
    return None


def new_module(needed: Sequence[Needed], code: str, *, logger: bool) -> bytes:
    """Return a whole new module: imports grouped as isort does, a logger where wanted, and the code."""
    sorted_groups = (
        sorted((item for item in needed if _group(item) == group), key=_isort_key) for group in range(3)
    )
    groups = ["\n".join(item.statement for item in group) for group in sorted_groups if group]
    if logger:
        groups.append("logger = logging.getLogger(__name__)")
    return ("\n\n".join(groups) + "\n\n\n" + code.strip("\n") + "\n").encode()


_STANDARD = frozenset({"logging", "unittest"})


def _group(item: Needed) -> int:
    """Return 0 for the standard library, 1 for other packages, 2 for the project's own modules."""
    return 0 if item.module.partition(".")[0] in _STANDARD else 1 + item.own


def _isort_key(item: Needed) -> tuple[bool, str]:
    return item.name is not None, item.statement


def extended_module(raw: bytes, path: str, needed: Sequence[Needed], code: str, *, logger: bool) -> bytes:
    """Return the module with the imports it lacks, a logger where it lacks one, and the code at its end.

    Raises:
        CannotWriteError: the file does not parse, or binds a needed name to something else.
    """
    source = Source.of(raw, path)
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError) as error:
        raise CannotWriteError(f"{path} does not parse ({error})", code, path) from error
    for item in _missing(tree, needed, path, code):
        raw = with_import(raw, item.statement, path)
    if logger and logger_name(tree) is None:
        if "logger" in bound_names(tree):
            raise CannotWriteError(f"{path} binds `logger` to something that is no logger", code, path)
        raw = _with_logger(raw, path)
    return _with_code(raw, path, code.strip("\n")) if code.strip() else raw


def _with_logger(raw: bytes, path: str) -> bytes:
    """Return the module with a logger behind its last top-level import; there is one."""
    source = Source.of(raw, path)
    imports = [node for node in ast.parse(source.text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    last = imports[-1]
    at = source.after_line(source.offset(last.end_lineno or last.lineno, (last.end_col_offset or 0) + 1))
    gap = "" if source.text[:at].endswith(("\n", "\r")) else "\n"
    return spliced_python(source, [Insert(at, f"{gap}\nlogger = logging.getLogger(__name__)\n")])


def _with_code(raw: bytes, path: str, code: str) -> bytes:
    source = Source.of(raw, path)
    gap = "" if source.text.endswith(("\n", "\r")) or not source.text else "\n"
    blank = "\n\n" if source.text.strip() else ""
    return spliced_python(source, [Insert(len(source.text), f"{gap}{blank}{code}\n")])


def _missing(tree: ast.Module, needed: Sequence[Needed], path: str, code: str) -> list[Needed]:
    bound = bound_names(tree)
    missing = []
    for item in needed:
        statement = bound.get(item.binds)
        if statement is None:
            missing.append(item)
        elif not _imports(statement, item):
            raise CannotWriteError(
                f"{path} binds `{item.binds}` to something else (line {statement.lineno})", code, path
            )
    return missing


def _imports(statement: ast.stmt, needed: Needed) -> bool:
    match statement:
        case ast.ImportFrom(names=names):
            return any(item.name == needed.name and item.asname is None for item in names)
        case ast.Import(names=names):
            return any(item.name == needed.module and item.asname is None for item in names)
    return False
