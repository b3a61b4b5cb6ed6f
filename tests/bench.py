"""`make bench`: start-up, the audit of a 4,000-file repository, and ruff on the same tree for scale."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = sys.executable
RUNS = 5
PLAIN_APPS = 198
TASK_APPS = 12
FILES_PER_APP = 20
MODULE = "\n\n".join(
    f'class Thing{n}:\n    """A thing."""\n\n    def total(self, items: list[int]) -> int:\n'
    f"        return sum(item for item in items if item % {n + 2})"
    for n in range(12)
)
TASKS = (
    "import logging\n\nfrom celery import shared_task\n\nlogger = logging.getLogger(__name__)\n"
    + "".join(
        f"""

@shared_task(bind=True, name="app{{app}}.work{n}", max_retries=3, acks_late=True)
def work{n}(self, number: int) -> int:
    logger.info("work %s", number)
    try:
        return number * {n}
    except OSError as error:
        raise self.retry(exc=error, countdown=2 ** self.request.retries) from error
"""
        for n in range(15)
    )
)
SENDING = (
    "from django.db import transaction\n\nfrom apps.app{app}.tasks import work0, work1\n\n"
    + MODULE
    + "".join(
        f"""


def view{n}(request, pk):
    with transaction.atomic():
        helper{n}(pk)
    work0.delay(pk)
    return work1.apply_async(args=[pk], countdown={n})


def helper{n}(pk):
    transaction.on_commit(lambda: work1.delay(pk))
"""
        for n in range(6)
    )
)
COMPOSE = """services:
  web:
    image: shop
    command: gunicorn config.wsgi
  worker{n}:
    image: shop
    command: celery -A shop worker -Q default --concurrency 4
  redis:
    image: redis:8
"""


def made(folder: Path) -> int:
    """Make a Django project with Celery and many files in `folder`; return how many Python files it has.

    Most files have nothing to do with Celery; over two hundred define tasks or send them.
    """
    for command in (
        (PYTHON, "-m", "django", "startproject", "shop", "."),
        (PYTHON, "-m", "celerify", "init", "--yes"),
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    for app in range(PLAIN_APPS + TASK_APPS):
        package = folder / "apps" / f"app{app}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        sends = app < TASK_APPS
        if sends:
            (package / "tasks.py").write_text(TASKS.replace("{app}", str(app)))
        text = SENDING.replace("{app}", str(app)) if sends else f"{MODULE}\n"
        for number in range(FILES_PER_APP - 2):
            (package / f"views{number}.py").write_text(text)
    for number in range(10):
        (folder / f"compose.{number}.yaml").write_text(COMPOSE.replace("{n}", str(number)))
    return sum(1 for _ in folder.rglob("*.py"))


def seconds(*command: str, cwd: Path) -> float:
    """Return the median wall time of a command over several runs after one warm-up.

    An installed celerify is compiled: the warm-up writes the bytecode, whatever this shell says.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, "PYTHONPYCACHEPREFIX": str(cwd.with_name(f"{cwd.name}-bytecode"))}
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, cwd=cwd, env=environment, check=False, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    """Print the figures."""
    scripts = Path(PYTHON).parent
    with tempfile.TemporaryDirectory(prefix="celerify-bench-") as place:
        folder = Path(place) / "shop"
        folder.mkdir()
        files = made(folder)
        version = seconds(str(scripts / "celerify"), "--version", cwd=folder)
        audit = seconds(str(scripts / "celerify"), "audit", "--format", "json", cwd=folder)
        ruff = seconds(str(scripts / "ruff"), "check", "--no-cache", "--select", "F", ".", cwd=folder)
    print(f"celerify --version           {version * 1000:6.0f} ms   (bar: 150 ms)")
    print(f"celerify audit, {files} files  {audit * 1000:6.0f} ms   (bar: 2,000 ms)")
    print(f"ruff check, the same tree    {ruff * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
