"""Which service of a compose file is the project's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.choices import Choices
from celerify.project import Project
from celerify.requirements.compose_place import compose_place
from celerify.rules._bases import WIRED
from celerify.tree import Tree
from commands import lay

if TYPE_CHECKING:
    from pathlib import Path

BASE = "services:\n  web:\n    build: .\n    command: gunicorn config.wsgi\n  redis:\n    image: redis:7\n"
OVER = "services:\n  web:\n    command: python manage.py runserver\n    environment:\n      DEBUG: '1'\n"


def test_a_service_that_another_file_lays_over_is_found(tmp_path: Path) -> None:
    files = WIRED | {"docker-compose.yml": BASE, "docker-compose.override.dev.yml": OVER}
    place = compose_place(Project(Tree.at(lay(tmp_path, files)), Choices()))
    assert place is not None
    assert (place.path, place.around.path) == ("docker-compose.yml", "docker-compose.yml")
    assert "redis" in place.around.services
