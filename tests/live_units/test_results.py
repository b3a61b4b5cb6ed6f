from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.live.results import embedded_results, kind_of_results, own_results

if TYPE_CHECKING:
    from pathlib import Path

REDIS = "redis://127.0.0.1:7000/1"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, "disabled"),
        ("disabled://", "disabled"),
        ("rediss://:x@host/1", "redis"),
        ("sentinel://a:1;sentinel://b:1", "redis"),
        ("rpc://", "rpc"),
        ("rpc", "rpc"),
        ("django-db", "django-db"),
        ("django_celery_results.backends:DatabaseBackend", "django-db"),
        ("django-cache", "cache"),
        ("cache+memcached://127.0.0.1", "cache"),
        ("db+postgresql://u:p@h/d", "database"),
        ("file:///var/results", "file"),
        ("mongodb://h/d", "other"),
    ],
)
def test_a_result_backend_has_a_kind(url: str | None, kind: str) -> None:
    assert kind_of_results(url) == kind


def test_beside_an_embedded_broker_results_go_to_the_same_kind_where_there_is_one(tmp_path: Path) -> None:
    def chosen(backend: str, redis: str | None = REDIS, *, sqlalchemy: bool = True) -> tuple[str | None, str]:
        found = embedded_results({"result_backend": backend}, tmp_path, redis, sqlalchemy=sqlalchemy)
        return found.url, found.differ

    assert chosen("redis://prod/3") == (REDIS, "")
    for kept in ("rpc://", "django-db", "disabled://"):
        assert chosen(kept) == (None, "")
    assert chosen("db+postgresql://u:p@h/d") == (f"db+sqlite:///{tmp_path / 'results.sqlite3'}", "")
    assert chosen("file:///var/results") == (f"file://{tmp_path / 'results'}", "")
    files = f"file://{tmp_path / 'results'}"
    assert chosen("redis://prod/3", None) == (
        files,
        "the project keeps results in Redis, and this run in files",
    )
    said = "the project keeps results in a database by SQLAlchemy, and this run in Redis"
    assert chosen("db+postgresql://u:p@h/d", sqlalchemy=False) == (REDIS, said)
    assert chosen("mongodb://u:p@h/d") == (
        REDIS,
        "the project keeps results in mongodb, and this run in Redis",
    )


def test_a_cache_of_one_process_keeps_no_result_for_another(tmp_path: Path) -> None:
    conf = {
        "result_backend": "django-cache",
        "results": {"cache": "django.core.cache.backends.locmem.LocMemCache"},
    }
    for found in (
        own_results(conf, tmp_path, sqlalchemy=False, own_database=False),
        embedded_results(conf, tmp_path, REDIS, sqlalchemy=False),
    ):
        assert found.url is None
        assert "only the worker's own process can read" in found.differ


def test_the_users_database_gets_no_results(tmp_path: Path) -> None:
    conf = {"result_backend": "db+postgresql://u:p@h/d"}
    temporary = own_results(conf, tmp_path, sqlalchemy=True, own_database=False)
    assert temporary.url == f"db+sqlite:///{tmp_path / 'results.sqlite3'}"
    assert own_results(conf, tmp_path, sqlalchemy=True, own_database=True).url is None
