"""Loops: over what is known, round by round; over anything else, what any number of rounds could do."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.evaluator.assignments import assign_to, assigned_names
from celerify.facts.evaluator.containers import members
from celerify.facts.evaluator.joining import either
from celerify.facts.evaluator.scopes import widened
from celerify.facts.values import Unreadable, truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.evaluator.evaluation import Frame

MOST_ROUNDS = 100
SETTLED = 4
"""Rounds after which what a loop changes is given up."""


def run_for(frame: Frame, node: ast.For) -> None:
    """Run a `for` loop."""
    items, complete = members(frame.evaluate(node.iter))
    body = _without_continue(node.body)
    if not complete or len(items) > MOST_ROUNDS or _jumps(body):
        _any_rounds(frame, node)
        return
    for item in items:
        assign_to(frame, node.target, item, ast.copy_location(ast.Pass(), node))
        frame.run.execute(frame, body)
    frame.run.execute(frame, node.orelse)


def _without_continue(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return a loop's body with `if test: continue` spelled as an `else` over what follows it."""
    for place, statement in enumerate(body):
        match statement:
            case ast.If(body=[*before, ast.Continue()], orelse=[]):
                rest = _without_continue(body[place + 1 :])
                branch = ast.If(statement.test, before or [ast.Pass()], rest)
                return [*body[:place], ast.copy_location(branch, statement)]
            case _:
                continue
    return body


def run_while(frame: Frame, node: ast.While) -> None:
    """Run a `while` loop: any number of rounds, unless it surely has none."""
    if truth(frame.evaluate(node.test)) is False:
        frame.run.execute(frame, node.orelse)
        return
    _any_rounds(frame, node)


def _jumps(body: Iterable[ast.AST]) -> bool:
    """Tell whether the loop is left or shortened somewhere; inner loops have their own jumps."""
    for part in body:
        if isinstance(part, ast.Break | ast.Continue):
            return True
        own = isinstance(part, ast.For | ast.While | ast.FunctionDef | ast.ClassDef | ast.expr)
        if not own and _jumps(ast.iter_child_nodes(part)):
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
