"""Where the results of a run go: the kind of backend that the project has, and what stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

_KINDS: Mapping[str, str] = {
    "redis": "redis", "rediss": "redis", "sentinel": "redis", "valkey": "redis", "valkeys": "redis",
    "db": "database", "database": "database", "rpc": "rpc", "file": "file", "": "disabled",
    "disabled": "disabled", "django-db": "django-db", "django-cache": "cache", "cache": "cache",
}  # fmt: skip

NAMES: Mapping[str, str] = {
    "redis": "Redis", "database": "a database by SQLAlchemy", "rpc": "rpc, replies on the broker",
    "file": "files", "django-db": "django-celery-results", "cache": "a cache",
}  # fmt: skip
"""How each kind is called."""

_PRIVATE = ("locmem", "dummy", "memory")
"""What is in the class of a cache, or in its URL, that no other process can read."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where results go.

    Attributes:
        url: what takes the place of the project's own backend; None where that is used.
        differ: why a result that is read back there does not prove that the project's own keeps it, or "".
    """

    url: str | None = None
    differ: str = ""


def kind_of_results(url: object) -> str:
    """Return the kind of a result backend: `redis`, `django-db`, ...; `other` for what is not known."""
    scheme = str(url or "").partition("://")[0].partition("+")[0].lower()
    if scheme.endswith(("databasebackend", "cachebackend")) and scheme.startswith("django_celery_results"):
        return "django-db" if scheme.endswith("databasebackend") else "cache"
    return _KINDS.get(scheme, "other")


def own_results(conf: Mapping[str, Any], folder: Path, *, sqlalchemy: bool, own_database: bool) -> Results:
    """Return where results go beside a broker that is not ours: to the project's own backend.

    A database of SQLAlchemy's gives way to a file of the run's, as nothing writes to the user's database.
    """
    kind = kind_of_results(conf.get("result_backend"))
    if kind == "database" and not own_database and sqlalchemy:
        return Results(_sqlite(folder))
    return Results(differ=_unreadable(conf))


def embedded_results(
    conf: Mapping[str, Any], folder: Path, redis: str | None, *, sqlalchemy: bool
) -> Results:
    """Return where results go beside a broker of the run's own: to the same kind of backend, if there is one.

    Args:
        conf: the project's options of Celery.
        folder: of the run.
        redis: the URL of the run's own Redis for results; None without one.
        sqlalchemy: it is installed for the project.
    """
    kind = kind_of_results(conf.get("result_backend"))
    if kind in {"disabled", "django-db", "rpc"} or (kind == "cache" and _unreadable(conf)):
        return Results(differ=_unreadable(conf))
    if kind == "redis" and redis:
        return Results(redis)
    if kind == "database" and sqlalchemy:
        return Results(_sqlite(folder))
    place = folder / "results"
    place.mkdir(exist_ok=True)
    if kind == "file":
        return Results(f"file://{place}")
    used = "Redis" if redis else "files"
    name = NAMES.get(kind, str(conf.get("result_backend")).partition("://")[0])
    return Results(redis or f"file://{place}", f"the project keeps results in {name}, and this run in {used}")


def _sqlite(folder: Path) -> str:
    return f"db+sqlite:///{folder / 'results.sqlite3'}"


def _unreadable(conf: Mapping[str, Any]) -> str:
    """Return why no other process can read a result that a worker stores, or ""."""
    cache = str((conf.get("results") or {}).get("cache") or "")
    if kind_of_results(conf.get("result_backend")) == "cache" and any(
        word in cache.lower() for word in _PRIVATE
    ):
        return f"results go to a cache that only the worker's own process can read ({cache})"
    return ""
