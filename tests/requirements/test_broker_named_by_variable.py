"""A broker URL that only the environment gives, by a variable that is called after the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.discover import all_rules
from celerify.engine import audit
from celerify.project import Project
from celerify.rules._bases import WIRED
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("variable", "status"), [("RABBITMQ_URL", "done"), ("CLOUDAMQP_URL", "done"), ("QUEUE_URL", "unknown")]
)
def test_a_variable_called_after_its_broker_tells_the_client(
    tmp_path: Path, variable: str, status: str
) -> None:
    files = WIRED | {
        "config/settings.py": f"import os\nCELERY_BROKER_URL = os.getenv('{variable}')\n",
        "requirements.txt": "django==5.2\ncelery==5.4.0\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (found,) = audit(Project(Tree.at(tmp_path)), [rule for rule in all_rules() if rule.item == "1.1.1"])
    assert found.status.value == status
