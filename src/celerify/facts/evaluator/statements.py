"""What the statements of a settings module do to its names."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING

from celerify.facts.evaluator.assignments import (
    annotated,
    assigned,
    assigned_names,
    augmented,
    deleted,
    forked,
    root_name,
)
from celerify.facts.evaluator.class_bodies import run_class
from celerify.facts.evaluator.evaluation import MOST_STEPS, Function, Guard
from celerify.facts.evaluator.joining import options_of
from celerify.facts.evaluator.loops import run_for, run_while
from celerify.facts.evaluator.scopes import joined
from celerify.facts.evaluator.settings_imports import Outcome, run_import
from celerify.facts.values import Called, Known, Reference, Unreadable, Unset, truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.facts.evaluator.evaluation import Frame
    from celerify.facts.evaluator.scopes import State

IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})
BROAD_ERRORS = frozenset({"Exception", "BaseException"})
QUIET = (
    ast.Constant, ast.Name, ast.JoinedStr, ast.FormattedValue, ast.Assign, ast.AnnAssign, ast.Pass,
    ast.expr_context, ast.Expr,
)  # fmt: skip
"""Syntax that raises nothing by itself."""


def execute(frame: Frame, body: Iterable[ast.stmt]) -> None:
    """Run statements in order, as far as they can be followed."""
    for statement in body:
        frame.run.steps += 1
        if frame.run.state.dead:
            return
        if frame.run.steps > MOST_STEPS:
            frame.run.miss(frame.at(statement), "the settings compute more than can be followed")
            return
        _note_where_it_may_raise(frame, statement)
        try:
            _run(frame, statement)
        except RecursionError:
            for name in assigned_names([statement]):
                frame.bind(name, frame.unreadable(statement), frame.at(statement))


def _note_where_it_may_raise(frame: Frame, statement: ast.stmt) -> None:
    for guard in frame.run.guards:
        lacks_a_name = not guard.only_imports and _reads_unbound(frame, statement)
        if lacks_a_name or _may_raise(statement, only_imports=guard.only_imports):
            state = frame.run.state.copy()
            guard.start = joined(guard.start, state, frame.at(statement)) if guard.start else state


def _run(frame: Frame, statement: ast.stmt) -> None:
    match statement:
        case ast.Assign():
            assigned(frame, statement)
        case ast.AugAssign():
            augmented(frame, statement)
        case ast.AnnAssign():
            annotated(frame, statement)
        case ast.Expr(value=expression):
            if not isinstance(expression, ast.Constant):
                act = partial(frame.evaluate, expression)
                forked(frame, root_name(expression), act, frame.at(statement))
        case ast.Import() | ast.ImportFrom():
            run_import(frame, statement)
        case ast.Delete(targets=targets):
            for target in targets:
                deleted(frame, target)
        case _:
            _compound(frame, statement)


def _compound(frame: Frame, statement: ast.stmt) -> None:
    match statement:
        case ast.If():
            _if(frame, statement)
        case ast.Try():
            _try(frame, statement)
        case ast.For():
            run_for(frame, statement)
        case ast.While():
            run_while(frame, statement)
        case ast.With():
            _with(frame, statement)
        case ast.ClassDef():
            run_class(frame, statement)
        case _:
            _leaving(frame, statement)


def _leaving(frame: Frame, statement: ast.stmt) -> None:
    match statement:
        case ast.FunctionDef(name=name):
            frame.run.functions[frame.at(statement)] = Function(statement, frame)
            at = frame.at(statement)
            frame.bind(name, Reference(f"{frame.name}.{name}", at), at)
        case ast.Return(value=value):
            if frame.returns is not None:
                frame.returns.append(frame.evaluate(value) if value else Known(None, frame.at(statement)))
                frame.exits.append(frame.run.state.copy())
            frame.run.state.dead = True
        case ast.Raise():
            frame.run.state.dead = True
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            frame.outer.update(names)
        case ast.Match():
            _match(frame, statement)
        case _:
            for name in assigned_names([statement]):
                frame.bind(name, frame.unreadable(statement), frame.at(statement))


def _if(frame: Frame, node: ast.If) -> None:
    test = frame.evaluate(node.test)
    known = False if isinstance(test, Reference) and test.name == "typing.TYPE_CHECKING" else truth(test)
    if known is not None:
        execute(frame, node.body if known else node.orelse)
        return
    run = frame.run
    before = run.state.copy()
    run.doubtful += 1
    execute(frame, node.body)
    taken, run.state = run.state, before
    execute(frame, node.orelse)
    run.doubtful -= 1
    run.state = _either_way(taken, run.state, frame, node)


def _either_way(one: State, two: State, frame: Frame, node: ast.stmt) -> State:
    return joined(one, two, frame.at(node.test if isinstance(node, ast.If) else node))


def _match(frame: Frame, node: ast.Match) -> None:
    run = frame.run
    frame.evaluate(node.subject)
    before = run.state
    after = before.copy()
    for case in node.cases:
        run.state = before.copy()
        for captured in ast.walk(case.pattern):
            name = getattr(captured, "name", None) or getattr(captured, "rest", None)
            if isinstance(name, str):
                frame.bind(name, frame.unreadable(case.pattern), frame.at(case.pattern))
        execute(frame, case.body)
        after = joined(after, run.state, frame.at(node))
    run.state = after


def _with(frame: Frame, node: ast.With) -> None:
    run = frame.run
    before = run.state.copy()
    suppresses, prefixes, guards = False, 0, 0
    for item in node.items:
        value = frame.evaluate(item.context_expr)
        if isinstance(value, Called) and value.function == "contextlib.suppress":
            suppresses, guards = True, 1
        prefixes += _prefixing(frame, value)
        if item.optional_vars is not None:
            for name in assigned_names([item.optional_vars]):
                frame.bind(name, Unreadable(frame.unreadable(item.context_expr).text, value.at), value.at)
    run.guarded += guards
    execute(frame, node.body)
    run.guarded -= guards
    del run.prefixes[len(run.prefixes) - prefixes :]
    if suppresses:
        run.state = joined(before, run.state, frame.at(node))


def _prefixing(frame: Frame, value: object) -> int:
    match value:
        case Called(function=function, args=(Known(value=str(prefix)), *_)) if function.endswith(".prefixed"):
            frame.run.prefixes.append(prefix)
            return 1
        case _:
            return 0


def _try(frame: Frame, node: ast.Try) -> None:
    run = frame.run
    caught = [_caught(handler) for handler in node.handlers]
    expects = any(names & IMPORT_ERRORS or names & BROAD_ERRORS for names in caught)
    run.guarded += expects
    guard = Guard(only_imports=all(names <= IMPORT_ERRORS for names in caught))
    run.guards.append(guard)
    failed = _try_body(frame, node.body, guard, expects=expects)
    run.guards.pop()
    run.guarded -= expects
    if not failed:
        execute(frame, node.orelse)
    after = run.state
    after.dead = after.dead or failed
    for handler, names in zip(node.handlers, caught, strict=True):
        if failed and not names & (IMPORT_ERRORS | BROAD_ERRORS):
            continue
        if guard.start is None:
            break
        run.state = guard.start.copy()
        if handler.name:
            frame.bind(handler.name, frame.unreadable(handler), frame.at(handler))
        execute(frame, handler.body)
        after = joined(after, run.state, frame.at(handler))
        if failed:
            break
    run.state = after
    execute(frame, node.finalbody)


def _caught(handler: ast.ExceptHandler) -> frozenset[str]:
    if handler.type is None:
        return BROAD_ERRORS
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(ast.unparse(kind).rpartition(".")[2] for kind in kinds)


def _try_body(frame: Frame, body: list[ast.stmt], guard: Guard, *, expects: bool) -> bool:
    """Run a try body; tell whether it surely raises an ImportError."""
    run = frame.run
    for statement in body:
        if run.state.dead:
            break
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            execute(frame, [statement])
            continue
        before = run.state.copy()
        outcome = run_import(frame, statement)
        if outcome is Outcome.MISSING and expects:
            run.state, guard.start = before.copy(), before
            return True
        if outcome is not Outcome.DONE:
            guard.start = joined(guard.start, before, frame.at(statement)) if guard.start else before
    return False


def _reads_unbound(frame: Frame, statement: ast.stmt) -> bool:
    names = (
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    bindings = (frame.lookup(name) for name in names)
    return any(
        found is None or any(isinstance(way, Unset) for way in options_of(found.value)) for found in bindings
    )


def _may_raise(statement: ast.stmt, *, only_imports: bool) -> bool:
    nodes = list(ast.walk(statement))
    if any(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes):
        return True
    if only_imports:
        return any(isinstance(node, ast.Call) and "import" in ast.unparse(node.func) for node in nodes)
    return not all(map(_is_quiet, nodes))


def _is_quiet(node: ast.AST) -> bool:
    match node:
        case ast.List(ctx=context) | ast.Tuple(ctx=context):
            # taking a sequence apart raises where the lengths differ
            return isinstance(context, ast.Load)
        case ast.Dict(keys=keys):
            return all(isinstance(key, ast.Constant) for key in keys)
        case _:
            return isinstance(node, QUIET)
