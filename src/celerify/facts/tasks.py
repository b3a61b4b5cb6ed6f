"""The project's tasks, with their decorator options and what their bodies do."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from celerify.facts.app_config import source_at
from celerify.facts.literals import module_constants
from celerify.facts.task_bodies import body_function, is_sample_body
from celerify.facts.task_decorators import Makers, wrapping_functions
from celerify.facts.task_modules import not_imported
from celerify.facts.values import Entries, Known
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.facts.app_config import Source
    from celerify.facts.celery_app import CeleryApp
    from celerify.facts.layout import Layout
    from celerify.facts.python import Module
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.task_bodies import Function, TaskNode
    from celerify.facts.task_decorators import Maker
    from celerify.facts.values import Value
    from celerify.model import Location

_LIKELY = (b"shared_task", b"register_task", b".tasks.register", b"periodic_task")
_DECORATED = re.compile(rb"@[ \t]*[\w.]*\btask\b|\.task\((?<=[\w\]]\.task\()")
"""What every file with a task contains, files that decorate through an alias apart."""


@dataclass(frozen=True)
class Task:
    """One task of the project.

    Attributes:
        module: dotted module, as `apps.orders.tasks`.
        path: its file.
        function: the function's name.
        name: the task's name: the literal given, else `module.function`.
        explicit: a literal `name=` was given.
        decorator: the decorator as written, as `shared_task` or `app.task`.
        shared: it is `shared_task` or an alias of it.
        options: the decorator's options, `**options` of one literal dict unpacked.
        opaque: options came in through something that could not be read.
        node: the function.
        at: the place of the function.
        sample: a `debug_task`, or one that only adds or echoes.
        reached: the worker imports its module (autodiscover, imports, include); False only where that
            is proved not to be so.
        retries: a wrapper that makes the task calls its `retry`.
        inherited: options that its base class (`base=`, or that of a class-based task) sets as attributes.
    """

    module: str
    path: str
    function: str
    name: str
    explicit: bool
    decorator: str
    shared: bool
    options: Mapping[str, Value]
    opaque: bool
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    at: Location
    sample: bool
    reached: bool
    inherited: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    retries: bool = False


def read_tasks(
    sources: Sources, layout: Layout, apps: tuple[CeleryApp, ...], chains: tuple[Settings, ...]
) -> tuple[Task, ...]:
    """Return the project's own tasks by path and line, samples marked; those of tests are left out.

    Seen: shared_task, an application's `task`, aliases, partials and wrappers of them, functions registered
    by a call, and class-based tasks that are registered; in any module. What a decorator is decided by is
    what its name means, so that the `task` of invoke, huey, Airflow or Django itself is none.
    """
    makers = Makers(sources, layout, apps)
    found = [
        task
        for path in _candidates(sources)
        if sources.kind(path) == "code" and (source := source_at(sources, layout, path))
        for task in _tasks_in(makers, source)
    ]
    found = sorted({task.at: task for task in found}.values(), key=lambda task: (task.path, task.at.line))
    paths = frozenset(task.path for task in found)
    unreached = not_imported(sources, layout, apps, chains, paths) if found else frozenset()
    return tuple(replace(task, reached=False) if task.path in unreached else task for task in found)


def _candidates(sources: Sources) -> tuple[str, ...]:
    """Return the files that can hold a task: by their own bytes, or by an alias that another file makes."""
    likely = [path for path in sources.mentioning("task") if _is_likely(sources.tree.read(path))]
    modules = (module for path in likely if (module := sources.module(path)))
    names = {name for module in modules for name in _names_of_makers(module)}
    if not names:
        return tuple(likely)
    words = b"|".join(re.escape(name.encode()) for name in sorted(names))
    decorated = re.compile(rb"@[ \t]*(?:\w+\.)*(?:" + words + rb")\b")
    extra = [path for path in sources.mentioning(*names) if decorated.search(sources.tree.read(path))]
    return tuple(sorted({*likely, *extra}))


@lru_cache(maxsize=4096)
def _names_of_makers(module: Module) -> frozenset[str]:
    """Return the names of a module that may be aliases or wrappers of what makes tasks."""
    found = {
        name
        for name, value in module_constants(module).items()
        if any(_says_task(node) for node in walked(value))
    }
    for item in module.tree.body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            inner = (node for statement in item.body for node in walked(statement))
            if any(_says_task(node) for node in inner):
                found.add(item.name)
    return frozenset(found)


def _says_task(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="shared_task" | "task") | ast.Attribute(attr="shared_task" | "task"):
            return True
        case _:
            return False


@lru_cache(maxsize=4096)
def _is_likely(raw: bytes) -> bool:
    return any(word in raw for word in _LIKELY) or _DECORATED.search(raw) is not None


@dataclass(frozen=True)
class _Nodes:
    """What in a module can make a task: functions, those with a decorator, calls with an argument."""

    functions: Mapping[str, Function]
    decorated: tuple[Function, ...]
    calls: tuple[ast.Call, ...]


@lru_cache(maxsize=4096)
def _nodes(module: Module) -> _Nodes:
    nodes = walked(module.tree)
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    wrapping = wrapping_functions(functions)
    functions = [node for node in functions if node not in wrapping]
    return _Nodes(
        {node.name: node for node in functions},
        tuple(node for node in functions if node.decorator_list),
        tuple(node for node in nodes if isinstance(node, ast.Call) and node.args),
    )


def _tasks_in(makers: Makers, source: Source) -> Iterator[Task]:
    nodes = _nodes(source.module)
    for node in nodes.decorated:
        for decorator in node.decorator_list:
            maker = makers.maker(source, decorator)
            if maker:
                yield _task(makers, source, node, decorator, maker)
                break
    for call in nodes.calls:
        yield from _registered(makers, source, call, nodes.functions)


def _registered(
    makers: Makers,
    source: Source,
    call: ast.Call,
    functions: Mapping[str, Function],
) -> Iterator[Task]:
    """Yield the task that a call registers: `shared_task(function)`, `app.register_task(Class())`."""
    given = call.args[0]
    match call.func:
        case ast.Attribute(attr="register_task" | "register"):
            node = given.func if isinstance(given, ast.Call) else given
            found = makers.class_named(source, source.dotted(node)) if source.dotted(node) else None
            if found and any(makers.is_task_class(found[0], base) for base in found[1].bases):
                yield _class_task(makers, *found)
        case _ if isinstance(given, ast.Name) and given.id in functions:
            maker = makers.maker(source, call.func)
            if maker:
                words = tuple((source, word) for word in call.keywords)
                maker = replace(maker, words=(*maker.words, *words))
                yield _task(makers, source, functions[given.id], call.func, maker)


def _task(makers: Makers, source: Source, node: TaskNode, decorator: ast.expr, maker: Maker) -> Task:
    options, opaque = _options(maker)
    bases = [word.value for _, word in maker.words if word.arg == "base"]
    written = decorator.func if isinstance(decorator, ast.Call) else decorator
    return replace(
        _named_task(source, node, options),
        decorator=source.module.text(written),
        shared=maker.shared,
        opaque=maker.opaque or opaque,
        retries=maker.retries,
        inherited=_attributes_of_base(makers, source, bases[-1]) if bases else {},
    )


def _class_task(makers: Makers, source: Source, node: ast.ClassDef) -> Task:
    inherited: dict[str, Value] = {}
    for base in reversed(node.bases):
        inherited |= _attributes_of_base(makers, source, base)
    return replace(_named_task(source, node, _attributes(source, node)), inherited=inherited)


def _named_task(source: Source, node: TaskNode, options: Mapping[str, Value]) -> Task:
    """Return the task of a function or class, as if it were registered by a call and had no base."""
    given = options.get("name")
    literal = given.value if isinstance(given, Known) and isinstance(given.value, str) else None
    function = body_function(node)
    return Task(
        module=source.name,
        path=source.module.path,
        function=node.name,
        name=literal or f"{source.name}.{node.name}",
        explicit=literal is not None,
        decorator="register_task",
        shared=False,
        options=options,
        opaque=False,
        node=node,
        at=source.module.at(node),
        sample=node.name == "debug_task" or (function is not None and is_sample_body(function)),
        reached=True,
    )


def _options(maker: Maker) -> tuple[dict[str, Value], bool]:
    """Return the options of a decorator, and whether some came in unseen."""
    options: dict[str, Value] = {}
    opaque = False
    for source, word in maker.words:
        value = source.value(word.value)
        if word.arg is not None:
            options[word.arg] = value
        elif isinstance(value, Entries):
            options |= {str(key.value): item for key, item in value.entries if isinstance(key, Known)}
            opaque = opaque or not value.complete
        else:
            opaque = True
    return options, opaque


def _attributes_of_base(makers: Makers, source: Source, base: ast.expr, depth: int = 0) -> dict[str, Value]:
    found = makers.class_named(source, source.dotted(base)) if source.dotted(base) else None
    if found is None or depth > 4:  # noqa: PLR2004 - a chain of bases has an end
        return {}
    where, node = found
    inherited: dict[str, Value] = {}
    for above in reversed(node.bases):
        inherited |= _attributes_of_base(makers, where, above, depth + 1)
    return inherited | _attributes(where, node)


def _attributes(source: Source, node: ast.ClassDef) -> dict[str, Value]:
    pairs: Iterable[tuple[str, ast.expr]] = (
        (target.id, statement.value)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    )
    return {name: source.value(value) for name, value in pairs}
