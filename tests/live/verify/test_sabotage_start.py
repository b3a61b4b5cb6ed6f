from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from generated import run as run_python
from processes import STARTS_WITHIN, answers, free_port, running
from verified import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verified import Verified

pytestmark = [pytest.mark.live, pytest.mark.slow]

PASSWORD = "correct-horse-battery"
BLOCKED = """\
import os, sys

class Blocks:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "packaging":
            raise ModuleNotFoundError("No module named 'packaging'", name="packaging")

if "CELERIFY_RUN" in os.environ:
    sys.meta_path.insert(0, Blocks())
"""


def failures(run: Verified, stage: str) -> list[tuple[str, str]]:
    found = run.stages[stage]["seen"]
    return [(seen["summary"], seen["remedy"]) for seen in found if seen["holds"] is False]


def only_failure(run: Verified, stage: str) -> tuple[str, str]:
    found = failures(run, stage)
    assert run.code == 1, run.talk
    assert run.mark(stage) == "failed", run.talk
    assert len(found) == 1, found
    return found[0]


@contextmanager
def guarded_redis(folder: Path) -> Iterator[str]:
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        pytest.skip("there is no redis-server on this machine")
    port = free_port()
    command = (server, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--requirepass", PASSWORD)
    with running(*command, log=folder / "redis.log", cwd=folder):
        ends = time.monotonic() + STARTS_WITHIN
        while not answers("127.0.0.1", port) and time.monotonic() < ends:
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"


def faked(folder: Path, **versions: str) -> str:
    for name, version in versions.items():
        made = folder / f"{name}-{version}.dist-info"
        made.mkdir(parents=True)
        wanted = "Requires-Dist: Django (>=2.2)\n" if "beat" in name else ""
        (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wanted}")
    return str(folder)


def test_what_keeps_a_project_from_starting_is_named_and_repaired_it_starts(
    project: Path, tmp_path: Path
) -> None:
    tasks, settings = project / "blog" / "tasks.py", project / "shop" / "settings.py"
    kept, set_up = tasks.read_text(), settings.read_text()

    tasks.write_text(f"import billing.invoices\n{kept}")
    said, _ = only_failure(verify(project, "--embedded"), "preflight")
    assert "blog/tasks.py:1: ModuleNotFoundError: No module named 'billing'" in said
    tasks.write_text(f"{kept}\nreturn 1\n")
    said, _ = only_failure(verify(project, "--embedded"), "preflight")
    assert f"blog/tasks.py:{len(kept.splitlines()) + 2}: SyntaxError: 'return' outside function" in said
    tasks.write_text(kept)

    settings.write_text(f"import os, sys\nprint('noise')\nTOKEN = os.environ['SHOP_TOKEN']\n{set_up}")
    said, _ = only_failure(verify(project, "--embedded"), "preflight")
    assert "shop/settings.py:3: the environment variable SHOP_TOKEN is not set" in said
    settings.write_text(f"{set_up}\nimport sys\nsys.exit('no licence')\n")
    said, _ = only_failure(verify(project, "--embedded"), "preflight")
    assert "SystemExit(no licence)" in said
    settings.write_text(set_up)

    old = faked(tmp_path / "old", django="6.1", django_celery_beat="2.1.0")
    (tmp_path / "old" / "sitecustomize.py").write_text(BLOCKED)
    run = verify(project, "--embedded", PYTHONPATH=old)
    assert run.mark("preflight") == "failed"
    (beat, beat_remedy), (client, client_remedy) = failures(run, "preflight")
    assert "django-celery-beat 2.1.0 is older than Django 6.1 and does not work with it" in beat
    assert "install Django below 6.1" in beat_remedy
    assert "the broker is Redis, and its client does not start" in client
    assert "No module named 'packaging'" in client
    assert "install celery[redis]" in client_remedy

    assert verify(project, "--embedded", "--only", "database").code == 0


def test_a_broker_that_is_named_and_cannot_be_used_is_no_silent_other_one(
    project: Path, tmp_path: Path
) -> None:
    dead = f"redis://127.0.0.1:{free_port()}/0"
    said, remedy = only_failure(verify(project, "--broker", dead), "broker")
    assert "does not listen there: connection refused" in said
    assert "start it" in remedy
    with guarded_redis(tmp_path) as place:
        said, remedy = only_failure(verify(project, CELERY_BROKER_URL=f"redis://{place}/0"), "broker")
        assert said == "the project's broker asks for a password, and the URL has none"
        assert "put the right user and password there (`broker_url` is redis://" in remedy
        wrong = verify(project, "--broker", f"redis://:hunter2@{place}/0")
        said, _ = only_failure(wrong, "broker")
        assert said == "the broker that --broker names refuses the user or the password"
        assert all(not seen["items"] for seen in wrong.stages["broker"]["seen"]), "it is not the project's"
        assert "hunter2" not in wrong.talk + str(wrong.stages)
        right = f"redis://:{PASSWORD}@{place}"
        run = verify(
            project,
            "--only",
            "round-trip",
            CELERY_BROKER_URL=f"{right}/0",
            CELERY_RESULT_BACKEND=f"{right}/1",
        )
        assert run.code == 0, run.talk
        assert run.mark("round-trip") == "passed"
        assert PASSWORD not in run.talk + str(run.stages)


def test_a_result_backend_that_cannot_be_reached_fails_in_time(
    project: Path, redis_url: str, half_open: int
) -> None:
    named = ("--broker", f"{redis_url}/6")
    dead = f"redis://127.0.0.1:{free_port()}/0"
    said, remedy = only_failure(verify(project, *named, CELERY_RESULT_BACKEND=dead), "broker")
    assert "the result backend does not listen there: connection refused" in said
    assert dead in remedy
    begun = time.monotonic()
    silent = f"redis://127.0.0.1:{half_open}/0"
    said, _ = only_failure(verify(project, *named, CELERY_RESULT_BACKEND=silent), "broker")
    assert "the result backend does not answer in time" in said
    assert time.monotonic() - begun < 30
    run = verify(project, *named, "--only", "round-trip", CELERY_RESULT_BACKEND=f"{redis_url}/7")
    assert run.code == 0, run.talk


def test_an_application_without_its_migrations_is_told_and_migrated_it_passes(project: Path) -> None:
    settings = project / "shop" / "settings.py"
    text = settings.read_text()
    settings.write_text(
        text.replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'django_celery_results',")
    )
    broken = verify(project, "--embedded", "--only", "database")
    said, remedy = only_failure(broken, "database")
    assert "django_celery_results has 14 unapplied migrations in the project's own database" in said
    assert remedy == "run `python manage.py migrate django_celery_results`"
    run_python(project, "manage.py", "migrate", "django_celery_results", "--verbosity", "0")
    assert verify(project, "--embedded", "--only", "database").code == 0
