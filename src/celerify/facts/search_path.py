"""Folders that a module puts on `sys.path`, as far as its text tells."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from celerify.facts.python import Module

_SAME = frozenset({"Path", "PurePath", "str", "fspath", "abspath", "realpath", "normpath", "expanduser"})
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser"})
_DEPTH = 12


def added_folders(module: Module, base: str) -> tuple[str, ...]:
    """Return the folders inside the repository that a module adds by `sys.path.insert` or `append`.

    Args:
        module: the parsed module.
        base: the folder that a relative path counts from, the one of manage.py.
    """
    reader = _Reader(module, base)
    found = [reader.folder(node, _DEPTH) for node in _added(module.tree)]
    return tuple(dict.fromkeys(_text(folder) for folder in found if folder is not None))


def _added(tree: ast.Module) -> list[ast.expr]:
    added = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="insert", value=target), args=[_, folder]) if _is_path(
                target
            ):
                added.append(folder)
            case ast.Call(func=ast.Attribute(attr="append", value=target), args=[folder]) if _is_path(target):
                added.append(folder)
            case ast.AugAssign(target=target, value=ast.List(elts=folders)) if _is_path(target):
                added += folders
    return added


def _is_path(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.path"


def _text(folder: PurePosixPath) -> str:
    return "" if str(folder) == "." else str(folder)


class _Reader:
    """Evaluates path expressions; a path that leaves the repository is None."""

    def __init__(self, module: Module, base: str) -> None:
        self._file = PurePosixPath(module.path)
        self._base = PurePosixPath(base)
        self._bound: dict[str, list[ast.expr]] = {}
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._bound.setdefault(node.targets[0].id, []).append(node.value)

    def folder(self, node: ast.expr, depth: int) -> PurePosixPath | None:
        """Return the path that an expression amounts to, relative to the root."""
        if not depth:
            return None
        found: PurePosixPath | None = None
        match node:
            case ast.Constant(value=str(text)):
                found = _walked(self._base, text)
            case ast.Name(id="__file__"):
                found = self._file
            case ast.Name(id=name) if len(self._bound.get(name, ())) == 1:
                found = self.folder(self._bound[name][0], depth - 1)
            case ast.Attribute(value=inner, attr="parent"):
                found = _climbed(self.folder(inner, depth - 1), 1)
            case ast.Subscript(
                value=ast.Attribute(value=inner, attr="parents"), slice=ast.Constant(value=int(up))
            ):
                found = _climbed(self.folder(inner, depth - 1), up + 1)
            case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(text))):
                found = _walked(self.folder(left, depth - 1), text)
            case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=int(up))):
                found = _climbed(self.folder(left, depth - 1), up)
            case ast.Call():
                found = self._called(node, depth - 1)
        return found

    def _called(self, call: ast.Call, depth: int) -> PurePosixPath | None:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if isinstance(call.func, ast.Attribute) and not call.args and name in _SAME_METHODS:
            return self.folder(call.func.value, depth)
        if not call.args:
            return None
        if name in {"joinpath", "path"} and isinstance(call.func, ast.Attribute):
            return _joined(self.folder(call.func.value, depth), call.args)
        first = self.folder(call.args[0], depth)
        if name == "dirname":
            return _climbed(first, 1)
        if name in {"join", "Path"}:
            return _joined(first, call.args[1:])
        return first if name in _SAME else None


def _joined(start: PurePosixPath | None, parts: list[ast.expr]) -> PurePosixPath | None:
    for part in parts:
        match part:
            case ast.Constant(value=str(text)):
                start = _walked(start, text)
            case ast.Attribute(attr="pardir"):
                start = _climbed(start, 1)
            case _:
                return None
    return start


def _walked(start: PurePosixPath | None, text: str) -> PurePosixPath | None:
    if text.startswith("/"):
        return None
    for part in text.split("/"):
        if start is None:
            return None
        if part == "..":
            start = _climbed(start, 1)
        elif part not in {"", "."}:
            start = start / part
    return start


def _climbed(start: PurePosixPath | None, up: int) -> PurePosixPath | None:
    for _ in range(up):
        if start is None or start == PurePosixPath():
            return None
        start = start.parent
    return start
