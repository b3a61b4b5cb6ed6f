"""`make bench`: what start-up and the audit of a 4,000-file repository take, with ruff on the same tree for scale."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = sys.executable
RUNS = 5
APPS = 200
FILES_PER_APP = 20
MODULE = "\n\n".join(
    f'class Thing{n}:\n    """A thing."""\n\n    def total(self, items: list[int]) -> int:\n'
    f"        return sum(item for item in items if item % {n + 2})"
    for n in range(12)
)


def made(folder: Path) -> int:
    """Make a Django project with Celery and many files in `folder`; return how many Python files it has."""
    for command in (
        (PYTHON, "-m", "django", "startproject", "shop", "."),
        (PYTHON, "-m", "celerify", "init", "--yes"),
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    for app in range(APPS):
        package = folder / "apps" / f"app{app}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        for number in range(FILES_PER_APP - 2):
            (package / f"module{number}.py").write_text(MODULE + "\n")
        (package / "tasks.py").write_text(
            "from celery import shared_task\n\n\n@shared_task(name='app%d.work')\ndef work(n: int) -> int:\n    return n * 2\n"
            % app
        )
    return sum(1 for _ in folder.rglob("*.py"))


def seconds(*command: str, cwd: Path) -> float:
    """Return the median wall time of a command over several runs after one warm-up."""
    times = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, cwd=cwd, check=False, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def main() -> None:
    """Print the figures."""
    scripts = Path(PYTHON).parent
    with tempfile.TemporaryDirectory(prefix="celerify-bench-") as place:
        folder = Path(place)
        files = made(folder)
        version = seconds(str(scripts / "celerify"), "--version", cwd=folder)
        audit = seconds(str(scripts / "celerify"), "audit", "--format", "json", cwd=folder)
        ruff = seconds(str(scripts / "ruff"), "check", "--no-cache", "--select", "F", ".", cwd=folder)
    print(f"celerify --version           {version * 1000:6.0f} ms   (bar: 150 ms)")
    print(f"celerify audit, {files} files  {audit * 1000:6.0f} ms   (bar: 2,000 ms)")
    print(f"ruff check, the same tree    {ruff * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
