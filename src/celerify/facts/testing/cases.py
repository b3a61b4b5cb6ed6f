"""Test functions, and the code that runs with each: helpers, fixtures, `setUp`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from celerify.facts.imports import dotted, folder_of, joined, local_aliases, module_name
from celerify.facts.literals import module_constants
from celerify.facts.walking import walked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from celerify.facts.python import Module
    from celerify.facts.sources import Sources
    from celerify.model import Location

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

SET_UP = frozenset(
    {"setUp", "asyncSetUp", "setUpClass", "setUpTestData", "setup_method", "setup_class", "setUpModule"}
)


@dataclass(frozen=True)
class Code:
    """One function with the module it stands in and the class around it."""

    module: Module
    name: str | None
    node: Function
    owner: ast.ClassDef | None = None

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What the names in the function mean: imports of the module and its own."""
        return local_aliases(self.module, self.name, self.node)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the function, decorators included, and the decorators of its class."""
        above = self.owner.decorator_list if self.owner else []
        return (*(node for decorator in above for node in walked(decorator)), *walked(self.node))

    @cached_property
    def constants(self) -> Mapping[str, ast.expr]:
        """What names, and attributes of `self`, are bound to once: in the module, the class, the function."""
        found = dict(module_constants(self.module))
        for body in (self.owner.body if self.owner else (), self.node.body):
            for statement in body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        found[name] = value
        return found

    def dotted(self, node: ast.AST) -> str:
        """Return the dotted origin of a name or attribute chain, "" for anything else."""
        return dotted(node, self.names) or ""

    def at(self, node: ast.AST) -> Location:
        """Return the place of a node."""
        return self.module.at(node)


@dataclass(frozen=True)
class Case:
    """One test: its function, and all the code that runs with it."""

    code: Code
    reached: tuple[Code, ...]

    @property
    def at(self) -> Location:
        """The place of the test."""
        return self.code.at(self.code.node)

    @property
    def name(self) -> str:
        """The function's name."""
        return self.code.node.name

    @property
    def nodes(self) -> Iterator[tuple[Code, ast.AST]]:
        """Every node that runs with the test, with the code it stands in."""
        return ((code, node) for code in self.reached for node in code.nodes)


class Cases:
    """Reads the tests of files; fixtures of the conftest files above them are known."""

    def __init__(self, sources: Sources, roots: Sequence[str]) -> None:
        self._sources = sources
        self._roots = tuple(roots)
        self._known: dict[str, tuple[Case, ...]] = {}

    def of(self, path: str) -> tuple[Case, ...]:
        """Return the tests of one file; none where it cannot be read."""
        if path not in self._known:
            module = self._sources.module(path)
            self._known[path] = tuple(self._read(module)) if module else ()
        return self._known[path]

    def name_of(self, path: str) -> str | None:
        """Return the dotted name of a file."""
        return module_name(path, self._roots)

    def _read(self, module: Module) -> Iterator[Case]:
        name = self.name_of(module.path)
        fixtures = self._fixtures(module)
        for node, owner in _tests(module.tree):
            code = Code(module, name, node, owner)
            yield Case(code, tuple(_reached(code, fixtures)))

    def _fixtures(self, module: Module) -> Mapping[str, Code]:
        """Return the fixtures that the tests of a module can name, the nearest of each name."""
        found: dict[str, Code] = {}
        for path in (*self._conftests(module.path), module.path):
            home = self._sources.module(path)
            name = self.name_of(path)
            for function in _functions(home.tree.body) if home else ():
                if home and is_fixture(function):
                    found[fixture_name(function)] = Code(home, name, function)
        return found

    def _conftests(self, path: str) -> list[str]:
        folder = folder_of(path)
        folders = [folder]
        while folder:
            folder = folder_of(folder)
            folders.append(folder)
        paths = (joined(each, "conftest.py") for each in reversed(folders))
        return [each for each in paths if self._sources.tree.exists(each) and each != path]


def is_fixture(function: Function) -> bool:
    """Tell whether a function is a pytest fixture."""
    return any(last_name(decorator) in {"fixture", "yield_fixture"} for decorator in function.decorator_list)


