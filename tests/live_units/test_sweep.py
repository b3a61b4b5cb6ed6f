"""What was declared on RabbitMQ goes, and what cannot be deleted keeps nothing else there."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import TYPE_CHECKING

import pytest
from celery import Celery
from celery.backends.filesystem import FilesystemBackend

from celerify.live import inside
from celerify.live.inside import journal, keyspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class RefusedError(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Server:
    """A connection to a server that has these queues, each with how often it refuses to delete it."""

    channel_errors = (RefusedError,)

    def __init__(self, queues: dict[str, int]) -> None:
        self.queues = queues

    @contextlib.contextmanager
    def channel(self) -> Iterator[Server]:
        yield self

    def queue_delete(self, name: str) -> None:
        if name not in self.queues:
            raise RefusedError(403)
        if self.queues[name]:
            self.queues[name] -= 1
            raise RefusedError(405)
        del self.queues[name]

    def queue_declare(self, *, queue: str, passive: bool) -> None:
        assert passive
        if queue not in self.queues:
            raise RefusedError(404)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, int]:
    """Return the queues of a server; all of them, and one that was never made, are noted."""
    queues = {"run.a": 0, "run.b.locked": 2, "run.c": 0, "celery": 0}
    noted = "".join(f"queue {name}\n" for name in (*queues, "run.never"))
    (tmp_path / "declared.txt").write_text(noted, encoding="utf-8")
    monkeypatch.setenv("CELERIFY_RUN", str(tmp_path / "run.json"))
    monkeypatch.setitem(sys.modules, "celerify_inside", inside)
    monkeypatch.setitem(sys.modules, "celerify_inside.keyspace", keyspace)
    monkeypatch.setitem(sys.modules, "celerify_inside.journal", journal)
    sweep = importlib.import_module("celerify.live.inside.sweep")
    monkeypatch.setattr(sweep, "_connected", lambda _app: contextlib.nullcontext(Server(queues)))
    monkeypatch.setattr(sweep, "_OWNER_GONE_WITHIN", 0.5)
    return queues


def delete() -> int:
    sweep = sys.modules["celerify.live.inside.sweep"]
    return int(sweep._delete_declared(None, "run"))


def test_a_queue_whose_owner_still_goes_is_waited_for_and_one_that_was_never_made_is_no_fault(
    left: dict[str, int],
) -> None:
    assert delete() == 4
    assert left == {"celery": 0}


def test_what_cannot_be_deleted_is_told_behind_the_others(left: dict[str, int]) -> None:
    left["run.b.locked"] = 1000
    with pytest.raises(RefusedError, match="405"):
        delete()
    assert set(left) == {"run.b.locked", "celery"}


def test_a_backend_that_cannot_be_searched_forgets_each_probe(left: dict[str, int], tmp_path: Path) -> None:
    assert left
    lines = (
        '{"event": "echo", "id": "one"}',
        '{"event": "worker-ready"}',
        '{"event": "tick", "id": "two"}',
        '{"event": "ti',
    )
    (tmp_path / "journal.jsonl").write_text("\n".join(lines), encoding="utf-8")
    folder = tmp_path / "results"
    folder.mkdir()
    backend = FilesystemBackend(f"file://{folder}", app=Celery("shop"))
    for task in ("one", "two", "foreign"):
        backend.store_result(task, 1, "SUCCESS")
    sweep = sys.modules["celerify.live.inside.sweep"]
    assert sweep._forget(backend) == 2
    assert [path.name for path in folder.iterdir()] == ["celery-task-meta-foreign"]


class Restless:
    """A Redis in which a key comes back as soon as it is deleted, the first so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.connection_pool = self

    def scan_iter(self, *, match: str, count: int) -> list[str]:
        assert count
        return [match.replace("*", "key")] * (self.times > 0)

    def delete(self, *keys: str) -> int:
        self.times -= 1
        return len(keys)


def delete_keys(times: int) -> int:
    sweep = sys.modules["celerify.live.inside.sweep"]
    return int(sweep._delete_keys(Restless(times), "celerify-1:"))


@pytest.mark.usefixtures("left")
def test_keys_that_come_back_are_deleted_until_none_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redis.Redis", lambda connection_pool: connection_pool)
    assert [delete_keys(times) for times in (0, 1, 3)] == [0, 1, 3]
    with pytest.raises(RuntimeError, match="come back"):
        delete_keys(99)
