"""How this project reads an environment variable in its settings, so that new settings read theirs alike."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.settings_block import names_above
from celerify.facts.imports import aliases, dotted, module_name, resolve_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.python import Module
    from celerify.project import Project
    from celerify.requirements.settings_place import Home

DJANGO_ENVIRON = frozenset({"environ.Env", "environ.FileAwareEnv"})
ENVIRONS = frozenset({"environs.Env", "environs.FileAwareEnv"})
DECOUPLE = frozenset({"decouple.Config", "decouple.AutoConfig"})
CLASS_VALUE = ".Value"
"""What django-configurations reads a variable with: one of the name of the attribute that it is bound to."""

_STANDARD = ("os.environ.get", "os.getenv")
_FURTHEST = 3


@dataclass(frozen=True, slots=True)
class Idiom:
    """One way to read a variable.

    Attributes:
        call: what is called, as `env`, `config`, `os.environ.get`.
        keyword: what precedes the default, as `default=`; nothing where it is the second argument.
        needs: the module that must be imported, or nothing where the call is bound.
    """

    call: str
    keyword: str = ""
    needs: str = ""

    def read(self, variable: str, default: str) -> str:
        """Return the expression that reads a variable; `default` is an expression itself."""
        if self.call.endswith(CLASS_VALUE):
            return f"{self.call}({default}, environ_prefix=None)"
        return f'{self.call}("{variable}", {self.keyword}{default})'


def idiom_of(project: Project, home: Home) -> Idiom:
    """Return the idiom of the settings module: of its environment library, its own helper, or `os.environ`.

    Only what is bound above the place of the new settings is used, and no second library is brought in.

    Raises:
        CannotWriteError: the module cannot be parsed.
    """
    raw = project.tree.read(home.path)
    names = names_above(raw, home.prefix, home.inside, home.path)
    module = project.sources.module(home.path)
    if module is None:
        return Idiom("os.environ.get", needs="os")
    return (
        _of_class(project, module, home, names)
        or _from_library(project, module, names)
        or _most_used(project, module, names)
    )


def _of_class(project: Project, module: Module, home: Home, names: frozenset[str]) -> Idiom | None:
    """Return the reader of django-configurations for a class, where its `values` is imported."""
    known = _origins(project, module) if home.inside and home.prefix == "CELERY_" else {}
    found = (name for name, origin in known.items() if origin == "configurations.values" and name in names)
    return next((Idiom(f"{name}{CLASS_VALUE}") for name in found), None)


def _from_library(project: Project, module: Module, names: frozenset[str]) -> Idiom | None:
    """Return the first reader of an environment library that is bound here."""
    known = _origins(project, module)
    candidates = [*_assigned(module, known), *((name, origin, False) for name, origin in known.items())]
    for name, origin, made in candidates:
        if name in names:
            idiom = _reader(name, origin) if made else _imported(project, name, origin, _FURTHEST)
            if idiom:
                return idiom
    return None


def _origins(project: Project, module: Module) -> Mapping[str, str]:
    return aliases(module, module_name(module.path, project.layout.roots))


def _assigned(module: Module, known: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """Yield each name bound to a call at the top level, and what is called: `env = environ.Env()`."""
    for node in module.tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function))
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=function))
            ):
                yield name, dotted(function, known) or "", True
            case _:
                continue


def _reader(name: str, made_by: str) -> Idiom | None:
    if made_by in DJANGO_ENVIRON:
        return Idiom(name, "default=")
    if made_by in ENVIRONS:
        return Idiom(f"{name}.str", "default=")
    return Idiom(name, "default=") if made_by in DECOUPLE else None


def _imported(project: Project, name: str, origin: str, depth: int) -> Idiom | None:
    """Return the reader that an imported name is: a library's own, or one made in another module of ours."""
    if origin == "decouple.config":
        return Idiom(name, "default=")
    if origin == "environs.env":
        return Idiom(f"{name}.str", "default=")
    found = resolve_name(project.tree, project.layout.roots, origin) if depth else None
    module = project.sources.module(found[0]) if found else None
    if found is None or module is None or not found[1].isidentifier():
        return None
    known = _origins(project, module)
    for bound, made_by, _ in _assigned(module, known):
        if bound == found[1]:
            return _reader(name, made_by)
    return _imported(project, name, known[found[1]], depth - 1) if found[1] in known else None


def _most_used(project: Project, module: Module, names: frozenset[str]) -> Idiom:
    """Return the spelling that the module itself uses most: standard library or a helper of its own."""
    known = _origins(project, module)
    helpers = {name for node in module.tree.body if (name := _helper(node, known)) in names}
    spellings: Counter[str] = Counter()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = dotted(node.func, known) or ""
            if called in _STANDARD and _spelling(node.func).partition(".")[0] in names:
                spellings[_spelling(node.func)] += 1
            elif isinstance(node.func, ast.Name) and node.func.id in helpers:
                spellings[node.func.id] += 1
    if spellings:
        return Idiom(spellings.most_common(1)[0][0])
    return Idiom("os.environ.get", needs="os")


def _spelling(function: ast.expr) -> str:
    return ast.unparse(function)


def _helper(node: ast.stmt, known: Mapping[str, str]) -> str | None:
    """Return the name of a function that does no more than `return os.environ.get(name, default)`."""
    match node:
        case ast.FunctionDef(
            name=name,
            args=ast.arguments(args=[ast.arg(arg=first), ast.arg(arg=second)]),
            body=[ast.Return(value=ast.Call() as call)] | [ast.Expr(), ast.Return(value=ast.Call() as call)],
        ):
            passed = [ast.unparse(argument) for argument in call.args]
            return name if passed == [first, second] and dotted(call.func, known) in _STANDARD else None
        case _:
            return None
