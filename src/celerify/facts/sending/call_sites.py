"""A walk through one module that finds each place where something is sent, and what it runs inside."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from celerify.facts.imports import aliases, dotted, imported, package_of
from celerify.facts.sending.on_commit import (
    CANVAS,
    METHODS,
    canvas_words,
    is_on_commit,
    is_partial,
    unwrapped,
)
from celerify.facts.sending.receivers import Receiver, receiver_of
from celerify.facts.sending.relevance import relevance_of
from celerify.facts.sending.transactions import DEFAULT, databases
from celerify.facts.walking import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.python import Module
    from celerify.facts.sending.relevance import Relevance
    from celerify.facts.sending.transactions import Transactions
    from celerify.model import Location

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_VIEW_BASES = ("View", "ViewSet", "APIView", "Viewset")
_IN_ADMIN_TRANSACTION = frozenset(
    {
        "save_model", "delete_model", "save_related", "save_formset", "save_form", "log_addition",
        "log_change", "response_add", "response_change",
    }
)  # fmt: skip
"""What ModelAdmin calls inside the transaction of its add, change and delete views (Django 4.2 to 6.0)."""


@dataclass(frozen=True)
class Scope:
    """What a place in a module runs inside.

    Attributes:
        names: local name to dotted origin.
        function: the innermost function, or None.
        owner: the innermost class, or None.
        atomic: what opens the transaction around it, or None.
        waits: it is handed to `on_commit`.
        key: the class and the function, as the module's own calls name them.
        view: it stands in a view that ATOMIC_REQUESTS would wrap.
        databases: the databases of the transactions around it, as they are written.
        receiver: it stands in a receiver of a signal, or in a method, that runs in the caller's transaction.
    """

    names: Mapping[str, str]
    function: FunctionNode | None = None
    owner: ast.ClassDef | None = None
    atomic: Location | None = None
    waits: bool = False
    key: tuple[str, str] = ("", "")
    view: bool = False
    databases: frozenset[str] = frozenset()
    receiver: Receiver | None = None

    @property
    def other_database(self) -> bool:
        """Every transaction around it is on another database than the default one."""
        return bool(self.databases) and DEFAULT not in self.databases


@dataclass(frozen=True)
class Site:
    """One place that sends: the reference to the method, and the call that it stands in.

    Attributes:
        method: the attribute, as `delay`.
        reference: the expression `task.delay`.
        call: the call: `task.delay(1)`, or the `on_commit` or `partial` that the reference is handed to.
        direct: the reference is what the call calls.
        scope: what it runs inside.
    """

    method: str
    reference: ast.Attribute
    call: ast.Call
    direct: bool
    scope: Scope

    @property
    def waits(self) -> bool:
        """It is sent after the commit; `_on_commit` methods wait for the default database only."""
        return self.scope.waits or (self.method.endswith("_on_commit") and not self.scope.other_database)


@dataclass
class Walk:
    """Collects the sites of one module, and which of its functions run inside a transaction or after it.

    With `sites_only`, `calls` is not complete: statements without a site are not visited.
    """

    module: Module
    name: str | None
    transactions: Transactions
    sites_only: bool = False
    sites: list[Site] = field(default_factory=list)
    atomic_callees: dict[tuple[str, str], Location] = field(default_factory=dict)
    deferred: set[tuple[str, str]] = field(default_factory=set)
    calls: list[tuple[ast.expr, Scope]] = field(default_factory=list)

    def run(self) -> tuple[Site, ...]:
        """Return every site, a function called inside a transaction of the same module taken as inside it."""
        scope = Scope(aliases(self.module, self.name))
        for statement in self.module.tree.body:
            self._visit(statement, scope)
        return tuple(self._settled(site) for site in self.sites)

    @cached_property
    def _relevance(self) -> Relevance:
        return relevance_of(self.module, {*METHODS, *canvas_words(self.module.source)})

    def _settled(self, site: Site) -> Site:
        scope = site.scope
        opened_here = scope.atomic is not None and scope.atomic != self.transactions.requests
        if opened_here or scope.waits:
            return site
        if scope.key in self.atomic_callees:
            return replace(site, scope=replace(scope, atomic=self.atomic_callees[scope.key]))
        if scope.key in self.deferred and scope.key[1]:
            return replace(site, scope=replace(scope, waits=True))
        return site

    def _visit(self, node: ast.AST, scope: Scope) -> None:
        if self.sites_only and isinstance(node, ast.stmt) and not self._relevance.touches(node):
            return
        match node:
            case ast.ClassDef():
                self._class(node, scope)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, scope)
            case ast.With() | ast.AsyncWith():
                self._with(node, scope)
            case ast.Call():
                self._call(node, scope)
            case ast.Name() | ast.Constant():
                return
            case _:
                for child in children(node):
                    self._visit(child, scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        atomic = self._opened(node.decorator_list, scope)
        inner = replace(scope, owner=node, function=None, atomic=atomic, waits=False, key=(node.name, ""))
        for child in node.body:
            self._visit(child, inner)

    def _function(self, node: FunctionNode, scope: Scope) -> None:
        package = package_of(self.name or "", is_package=self.module.path.endswith("__init__.py"))
        for decorator in node.decorator_list:
            self._visit(decorator, scope)
        names = {**scope.names, **imported(node.body, package)}
        view = self._is_view(node, scope)
        opened = self._opened(node.decorator_list, scope) or self._of_django(node, scope, view=view)
        method = scope.owner is not None and scope.function is None
        # a class decorated with method_decorator(atomic, name="dispatch") covers what dispatch calls
        atomic = opened or (scope.atomic if method else None)
        waits = any(is_on_commit(item, names) for item in node.decorator_list)
        owner = scope.owner.name if scope.owner and method else scope.key[0]
        inner = replace(
            scope,
            names=names,
            function=node,
            atomic=atomic,
            waits=waits,
            key=(owner, node.name),
            view=view,
            databases=databases(node.decorator_list) if opened else frozenset(),
            receiver=receiver_of(node, scope.owner if method else None, names),
        )
        self._block(node.body, inner)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        opened = self._opened([item.context_expr for item in node.items], scope)
        around = databases([item.context_expr for item in node.items]) if opened else frozenset()
        if opened and scope.atomic and not scope.databases:
            around |= {DEFAULT}  # what the caller has opened is on the default database, as far as is known
        inner = replace(scope, atomic=opened or scope.atomic, databases=scope.databases | around)
        for item in node.items:
            self._visit(item.context_expr, scope)
        self._block(node.body, inner)

    def _block(self, statements: list[ast.stmt], scope: Scope) -> None:
        """Visit statements in turn: `enter_context(atomic())` and `block = atomic()` act on what follows."""
        for statement in statements:
            self._visit(statement, scope)
            match statement:
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr="enter_context"), args=[given])):
                    opened = self._opened([given], scope)
                    if opened:
                        around = scope.databases | databases([given])
                        scope = replace(scope, atomic=opened, databases=around)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function) as made):
                    origin = dotted(function, scope.names)
                    if origin and self._opened([made], scope):
                        scope = replace(scope, names={**scope.names, name: origin})

    def _opened(self, nodes: list[ast.expr], scope: Scope) -> Location | None:
        found = (item for item in nodes if self.transactions.opens(item, self.module.path, scope.names))
        return next((self.module.at(item) for item in found), None)

    def _of_django(self, node: FunctionNode, scope: Scope, *, view: bool) -> Location | None:
        """Return the transaction that Django opens around a view or in its admin, or None."""
        owner = scope.owner if scope.function is None else None
        if owner is not None and node.name in _IN_ADMIN_TRANSACTION and _has_base(owner, ("Admin",)):
            return self.module.at(node)
        return self.transactions.requests if view else None

    def _is_view(self, node: FunctionNode, scope: Scope) -> bool:
        """Tell whether ATOMIC_REQUESTS wraps a function: it is a view, synchronous, and not exempt."""
        if isinstance(node, ast.AsyncFunctionDef) or scope.function is not None:
            return False
        decorators = [*node.decorator_list, *(scope.owner.decorator_list if scope.owner else ())]
        if any(self.transactions.forbids(item, scope.names) for item in decorators):
            return False
        if scope.owner is not None:
            return _has_base(scope.owner, _VIEW_BASES)
        arguments = [*node.args.posonlyargs, *node.args.args]
        near = self.module.path.rsplit("/", 2)[-2:]
        named = any(part.removesuffix(".py").endswith(("views", "view", "api")) for part in near)
        return named and bool(arguments) and arguments[0].arg == "request"

    def _call(self, node: ast.Call, scope: Scope) -> None:
        if is_on_commit(node.func, scope.names):
            self._hand_over(node, scope)
            return
        if scope.atomic and not scope.waits:
            for key in self._named(node.func, scope):
                self.atomic_callees.setdefault(key, scope.atomic)
        self.calls.append((node.func, scope))
        self._record(node, scope)
        for child in (node.func, *node.args, *(keyword.value for keyword in node.keywords)):
            self._visit(child, scope)

    def _hand_over(self, node: ast.Call, scope: Scope) -> None:
        """Visit what `on_commit` is given: a lambda, a partial and a reference wait, a call runs at once."""
        named = [item.value for item in node.keywords if item.arg == "using"] + node.args[1:2]
        using = ast.unparse(named[0]) if named else DEFAULT
        of_django = (dotted(node.func, scope.names) or "").rpartition(".")[2] == "on_commit"
        waits = not scope.databases or using in scope.databases or not of_django
        later = replace(scope, waits=waits)
        self._record(node, later)
        given = [*node.args, *(item.value for item in node.keywords if item.arg != "using")]
        for argument in given:
            if isinstance(argument, ast.Lambda):
                self._visit(argument.body, later)
            elif isinstance(argument, ast.Call) and is_partial(argument, scope.names):
                self._record(argument, later)
            else:
                self._visit(argument, scope)
            if waits:
                self.deferred |= set(self._named(unwrapped(argument), scope))

    def _named(self, node: ast.AST, scope: Scope) -> Iterator[tuple[str, str]]:
        """Yield the keys of the module's function or method that an expression names."""
        match node:
            case ast.Name(id=name) if scope.names.get(name, name) == name:
                yield ("", name)
                if scope.key[0]:
                    yield (scope.key[0], name)  # a function defined inside a method
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if scope.key[0]:
                yield (scope.key[0], name)

    def _record(self, node: ast.Call, scope: Scope) -> None:
        if isinstance(node.func, ast.Call) and dotted(node.func.func, scope.names) in CANVAS:
            sent = ast.copy_location(ast.Attribute(node.func, "apply_async", ast.Load()), node)
            self.sites.append(Site("apply_async", sent, node, direct=True, scope=scope))
        for reference, direct in ((node.func, True), *((argument, False) for argument in node.args)):
            if isinstance(reference, ast.Attribute) and reference.attr in METHODS:
                handed = direct or is_on_commit(node.func, scope.names) or is_partial(node, scope.names)
                if handed:
                    self.sites.append(Site(reference.attr, reference, node, direct, scope))


def _has_base(owner: ast.ClassDef, endings: tuple[str, ...]) -> bool:
    names = (
        base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in owner.bases
    )
    return any(name.endswith(endings) or (endings == ("Admin",) and "Admin" in name) for name in names)
