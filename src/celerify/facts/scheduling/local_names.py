"""What the names of one function stand for, as far as rows of django-celery-beat are concerned."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.facts.values import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.python import Module
    from celerify.facts.scheduling.reading import Reader
    from celerify.facts.values import Value

MODELS = ("PeriodicTask", "CrontabSchedule", "IntervalSchedule", "ClockedSchedule", "SolarSchedule")
_PACKAGE = "django_celery_beat"
_MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
_FETCHES = frozenset({"get", "first", "last", "get_or_create", "aget", "afirst", "alast", "aget_or_create"})
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a model: its model, the fields that are set, and whether it was fetched."""

    model: str
    fields: Mapping[str, ast.expr]
    fetched: bool
    complete: bool


@dataclass(frozen=True)
class Local:
    """The names of one function, or of the module's top.

    Attributes:
        reader: reads values.
        module: the module.
        scope: the function, or the module.
    """

    reader: Reader
    module: Module
    scope: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the scope, without those of functions inside it, in the order of the text."""
        found: list[ast.AST] = []
        pending: list[ast.AST] = list(reversed(self.scope.body))
        while pending:
            node = pending.pop()
            found.append(node)
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                pending += reversed(list(ast.iter_child_nodes(node)))
        return tuple(found)

    @property
    def calls(self) -> Iterator[ast.Call]:
        """Every call of the scope."""
        return (node for node in self._nodes if isinstance(node, ast.Call))

    @cached_property
    def _bound(self) -> dict[str, ast.expr]:
        """What each name is bound to last; the first of a pair is bound to the call that gives the pair."""
        found: dict[str, ast.expr] = {}
        for node in self._nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found[name] = value
                case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=name), *_])], value=value):
                    found[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found[name] = value
        return found

    def value(self, node: ast.expr) -> Value:
        """Return what an expression amounts to; a name of the function is what it is bound to there."""
        if isinstance(node, ast.Name) and self.scope is not self.module.tree:
            bound = self._bound.get(node.id)
            if bound is None and node.id in self._parameters:
                return Unreadable(node.id, self.module.at(node))
            if bound is not None and not isinstance(bound, ast.Name):
                return self.reader.value(bound, self.module)
        return self.reader.value(node, self.module)

    @cached_property
    def _parameters(self) -> frozenset[str]:
        if isinstance(self.scope, ast.Module):
            return frozenset()
        given = self.scope.args
        return frozenset(item.arg for item in (*given.posonlyargs, *given.args, *given.kwonlyargs))

    def model(self, node: ast.expr, left: int = _DEEPEST) -> str | None:
        """Return the model of django-celery-beat that an expression is, by import or `apps.get_model`."""
        match node:
            case ast.Call(func=ast.Attribute(attr="get_model") | ast.Name(id="get_model")):
                return _looked_up(node)
            case ast.Name(id=name) if name in self._bound and left:
                return self.model(self._bound[name], left - 1)
            case ast.Name() | ast.Attribute():
                name = self.reader.dotted(node, self.module)
                if name in MODELS and self._takes_all:
                    return name
                if name.startswith(f"{_PACKAGE}."):
                    last = name.rpartition(".")[2]
                    return last if last in MODELS else None
                bound = self._at_top.get(node.id) if isinstance(node, ast.Name) else None
                return _looked_up(bound) if isinstance(bound, ast.Call) else None
            case _:
                return None

    @cached_property
    def _takes_all(self) -> bool:
        """The module imports every model of django-celery-beat by a star."""
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == f"{_PACKAGE}.models"
            and any(alias.name == "*" for alias in node.names)
            for node in self.module.tree.body
        )

    @cached_property
    def _at_top(self) -> dict[str, ast.expr]:
        return {
            target.id: node.value
            for node in self.module.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def model_of_manager(self, node: ast.expr, left: int = _DEEPEST) -> str | None:
        """Return the model whose manager or queryset an expression is."""
        match node:
            case _ if not left:
                return None
            case ast.Attribute(value=owner, attr=name) if name in _MANAGERS:
                return self.model(owner)
            case ast.Call(func=ast.Attribute(value=owner)):
                return self.model_of_manager(owner, left - 1)
            case ast.Name(id=name) if name in self._bound:
                return self.model_of_manager(self._bound[name], left - 1)
            case _:
                return None

    def instance(self, node: ast.expr) -> Instance | None:
        """Return the instance that is saved: made by its class, or fetched before; None for anything else."""
        name = node.id if isinstance(node, ast.Name) else ""
        made = self._bound.get(name) if name else node
        made = made.value if isinstance(made, ast.Await) else made
        if not isinstance(made, ast.Call):
            return None
        model = self.model(made.func)
        if model is not None:
            fields, complete = self.keywords(made)
            return Instance(model, {**fields, **self._attributes(name)}, fetched=False, complete=complete)
        if isinstance(made.func, ast.Attribute) and made.func.attr in _FETCHES:
            model = self.model_of_manager(made.func.value)
            if model is not None:
                return Instance(model, self._attributes(name), fetched=True, complete=True)
        return None

    def saved_later(self, call: ast.Call) -> dict[str, ast.expr] | None:
        """Return the attributes set on what a call gives, where it is saved in this function; or None."""
        for name, bound in self._bound.items():
            if (bound.value if isinstance(bound, ast.Await) else bound) is call and self._is_saved(name):
                return self._attributes(name)
        return None

    def _is_saved(self, name: str) -> bool:
        return any(
            isinstance(item.func, ast.Attribute)
            and item.func.attr in {"save", "asave"}
            and isinstance(item.func.value, ast.Name)
            and item.func.value.id == name
            for item in self.calls
        )

    def _attributes(self, name: str) -> dict[str, ast.expr]:
        """Return what is assigned to the attributes of a name in this function."""
        found: dict[str, ast.expr] = {}
        for node in self._nodes:
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id=owner), attr=attribute)], value=value
                ):
                    if owner == name:
                        found[attribute] = value
        return found

    def maker(self, node: ast.expr) -> ast.Call | None:
        """Return the call that gives an object: itself, or what its name is bound to, or element 0 of it."""
        match node:
            case ast.Call():
                return node
            case ast.Await(value=inner) | ast.Subscript(value=inner, slice=ast.Constant(value=0)):
                return self.maker(inner)
            case ast.Name(id=name) if name in self._bound and not isinstance(self._bound[name], ast.Name):
                return self.maker(self._bound[name])
            case _:
                return None

    def keywords(self, call: ast.Call) -> tuple[dict[str, ast.expr], bool]:
        """Return the keywords of a call by name, known dicts unpacked, and whether that is all."""
        found: dict[str, ast.expr] = {}
        complete = True
        for word in call.keywords:
            if word.arg is not None:
                found[word.arg] = word.value
                continue
            inner, whole = self.mapping(word.value)
            found |= inner
            complete = complete and whole
        return found, complete and not call.args

    def mapping(self, node: ast.expr) -> tuple[dict[str, ast.expr], bool]:
        """Return the nodes of a dict by key, however it is written, and whether that is all."""
        match node:
            case ast.Dict(keys=keys, values=values):
                found: dict[str, ast.expr] = {}
                complete = True
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found[key.value] = value
                    elif key is None:
                        inner, whole = self.mapping(value)
                        found |= inner
                        complete = complete and whole
                    else:
                        complete = False
                return found, complete
            case ast.Call(func=ast.Name(id="dict"), args=[]):
                return self.keywords(node)
            case ast.Name(id=name) if name in self._bound and self._unchanged(name):
                return self.mapping(self._bound[name])
            case ast.Name(id=name) if name in self._at_top:
                return self.mapping(self._at_top[name])
            case _:
                return {}, False

    def _unchanged(self, name: str) -> bool:
        """Tell whether a dict is used as it is bound: bound once, to no other name, nothing added later."""
        touched = sum(
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == name
            for node in self._nodes
        )
        return not touched and not isinstance(self._bound[name], ast.Name)


def _looked_up(call: ast.Call) -> str | None:
    """Return the model that `apps.get_model("django_celery_beat", "PeriodicTask")` gives."""
    words = [item.value for item in call.args if isinstance(item, ast.Constant)]
    words += [word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)]
    named = ".".join(str(word) for word in words)
    return named.rpartition(".")[2] if named.startswith(f"{_PACKAGE}.") else None
