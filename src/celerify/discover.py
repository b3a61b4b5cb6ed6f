"""Finds the rules and the formats by walking their packages."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from celerify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from celerify.model import Format, Rule


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    for found in sorted(pkgutil.walk_packages(root.__path__, f"{package}."), key=lambda info: info.name):
        if not found.name.rpartition(".")[2].startswith("_"):
            yield importlib.import_module(found.name)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule in the checklist's order.

    Raises:
        ValueError: two rules share a number or a slug.
    """
    rules = [rule for module in _modules("celerify.rules") for rule in getattr(module, "RULES", ())]
    for names in ([rule.item for rule in rules], [rule.slug for rule in rules]):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"declared twice: {', '.join(twice)}")
    return tuple(sorted(rules, key=lambda rule: rule.order))


@cache
def all_formats() -> dict[str, Format]:
    """Return every output format by its name, in the order of their names.

    Raises:
        ValueError: two formats share a name.
    """
    formats = [module.FORMAT for module in _modules("celerify.report") if hasattr(module, "FORMAT")]
    by_name = {found.name: found for found in formats}
    if len(by_name) != len(formats):
        raise ValueError("two output formats share a name")
    return by_name


def format_named(name: str) -> Format:
    """Return one output format, importing no other: a format lives in the module of its name.

    Raises:
        UsageError: there is no such format.
    """
    if importlib.util.find_spec(f"celerify.report.{name}") if name.isidentifier() else None:
        module = importlib.import_module(f"celerify.report.{name}")
        if hasattr(module, "FORMAT"):
            found: Format = module.FORMAT
            return found
    raise UsageError(f"there is no output format `{name}`", f"formats: {', '.join(all_formats())}")


def selected_rules(select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """Return the rules named by number, slug or prefix of a number; all of them without `select`.

    Raises:
        UsageError: a name is no item, slug or group.
    """
    chosen = [rule for rule in all_rules() if not select or any(_named(rule, name) for name in select)]
    for name in (*select, *ignore):
        if not any(_named(rule, name) for rule in all_rules()):
            raise UsageError(
                f"`{name}` is no item, slug or group of the checklist",
                "name an item as 1.4.1 or celery-app-import, a group as 1.2; `celerify explain` lists them",
            )
    return tuple(rule for rule in chosen if not any(_named(rule, name) for name in ignore))


def with_roots(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return the rules and all that they stand on: without it, what depends on it cannot be judged."""
    by_item = {rule.item: rule for rule in all_rules()}
    wanted = {rule.item for rule in rules}
    for rule in reversed(all_rules()):
        if rule.item in wanted and rule.root:
            wanted.add(rule.root)
    return tuple(rule for item, rule in by_item.items() if item in wanted)


def _named(rule: Rule, name: str) -> bool:
    return name in {rule.item, rule.slug} or rule.item.startswith(f"{name}.")
