"""The statements of the project's own code that write rows of django-celery-beat."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.facts.scheduling.entries import HANDED_OVER, RowWrite
from celerify.facts.scheduling.local_names import MODELS, Local
from celerify.facts.values import Called, Known, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.python import Module
    from celerify.facts.scheduling.reading import Reader
    from celerify.facts.values import Value

_PACKAGE = "django_celery_beat"
_UPSERTS = frozenset({"update_or_create", "get_or_create", "aupdate_or_create", "aget_or_create"})
_CREATES = frozenset({"create", "acreate"})
_UPDATES = frozenset({"update", "aupdate"})
_BULK = frozenset({"bulk_create", "bulk_update", "abulk_create", "abulk_update"})
_SAVES = frozenset({"save", "asave"})
_NOT_FIELDS = frozenset({"defaults", "create_defaults"})
_KINDS = ("crontab", "interval", "clocked", "solar")


def written_rows(reader: Reader) -> Iterator[RowWrite]:
    """Yield each statement that writes a row, by file and line; what tests write is left out."""
    for module in reader.modules(*MODELS):
        raw = module.source
        if _PACKAGE in raw or "get_model" in raw:
            yield from sorted(_Rows(reader, module).all(), key=lambda row: row.at)


@dataclass(frozen=True)
class _Rows:
    """Finds the writes of one module."""

    reader: Reader
    module: Module

    def all(self) -> Iterator[RowWrite]:
        """Yield every write, with what its function's names stand for."""
        for scope in _scopes(self.module.tree):
            local = Local(self.reader, self.module, scope)
            for call in local.calls:
                row = self._row(local, call)
                if row is not None:
                    yield row

    def _row(self, local: Local, call: ast.Call) -> RowWrite | None:
        """Return what a call writes, or None."""
        function = call.func
        if not isinstance(function, ast.Attribute):
            return self._handed_over(local, call)
        method = function.attr.removeprefix("a") if function.attr in _ASYNC else function.attr
        if function.attr in _SAVES:
            return self._saved(local, function.value, call)
        model = local.model_of_manager(function.value)
        if model is None:
            return None
        if function.attr in _UPSERTS | _CREATES | _UPDATES:
            return self._written(local, model, method, call)
        if function.attr in _BULK:
            return RowWrite(model, method, {}, {}, None, self.module.at(call), complete=False)
        return None

    def _handed_over(self, local: Local, call: ast.Call) -> RowWrite | None:
        """Return what a function of the same module writes that is given the model: `same(Model, ...)`."""
        model = local.model(call.args[0]) if call.args else None
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if model is None or not _writes(self.module.tree, name):
            return None
        keywords, _ = local.keywords(call)
        row = RowWrite(model, HANDED_OVER, keywords, {}, None, self.module.at(call), complete=False)
        return self._read(local, row)

    def _written(self, local: Local, model: str, method: str, call: ast.Call) -> RowWrite:
        keywords, whole = local.keywords(call)
        given = {name: node for name, node in keywords.items() if name not in _NOT_FIELDS}
        defaults: dict[str, ast.expr] = {}
        at_first: dict[str, ast.expr] = {}
        if "defaults" in keywords:
            defaults, complete = local.mapping(keywords["defaults"])
            whole = whole and complete
        if "create_defaults" in keywords:
            at_first, complete = local.mapping(keywords["create_defaults"])
            whole = whole and complete
        saved = local.saved_later(call) if method == "get_or_create" else None
        if saved is not None:
            defaults |= saved
        row = RowWrite(model, method, given, defaults, None, self.module.at(call), saved=saved is not None)
        return self._read(local, replace(row, complete=whole), at_first)

    def _saved(self, local: Local, owner: ast.expr, call: ast.Call) -> RowWrite | None:
        """Return what saving an instance writes: one that is made there, or one that was fetched."""
        made = local.instance(owner)
        if made is None:
            return None
        row = RowWrite(made.model, "save", made.fields, {}, None, self.module.at(call), saved=made.fetched)
        return self._read(local, replace(row, complete=made.complete))

    def _read(
        self, local: Local, row: RowWrite, at_first: Mapping[str, ast.expr] = MappingProxyType({})
    ) -> RowWrite:
        """Return the row with what its fields amount to; `at_first` are fields that only an insert sets."""
        nodes = {**at_first, **row.keywords, **row.defaults}
        fields = {name: local.value(node) for name, node in nodes.items()}
        task = fields.get("task")
        schedule = self._schedule(local, nodes) if row.model == "PeriodicTask" else self._own(row, fields)
        return replace(
            row,
            task=self.reader.task_of(task) if task is not None else None,
            fields=fields,
            schedule=schedule,
        )

    def _schedule(self, local: Local, nodes: Mapping[str, ast.expr]) -> Value | None:
        """Return what a PeriodicTask is bound to, where the same function makes it."""
        for kind in _KINDS:
            node = nodes.get(kind)
            if node is None or (isinstance(node, ast.Constant) and node.value is None):
                continue
            call = local.maker(node)
            row = self._row(local, call) if call is not None else None
            if row is not None and row.model != "PeriodicTask":
                return row.schedule
            return Unreadable(self.module.text(node), self.module.at(node))
        return None

    @staticmethod
    def _own(row: RowWrite, fields: Mapping[str, Value]) -> Value | None:
        """Return the schedule that a row of a schedule model is, as code would write it."""
        words = tuple((name, value) for name, value in fields.items() if name not in _NOT_FIELDS)
        if not row.complete:
            return Unreadable(f"{row.model}.{row.method}(...)", row.at)
        match row.model:
            case "CrontabSchedule":
                shown = tuple((name, value) for name, value in words if name != "timezone")
                return Called("celery.schedules.crontab", (), shown, row.at)
            case "IntervalSchedule":
                every, period = fields.get("every"), fields.get("period")
                unit = _period(period)
                if every is None or unit is None:
                    return Unreadable("every, period", row.at)
                return Called("datetime.timedelta", (), ((unit, every),), row.at)
            case _:
                return Called(f"{_PACKAGE}.models.{row.model}", (), words, row.at)


def _writes(tree: ast.Module, name: str) -> bool:
    """Tell whether a function of the module writes rows of something."""
    writing = _UPSERTS | _CREATES | _SAVES
    return any(
        isinstance(inner, ast.Attribute) and inner.attr in writing
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
        for inner in ast.walk(node)
    )


_ASYNC = frozenset(name for name in _UPSERTS | _CREATES | _UPDATES | _BULK | _SAVES if name.startswith("a"))
_PERIODS = frozenset({"days", "hours", "minutes", "seconds", "microseconds"})


def _period(value: Value | None) -> str | None:
    """Return the unit of an interval: a string, or a constant of IntervalSchedule as `MINUTES`."""
    word = value.value if isinstance(value, Known) else getattr(value, "name", "").rpartition(".")[2]
    name = str(word).lower()
    return name if name in _PERIODS else None


def _scopes(tree: ast.Module) -> Iterator[ast.Module | ast.FunctionDef | ast.AsyncFunctionDef]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
