"""Names of modules and classes: attributes, imported names, `os.environ[...]`, `globals()[...]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.evaluator.environment_idioms import variable_read
from celerify.facts.evaluator.evaluation import Frame
from celerify.facts.imports import package_of
from celerify.facts.python import Unread
from celerify.facts.values import Binding, Known, Reference, Unreadable

if TYPE_CHECKING:
    import ast

    from celerify.facts.evaluator.evaluation import ClassBody, Evaluation
    from celerify.facts.values import Value

NAMESPACES = frozenset({"globals()", "locals()", "vars()"})
"""References that stand for the names of the module that runs."""


def load_module(run: Evaluation, dotted: str) -> str | None:
    """Run a module of the project unless it ran before; return its scope, or None where it cannot be read."""
    path = run.resolve(dotted)
    if path is None:
        return None
    if path in run.state.scopes:
        return path
    module = run.load(path)
    if path not in run.files:
        run.files.append(path)
    if isinstance(module, Unread):
        run.unread.append(module)
        return None
    package = package_of(dotted, is_package=path.endswith("__init__.py"))
    frame = Frame(run, module, dotted, package, (path,))
    run.state.scopes[path] = {}
    for name, value in (("__name__", dotted), ("__package__", package)):
        frame.bind(name, Known(value, frame.at(module.tree)))
    # what a module of the project does inside is taken to work: an optional file that is there is there
    guards, run.guards = run.guards, []
    run.execute(frame, module.tree.body)
    run.guards = guards
    return path


def resolved(run: Evaluation, value: Value) -> Value:
    """Return what a name imported from a module of the project stands for; any other value as it is."""
    seen: set[str] = set()
    while isinstance(value, Reference) and value.name in run.lazy and value.name not in seen:
        seen.add(value.name)
        found = _member(run, value)
        if found is None:
            return value
        value = found
    return value


def _member(run: Evaluation, reference: Reference) -> Value | None:
    module, _, name = reference.name.rpartition(".")
    if run.resolve(module) is None:
        return None
    scope = load_module(run, module)
    binding = run.state.scopes.get(scope or "", {}).get(name)
    if binding is not None:
        return binding.value
    if run.resolve(reference.name) is not None:
        return None
    return Unreadable(reference.name, reference.at)


def attribute_of(frame: Frame, value: Value, name: str, node: ast.expr) -> Value:
    """Return an attribute: a name of a project's module or class, else a longer dotted name."""
    if not isinstance(value, Reference):
        return frame.unreadable(node)
    body = frame.run.classes.get(value.at)
    if body is not None and body.name == value.name.rpartition(".")[2]:
        binding = class_attribute(frame.run, body, name)
        return resolved(frame.run, binding.value) if binding else frame.unreadable(node)
    longer = Reference(f"{value.name}.{name}", frame.at(node))
    if frame.run.resolve(value.name) is not None:
        frame.run.lazy.add(longer.name)
        return resolved(frame.run, longer)
    return longer


def class_attribute(run: Evaluation, body: ClassBody, name: str) -> Binding | None:
    """Return an attribute of a class of the project, its own or the first base's that has it."""
    for owner in lookup_order(body):
        binding = run.state.scopes.get(owner.scope, {}).get(name)
        if binding is not None:
            return binding
    return None


def lookup_order(body: ClassBody) -> tuple[ClassBody, ...]:
    """Return a class and its bases as Python looks them up: a shared base after all that derive from it."""
    found = [body]
    for base in body.bases:
        found += lookup_order(base)
    return tuple(owner for place, owner in enumerate(found) if owner not in found[place + 1 :])


def subscript_of(frame: Frame, receiver: Reference, node: ast.Subscript) -> Value:
    """Return `os.environ[...]` or `globals()[...]`."""
    key = frame.evaluate(node.slice)
    if not (isinstance(key, Known) and isinstance(key.value, str)):
        return frame.unreadable(node)
    if receiver.name in NAMESPACES:
        scope = frame.scopes[0] if receiver.name == "locals()" else frame.module_scope
        binding = frame.run.state.scopes[scope].get(key.value)
        return resolved(frame.run, binding.value) if binding else frame.unreadable(node)
    if receiver.name == "os.environ":
        return variable_read(key, None, frame.at(node)) or frame.unreadable(node)
    return frame.unreadable(node)
