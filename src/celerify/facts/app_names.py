"""Where else a Celery application is named: packages that export it, modules that configure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.app_config import source_at, statements
from celerify.facts.imports import aliases, module_name, resolve_name

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from celerify.facts.app_config import Source
    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources


def configured_elsewhere(
    sources: Sources, layout: Layout, source: Source, variable: str, exported: tuple[str, ...]
) -> Iterator[tuple[Source, tuple[ast.stmt, ...], frozenset[str]]]:
    """Yield the other modules that configure the application, reached by its dotted names."""
    targets = frozenset({f"{source.name}.{variable}", *exported})
    words = ("autodiscover_tasks", "config_from_object", f"{variable}.conf") if variable else ()
    for path in sources.mentioning(*words):
        if path == source.module.path or sources.kind(path) != "code":
            continue
        other = source_at(sources, layout, path)
        if other and targets & set(aliases(other.module, other.name).values()):
            yield other, tuple(statements(other.module.tree.body)), targets


def imported_tasks(sources: Sources, layout: Layout, source: Source) -> tuple[str, ...]:
    """Return the modules with tasks that the application's module imports itself."""
    with_tasks = set(sources.mentioning("shared_task", ".task\n", ".task(", ".task\r"))
    found: dict[str | None, None] = {}
    for origin in aliases(source.module, source.name).values():
        match resolve_name(sources.tree, layout.roots, origin):
            case (path, _) if path in with_tasks and path != source.module.path:
                found[module_name(path, layout.roots)] = None
    return tuple(name for name in found if name)


def exports(sources: Sources, layout: Layout, source: Source, variable: str) -> tuple[str, ...]:
    """Return the dotted names that package `__init__` files bind the application to, innermost first."""
    names = {f"{source.name}.{variable}": None}
    word = source.name.rpartition(".")[2]
    inits = [path for path in sources.mentioning(word, variable or word) if path.endswith("/__init__.py")]
    for path in sorted(inits, key=lambda path: (-path.count("/"), path)):
        package = source_at(sources, layout, path)
        if package is None or path == source.module.path:
            continue
        for local, origin in aliases(package.module, package.name).items():
            if origin in names:
                names[f"{package.name}.{local}"] = None
    return tuple(names)[1:]
