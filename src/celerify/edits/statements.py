"""Puts a statement at the point where the imports of a module end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from celerify.edits.python import PythonFile, behind, in_front
from celerify.edits.splice import spliced_python

if TYPE_CHECKING:
    from collections.abc import Sequence

    from celerify.edits.python import Suite


def with_first_statement(raw: bytes, code: str, imports: Sequence[str] = (), path: str = "") -> bytes:
    """Return the module with a statement that runs before any other, imports apart.

    Args:
        raw: the bytes of the module.
        code: the statement.
        imports: imports of the standard library that it needs; they go in front of the module's own.
        path: its path, for messages.

    Raises:
        CannotWriteError: the module does not parse, or would not any more.
    """
    file = PythonFile.of(raw, path)
    leading = _leading(file)
    above = next((node for node in leading if _is_import(node)), None)
    inserts = []
    if imports and above is not None:
        gap = "" if _is_standard(above) else "\n"
        inserts = [in_front(file, above, "\n".join(imports) + "\n" + gap)]
    own = code if above is not None else "\n".join([*imports, *([""] if imports else []), code])
    if leading:
        inserts.append(behind(file, leading[-1], f"\n{own}\n"))
    else:
        inserts.append(in_front(file, file.module.body[0], f"{own}\n\n"))
    return spliced_python(file.source, inserts)


def _leading(file: PythonFile) -> list[Suite]:
    """Return the docstring and the imports that a module starts with."""
    found: list[Suite] = []
    for index, node in enumerate(file.module.body):
        docstring = index == 0 and m.matches(node, m.SimpleStatementLine([m.Expr(m.SimpleString())]))
        if not docstring and not _is_import(node) and not _is_future(node):
            break
        found.append(node)
    return found


def _is_future(node: cst.CSTNode) -> bool:
    return m.matches(node, m.SimpleStatementLine([m.ImportFrom(module=m.Name("__future__"))]))


def _is_import(node: cst.CSTNode) -> bool:
    """Tell whether a statement is nothing but an import, `from __future__` apart."""
    return m.matches(node, m.SimpleStatementLine([m.Import() | m.ImportFrom()])) and not _is_future(node)


def _is_standard(node: Suite) -> bool:
    """Tell whether an import is one of the standard library, so that another one belongs beside it."""
    match node:
        case cst.SimpleStatementLine(body=[cst.Import(names=[alias, *_])]):
            return alias.evaluated_name.partition(".")[0] in sys.stdlib_module_names
        case cst.SimpleStatementLine(body=[cst.ImportFrom(module=cst.Name(name))]):
            return name in sys.stdlib_module_names
    return False
