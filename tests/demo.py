"""`make demo`: a bare Django project through init, add-task and audit, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHON = sys.executable


def run(folder: Path, *command: str, expect: int = 0) -> None:
    """Print a command, run it in `folder`, and stop the demo where its exit code is another one."""
    shown = " ".join(command).replace(f"{PYTHON} -m celerify", "celerify").replace(PYTHON, "python")
    print(f"\n$ {shown}", flush=True)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CELERY_", "DJANGO_"))
    }
    code = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    if code != expect:
        sys.exit(f"the demo stops: exit code {code}, expected {expect}")


def main() -> None:
    """Run the demo from an empty folder to a passing audit of phases 1 and 2."""
    with tempfile.TemporaryDirectory(prefix="celerify-demo-") as place:
        folder = Path(place)
        git = ("git", "-c", "user.name=demo", "-c", "user.email=demo@example.invalid")
        run(folder, PYTHON, "-m", "django", "startproject", "shop", ".")
        run(folder, PYTHON, "manage.py", "startapp", "blog")
        settings = folder / "shop" / "settings.py"
        settings.write_text(
            settings.read_text().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'blog',")
        )
        run(folder, "git", "init", "--quiet")
        run(folder, "git", "add", ".")
        run(folder, *git, "commit", "--quiet", "--message", "A bare Django project")
        run(folder, PYTHON, "-m", "celerify", "init", "--yes")
        run(folder, PYTHON, "-m", "celerify", "add-task", "blog.publish_post", "--arg", "post_id:int")
        run(folder, PYTHON, "manage.py", "check")
        run(folder, PYTHON, "manage.py", "test", "blog")
        run(folder, PYTHON, "-m", "celerify", "audit")
        print("\nInit again changes nothing, and undo, twice, gives the bare project back:")
        run(folder, PYTHON, "-m", "celerify", "init", "--yes")
        run(folder, PYTHON, "-m", "celerify", "undo")
        run(folder, PYTHON, "-m", "celerify", "undo")
        run(folder, "git", "status", "--short")
        run(folder, "git", "diff", "--exit-code", "--stat")


if __name__ == "__main__":
    main()
