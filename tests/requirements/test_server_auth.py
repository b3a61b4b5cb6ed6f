from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit
from celerify.model import Location, Status
from celerify.project import Project
from celerify.requirements.server_urls import ServerUrl
from celerify.rules._bases import WIRED
from celerify.rules.verification.broker_auth import RULES
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

LINE = WIRED["config/settings.py"].splitlines()[
    next(
        index
        for index, line in enumerate(WIRED["config/settings.py"].splitlines())
        if line.startswith("CELERY_BROKER_URL")
    )
]
ENVIRON = "os.environ.get"


def status_of(root: Path, setting: str, **files: str) -> Status:
    settings = WIRED["config/settings.py"].replace(LINE, f"CELERY_BROKER_URL = {setting}")
    for name, text in (WIRED | {"config/settings.py": settings} | files).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return audit(Project(Tree.at(root)), RULES[:1])[0].status


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        (f'"redis://:" + {ENVIRON}("PW") + "@queue:6379/0"', Status.DONE),
        ('"redis://:{}@queue/0".format(os.environ["PW"])', Status.DONE),
        ("f\"amqp://{os.environ['U']}:{os.environ['P']}@queue//\"", Status.DONE),
        ('"rediss://queue:6379/0?ssl_certfile=/etc/client.pem"', Status.DONE),
        ('"sqs://"', Status.DONE),
        ('"redis://localhost:6379/0"', Status.MISSING),
        ('"redis://user@queue:6379/0"', Status.MISSING),
        (f'{ENVIRON}("BROKER", "amqp://guest:guest@queue:5672//")', Status.MISSING),
        (f'"redis://:" + {ENVIRON}("PW", "") + "@queue:6379/0"', Status.MISSING),
        ('"memory://"', Status.NOT_APPLICABLE),
        ('"filesystem://"', Status.NOT_APPLICABLE),
    ],
)  # fmt: skip
def test_the_url_of_the_settings(setting: str, status: Status, tmp_path: Path) -> None:
    assert status_of(tmp_path, setting) is status


def test_a_default_for_development_neither_proves_nor_fails(tmp_path: Path) -> None:
    default = f'{ENVIRON}("BROKER", "redis://localhost:6379/0")'
    assert status_of(tmp_path, default) is Status.MISSING
    assert status_of(tmp_path, default, **{".env.sample": "BROKER=redis://:x@queue/0\n"}) is Status.DONE
    assert status_of(tmp_path, default, **{".env.sample": "BROKER=redis://queue/0\n"}) is Status.MISSING


@pytest.mark.parametrize(
    ("url", "secured", "local"),
    [
        ("redis://:x@queue:6379/0", True, False),
        ("redis://queue", False, False),
        ("redis+socket:///run/redis.sock", False, True),
        ("amqp://a:b@[::1]:5672//", True, True),
        ("redis://:@queue", False, False),
    ],
)
def test_a_url(url: str, secured: bool, local: bool) -> None:
    found = ServerUrl(url, "", Location("a"), replaceable=False)
    assert (found.secured, found.local) == (secured, local)
