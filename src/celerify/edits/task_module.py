"""Adds a task or a test to a Python module: the imports it needs, a logger, and its text at the end."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.edits.import_order import with_needed_import
from celerify.edits.splice import Insert, Source, parsed, spliced_python
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.edits.import_order import Needed

_DEFINES = ("@", "class ", "def ", "async def ")
_LOGGER_MAKERS = {"getLogger", "get_task_logger", "get_logger"}


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


def new_module(needed: Sequence[Needed], code: str) -> bytes:
    """Return a new module: imports grouped as isort does, a logger where `logging` is needed, the code."""
    sorted_groups = (
        sorted((item for item in needed if item.group == group), key=lambda item: item.sorting)
        for group in range(4)
    )
    groups = ["\n".join(item.statement for item in group) for group in sorted_groups if group]
    if _wants_logger(needed):
        groups.append("logger = logging.getLogger(__name__)")
    blank = "\n\n\n" if code.lstrip("\n").startswith(_DEFINES) else "\n\n"
    return ("\n\n".join(groups) + blank + code.strip("\n") + "\n").encode()


def extended_module(
    raw: bytes,
    path: str,
    needed: Sequence[Needed],
    code: str,
    own: frozenset[str] = frozenset(),
) -> bytes:
    """Return the module with the imports and (where `logging` is needed) the logger it lacks, and the code.

    `own` are the top-level names of the project's own modules, which sort behind other packages.

    Raises:
        CannotWriteError: the file does not parse, or binds a needed name to something else.
    """
    source = Source.of(raw, path)
    tree = parsed(source, code)
    for item in _missing(tree, needed, path, code):
        raw = with_needed_import(raw, path, item, own)
    if _wants_logger(needed) and logger_name(tree) is None:
        if "logger" in bound_names(tree):
            raise CannotWriteError(f"{path} binds `logger` to something that is no logger", code, path)
        raw = _with_logger(raw, path)
    return _with_code(raw, path, code.strip("\n")) if code.strip() else raw


def _wants_logger(needed: Sequence[Needed]) -> bool:
    return any(item.module == "logging" for item in needed)


def _with_logger(raw: bytes, path: str) -> bytes:
    """Return the module with a logger behind its last top-level import; there is one."""
    source = Source.of(raw, path)
    imports = [node for node in parsed(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
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
