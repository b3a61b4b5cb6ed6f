"""The laws over every fixture with deployment targets chosen: what is written holds, and is written once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from statements import hold_in_memory, undo_is_exact

from celerify.discover import all_rules
from projects import NAMES, copy_of, project_at

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

RULES = all_rules()
TARGETS = (("systemd",), ("procfile",), ("compose", "systemd", "procfile"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("targets", TARGETS, ids="+".join)
def test_all_rules_with_targets(name: str, targets: tuple[str, ...], tmp_path: Path) -> None:
    root = copy_of(name, tmp_path)
    project = project_at(root, name)
    chosen = replace(project, choices=replace(project.choices, deploy=targets))
    undo_is_exact(root, hold_in_memory(chosen, RULES, RULES))
