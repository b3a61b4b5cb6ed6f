"""Loops: over what is known, round by round; over anything else, what any number of rounds could do."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.assignments import assign_to, assigned_names
from celerify.facts.containers import members
from celerify.facts.joining import either
from celerify.facts.scopes import widened
from celerify.facts.values import Unreadable, truth

if TYPE_CHECKING:
    from celerify.facts.evaluation import Frame

MOST_ROUNDS = 100
SETTLED = 4
"""Rounds after which what a loop changes is given up."""


def run_for(frame: Frame, node: ast.For) -> None:
    """Run a `for` loop."""
    items, complete = members(frame.evaluate(node.iter))
    if not complete or len(items) > MOST_ROUNDS or _jumps(node.body):
        _any_rounds(frame, node)
        return
    for item in items:
        assign_to(frame, node.target, item, ast.copy_location(ast.Pass(), node))
        frame.run.execute(frame, node.body)
    frame.run.execute(frame, node.orelse)


def run_while(frame: Frame, node: ast.While) -> None:
    """Run a `while` loop: any number of rounds, unless it surely has none."""
    if truth(frame.evaluate(node.test)) is False:
        frame.run.execute(frame, node.orelse)
        return
    _any_rounds(frame, node)


def _jumps(body: list[ast.stmt]) -> bool:
    for statement in body:
        if isinstance(statement, ast.Break | ast.Continue):
            return True
        if isinstance(statement, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
            continue
        inner = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.stmt)]
        handlers = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.ExceptHandler)]
        cases = [part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.match_case)]
        if _jumps(inner) or any(_jumps(part.body) for part in (*handlers, *cases)):
            return True
    return False


def _any_rounds(frame: Frame, node: ast.For | ast.While) -> None:
    run = frame.run
    at = frame.at(node)
    source = frame.unreadable(node.iter if isinstance(node, ast.For) else node.test)
    reason = f"set in a loop over {source.text}"
    exits = len(frame.exits)
    for _ in range(SETTLED):
        before = run.state.copy()
        if isinstance(node, ast.For):
            for name in assigned_names([node.target]):
                frame.bind(name, source, at)
        run.execute(frame, node.body)
        run.state.dead = False
        run.state = widened(before, run.state, at, reason)
        if run.state.scopes == before.scopes:
            break
    if _jumps(node.body) or len(frame.exits) > exits:
        for name in assigned_names(node.body):
            binding = frame.lookup(name)
            unknown = Unreadable(reason, at)
            value = either((binding.value, unknown), at) if binding else unknown
            frame.bind(name, value, *(binding.via if binding else ()), at)
    run.execute(frame, node.orelse)
