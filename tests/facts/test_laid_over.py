"""Compose files that are used with `-f` after another one are no deployment of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.processes.compose_sets import compose_sets
from celerify.facts.services import read_processes
from celerify.facts.topology import deployments
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

BASE = """\
services:
  web:
    image: shop
    command: gunicorn config.wsgi
  worker:
    image: shop
    command: celery -A config worker
"""
BROKER = """\
services:
  web:
    depends_on: [broker]
  broker:
    image: redis:7
"""
SLOW = """\
services:
  slow:
    image: shop
    command: celery -A config worker -Q slow
"""


def test_a_file_that_takes_an_image_from_its_neighbour_is_laid_over_it(tmp_path: Path) -> None:
    files = {"base.yml": BASE, "broker.override.yml": BROKER, "slow.override.yml": SLOW}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    tree = Tree.at(tmp_path)
    processes = read_processes(tree)
    (one,) = deployments(processes)
    assert (one.name, {worker.name for worker in one.workers}) == ("base.yml", {"worker", "slow"})
    assert [each.path for each in compose_sets(tree, processes)] == ["base.yml"]


def test_what_a_service_waits_for_is_joined(tmp_path: Path) -> None:
    waiting = BASE + "    depends_on: [web]\n"
    for name, text in {"base.yml": waiting, "broker.override.yml": BROKER}.items():
        (tmp_path / name).write_text(text)
    tree = Tree.at(tmp_path)
    (one,) = compose_sets(tree, read_processes(tree))
    assert set(one.behind(one.services["worker"])) == {"web", "broker"}


def test_a_whole_file_beside_another_one_is_a_deployment_of_its_own(tmp_path: Path) -> None:
    for name in ("local.yml", "production.yml"):
        (tmp_path / name).write_text(BASE)
    found = deployments(read_processes(Tree.at(tmp_path)))
    assert [each.name for each in found] == ["local.yml", "production.yml"]


def test_services_without_an_image_anywhere_lay_nothing_over_anything(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text(BASE.replace("    image: shop\n", ""))
    found = deployments(read_processes(Tree.at(tmp_path)))
    assert [each.name for each in found] == ["one.yml"]
