"""Six faults that break or open a running system, each found in every form of deployment."""

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

    from celerify.model import Finding

FORMS = ("compose", "systemd", "procfile")
TASKS = """\
import logging

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="orders.send_receipt")
def send_receipt(order_id):
    logger.info("receipt of %s", order_id)
    return {"order_id": order_id}
"""
SETTINGS = (
    WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "orders",\n'
    )
    + "from celery.schedules import crontab\n"
    + 'CELERY_BEAT_SCHEDULE = {"receipts": {"task": "orders.send_receipt", "args": (1,),'
    + ' "schedule": crontab(minute=0, hour=6), "options": {"expires": 3600}}}\n'
)
BASE = WIRED | {
    "config/settings.py": SETTINGS.replace("redis://localhost:6379/0", "redis://:CHANGE_ME@localhost:6379/0"),
    "orders/__init__.py": "",
    "orders/tasks.py": TASKS,
}
URL = "redis://:${REDIS_PASSWORD:?}@redis:6379/0"
WORKER = "celery -A config worker --pool=prefork --concurrency=4 --max-tasks-per-child=1000"
BEAT = "celery -A config beat"
FLOWER = "celery -A config flower --address=127.0.0.1 --port=5555"
OPEN = "celery -A config flower --port=5555"


def compose(
    worker: str = WORKER, *, beats: int = 1, flower: str = FLOWER, secured: bool = True
) -> dict[str, str]:
    """Return a compose file with these processes."""
    lines = ["services:", "  redis:", "    image: redis:7-alpine"]
    if secured:
        lines += ['    command: ["redis-server", "--requirepass", "${REDIS_PASSWORD:?}"]']
    else:
        lines += ['    ports: ["6379:6379"]']
    url = URL if secured else "redis://redis:6379/0"
    named = {"worker": worker, **{f"beat{n or ''}": BEAT for n in range(beats)}, "flower": flower}
    for name, command in named.items():
        lines += [f"  {name}:", "    build: .", f"    command: {command}", "    depends_on: [redis]"]
        lines += ["    environment:", f"      CELERY_BROKER_URL: {url}"]
        if name == "flower":
            ports = '    ports: ["127.0.0.1:5555:5555"]' if flower is FLOWER else '    ports: ["5555:5555"]'
            lines += ["      FLOWER_BASIC_AUTH: ${FLOWER_BASIC_AUTH:?}"] if flower is FLOWER else []
            lines += [ports]
    return {"compose.yaml": "\n".join(lines) + "\n"}


def systemd(
    worker: str = WORKER, *, beats: int = 1, flower: str = FLOWER, secured: bool = True
) -> dict[str, str]:
    """Return units for these processes, with an example of their environment file."""
    named = {"worker": worker, **{f"beat{n or ''}": BEAT for n in range(beats)}, "flower": flower}
    url = "redis://:CHANGE_ME@10.0.0.5:6379/0" if secured else "redis://10.0.0.5:6379/0"
    files = {"deploy/celery.env.example": f"CELERY_BROKER_URL={url}\n"}
    if flower is FLOWER:
        files["deploy/celery.env.example"] += "FLOWER_BASIC_AUTH=flower:CHANGE_ME\n"
    for name, command in named.items():
        files[f"deploy/celery-{name}.service"] = (
            "[Unit]\nDescription=Celery\n\n[Service]\nType=exec\nEnvironmentFile=/etc/shop/celery.env\n"
            f"WorkingDirectory=/srv/shop\nExecStart=/srv/shop/.venv/bin/{command}\nKillMode=mixed\n"
            "TimeoutStopSec=400\nRestart=always\n\n[Install]\nWantedBy=multi-user.target\n"
        )
    return files


def procfile(
    worker: str = WORKER, *, beats: int = 1, flower: str = FLOWER, secured: bool = True
) -> dict[str, str]:
    """Return a Procfile with these processes, and an example of the environment."""
    named = {"worker": worker, **{f"beat{n or ''}": BEAT for n in range(beats)}, "flower": flower}
    url = "redis://:CHANGE_ME@10.0.0.5:6379/0" if secured else "redis://10.0.0.5:6379/0"
    example = f"CELERY_BROKER_URL={url}\n"
    if flower is FLOWER:
        example += "FLOWER_BASIC_AUTH=flower:CHANGE_ME\n"
    lines = "".join(f"{name}: {command}\n" for name, command in named.items())
    return {"Procfile": lines, ".env.example": example}


WRITERS = {"compose": compose, "systemd": systemd, "procfile": procfile}


def findings(folder: Path, files: dict[str, str]) -> dict[str, Finding]:
    """Write the project and audit it by all rules."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {finding.rule.item: finding for finding in audit(Project(Tree.at(folder)), all_rules())}


@pytest.mark.parametrize("form", FORMS)
def test_the_sound_project_has_none_of_the_faults(form: str, tmp_path: Path) -> None:
    found = findings(tmp_path, BASE | WRITERS[form]())
    wanted = ("2.2.1", "3.1.4", "5.1.1", "6.1.4", "6.2.3", "7.3.1")
    statuses = {item: (found[item].status.value, found[item].reason) for item in wanted}
    assert not [item for item, (status, _) in statuses.items() if status == "missing"], statuses


@pytest.mark.parametrize("form", FORMS)
def test_a_queue_that_nobody_consumes(form: str, tmp_path: Path) -> None:
    routed = BASE["config/settings.py"] + 'CELERY_TASK_ROUTES = {"orders.*": {"queue": "orders"}}\n'
    found = findings(tmp_path, BASE | {"config/settings.py": routed} | WRITERS[form]())
    for item in ("2.2.1", "6.1.4"):
        assert found[item].status == "missing", found[item]
        assert "queue orders" in (found[item].reason or "")


@pytest.mark.parametrize("form", FORMS)
def test_a_beat_entry_that_names_no_task(form: str, tmp_path: Path) -> None:
    wrong = BASE["config/settings.py"].replace(
        '"task": "orders.send_receipt"', '"task": "orders.tasks.send_receipt"'
    )
    found = findings(tmp_path, BASE | {"config/settings.py": wrong} | WRITERS[form]())
    assert found["3.1.4"].status == "missing", found["3.1.4"]
    assert "orders.tasks.send_receipt" in (found["3.1.4"].reason or "")


@pytest.mark.parametrize("form", FORMS)
def test_the_default_queue_is_called_celery(form: str, tmp_path: Path) -> None:
    found = findings(tmp_path, BASE | WRITERS[form](WORKER + " -Q default"))
    for item in ("2.2.1", "6.1.4"):
        assert found[item].status == "missing", found[item]
        assert "celery" in (found[item].reason or "")


@pytest.mark.parametrize("form", FORMS)
def test_a_second_beat(form: str, tmp_path: Path) -> None:
    found = findings(tmp_path, BASE | WRITERS[form](beats=2))
    assert found["6.2.3"].status == "missing", found["6.2.3"]


@pytest.mark.parametrize("form", FORMS)
def test_flower_open_to_the_world(form: str, tmp_path: Path) -> None:
    found = findings(tmp_path, BASE | WRITERS[form](flower=OPEN))
    assert found["5.1.1"].status == "missing", found["5.1.1"]


@pytest.mark.parametrize("form", FORMS)
def test_a_broker_without_a_password(form: str, tmp_path: Path) -> None:
    found = findings(tmp_path, BASE | WRITERS[form](secured=False))
    assert found["7.3.1"].status == "missing", found["7.3.1"]
