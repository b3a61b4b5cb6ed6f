"""Calls in somebody's settings: what they return, and what they change."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.evaluator.builtin_calls import built_in
from celerify.facts.evaluator.class_bodies import take_over
from celerify.facts.evaluator.containers import members
from celerify.facts.evaluator.environment_idioms import Arguments, function_read, reader_name, reader_read
from celerify.facts.evaluator.joining import either, lifted
from celerify.facts.evaluator.method_calls import MUTATORS, changed, returned
from celerify.facts.evaluator.module_names import NAMESPACES, attribute_of
from celerify.facts.evaluator.project_calls import call_function, function_of
from celerify.facts.evaluator.scopes import holds, weakened
from celerify.facts.evaluator.settings_hooks import hooked
from celerify.facts.values import (
    Called,
    Either,
    Entries,
    Env,
    Items,
    Known,
    Reference,
    Text,
    Unreadable,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from celerify.facts.evaluator.evaluation import Frame
    from celerify.facts.values import Value

CONTAINERS = Items | Entries
CONFIGURATION_FILES = frozenset(
    {"configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SafeConfigParser"}
)
"""What reads an INI file: like a variable of the environment, its values come with the deployment."""


def called(frame: Frame, node: ast.Call) -> Value:
    """Return the value of a call; a method that changes a list or dict changes it wherever it stands."""
    frame.run.steps += 1
    if isinstance(node.func, ast.Attribute):
        receiver = frame.evaluate(node.func.value)
        if not isinstance(receiver, Reference):
            return _method(frame, node, receiver, node.func.attr)
        function = attribute_of(frame, receiver, node.func.attr, node.func)
        if node.func.attr == "load_settings" and receiver.at in frame.run.classes:
            return take_over(frame, frame.run.classes[receiver.at], frame.at(node))
        if reader_name(receiver) is not None:
            return _read(frame, node, receiver, node.func.attr)
    else:
        function = frame.evaluate(node.func)
    if reader_name(function) is not None:
        return _read(frame, node, function, "")
    if isinstance(function, Reference):
        return _function(frame, node, function)
    arguments(frame, node)
    return frame.unreadable(node)


def arguments(frame: Frame, node: ast.Call) -> Arguments:
    """Return what a call is given, known unpackings spread."""
    args: list[Value] = []
    kwargs: list[tuple[str, Value]] = []
    complete = True
    for arg in node.args:
        value = frame.evaluate(arg.value if isinstance(arg, ast.Starred) else arg)
        if isinstance(arg, ast.Starred):
            items, whole = members(value)
            args += items
            complete = complete and whole
        else:
            args.append(value)
    for word in node.keywords:
        value = frame.evaluate(word.value)
        if word.arg is not None:
            kwargs.append((word.arg, value))
        elif isinstance(value, Entries) and value.complete:
            kwargs += [(str(key.value), item) for key, item in value.entries if isinstance(key, Known)]
        else:
            kwargs.append(("**", value))
            complete = False
    return Arguments(tuple(args), tuple(kwargs), complete)


def _read(frame: Frame, node: ast.Call, reader: Value, method: str) -> Value:
    given = arguments(frame, node)
    at = frame.at(node)
    found = reader_read(reader, method, given, at, frame.run.prefixes)
    if found is not None:
        return found
    name = f"{reader_name(reader)}.{method}".rstrip(".")
    return Called(name, given.args, given.kwargs, at)


def _method(frame: Frame, node: ast.Call, receiver: Value, method: str) -> Value:
    if reader_name(receiver) is not None:
        return _read(frame, node, receiver, method)
    given = arguments(frame, node)
    at = frame.at(node)
    if isinstance(receiver, Either | CONTAINERS) and method in MUTATORS:
        return _mutated(frame, node, receiver, method, given)
    if isinstance(receiver, Known | Text | Env | Either | CONTAINERS) and given.complete:
        return lifted(lambda way: returned(way, method, given, at) or frame.unreadable(node), [receiver], at)
    if isinstance(receiver, Called) and receiver.function in CONFIGURATION_FILES and method == "get":
        return Called(f"{receiver.function}.get", given.args, given.kwargs, at)
    return frame.unreadable(node)


def _mutated(frame: Frame, node: ast.Call, receiver: Value, method: str, given: Arguments) -> Value:
    at = frame.at(node)
    source = frame.unreadable(node)
    results: list[Value] = []

    def after(way: Value) -> Value:
        if not isinstance(way, CONTAINERS):
            results.append(source)
            return way
        value, result = changed(way, method, given, at)
        results.append(source if isinstance(result, Unreadable) else result)
        return source if isinstance(value, Unreadable) else value

    change(frame, receiver, after, source)
    return either(results, at)


def change(frame: Frame, receiver: Value, after: Callable[[Value], Value], source: Unreadable) -> None:
    """Put what `after` makes of an object wherever the object stands; `source` where that cannot be told."""
    state = frame.run.state

    def sound(way: Value) -> Value:
        new = after(way)
        # a container that holds itself has no value of ours
        return source if new is not way and holds(new, way) else new

    if not isinstance(receiver, Either):
        state.exchange({id(receiver): sound(receiver)}, source.at)
        return
    new = [(way, sound(way)) for way in receiver.options]
    changes = {id(way): either((way, value), source.at) for way, value in new if value is not way}
    changes[id(receiver)] = either((value for _, value in new), source.at)
    if not state.copy().exchange({id(receiver): source}, source.at):
        # an Either made on the way here: it stands nowhere itself, and which of its ways changes is open
        changes.pop(id(receiver))
    state.exchange(changes, source.at)


def _function(frame: Frame, node: ast.Call, function: Reference) -> Value:
    at = frame.at(node)
    name = function.name
    project = function_of(frame.run, function)
    if project is None and name in {"globals", "locals", "vars"} and not node.args:
        return Reference(f"{name}()", at)
    given = arguments(frame, node)
    if project is not None:
        found = call_function(frame, project, given, at)
        return found if found is not None else _unknown_project_call(frame, name, given, node)
    if function.at in frame.run.classes:
        return _unknown_project_call(frame, name, given, node)
    found = function_read(name, given, at) or built_in(name, given, at) or hooked(frame, name, given, node)
    if found is not None:
        return found
    if name in {"bool", "str"} and len(given.args) == 1:
        known = truth(given.args[0])
        return Known(known, at) if name == "bool" and known is not None else frame.unreadable(node)
    return Called(name, given.args, given.kwargs, at)


def _unknown_project_call(frame: Frame, name: str, given: Arguments, node: ast.Call) -> Value:
    at = frame.at(node)
    reason = f"{name.rpartition('.')[2]}(...)"
    for value in (*given.args, *(arg for _, arg in given.kwargs)):
        if isinstance(value, CONTAINERS):
            frame.run.state.exchange({id(value): weakened(value, reason)}, at)
        if isinstance(value, Reference) and value.name in NAMESPACES:
            frame.run.miss(at, f"{reason} is given the settings' names and could set any of them")
    return Called(name, given.args, given.kwargs, at)
