"""Adds an import and an `__all__` to a module, where an experienced author would put them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from celerify.edits.bindings import display_of
from celerify.edits.lists import with_entry
from celerify.edits.python import PythonFile
from celerify.edits.splice import Insert, spliced_python
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.edits.python import Suite

_IMPORT = m.Import() | m.ImportFrom()
_CALL = m.Expr(m.Call())
_NOT_PUBLIC = frozenset({"default_app_config"})


def with_import(raw: bytes, statement: str, path: str = "") -> bytes:
    """Return the module with an import statement added; unchanged where it has that very line.

    It goes behind the docstring, `from __future__`, the imports that are there, and calls made for their
    side effect (`pymysql.install_as_MySQLdb()`, monkey patches); a licence header and `__version__` stay.

    Args:
        raw: the bytes of the module.
        statement: one import statement, as `from .celery import app as celery_app`.
        path: its path, for messages.

    Raises:
        CannotWriteError: the module does not parse, or would not any more.
    """
    file = PythonFile.of(raw, path)
    wanted = statement.partition("  #")[0].strip()
    if any(wanted == file.module.code_for_node(node).strip() for node in _simple_statements(file)):
        return raw
    return spliced_python(file.source, [_on_a_line_of_its_own(file, statement, at_top=True)])


def with_export(raw: bytes, name: str, path: str = "") -> bytes:
    """Return the module with `name` in its `__all__`, written as the one that is there; unchanged if it is.

    A module without `__all__` gets one only where it has no other public names, which it would hide.

    Raises:
        CannotWriteError: it has other public names (the snippet keeps them), or its `__all__` is computed.
    """
    file = PythonFile.of(raw, path)
    bound = public_names(file)
    if "__all__" in bound or display_of(file, "__all__") is not None:
        return with_entry(raw, "__all__", name, path)
    others = sorted(bound - {name})
    if others:
        what = f"{path} has no __all__, and one would hide its other names ({', '.join(others[:3])})"
        listed = [f'"{each}"' for each in (*others, name) if each != "*"]
        snippet = f"__all__ = ({', '.join(listed)}{',' if len(listed) == 1 else ''})"
        raise CannotWriteError(what, snippet, path or None)
    return spliced_python(file.source, [_on_a_line_of_its_own(file, f'__all__ = ("{name}",)')])


def public_names(file: PythonFile) -> frozenset[str]:
    """Return the names that `from module import *` takes today, and `__all__` where it is bound.

    A module imported whole (`import pymysql`) does not count: nobody means to hand that on.
    """
    found: set[str] = set()
    for statement in file.statements(inner=False):
        found |= set(_bound(statement))
    public = {name for name in found if not name.startswith("_") and name not in _NOT_PUBLIC}
    return frozenset(public | (found & {"__all__"}))


def _bound(statement: Suite) -> Iterator[str]:
    if isinstance(statement, cst.FunctionDef | cst.ClassDef):
        yield statement.name.value
    if not isinstance(statement, cst.SimpleStatementLine):
        return
    for small in statement.body:
        match small:
            case cst.ImportFrom(names=cst.ImportStar()):
                yield "*"
            case cst.ImportFrom(names=[*names]) if not _is_future(small):
                yield from (alias.evaluated_alias or alias.evaluated_name for alias in names)
            case cst.Assign(targets=targets):
                yield from (name for target in targets for name in _names(target.target))
            case cst.AnnAssign(target=target) | cst.AugAssign(target=target):
                yield from _names(target)


def _names(target: cst.BaseExpression) -> Iterator[str]:
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, cst.Tuple | cst.List):
        for element in target.elements:
            yield from _names(element.value)


def _simple_statements(file: PythonFile) -> Iterator[cst.BaseSmallStatement]:
    for statement in file.statements():
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body


def _is_future(node: cst.CSTNode) -> bool:
    return m.matches(node, m.ImportFrom(module=m.Name("__future__")))


def _is_docstring(file: PythonFile, statement: Suite) -> bool:
    return statement is file.module.body[0] and m.matches(
        statement, m.SimpleStatementLine([m.Expr(m.SimpleString() | m.ConcatenatedString())])
    )


def _anchor(file: PythonFile) -> Suite | None:
    """Return the statement that new imports go behind; None where they go on top."""
    last: Suite | None = None
    for statement in file.module.body:
        if _is_docstring(file, statement) or _imports_or_calls(statement):
            last = statement
    return last


def _imports_or_calls(statement: Suite) -> bool:
    if isinstance(statement, cst.FunctionDef | cst.ClassDef):
        return False
    return bool(m.findall(statement, _IMPORT | _CALL))


def _on_a_line_of_its_own(file: PythonFile, code: str, *, at_top: bool = False) -> Insert:
    """Return the insert of a statement behind the imports, with blank lines as an author would set them.

    Without imports, `at_top` puts it in front of the first statement, else at the end.
    """
    source, anchor = file.source, _anchor(file)
    if anchor is not None:
        at = source.after_line(file.span(anchor)[1])
        relative = "\n" if not (code.startswith("from .") and _ends_relative(anchor)) else ""
    else:
        at = _top(file) if at_top else len(source.text)
        relative = "\n" if source.text[:at].strip() else ""
    return Insert(at, _spaced(source.text, at, relative, code))


def _spaced(text: str, at: int, blank: str, code: str) -> str:
    """Return the code with blank lines around it, unless they are there, and the end of the file as it is."""
    before, after = text[:at], text[at:]
    if blank and before.rstrip(" \t").endswith(("\n\n", "\r\n\r\n", "\r\r")):
        blank = ""
    if before and not before.endswith(("\n", "\r")):
        return f"\n{blank}{code}"
    line = after.splitlines()[0] if after else ""
    gap = "\n\n" if line.startswith(("def ", "class ", "async def ", "@")) else "\n"
    return f"{blank}{code}\n" + (gap if line.strip() else "")


def _ends_relative(statement: Suite) -> bool:
    return m.matches(statement, m.SimpleStatementLine([m.ImportFrom(relative=[m.AtLeastN(n=1)])]))


def _top(file: PythonFile) -> int:
    """Return the offset in front of the first statement and its own comments, behind a header."""
    source = file.source
    body: Sequence[cst.CSTNode] = file.module.body
    if not body:
        return len(source.text)
    line = source.line_of(file.span(body[0])[0])
    first = line
    while line > 1 and source.line(line - 1).lstrip().startswith("#"):
        line -= 1
    return source.line_starts[(first if line == 1 else line) - 1]
