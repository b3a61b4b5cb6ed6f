"""What the values handed to a task are: ids, or things that do not serialise."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.facts.imports import dotted
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.origins import Origins
    from celerify.facts.sending.call_sites import FunctionNode, Scope

_ONE = frozenset(
    {
        "get", "create", "first", "last", "latest", "earliest", "aget", "acreate", "afirst", "alast",
        "alatest", "get_by_natural_key", "create_user", "create_superuser",
    }
)  # fmt: skip
_MANY = frozenset(
    {
        "filter", "all", "exclude", "order_by", "select_related", "prefetch_related", "annotate", "distinct",
        "values", "values_list", "only", "defer", "reverse", "none", "union", "using", "bulk_create", "raw",
    }
)  # fmt: skip
_PAIR = frozenset({"get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create"})
_VALUES = frozenset({"values", "values_list"})
_SHORTCUTS = frozenset({"django.shortcuts.get_object_or_404", "django.shortcuts.aget_object_or_404"})
_SIGNALS = frozenset({"sender", "instance"})
_MODEL_BASES = ("Model", "AbstractUser", "AbstractBaseUser")
_NO_MODEL = ("Choices", "Enum", "Serializer", "Form", "Manager", "QuerySet", "TypedDict", "NamedTuple")
INSTANCE, QUERYSET, REQUEST = "a model instance", "a queryset", "the request"
SET, GENERATOR, FILE = "a set", "a generator", "an uploaded file"
_DEEPEST = 7


def unserialisable(node: ast.expr, path: str, scope: Scope, origins: Origins) -> str | None:
    """Return what a value is where it is surely no plain data, as `a model instance`; None for all else."""
    return _Reader(path, scope, origins).what(node, _DEEPEST)


class _Reader:
    """Reads expressions of one function."""

    def __init__(self, path: str, scope: Scope, origins: Origins) -> None:
        self.path = path
        self.scope = scope
        self.origins = origins
        self.parameters = {item.arg: item for item in _parameters(scope.function)} if scope.function else {}

    def what(self, node: ast.expr, left: int) -> str | None:
        """Return what an expression surely is, or None."""
        if not left:
            return None
        match node:
            case ast.Name(id=name):
                found = self._name(name, left)
            case ast.Attribute():
                found = self._attribute(node)
            case ast.Await(value=inner):
                found = self.what(inner, left)
            case ast.Call():
                found = self._call(node, left)
            case _:
                found = self._container(node, left)
        return found

    def _container(self, node: ast.expr, left: int) -> str | None:
        """Return what a display, a comprehension or a subscript surely is or holds, or None."""
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Dict(values=items):
                return next((what for item in items if (what := self.what(item, left - 1))), None)
            case ast.ListComp(elt=item) | ast.DictComp(value=item):
                return self.what(item, left - 1)
            case ast.Subscript(value=inner) if (dotted(inner, {}) or "").endswith("request.FILES"):
                return FILE
            case ast.Set() | ast.SetComp():
                return SET
            case ast.GeneratorExp():
                return GENERATOR
            case _:
                return None

    def _name(self, name: str, left: int) -> str | None:
        bound = list(self._bindings(name, left))
        if bound:
            return bound[0] if all(bound) else None
        parameter = self.parameters.get(name)
        if parameter is None:
            return None
        if name == "request":
            return REQUEST
        if name == "instance" and self.parameters.keys() >= _SIGNALS:
            return INSTANCE
        if name == "self" and self.scope.owner is not None and not _is_task(self.scope):
            return "self, an object" if not self._model_class(self.scope.owner, left) else INSTANCE
        return self._annotated(parameter, left)

    def _annotated(self, parameter: ast.arg, left: int) -> str | None:
        name = dotted(parameter.annotation, self.scope.names) if parameter.annotation else None
        if name and name.startswith("django.http") and name.endswith("HttpRequest"):
            return REQUEST
        return INSTANCE if name and self._is_model(name, left) else None

    def _attribute(self, node: ast.Attribute) -> str | None:
        text = dotted(node, {}) or ""
        if text == "self.request":
            return REQUEST
        if text in {"request.user", "self.request.user"}:
            return "request.user, a model instance"
        views = self.scope.owner is not None and any(
            "View" in ast.unparse(base) for base in self.scope.owner.bases
        )
        if text == "self.object" and views:
            return INSTANCE
        owner = node.value
        if (
            node.attr == "instance"
            and isinstance(owner, ast.Name)
            and owner.id.endswith(("form", "serializer"))
        ):
            return INSTANCE
        return None

    def _call(self, node: ast.Call, left: int) -> str | None:
        function = node.func
        name = dotted(function, self.scope.names)
        if name in _SHORTCUTS:
            return INSTANCE
        if name and name.endswith("get_list_or_404"):
            return "a list of model instances"
        if name in {"set", "frozenset"}:
            return SET
        if name in {"list", "tuple"} and node.args:
            many = self.what(node.args[0], left - 1)
            return "model instances" if many == QUERYSET and not self._gives_values(node.args[0]) else None
        if isinstance(function, ast.Attribute):
            return self._method(function, left)
        return INSTANCE if name and self._is_model(name, left) else None

    def _method(self, function: ast.Attribute, left: int) -> str | None:
        receiver = function.value
        if (
            function.attr == "save"
            and isinstance(receiver, ast.Name)
            and receiver.id.endswith(("form", "serializer"))
        ):
            return INSTANCE
        if function.attr == "get_object" and isinstance(receiver, ast.Name) and receiver.id == "self":
            return INSTANCE
        from_manager = _through_manager(receiver) or self.what(receiver, left - 1) == QUERYSET
        if from_manager and function.attr in _ONE:
            return INSTANCE if not _has_values(receiver) else None
        if from_manager and function.attr in _MANY:
            return QUERYSET
        name = dotted(function, self.scope.names)
        return INSTANCE if name and name[:1] and self._is_model(name, left) else None

    def _bindings(self, name: str, left: int) -> Iterator[str | None]:
        """Yield what each statement of the function that binds the name gives it."""
        for node in walked(self.scope.function) if self.scope.function else ():
            match node:
                case ast.Assign(targets=targets, value=value):
                    yield from (
                        found for item in targets for found in self._assigned(item, value, name, left)
                    )
                case ast.AnnAssign(target=ast.Name(id=target), value=value) if target == name and value:
                    yield self.what(value, left - 1)
                case ast.NamedExpr(target=ast.Name(id=target), value=value) if target == name:
                    yield self.what(value, left - 1)
                case ast.For(target=ast.Name(id=target), iter=source) if target == name:
                    yield self._element(source, left)
                case ast.comprehension(target=ast.Name(id=target), iter=source) if target == name:
                    yield self._element(source, left)
                case (
                    ast.withitem(optional_vars=ast.Name(id=target))
                    | ast.AugAssign(target=ast.Name(id=target))
                ):
                    if target == name:
                        yield None

    def _assigned(self, target: ast.expr, value: ast.expr, name: str, left: int) -> Iterator[str | None]:
        match target:
            case ast.Name(id=found) if found == name and _refines(value, name):
                return  # q = q.filter(...) is what q was
            case ast.Name(id=found) if found == name:
                yield self.what(value, left - 1)
            case ast.Tuple(elts=[ast.Name(id=found), *_]) if found == name:
                inner = value.value if isinstance(value, ast.Await) else value
                function = inner.func if isinstance(inner, ast.Call) else None
                pair = isinstance(function, ast.Attribute) and function.attr in _PAIR
                yield INSTANCE if pair else None
            case ast.Tuple(elts=items) | ast.List(elts=items):
                yield from (None for item in items if isinstance(item, ast.Name) and item.id == name)

    def _element(self, source: ast.expr, left: int) -> str | None:
        if (
            isinstance(source, ast.Call)
            and isinstance(source.func, ast.Attribute)
            and source.func.attr == "iterator"
        ):
            source = source.func.value
        return (
            INSTANCE if self.what(source, left - 1) == QUERYSET and not self._gives_values(source) else None
        )

    def _gives_values(self, source: ast.expr) -> bool:
        if isinstance(source, ast.Name) and self.scope.function:
            return any(
                _has_values(node.value)
                for node in walked(self.scope.function)
                if isinstance(node, ast.Assign)
                and any(isinstance(item, ast.Name) and item.id == source.id for item in node.targets)
            )
        return _has_values(source)

    def _is_model(self, name: str, left: int) -> bool:
        """Tell whether a dotted name is a model class: of Django itself, or by its bases in the project."""
        if name.startswith("django.contrib.") and ".models." in name:
            return True
        definition = self.origins.definition(self.path, name)
        node = self.origins.node(*definition) if definition else None
        return isinstance(node, ast.ClassDef) and self._model_class(node, left, definition)

    def _model_class(self, node: ast.ClassDef, left: int, definition: tuple[str, str] | None = None) -> bool:
        names: Mapping[str, str] = self.scope.names
        path = definition[0] if definition else self.path
        bases = [dotted(base, names if path == self.path else {}) or "" for base in node.bases]
        if not left or any(base.endswith(_NO_MODEL) for base in bases):
            return False
        if any(base.endswith(_MODEL_BASES) and "." in base for base in bases) or any(
            base in _MODEL_BASES for base in bases
        ):
            return True
        for base in bases:
            found = self.origins.definition(path, base) if base else None
            parent = self.origins.node(*found) if found else None
            if (
                isinstance(parent, ast.ClassDef)
                and parent is not node
                and self._model_class(parent, left - 1, found)
            ):
                return True
        return False


def _parameters(function: FunctionNode) -> list[ast.arg]:
    given = function.args
    return [*given.posonlyargs, *given.args, *given.kwonlyargs]


def _is_task(scope: Scope) -> bool:
    return scope.function is not None and any(
        "task" in ast.unparse(item) for item in scope.function.decorator_list
    )


def _through_manager(node: ast.expr) -> bool:
    """Tell whether an expression goes through a manager: `Order.objects`, `Order.objects.filter(...)`."""
    while True:
        match node:
            case ast.Attribute(attr="objects" | "_default_manager" | "_base_manager"):
                return True
            case (
                ast.Attribute(value=inner)
                | ast.Call(func=ast.Attribute(value=inner))
                | ast.Subscript(value=inner)
            ):
                node = inner
            case _:
                return False


def _refines(value: ast.expr, name: str) -> bool:
    """Tell whether a value is the queryset of that name, narrowed or sorted."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _MANY:
        value = value.func.value
        if isinstance(value, ast.Name):
            return value.id == name
    return False


def _has_values(node: ast.expr) -> bool:
    return any(isinstance(item, ast.Attribute) and item.attr in _VALUES for item in ast.walk(node))
