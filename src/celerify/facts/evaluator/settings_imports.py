"""Imports in settings: star imports take names over, others refer to them."""

from __future__ import annotations

import ast
import sys
from enum import Enum, auto
from typing import TYPE_CHECKING

from celerify.facts.evaluator.module_names import load_module
from celerify.facts.imports import absolute
from celerify.facts.values import Binding, Reference, Unreadable, strings

if TYPE_CHECKING:
    from celerify.facts.evaluator.evaluation import Frame

HARMLESS_STARS = frozenset(
    {"django.conf.global_settings", "oscar.defaults", "environs", "typing", "decouple"}
)
"""Modules of others whose names are known to be none of Celery's."""


class Outcome(Enum):
    """What an import does: surely works, may raise an ImportError, surely raises one."""

    DONE = auto()
    MAYBE = auto()
    MISSING = auto()


def run_import(frame: Frame, node: ast.Import | ast.ImportFrom) -> Outcome:
    """Bind what an import statement binds."""
    if isinstance(node, ast.Import):
        return _import(frame, node)
    source = absolute(frame.package, node.level, node.module)
    if source is None:
        return Outcome.MISSING
    if any(alias.name == "*" for alias in node.names):
        return _star(frame, node, source)
    return _names(frame, node, source)


def _import(frame: Frame, node: ast.Import) -> Outcome:
    outcome = Outcome.DONE
    for alias in node.names:
        top = alias.name.partition(".")[0]
        name = alias.name if alias.asname else top
        frame.bind(alias.asname or top, Reference(name, frame.at(node)), frame.at(node))
        if frame.run.resolve(alias.name) is None and not _is_standard(top):
            outcome = Outcome.MISSING if frame.run.resolve(top) else Outcome.MAYBE
    return outcome


def _is_standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names


def _names(frame: Frame, node: ast.ImportFrom, source: str) -> Outcome:
    at = frame.at(node)
    path = frame.run.resolve(source)
    ours = path is not None or _is_ours(frame, node, source)
    for alias in node.names:
        name = f"{source}.{alias.name}"
        if path is not None or frame.run.resolve(name) is not None:
            frame.run.lazy.add(name)
            frame.bind(alias.asname or alias.name, Reference(name, at), at)
        elif ours and not frame.run.guarded:
            frame.bind(
                alias.asname or alias.name, Unreadable(f"{name}, which is not in the repository", at), at
            )
        elif not ours:
            frame.bind(alias.asname or alias.name, Reference(name, at), at)
        else:
            return Outcome.MISSING
    if path is None and not ours:
        return Outcome.DONE if source == "__future__" else Outcome.MAYBE
    return Outcome.DONE


def _is_ours(frame: Frame, node: ast.ImportFrom, source: str) -> bool:
    top = source.partition(".")[0]
    return node.level > 0 or frame.run.resolve(top) is not None or top == frame.name.partition(".")[0]


def _star(frame: Frame, node: ast.ImportFrom, source: str) -> Outcome:
    at = frame.at(node)
    run = frame.run
    if run.resolve(source) is None:
        return _foreign_star(frame, node, source)
    scope = load_module(run, source)
    if scope is None:
        run.broken += run.unread[-1:]
    if scope is None or run.state.dead:
        return Outcome.DONE
    theirs = run.state.scopes[scope]
    listed = theirs.get("__all__")
    public = set(strings(listed.value)) if listed else None
    for name, binding in list(theirs.items()):
        if name in public if public is not None else not name.startswith("_"):
            run.state.scopes[frame.scopes[0]][name] = Binding(name, binding.value, (at, *binding.via))
    return Outcome.DONE


def _foreign_star(frame: Frame, node: ast.ImportFrom, source: str) -> Outcome:
    at = frame.at(node)
    # an unknown module without a dot, in a `try`, is a file beside the settings as a rule
    beside = frame.run.guarded > 0 and "." not in source and not _is_standard(source)
    if beside or _is_ours(frame, node, source):
        said = f"{source} is not in the repository"
        if frame.run.guarded or frame.run.doubtful:
            frame.run.miss(at, f"{said}; its names would be taken over if it were there", optional=True)
            return Outcome.MISSING
        frame.run.miss(at, f"{said}, but its names are taken over")
        return Outcome.DONE
    if source in HARMLESS_STARS or _is_standard(source):
        return Outcome.MAYBE
    frame.run.miss(at, f"{source} is not part of the repository, but its names are taken over")
    return Outcome.MAYBE
