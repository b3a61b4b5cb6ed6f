"""What a process of the project does before Django can read its settings; a worker must do the same."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import aliases, dotted, module_name
from celerify.facts.layout import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.layout import Entry
    from celerify.facts.python import Module
    from celerify.project import Project

_ORDER = ("flag", "wsgi", "asgi", "process", "celery", "manage.py")
_PLAIN = frozenset({"os", "str", "bool"})
_DOTENV = frozenset({"dotenv.load_dotenv", "dotenv.find_dotenv"})


@dataclass(frozen=True, slots=True)
class Dotenv:
    """A call that loads a `.env` file: the names it takes from the dotenv package, and the call."""

    names: tuple[str, ...]
    call: str


@dataclass(frozen=True, slots=True)
class StartUp:
    """What stands above the application in its module.

    Attributes:
        settings: the expression that names the settings module.
        configurations: the expression that names the class for django-configurations, "" where only the
            environment does, None in a project without it.
        dotenv: the `.env` file that the deployed entry loads, or None.
        trouble: why the settings expression is not the project's own; "" where it is.
    """

    settings: str
    configurations: str | None
    dotenv: Dotenv | None
    trouble: str = ""


def start_up(project: Project) -> StartUp:
    """Return what the deployed entry (wsgi, asgi, else a process, else manage.py) does first."""
    entry = deployed_entry(project)
    module = project.sources.module(entry.at.path) if entry and entry.at.path.endswith(".py") else None
    server = module or _server(project)
    configurations = _configuration(server, project) if server else None
    dotenv = _dotenv(server, project) if server else None
    if entry is None:
        return StartUp('"config.settings"', configurations, dotenv, "nothing names the settings module")
    constant = entry.module is not None and entry.expression.strip("'\"") == entry.module
    if not constant and _can_be_copied(entry.expression):
        return StartUp(entry.expression, configurations, dotenv)
    if entry.module is not None:
        return StartUp(f'"{entry.module}"', configurations, dotenv)
    trouble = f"{entry.at} names the settings module by what cannot be copied: {entry.expression}"
    return StartUp('"config.settings"', configurations, dotenv, trouble)


def deployed_entry(project: Project) -> Entry | None:
    """Return the entry whose settings a worker shares: that of the web process, of the chains that decide."""
    entries = [entry for entry in project.layout.entries if entry.role is not Role.TEST]
    deciding = {chain.path for chain in project.deployed}
    ranked = sorted(
        entries,
        key=lambda entry: (
            entry.path is not None and entry.path not in deciding,
            entry.role is not Role.DEPLOYED,
            _ORDER.index(entry.source),
        ),
    )
    return ranked[0] if ranked else None


def _server(project: Project) -> Module | None:
    """Return wsgi.py or asgi.py of the project package, where it names no settings itself."""
    package = project.layout.package
    for name in ("wsgi", "asgi") if package else ():
        for root in project.layout.roots:
            path = f"{root}/{package}.{name}".lstrip("/").replace(".", "/") + ".py"
            if project.tree.exists(path):
                return project.sources.module(path)
    return None


def _can_be_copied(expression: str) -> bool:
    """Tell whether an expression uses nothing but constants and `os`."""
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        return False
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names <= _PLAIN and "\n" not in expression


def _configuration(module: Module, project: Project) -> str | None:
    """Return the expression that a file gives DJANGO_CONFIGURATION by default; "" for none to copy."""
    names = aliases(module, module_name(module.path, project.layout.roots)).values()
    found = "" if any(name.partition(".")[0] == "configurations" for name in names) else None
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="setdefault"), args=[ast.Constant("DJANGO_CONFIGURATION"), value]
            ):
                text = module.text(value)
                found = text if _can_be_copied(text) else ""
    return found


def _dotenv(module: Module, project: Project) -> Dotenv | None:
    """Return the `load_dotenv()` or `load_dotenv(find_dotenv())` at the top of a file."""
    names = aliases(module, module_name(module.path, project.layout.roots))
    for node in module.tree.body:
        match node:
            case ast.Expr(ast.Call(func=function, args=args, keywords=[])) if (
                dotted(function, names) == "dotenv.load_dotenv" and len(args) <= 1
            ):
                called = [dotted(item.func, names) for item in _calls(args) if not item.args]
                if len(called) == len(args) and set(called) <= _DOTENV:
                    if args:
                        return Dotenv(("find_dotenv", "load_dotenv"), "load_dotenv(find_dotenv())")
                    return Dotenv(("load_dotenv",), "load_dotenv()")
    return None


def _calls(nodes: list[ast.expr]) -> Iterator[ast.Call]:
    for node in nodes:
        if isinstance(node, ast.Call) and not node.keywords:
            yield node
