"""Calls of the project's own small functions: run in place, on what they are given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.evaluator.evaluation import Frame
from celerify.facts.evaluator.joining import either, options_of
from celerify.facts.evaluator.scopes import joined
from celerify.facts.values import Binding, Either, Env, Known, Reference, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.evaluator.environment_idioms import Arguments
    from celerify.facts.evaluator.evaluation import Evaluation, Function
    from celerify.facts.values import Value
    from celerify.model import Location

DEEPEST = 4
HARMLESS_DECORATORS = frozenset(
    {"overload", "cache", "lru_cache", "staticmethod", "property", "cached_property"}
)


def function_of(run: Evaluation, reference: Reference) -> Function | None:
    """Return the function of the project that a name refers to, or None."""
    found = run.functions.get(reference.at)
    return found if found and found.node.name == reference.name.rpartition(".")[2] else None


def call_function(frame: Frame, function: Function, given: Arguments, at: Location) -> Value | None:
    """Return what a function of the project gives, or None where it is too much to run in place.

    A function of one environment variable that ends in a constant is a cast of that variable.
    """
    run = frame.run
    if not _is_simple(function) or not given.complete or run.calls >= DEEPEST:
        return None
    bound = _parameters(function, given)
    if bound is None:
        return None
    result = _run(run, function, bound, at)
    variables = [(name, value) for name, value in bound.items() if isinstance(value, Env)]
    if len(variables) != 1 or not _is_constant(result):
        return result
    name, variable = variables[0]
    default = variable.default and _run(run, function, {**bound, name: variable.default}, at)
    return Env(variable.variable, default, at, "bool" if _is_bool(result) else function.node.name)


def _is_constant(result: Value) -> bool:
    return isinstance(result, Either) and all(isinstance(way, Known) for way in result.options)


def _is_bool(result: Value) -> bool:
    return all(isinstance(way, Known) and way.value in {True, False} for way in options_of(result))


def _is_simple(function: Function) -> bool:
    names = {
        decorator.func if isinstance(decorator, ast.Call) else decorator
        for decorator in function.node.decorator_list
    }
    plain = all(ast.unparse(name).rpartition(".")[2] in HARMLESS_DECORATORS for name in names)
    arguments = function.node.args
    if not plain or arguments.vararg or arguments.kwarg:
        return False
    return not any(
        isinstance(node, ast.Yield | ast.YieldFrom | ast.Await) for node in ast.walk(function.node)
    )


def _parameters(function: Function, given: Arguments) -> dict[str, Value] | None:
    arguments = function.node.args
    positional = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
    bound = dict(zip(positional, given.args, strict=False))
    bound |= dict(given.kwargs)
    defaults: dict[str, ast.expr] = {}
    if arguments.defaults:
        defaults |= dict(zip(positional[-len(arguments.defaults) :], arguments.defaults, strict=True))
    for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults[parameter.arg] = default
    names = [*positional, *(parameter.arg for parameter in arguments.kwonlyargs)]
    if len(given.args) > len(positional) or not bound.keys() <= set(names):
        return None
    for name in names:
        if name not in bound and name in defaults:
            bound[name] = function.frame.evaluate(defaults[name])
    return bound if bound.keys() == set(names) else None


def _run(run: Evaluation, function: Function, bound: Mapping[str, Value], at: Location) -> Value:
    definition = function.frame
    run.calls += 1
    scope = f"call {run.steps} {function.node.name}"
    run.steps += 1
    run.state.scopes[scope] = {name: Binding(name, value, (value.at,)) for name, value in bound.items()}
    inner = Frame(
        run, definition.module, definition.name, definition.package, (scope, *definition.scopes), []
    )
    run.execute(inner, function.node.body)
    run.calls -= 1
    return _returned(inner, scope, at)


def _returned(inner: Frame, scope: str, at: Location) -> Value:
    run = inner.run
    options = list(inner.returns or ())
    if not run.state.dead:
        options.append(Known(None, at))
    state = run.state
    for ended in inner.exits:
        state = joined(state, ended, at) if not state.dead else ended
    run.state = state
    # a call that always raises ends the module as well: the state stays dead
    run.state.scopes.pop(scope, None)
    return either(options, at) if options else Unreadable("a call that raises", at)


def property_value(frame: Frame, function: Function, at: Location) -> Value:
    """Return what a property of a class gives, its `self` unknown."""
    parameters = function.node.args.args
    if not _is_simple(function) or len(parameters) != 1:
        return Unreadable(f"def {function.node.name}(...)", at)
    return _run(frame.run, function, {parameters[0].arg: Unreadable("self", at)}, at)
