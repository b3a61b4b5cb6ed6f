"""Tasks in management commands: whether the worker must know them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.requirements.call import Discovery
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = """\
from celery import shared_task
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    def handle(self, *args, **options):
        tidy()


@shared_task
def tidy():
    open("list").close()
"""


@pytest.mark.parametrize(("call", "holds"), [("tidy()", True), ("tidy.delay()", False)])
def test_a_task_of_a_management_command_counts_where_it_is_sent(
    tmp_path: Path, call: str, *, holds: bool
) -> None:
    command = COMMAND.replace("        tidy()", f"        {call}")
    for name, text in {**WIRED, "config/management/commands/tidy.py": command}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert all(found.holds for found in Discovery().observe(Project(Tree.at(tmp_path)))) is holds
