"""Functions that Django calls inside the transaction of whoever saves: receivers of signals, and save()."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import aliases, dotted, everything_imported
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.origins import Origins
    from celerify.facts.python import Module
    from celerify.facts.sending.transactions import Definition
    from celerify.facts.sources import Sources
    from celerify.model import Location

_SIGNALS = "django.db.models.signals."
_OWN_TRANSACTION = frozenset({"pre_delete", "post_delete", "m2m_changed"})
"""Sent inside a transaction that Django itself opens: Collector.delete, and add, remove, clear and set."""
_OF_CALLER = frozenset({"pre_save", "post_save"})
_METHODS = frozenset({"save", "delete", "save_base"})


@dataclass(frozen=True)
class Receiver:
    """What calls a function while a row is saved or deleted.

    Attributes:
        what: the signal or the method, as `post_save`.
        sender: the dotted name of the model, or None where any model or an unread one sends.
        certain: Django opens a transaction around it in every case.
    """

    what: str
    sender: str | None
    certain: bool


def receiver_of(
    node: ast.FunctionDef | ast.AsyncFunctionDef, owner: ast.ClassDef | None, names: Mapping[str, str]
) -> Receiver | None:
    """Return what calls a function: a signal by `@receiver`, or the save() of a model; None for all else."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and dotted(decorator.func, names) == "django.dispatch.receiver":
            return _connected(decorator, names)
    bases = [dotted(base, names) or "" for base in owner.bases] if owner else []
    if node.name in _METHODS and owner and any(base == "django.db.models.Model" for base in bases):
        return Receiver(f"{owner.name}.{node.name}()", owner.name, certain=False)
    return None


def _connected(decorator: ast.Call, names: Mapping[str, str]) -> Receiver | None:
    first = decorator.args[0] if decorator.args else None
    listed = first.elts if isinstance(first, ast.List | ast.Tuple) else [first] if first else []
    signals = {(dotted(item, names) or "").removeprefix(_SIGNALS) for item in listed}
    known = signals & (_OWN_TRANSACTION | _OF_CALLER)
    if not known:
        return None
    sender = next((item.value for item in decorator.keywords if item.arg == "sender"), None)
    model = dotted(sender, names) if sender is not None else None
    certain = signals & _OWN_TRANSACTION
    return Receiver(min(certain or known), model, bool(certain))


def connected_receivers(sources: Sources, origins: Origins) -> dict[Definition, Receiver]:
    """Return the functions that `post_save.connect(function, sender=Model)` and its like connect."""
    found: dict[Definition, Receiver] = {}
    for path in sources.mentioning("_save.connect(", "_delete.connect(", "m2m_changed.connect("):
        module = sources.module(path) if sources.kind(path) == "code" else None
        for node in walked(module.tree) if module else ():
            if module and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                _add_connected(found, module, node, node.func, origins)
    return found


def _add_connected(
    found: dict[Definition, Receiver],
    module: Module,
    node: ast.Call,
    function: ast.Attribute,
    origins: Origins,
) -> None:
    names = everything_imported(module, origins.module_name(module.path))
    signal = (dotted(function.value, names) or "").removeprefix(_SIGNALS)
    given = dict(zip(("receiver", "sender"), node.args, strict=False))
    given |= {item.arg: item.value for item in node.keywords if item.arg}
    name = dotted(given["receiver"], names) if "receiver" in given else None
    definition = origins.definition(module.path, name) if name else None
    if function.attr == "connect" and definition and signal in _OWN_TRANSACTION | _OF_CALLER:
        sender = given.get("sender")
        model = dotted(sender, names) if sender is not None else None
        if isinstance(sender, ast.Constant) and isinstance(sender.value, str):
            model = ".models.".join(sender.value.rsplit(".", 1))
        found[definition] = Receiver(signal, model, signal in _OWN_TRANSACTION)


def admin_models(sources: Sources, origins: Origins) -> dict[Definition, Location]:
    """Return the models that the admin saves, each in a transaction of its own, with where it is told to."""
    found: dict[Definition, Location] = {}
    for path in sources.mentioning("admin.register", "site.register"):
        module = sources.module(path) if sources.kind(path) == "code" else None
        for name, node in _registered(module, origins) if module else ():
            definition = origins.definition(path, name)
            if definition is not None and module is not None:
                found.setdefault(definition, module.at(node))
    return found


def _registered(module: Module, origins: Origins) -> Iterator[tuple[str, ast.Call]]:
    names = aliases(module, origins.module_name(module.path))
    for node in walked(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "register" and "admin" in (dotted(node.func, names) or ""):
            listed = [item for given in node.args for item in getattr(given, "elts", [given])]
            yield from ((name, node) for item in listed if (name := dotted(item, names)))
