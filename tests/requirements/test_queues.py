from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit
from celerify.model import Status
from celerify.project import Project
from celerify.rules._bases import BARE
from celerify.rules.tasks.routing import ALL_QUEUES, APART, ONE_WORKER, PROCFILE, ROUTED, RULES, SHOP
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Finding

DONE, MISSING, UNKNOWN, NOT_APPLICABLE = (
    Status.DONE,
    Status.MISSING,
    Status.UNKNOWN,
    Status.NOT_APPLICABLE,
)


def findings(folder: Path, files: dict[str, str]) -> dict[str, Finding]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {finding.rule.item: finding for finding in audit(Project(Tree.at(folder)), RULES)}


@pytest.mark.parametrize(
    ("files", "statuses"),
    [
        (SHOP, (MISSING, NOT_APPLICABLE, NOT_APPLICABLE)),
        (SHOP | {"compose.yml": ONE_WORKER}, (NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE)),
        (ROUTED, (MISSING, MISSING, MISSING)),
        (ROUTED | {"compose.yml": ONE_WORKER}, (MISSING, MISSING, MISSING)),
        (ROUTED | {"compose.yml": ALL_QUEUES}, (DONE, MISSING, MISSING)),
        (ROUTED | {"compose.yml": APART}, (DONE, DONE, DONE)),
        (ROUTED | {"compose.yml": APART, "Procfile": PROCFILE}, (DONE, DONE, DONE)),
        (
            ROUTED | {"compose.yml": APART, "Procfile": "w: celery -A config worker\n"},
            (MISSING, MISSING, MISSING),
        ),
        (ROUTED | {"compose.yml": ALL_QUEUES.replace("celery,", "${X},")}, (UNKNOWN, UNKNOWN, UNKNOWN)),
        (SHOP | {"compose.yml": ALL_QUEUES.replace("celery,", "")}, (MISSING, MISSING, MISSING)),
        (ROUTED | {"compose.yml": "services:\n  x: [\n"}, (UNKNOWN, UNKNOWN, UNKNOWN)),
    ],
)
def test_statuses(tmp_path: Path, files: dict[str, str], statuses: tuple[Status, ...]) -> None:
    found = findings(tmp_path, files)
    said = {item: (finding.status, finding.reason) for item, finding in found.items()}
    assert tuple(finding.status for finding in found.values()) == statuses, said


def test_a_router_function_makes_it_unknown(tmp_path: Path) -> None:
    settings = SHOP["config/settings.py"] + "CELERY_TASK_ROUTES = ('config.routers.route',)\n"
    found = findings(tmp_path, SHOP | {"config/settings.py": settings, "compose.yml": ONE_WORKER})
    assert found["2.2.1"].status is UNKNOWN
    assert "router" in (found["2.2.1"].reason or "")


def test_the_pool_may_stand_in_the_settings(tmp_path: Path) -> None:
    settings = ROUTED["config/settings.py"] + 'CELERY_WORKER_POOL = "gevent"\n'
    found = findings(tmp_path, ROUTED | {"config/settings.py": settings, "compose.yml": APART})
    assert found["2.2.3"].status is MISSING


def test_a_project_without_celery_has_nothing_to_route(tmp_path: Path) -> None:
    found = findings(tmp_path, BARE)
    assert found["2.2.1"].status is MISSING
    assert found["2.2.2"].reason == "nothing to judge while 2.2.1 is missing"
