"""`make demo`: a bare Django project through what celerify writes, and back, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = sys.executable
ATTESTED = """
[attestations]
"5.3.3" = {by = "Ada Byron", on = 2020-01-01, expires = 2120-01-01, evidence = "https://logs.example.com"}
"""


def run(folder: Path, *command: str, last: int | None = None) -> None:
    """Print a command, run it in `folder`, and stop the demo where it fails.

    With `last`, only that many lines of what it prints are shown.
    """
    shown = " ".join(f"'{word}'" if " " in word or "[" in word else word for word in command)
    shown = shown.replace(f"{PYTHON} -m celerify", "celerify").replace(PYTHON, "python")
    print(f"\n$ {shown}", flush=True)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CELERY_", "DJANGO_"))
    } | {"PYTHONDONTWRITEBYTECODE": "1"}
    out = None if last is None else subprocess.PIPE
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=out, stderr=out and subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    printed = (done.stdout or "").splitlines()
    if done.returncode:
        sys.exit("\n".join((*printed, f"the demo stops: exit code {done.returncode}")))
    if last is not None:
        print("...", *printed[-last:], sep="\n", flush=True)


def celerify(folder: Path, *arguments: str) -> None:
    """Run celerify itself."""
    run(folder, PYTHON, "-m", "celerify", *arguments)


def bare_project(folder: Path) -> None:
    """Make a Django project with an app, committed to git."""
    git = ("git", "-c", "user.name=demo", "-c", "user.email=demo@example.invalid")
    run(folder, PYTHON, "-m", "django", "startproject", "shop", ".")
    run(folder, PYTHON, "manage.py", "startapp", "blog")
    settings = folder / "shop" / "settings.py"
    settings.write_text(settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'blog',"))
    run(folder, "git", "init", "--quiet")
    run(folder, "git", "add", ".")
    run(folder, *git, "commit", "--quiet", "--message", "A bare Django project")


def main() -> None:
    """Run the demo from an empty folder through a live run to an audit with nothing missing, and back."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="celerify-demo-") as place:
        folder = Path(place)
        bare_project(folder)
        chosen = ("--deploy", "compose,systemd", "--monitoring", "flower,prometheus")
        celerify(folder, "init", "--yes", *chosen)
        celerify(folder, "add-task", "blog.publish_post", "--arg", "post_id:int")
        scheduled = ("--task", "blog.publish_post", "--crontab", "0 6 * * *", "--args", "[1]")
        celerify(folder, "add-periodic", "publish", *scheduled)
        run(folder, PYTHON, "manage.py", "check")
        run(folder, PYTHON, "manage.py", "test", last=4)
        run(folder, PYTHON, "manage.py", "migrate", "--verbosity", "0")
        print("\nA real broker, worker, beat and Flower, on a Redis-compatible server from PyPI:", flush=True)
        celerify(folder, "verify", "--embedded", "--python", PYTHON)
        print("\nWhat collects the logs is outside of the repository: a person says so.", flush=True)
        recorded = folder / ".celerify.toml"
        before = recorded.read_bytes()
        recorded.write_bytes(before + ATTESTED.encode())
        celerify(folder, "audit")
        recorded.write_bytes(before)
        print("\nInit again changes nothing, and three undos give the bare project back:", flush=True)
        celerify(folder, "init", "--yes")
        for _ in range(3):
            celerify(folder, "undo")
        print("\nUndo takes back neither what was seen nor the database of migrate:", flush=True)
        for made in (".celerify/evidence.json", "db.sqlite3"):
            run(folder, "rm", made)
        run(folder, "git", "diff", "--exit-code", "--stat")
        left = subprocess.run(
            ("git", "status", "--short"), cwd=folder, capture_output=True, text=True, check=True
        ).stdout
        if left:
            sys.exit(f"the demo stops: not undone:\n{left}")
    print(f"\nThe demo took {time.monotonic() - started:.0f} seconds.")


if __name__ == "__main__":
    main()