def fixture_name(function: Function) -> str:
    """Return the name that tests take a fixture by: `name=` of its decorator, else the function's."""
    for decorator in function.decorator_list:
        for word in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if word.arg == "name" and isinstance(word.value, ast.Constant):
                return str(word.value.value)
    return function.name


def is_autouse(function: Function) -> bool:
    """Tell whether a fixture runs without being asked for."""
    calls = [item for item in function.decorator_list if isinstance(item, ast.Call)]
    words = [word for call in calls for word in call.keywords if word.arg == "autouse"]
    return any(isinstance(word.value, ast.Constant) and word.value.value is True for word in words)


def asked_for(code: Code) -> Iterator[str]:
    """Yield the fixtures that a function takes: arguments, and `usefixtures` on it, its class, its module."""
    arguments = code.node.args
    yield from (argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))
    marks = [*code.node.decorator_list, *(code.owner.decorator_list if code.owner else ())]
    mark = code.constants.get("pytestmark")
    marks += [mark] if mark else []
    for node in (node for mark in marks for node in walked(mark)):
        if isinstance(node, ast.Call) and last_name(node.func) == "usefixtures":
            yield from (str(given.value) for given in node.args if isinstance(given, ast.Constant))


@lru_cache(maxsize=4096)
def _tests(tree: ast.Module) -> tuple[tuple[Function, ast.ClassDef | None], ...]:
    found: list[tuple[Function, ast.ClassDef | None]] = [
        (node, None)
        for node in _functions(tree.body)
        if node.name.startswith("test") and not is_fixture(node)
    ]
    for owner in tree.body:
        if isinstance(owner, ast.ClassDef):
            found += [(node, owner) for node in _functions(owner.body) if node.name.startswith("test")]
    return tuple(found)


def _functions(body: Iterable[ast.stmt]) -> list[Function]:
    return [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _reached(test: Code, fixtures: Mapping[str, Code]) -> Iterator[Code]:
    """Yield the test, what sets it up, the fixtures it takes, and the helpers that these call."""
    classes = {node.name: node for node in test.module.tree.body if isinstance(node, ast.ClassDef)}
    owners = _with_bases(test.owner, classes)
    methods = {node.name: (node, owner) for owner in reversed(owners) for node in _functions(owner.body)}
    own = {node.name: node for node in _functions(test.module.tree.body)}
    first = [Code(test.module, test.name, node, owner) for node, owner in methods.values()
             if node.name in SET_UP or (is_fixture(node) and is_autouse(node))]  # fmt: skip
    waiting = [test, *first, *(code for code in fixtures.values() if is_autouse(code.node))]
    seen = {id(code.node) for code in waiting}
    for code in waiting:
        yield code
        for wanted in _wanted(code, methods, own, fixtures):
            if id(wanted.node) not in seen:
                seen.add(id(wanted.node))
                waiting.append(wanted)


def _wanted(
    code: Code,
    methods: Mapping[str, tuple[Function, ast.ClassDef]],
    own: Mapping[str, Function],
    fixtures: Mapping[str, Code],
) -> Iterator[Code]:
    for name in asked_for(code):
        if name in methods and is_fixture(methods[name][0]):
            yield Code(code.module, code.name, *methods[name])
        elif name in fixtures and fixtures[name].node is not code.node:
            yield fixtures[name]
    for node in code.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in methods:
                yield Code(code.module, code.name, *methods[name])
            case ast.Name(id=name) if name in own and own[name] is not code.node:
                yield Code(code.module, code.name, own[name])


def _with_bases(owner: ast.ClassDef | None, classes: Mapping[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """Return a class and its bases of the same module, nearest first."""
    found = [owner] if owner else []
    for each in found:
        bases = (classes.get(last_name(base)) for base in each.bases)
        found += [base for base in bases if base is not None and base not in found]
    return found


def last_name(node: ast.AST) -> str:
    """Return the last part of what a decorator, call or attribute chain names."""
    match node:
        case ast.Call(func=function):
            return last_name(function)
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""
