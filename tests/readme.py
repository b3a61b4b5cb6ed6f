"""What README.md quotes from the program: cog runs this, so that the page cannot drift from it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

COMMANDS: dict[str, tuple[str, ...]] = {
    "init": ("init", "--yes", "--deploy", "compose", "--monitoring", "flower,prometheus"),
    "add-task": ("add-task", "blog.publish_post", "--arg", "post_id:int"),
    "add-periodic": (
        "add-periodic",
        "publish",
        "--task",
        "blog.publish_post",
        "--crontab",
        "0 6 * * *",
        "--args",
        "[1]",
    ),
    "topology": ("show", "topology"),
    "audit": ("audit", "--select", "1.4,3.1,6.4,7.2"),
}


@cache
def outputs() -> dict[str, str]:
    """Return what each of the main commands prints, one after the other, on a fresh project."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for command in (("-m", "django", "startproject", "shop", "."), ("manage.py", "startapp", "blog")):
            subprocess.run([sys.executable, *command], cwd=folder, check=True)
        settings = folder / "shop" / "settings.py"
        settings.write_text(
            settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'blog',")
        )
        subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
        subprocess.run(["git", "add", "."], cwd=folder, check=True)
        who = ("-c", "user.name=readme", "-c", "user.email=readme@example.invalid")
        subprocess.run(["git", *who, "commit", "--quiet", "-m", "Bare"], cwd=folder, check=True)
        return {name: _run(folder, *arguments) for name, arguments in COMMANDS.items()}


def _run(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "celerify", *arguments],
        cwd=folder, env=environment, check=False, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    return done.stdout + done.stderr


def quoted(name: str) -> str:
    """Return a command and what it prints as a Markdown block."""
    text = outputs()[name] if name in COMMANDS else _run(Path(), *name.split())
    shown = name if name not in COMMANDS else shlex.join(COMMANDS[name])
    return f"\n```console\n$ celerify {shown}\n{text.rstrip()}\n```\n"


def stages() -> str:
    """Return the stages of `celerify verify` as a Markdown table."""
    from celerify.live.stages import STAGES

    rows = (f"| `{stage.name}` | {stage.title} | {', '.join(stage.items)} |" for stage in STAGES)
    return "\n".join(("", "| stage | what it shows | items |", "|---|---|---|", *rows, "", ""))
