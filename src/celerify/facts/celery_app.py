"""The Celery application: where it is made, how it is configured, what it discovers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from celerify.facts.app_config import (
    applications_made,
    calls_on,
    constructor_options,
    names_in,
    option_bindings,
    source_at,
)
from celerify.facts.app_names import configured_elsewhere, exports, imported_tasks
from celerify.facts.settings_default import default_before
from celerify.facts.values import Items, Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.app_config import Made, Source
    from celerify.facts.layout import Layout
    from celerify.facts.services import Process
    from celerify.facts.sources import Sources
    from celerify.facts.values import Binding, Value
    from celerify.model import Location

LISTS_OF_MODULES = frozenset({"include", "imports"})
INSTALLED = "django.conf.settings.INSTALLED_APPS"


@dataclass(frozen=True, slots=True)
class ConfigFromObject:
    """A `config_from_object` call.

    `source` is `django.conf:settings`, a dotted name, or the source text.
    """

    source: str
    namespace: str | None
    at: Location


@dataclass(frozen=True, slots=True)
class Autodiscover:
    """An `autodiscover_tasks` call. `packages` is None for the bare call (all installed apps).

    `related_name` is "" where the packages themselves are imported; `unread` says what is computed.
    `as_listed`: INSTALLED_APPS is handed over as it stands, so that an AppConfig in it is no package
    (celery.loaders.base.find_related_module: from `shop.apps.ShopConfig` it goes to `shop.apps.tasks`).
    """

    packages: tuple[str, ...] | None
    related_name: str
    at: Location
    unread: str = ""
    as_listed: bool = False


@dataclass(frozen=True)
class CeleryApp:
    """One Celery application.

    Attributes:
        module: the dotted module that makes it, as `config.celery`.
        path: that module's file.
        variable: the name it is bound to there, as `app`.
        name: the first argument, where it is a constant.
        at: the place of the call.
        settings_default: the place that gives DJANGO_SETTINGS_MODULE a default before the app is
            configured (setdefault, assignment, configurations, a loader of the project), or None.
        settings_module: the module named there, where it is a constant.
        config: each `config_from_object` call.
        autodiscover: each `autodiscover_tasks` call.
        imports: modules named by `include=`, `imports` or plain imports of task modules.
        conf: each `app.conf` option set in code, in order: option name in lower case and value.
        constructor: each option given to Celery(); `broker` is `broker_url`, `backend` `result_backend`.
        sample: the app is made for a test, a doc or a template, or inside a function that binds it to
            no name of its module, and no process of the project uses it.
        exported: the dotted names that packages bind it to, as `config.celery_app`.
    """

    module: str
    path: str
    variable: str
    name: str | None
    at: Location
    settings_default: Location | None
    settings_module: str | None
    config: tuple[ConfigFromObject, ...]
    autodiscover: tuple[Autodiscover, ...]
    imports: tuple[str, ...]
    conf: tuple[Binding, ...]
    constructor: tuple[tuple[str, Value], ...]
    sample: bool = False
    exported: tuple[str, ...] = ()


def read_celery_apps(sources: Sources, layout: Layout) -> tuple[CeleryApp, ...]:
    """Return every Celery application of the repository, those of tests, documents and templates last.

    Seen: any module and variable name, subclasses of Celery defined in the project, an application made in
    a function, and configuration that other modules add by the application's name.
    """
    found = [
        _application(sources, layout, source, made)
        for path in sources.mentioning("Celery")
        if (source := source_at(sources, layout, path))
        for made in applications_made(sources, layout, source)
    ]
    return tuple(sorted(found, key=lambda app: (app.sample, app.path, app.at.line)))


def _application(sources: Sources, layout: Layout, source: Source, made: Made) -> CeleryApp:
    variable = made.names[0] if made.names else ""
    exported = exports(sources, layout, source, variable)
    scopes = (
        (source, made.scopes, frozenset(made.names)),
        *configured_elsewhere(sources, layout, source, variable, exported),
    )
    config = _constructed_config(source, made.call)
    config += tuple(item for where, body, targets in scopes for item in _config(where, body, targets))
    constructor = constructor_options(source, made.call)
    conf = tuple(item for where, body, targets in scopes for item in option_bindings(where, body, targets))
    configured = min((item.at.line for item in config if item.at.path == source.module.path), default=None)
    # Celery() itself installs the Django fixup, and only where the variable is set by then
    line = min(made.call.lineno, configured or made.call.lineno)
    default = default_before(sources, layout, source, made.scopes, line)
    name = source.value(made.call.args[0]) if made.call.args else dict(constructor).get("main")
    return CeleryApp(
        module=source.name,
        path=source.module.path,
        variable=variable,
        name=name.value if isinstance(name, Known) and isinstance(name.value, str) else None,
        at=source.module.at(made.call),
        settings_default=default.at if default else None,
        settings_module=default.settings if default else None,
        config=config,
        autodiscover=tuple(
            item for where, body, targets in scopes for item in _autodiscovery(where, body, targets)
        ),
        imports=_modules_listed(constructor, conf) + imported_tasks(sources, layout, source),
        conf=conf,
        constructor=constructor,
        sample=sources.kind(source.module.path) != "code" or not made.bound,
        exported=exported,
    )


def _config(source: Source, body: Iterable[ast.stmt], targets: frozenset[str]) -> Iterator[ConfigFromObject]:
    for method, call in calls_on(source, body, targets):
        if method == "config_from_object":
            words = {word.arg: word.value for word in call.keywords}
            given = call.args[0] if call.args else words.get("obj")
            # the signature is (obj, silent, force, namespace)
            prefix = call.args[3] if len(call.args) > 3 else words.get("namespace")  # noqa: PLR2004
            if given is not None:
                yield ConfigFromObject(
                    _config_source(source, given), _namespace(source, prefix), source.module.at(call)
                )


def _constructed_config(source: Source, call: ast.Call) -> tuple[ConfigFromObject, ...]:
    """Return what `Celery(config_source=..., namespace=...)` configures the application from."""
    words = {word.arg: word.value for word in call.keywords}
    given = words.get("config_source")
    if given is None:
        return ()
    prefix = _namespace(source, words.get("namespace"))
    return (ConfigFromObject(_config_source(source, given), prefix, source.module.at(call)),)


def _config_source(source: Source, node: ast.expr) -> str:
    value = source.value(node)
    written = (
        value.value if isinstance(value, Known) and isinstance(value.value, str) else source.dotted(node)
    )
    if written.partition(":")[0] == "django.conf" or written.startswith("django.conf.settings"):
        return written.replace("django.conf.settings", "django.conf:settings")
    if written and "." not in written and not isinstance(value, Known):
        return f"{source.name}.{written}"
    return written or source.module.text(node)


def _namespace(source: Source, node: ast.expr | None) -> str | None:
    if node is None:
        return None
    value = source.value(node)
    if isinstance(value, Known):
        return str(value.value) if value.value else None
    return source.module.text(node)


def _autodiscovery(
    source: Source, body: Iterable[ast.stmt], targets: frozenset[str]
) -> Iterator[Autodiscover]:
    for method, call in calls_on(source, body, targets):
        if method == "autodiscover_tasks":
            words = {word.arg: word.value for word in call.keywords}
            given = call.args[0] if call.args else words.get("packages")
            related = call.args[1] if len(call.args) > 1 else words.get("related_name")
            name = source.value(related) if related is not None else None
            packages, unread = _packages(source, given)
            if name is not None and not isinstance(name, Known):
                unread = unread or source.module.text(call)
            found = "tasks" if name is None else str(name.value or "") if isinstance(name, Known) else "tasks"
            listed = given is not None and source.dotted(_body(given)) == INSTALLED
            yield Autodiscover(packages, found, source.module.at(call), unread, listed)


def _body(node: ast.expr) -> ast.expr:
    return node.body if isinstance(node, ast.Lambda) else node


def _names_every_app(node: ast.expr) -> bool:
    """Tell whether an expression is `[config.name for config in apps.get_app_configs()]`."""
    match node:
        case ast.ListComp(elt=ast.Attribute(value=ast.Name(id=one), attr="name"), generators=[source]):
            asked = source.iter.func if isinstance(source.iter, ast.Call) else None
            every = isinstance(asked, ast.Attribute) and asked.attr == "get_app_configs" and not source.ifs
            return every and isinstance(source.target, ast.Name) and source.target.id == one
        case _:
            return False


def _packages(source: Source, node: ast.expr | None) -> tuple[tuple[str, ...] | None, str]:
    """Return the packages an autodiscovery names (None: all installed apps), and what of it is computed."""
    inner = _body(node) if node is not None else None
    if inner is None or source.dotted(inner) == INSTALLED or _names_every_app(inner):
        return None, ""
    value = source.value(inner)
    if isinstance(value, Known) and value.value is None:
        return None, ""
    if isinstance(value, Items) and value.complete and len(names_in(value)) == len(value.items):
        return names_in(value), ""
    text = source.module.text(inner)
    every = "INSTALLED_APPS" in text or "get_app_configs" in text
    return (None if every else names_in(value)), text


def _modules_listed(constructor: Iterable[tuple[str, Value]], conf: Iterable[Binding]) -> tuple[str, ...]:
    given = [value for name, value in constructor if name in LISTS_OF_MODULES]
    given += [binding.value for binding in conf if binding.name in LISTS_OF_MODULES]
    return tuple(dict.fromkeys(name for value in given for name in names_in(value)))


def chosen_app(
    apps: tuple[CeleryApp, ...], layout: Layout, processes: tuple[Process, ...]
) -> CeleryApp | None:
    """Return the application that the project runs, or None without one.

    Decided by what the processes name with `-A`, else by what the project's package exports, else by which
    module lies nearest to the settings. A sample is chosen only where a process names it.
    """
    named = [name for process in processes if (name := process.options.get("app"))]
    for name in named:
        for app in apps:
            if _answers_to(app, name):
                return replace(app, sample=False) if app.sample else app
    real = [app for app in apps if not app.sample]
    return max(real, key=lambda app: _evidence(app, layout), default=None)


def _answers_to(app: CeleryApp, name: str) -> bool:
    """Tell whether `celery -A name` finds the application, as `celery.app.utils.find_app` seeks it."""
    written = name.replace(":", ".").replace("/", ".").removesuffix(".py")
    bound = {f"{app.module}.{app.variable}", *app.exported}
    return (
        written in bound
        or written in {app.module, app.module.removesuffix(".celery")}
        or bool({f"{written}.app", f"{written}.celery"} & bound)
    )


def _evidence(app: CeleryApp, layout: Layout) -> tuple[bool, int, bool, int]:
    package = layout.package or ""
    exported = any(
        name.rpartition(".")[0] == package for name in (*app.exported, f"{app.module}.{app.variable}")
    )
    return (exported, _shared_parts(app.module, package), bool(app.config), -app.module.count("."))


def _shared_parts(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("."), other.split("."), strict=False):
        if left != right:
            break
        count += 1
    return count
