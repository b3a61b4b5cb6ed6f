"""Adds a task or a test to a Python module: the imports it needs, a logger, and its text at the end."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.splice import Insert, Source, spliced_python
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGGER_MAKERS = {"getLogger", "get_task_logger", "get_logger"}


@dataclass(frozen=True, slots=True)
class Needed:
    """An import that new code needs: the module, and the name taken from it (None: the module itself)."""

    module: str
    name: str | None = None

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
            called = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
            if called in _LOGGER_MAKERS:
                return name
    return None


def new_module(needed: Sequence[Needed], code: str, *, logger: bool) -> bytes:
    """Return a whole new module: imports grouped as isort does, a logger where wanted, and the code."""
    plain = sorted(item.statement for item in needed if item.module in _STANDARD)
    others = sorted(item.statement for item in needed if item.module not in _STANDARD)
    groups = ["\n".join(group) for group in (plain, others) if group]
    if logger:
        groups.append("logger = logging.getLogger(__name__)")
    return ("\n\n".join(groups) + "\n\n\n" + code.strip("\n") + "\n").encode()


_STANDARD = {"logging", "unittest", "unittest.mock", "uuid", "datetime"}


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
    missing = _missing(tree, needed, path, code)
    head = "".join(f"{item.statement}\n" for item in missing)
    if logger and logger_name(tree) is None:
        if "logger" in bound_names(tree):
            raise CannotWriteError(f"{path} binds `logger` to something that is no logger", code, path)
        head += "\nlogger = logging.getLogger(__name__)\n"
    at = _head_offset(source, tree)
    if head and at and source.text[at - 1] not in "\r\n":
        head = f"\n{head}"
    inserts = [Insert(at, head)] if head else []
    gap = "" if source.text.endswith(("\n", "\r")) or not source.text else "\n"
    blank = "\n\n" if source.text.strip() else ""
    return spliced_python(source, [*inserts, Insert(len(source.text), f"{gap}{blank}{code.strip(chr(10))}\n")])


def _missing(tree: ast.Module, needed: Sequence[Needed], path: str, code: str) -> list[Needed]:
    bound = bound_names(tree)
    missing = []
    for item in needed:
        statement = bound.get(item.binds)
        if statement is None:
            missing.append(item)
        elif not _imports(statement, item):
            raise CannotWriteError(f"{path} binds `{item.binds}` to something else (line {statement.lineno})", code, path)
    return missing


def _imports(statement: ast.stmt, needed: Needed) -> bool:
    match statement:
        case ast.ImportFrom(names=names):
            return any(item.name == needed.name and item.asname is None for item in names)
        case ast.Import(names=names):
            return any(item.name == needed.module and item.asname is None for item in names)
    return False


def _head_offset(source: Source, tree: ast.Module) -> int:
    """Return where new imports go: behind the last top-level import, else behind the docstring, else on top."""
    last = None
    for statement in tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            last = statement
    if last is None and ast.get_docstring(tree, clean=False) is not None:
        last = tree.body[0]
    if last is None:
        return _comments_end(source)
    return source.after_line(source.offset(last.end_lineno or last.lineno, (last.end_col_offset or 0) + 1))


def _comments_end(source: Source) -> int:
    """Return the offset behind the leading comments (a cookie, a licence), 0 without any."""
    offset = 0
    for number in range(1, len(source.line_starts) + 1):
        if not source.line(number).startswith("#"):
            break
        offset = source.after_line(source.line_starts[number - 1])
    return offset
