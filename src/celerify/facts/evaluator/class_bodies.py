"""Classes in settings: django-configurations, and classes that load themselves into the module."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import constant
from celerify.facts.evaluator.evaluation import ClassBody, Frame
from celerify.facts.evaluator.module_names import class_attribute, lookup_order
from celerify.facts.evaluator.project_calls import function_of, property_value
from celerify.facts.values import Binding, Called, Env, Known, Reference

if TYPE_CHECKING:
    import ast

    from celerify.facts.evaluator.evaluation import Evaluation
    from celerify.facts.values import Value
    from celerify.model import Location

VALUES = "configurations.values."
CONFIGURATIONS = frozenset({"configurations.Configuration", "configurations.base.Configuration"})
VALUE_CASTS = {
    "BooleanValue": "bool", "IntegerValue": "int", "PositiveIntegerValue": "int", "FloatValue": "float",
    "ListValue": "list", "TupleValue": "tuple", "SetValue": "set", "DictValue": "dict",
    "DecimalValue": "decimal",
    "DatabaseURLValue": "url", "CacheURLValue": "url", "EmailURLValue": "url", "SearchURLValue": "url",
}  # fmt: skip
VALUE_VARIABLES = {
    "DatabaseURLValue": "DATABASE_URL",
    "CacheURLValue": "CACHE_URL",
    "EmailURLValue": "EMAIL_URL",
    "SearchURLValue": "SEARCH_URL",
}


def run_class(frame: Frame, node: ast.ClassDef) -> None:
    """Run a class body in a scope of its own, and bind the class."""
    run = frame.run
    at = frame.at(node)
    scope = f"class {at.path}:{at.line}"
    run.state.scopes[scope] = {}
    bases: list[ClassBody] = []
    foreign: list[str] = []
    for base in node.bases:
        value = frame.evaluate(base)
        body = run.classes.get(value.at) if isinstance(value, Reference) else None
        if body is not None:
            bases.append(body)
        else:
            foreign.append(value.name if isinstance(value, Reference) else frame.unreadable(base).text)
    inner = Frame(run, frame.module, frame.name, frame.package, (scope, *frame.scopes))
    run.execute(inner, node.body)
    for name, binding in run.state.scopes[scope].items():
        run.state.scopes[scope][name] = replace(binding, value=_described(name, binding.value))
    run.classes[at] = ClassBody(node.name, scope, tuple(bases), tuple(foreign))
    frame.bind(node.name, Reference(f"{frame.name}.{node.name}", at), at)


def _described(name: str, value: Value) -> Value:
    """Return what a descriptor of django-configurations reads: by default `DJANGO_` and its own name."""
    if not isinstance(value, Called) or not value.function.startswith(VALUES):
        return value
    kind = value.function.removeprefix(VALUES)
    given = dict(value.kwargs)
    default = value.args[0] if value.args else given.get("default")
    if constant(given["environ"]) == (True, False) if "environ" in given else False:
        return default if default is not None else value
    variable = VALUE_VARIABLES.get(kind, name)
    named = given.get("environ_name")
    variable = str(named.value) if isinstance(named, Known) else variable
    prefix = given.get("environ_prefix")
    before = "" if kind in VALUE_VARIABLES else "DJANGO_"
    if isinstance(prefix, Known):
        before = f"{prefix.value}_" if prefix.value else ""
    return Env(f"{before}{variable}", default, value.at, VALUE_CASTS.get(kind, "str"))


def take_over(frame: Frame, body: ClassBody, at: Location) -> Value:
    """Bind a class's upper-case attributes as names of the module; those of foreign bases are unread."""
    run = frame.run
    names = {
        name
        for owner in lookup_order(body)
        for name in run.state.scopes.get(owner.scope, {})
        if name.isupper()
    }
    found: dict[str, Binding] = {}
    for name in sorted(names):
        binding = class_attribute(run, body, name)
        if binding is not None:
            found[name] = _attribute(frame, binding, at)
    run.state.scopes[frame.module_scope].update(found)
    for owner in lookup_order(body):
        for base in owner.foreign:
            if base not in CONFIGURATIONS | {"object", "BaseSettings"} and not base.startswith(
                "configurations."
            ):
                run.miss(
                    at, f"{owner.name} takes attributes from {base}, which is not part of the repository"
                )
    return Known(None, at)


def _attribute(frame: Frame, binding: Binding, at: Location) -> Binding:
    value = binding.value
    if isinstance(value, Reference):
        function = function_of(frame.run, value)
        if function is not None:
            return replace(binding, value=property_value(frame, function, at))
    return binding


def class_names(run: Evaluation, value: Value) -> dict[str, Binding]:
    """Return the attributes of a class of the project, bases included; nothing for any other value."""
    body = run.classes.get(value.at) if isinstance(value, Reference) else None
    found: dict[str, Binding] = {}
    for owner in lookup_order(body) if body else ():
        for name, binding in run.state.scopes.get(owner.scope, {}).items():
            found.setdefault(name, binding)
    return found


def chosen_class(run: Evaluation, scope: str, named: str | None) -> ClassBody | None:
    """Return the configuration class of a module: the one named, else one for production, else the last.

    None where the module has no class that derives from `configurations.Configuration`.
    """
    found = [
        run.classes[binding.value.at]
        for binding in run.state.scopes.get(scope, {}).values()
        if isinstance(binding.value, Reference) and binding.value.at in run.classes
    ]
    bodies = [
        body
        for body in found
        if any(base in CONFIGURATIONS for owner in lookup_order(body) for base in owner.foreign)
    ]
    wanted = [body for body in bodies if body.name == named]
    live = [body for body in bodies if body.name.lower().startswith(("prod", "live", "deploy"))]
    return next(iter((*wanted, *live, *reversed(bodies))), None)
