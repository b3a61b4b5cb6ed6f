from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from celerify.facts.imports import (
    absolute,
    aliases,
    dotted,
    local_aliases,
    module_name,
    resolve,
    resolve_name,
)
from celerify.facts.python import Module, parse
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    "backend/config/__init__.py",
    "backend/config/settings.py",
    "backend/config/settings/__init__.py",
    "backend/config/settings/prod.py",
    "backend/apps/orders/tasks.py",
    "backend/apps/orders/__init__.py",
    "shared/tools.py",
)
ROOTS = ("backend", "backend/apps", "")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    found = Tree.at(tmp_path)
    for path in FILES:
        found = found.write(path, b"")
    return found


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("config.settings", "backend/config/settings/__init__.py"),
        ("config.settings.prod", "backend/config/settings/prod.py"),
        ("apps.orders.tasks", "backend/apps/orders/tasks.py"),
        ("orders.tasks", "backend/apps/orders/tasks.py"),
        ("shared.tools", "shared/tools.py"),
        ("shared", None),
        ("config.nothing", None),
        ("", None),
        (".settings", None),
    ],
)
def test_a_module_has_a_file(tree: Tree, name: str, path: str | None) -> None:
    assert resolve(tree, ROOTS, name) == path


def test_the_rest_of_a_name_is_what_the_module_holds(tree: Tree) -> None:
    assert resolve_name(tree, ROOTS, "orders.tasks.send.delay") == (
        "backend/apps/orders/tasks.py",
        "send.delay",
    )
    assert resolve_name(tree, ROOTS, "celery.shared_task") is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("backend/config/settings/prod.py", "config.settings.prod"),
        ("backend/config/__init__.py", "config"),
        ("backend/apps/orders/tasks.py", "orders.tasks"),
        ("shared/tools.py", "shared.tools"),
        ("backend/__init__.py", None),
        ("backend/run.sh", None),
    ],
)
def test_a_file_has_a_name_seen_from_the_deepest_root(path: str, name: str | None) -> None:
    assert module_name(path, ROOTS) == name


def test_a_file_outside_of_the_roots_has_no_name() -> None:
    assert module_name("other/x.py", ("backend",)) is None


@pytest.mark.parametrize(
    ("package", "level", "target", "name"),
    [
        ("a.b", 0, "c", "c"),
        ("a.b", 1, "c", "a.b.c"),
        ("a.b", 2, "c", "a.c"),
        ("a.b", 1, None, "a.b"),
        ("a.b", 3, "c", "c"),
        ("a.b", 4, "c", None),
        ("", 1, "c", None),
    ],
)
def test_relative_imports(package: str, level: int, target: str | None, name: str | None) -> None:
    assert absolute(package, level, target) == name


SOURCE = """
import celery, os.path
import kombu.pools as pools
from celery import shared_task as task
from . import signals
from ..users.models import User
try:
    from fast import thing
except ImportError:
    from slow import thing
if True:
    from why import *
    import late
def view():
    from .tasks import send
class Inner:
    import hidden
"""


def test_what_the_names_of_a_module_mean() -> None:
    module = parse("shop/orders/views.py", SOURCE.encode())
    assert isinstance(module, Module)
    names = aliases(module, "shop.orders.views")
    assert names == {
        "celery": "celery",
        "os": "os",
        "pools": "kombu.pools",
        "task": "celery.shared_task",
        "signals": "shop.orders.signals",
        "User": "shop.users.models.User",
        "thing": "slow.thing",
        "late": "late",
    }
    view = next(node for node in module.tree.body if isinstance(node, ast.FunctionDef))
    assert local_aliases(module, "shop.orders.views", view)["send"] == "shop.orders.tasks.send"


def test_relative_imports_of_a_package_count_from_itself() -> None:
    module = parse("shop/orders/__init__.py", b"from .celery import app\n")
    assert isinstance(module, Module)
    assert aliases(module, "shop.orders") == {"app": "shop.orders.celery.app"}


@pytest.mark.parametrize(
    ("source", "name"),
    [("task", "celery.shared_task"), ("pools.x.y", "kombu.pools.x.y"), ("len", "len"), ("f().x", None)],
)
def test_a_chain_has_a_dotted_origin(source: str, name: str | None) -> None:
    names = {"task": "celery.shared_task", "pools": "kombu.pools"}
    assert dotted(ast.parse(source, mode="eval").body, names) == name
