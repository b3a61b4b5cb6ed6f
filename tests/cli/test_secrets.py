"""No credential of a project is printed, whatever the command and the format; `--patch` alone is exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.rules._bases import BARE, WIRED
from commands import answer, committed

if TYPE_CHECKING:
    from pathlib import Path

    Capture = pytest.CaptureFixture[str]

SECRETS = (
    "in-the-settings-1", "in-the-default-2", "in-compose-3", "in-the-example-4", "in-the-procfile-5",
    "in-secret-key-6", "in-the-cache-7", "in-app-conf-8", "in-the-unit-9", "in-docker-10", "in-a-task-11",
    "in-a-token-12", "in-an-api-key-13", "in-a-database-14", "in-flower-15", "in-a-flag-16",
    "in-flowerconfig-17", "in-prometheus-18", "in-a-schedule-19", "in-a-broker-20",
)  # fmt: skip
_IN = dict(zip(range(1, 21), SECRETS, strict=True))

SETTINGS = f"""\
import os

SECRET_KEY = "{_IN[6]}"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "PASSWORD": "{_IN[14]}"}}}}
CACHES = {{"default": {{"LOCATION": "redis://:{_IN[7]}@cache:6379/1"}}}}
PAYMENT_API_KEY = "{_IN[13]}"
INSTALLED_APPS = [
    "blog",
]
CELERY_BROKER_URL = "redis://user:{_IN[1]}@broker:6379/0"
CELERY_RESULT_BACKEND = os.environ.get("RESULTS", "redis://:{_IN[2]}@results:6379/0")
CELERY_BEAT_SCHEDULE = {{
    "push": {{"task": "blog.tasks.call", "schedule": 60.0, "args": ("redis://:{_IN[19]}@h/0",),
             "kwargs": {{"api_token": "{_IN[19]}"}}}},
}}
PUSH_TOKEN = "{_IN[12]}"
"""
FILES = WIRED | {
    "config/settings.py": SETTINGS,
    "config/celery.py": WIRED["config/celery.py"] + f'app.conf.broker_url = "amqp://u:{_IN[8]}@mq:5672//"\n',
    "compose.yaml": (
        "services:\n  worker:\n    image: app\n"
        f"    command: celery -A config --broker redis://:{_IN[3]}@redis:6379/0 worker\n"
        f"    environment:\n      CELERY_BROKER_URL: redis://:{_IN[3]}@redis:6379/0\n"
        "  redis:\n    image: redis:7\n"
        f"    command: redis-server --requirepass {_IN[20]}\n"
        f'    healthcheck:\n      test: ["CMD", "redis-cli", "-a", "{_IN[20]}", "ping"]\n'
        "  flower:\n    image: app\n    command: celery -A config flower\n"
        f"    environment:\n      - FLOWER_BASIC_AUTH=admin:{_IN[15]}\n      - FLOWER_PASSWORD={_IN[15]}\n"
    ),
    "flowerconfig.py": f'basic_auth = ["admin:{_IN[17]}"]\n',
    "prometheus.yml": (
        "scrape_configs:\n  - job_name: flower\n    static_configs:\n      - targets: [flower:5555]\n"
        f"    basic_auth:\n      username: admin\n      password: {_IN[18]}\n"
    ),
    ".env.example": f"CELERY_BROKER_URL=redis://:{_IN[4]}@localhost:6379/0\nSECRET_KEY={_IN[4]}\n",
    "Procfile": (
        f"worker: CELERY_BROKER_URL=redis://:{_IN[5]}@h:6379/0 celery -A config worker\n"
        f"flower: celery -A config flower --basic_auth=admin:{_IN[16]}\n"
    ),
    "deploy/flower.service": (
        f"[Service]\nEnvironment=FLOWER_BASIC_AUTH=admin:{_IN[15]}\n"
        f"ExecStart=/usr/bin/celery -A config flower --basic-auth=u:{_IN[16]}\n"
    ),
    "deploy/worker.service": (
        f"[Service]\nEnvironment=SECRET_KEY={_IN[9]}\n"
        f"ExecStart=/usr/bin/celery -A config -b redis://:{_IN[9]}@h:6379/0 worker\n"
    ),
    "Dockerfile": (
        f"FROM python:3.12\nENV CELERY_BROKER_URL=redis://:{_IN[10]}@h/0\nCMD celery -A config worker\n"
    ),
    "requirements.txt": (
        f"{WIRED['requirements.txt']}private @ git+https://bot:{_IN[12]}@example.org/private.git\n"
    ),
    "blog/__init__.py": "",
    "blog/tasks.py": (
        "import requests\n\nfrom celery import shared_task\n\n\n@shared_task\ndef call(order):\n"
        f'    requests.post("https://api:{_IN[11]}@example.org/", headers={{"token": "{_IN[12]}"}})\n'
    ),
    "blog/views.py": f'from blog.tasks import call\n\n\ndef view(r):\n    call.apply_async((r.user, "redis://:{_IN[11]}@h/0"))\n',
}
BROKEN = {"config/settings.py": f'{SETTINGS}TOKEN = = "{_IN[12]}"\n'}
COMPUTED = {
    path: BARE[path].replace('"config.settings"', f'pick("redis://:{_IN[8]}@h/0", SECRET_KEY="{_IN[6]}")')
    for path in ("manage.py", "config/wsgi.py")
}

COMMANDS = (
    "audit",
    "audit --format json",
    "audit --only-failing --strict",
    "show settings -C",
    "show settings --format json -C",
    "show project -C",
    "show project --format json -C",
    "show tasks -C",
    "show tasks --format json -C",
    "show queues -C",
    "show topology -C",
    "show topology --format json -C",
    "show topology --format svg -C",
    "show topology --format mermaid -C",
    "show topology --format dot -C",
    "init --dry-run",
    "init --dry-run --diff",
    "init --dry-run --format json",
    "init --dry-run --diff --adopt 1.2.4,1.2.5,1.2.6",
    "init --yes",
    "init --dry-run --diff --deploy compose,systemd,procfile --monitoring flower,prometheus",
    "add-task blog.publish --arg post_id:int --dry-run --diff -C",
    "add-periodic call --task blog.tasks.call --every 5m --args [1] --dry-run --diff -C",
    "add-queue calls --match blog.* --dry-run --diff -C",
    "add compose --dry-run --diff -C",
    "add systemd --dry-run --diff -C",
    "add monitoring --dry-run --diff -C",
    "add logging --dry-run --diff -C",
    "add tests --dry-run --diff -C",
    "update --dry-run --diff",
)


def leaked(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("files", "codes"),
    [
        pytest.param({}, {0, 1}, id="read"),
        pytest.param(BROKEN, {0, 3}, id="broken settings", marks=pytest.mark.slow),
        pytest.param(COMPUTED, {0, 1}, id="computed settings", marks=pytest.mark.slow),
    ],
)
def test_nothing_leaks(
    command: str, files: dict[str, str], codes: set[int], repository: Path, capsys: Capture
) -> None:
    committed(repository, FILES | files)
    found = answer(capsys, *command.split(), repository)
    assert not leaked(found.out + found.err)
    assert found.code in codes


def test_context_lines_of_the_diff_are_masked_and_the_patch_is_exact(
    repository: Path, capsys: Capture, tmp_path: Path
) -> None:
    committed(repository, FILES)
    shown = answer(capsys, "init", "--dry-run", "--diff", "--adopt", "1.2.4,1.2.5,1.2.6", repository)
    assert 'PUSH_TOKEN = "***"' in shown.out, "a line beside what is inserted"
    assert not leaked(shown.out)
    patch = tmp_path / "change.patch"
    answer(capsys, "init", "--patch", patch, "--adopt", "1.2.4,1.2.5,1.2.6", repository)
    assert _IN[12] in patch.read_text()


def test_an_error_about_a_call_repeats_no_secret(repository: Path, capsys: Capture) -> None:
    table = f'[tool.celerify]\nbroker = "redis://:{_IN[1]}@h/0"\n'
    committed(repository, FILES | {"pyproject.toml": table})
    found = answer(capsys, "audit", repository)
    assert found.code == 2
    assert not leaked(found.err)
