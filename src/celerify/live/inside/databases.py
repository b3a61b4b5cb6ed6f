"""Keeps the user's database from being written, and gives beat and results one of the run's own."""

from __future__ import annotations

from pathlib import Path

OWN = "celerify"
"""The alias of the temporary database."""

APPS = frozenset({"django_celery_beat", "django_celery_results"})
"""The applications whose tables live there."""

_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}


class OwnDatabase:
    """Routes the two applications to the temporary database, and nothing else."""

    def db_for_read(self, model, **_hints):
        """Return the temporary database for a model of theirs."""
        return OWN if model._meta.app_label in APPS else None  # noqa: SLF001 - Django's documented interface

    db_for_write = db_for_read

    def allow_relation(self, one, other, **_hints):
        """Allow relations among the models of the two applications."""
        both = {one._meta.app_label, other._meta.app_label}  # noqa: SLF001 - the same
        return True if both <= APPS else None

    def allow_migrate(self, db, app_label, **_hints):
        """Allow their migrations there, and only theirs."""
        if db == OWN:
            return app_label in APPS
        return False if app_label in APPS else None


def guard_connections() -> None:
    """Make every connection to another database than the temporary one read-only, as it is opened.

    Called before the project is imported, so that what it does while it starts is read-only as well.
    """
    from django.db.backends.signals import connection_created

    connection_created.connect(_read_only, dispatch_uid="celerify")


def _read_only(connection, **_):
    statement = _READ_ONLY.get(connection.vendor)
    if connection.alias != OWN and statement:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def sqlite_file(database):
    """Return the file of an SQLite database, before it is opened read-only; None for any other."""
    name = str(database.get("NAME") or "")
    is_file = name and ":memory:" not in name and not name.startswith("file:")
    return Path(name) if is_file and "sqlite" in database.get("ENGINE", "") else None


def read_only_files(databases) -> None:
    """Open SQLite files read-only: a missing one is not created by the first connection."""
    for database in databases.values():
        if file := sqlite_file(database):
            database["NAME"] = f"{file.absolute().as_uri()}?mode=ro"
            database["OPTIONS"] = {**database.get("OPTIONS", {}), "uri": True}


def add_own(settings, path: str) -> None:
    """Add the temporary SQLite database at `path` to the settings, and the router to it.

    The module of the application may have called `django.setup()`, after which Django reads neither again.
    """
    from django.db import connections, router

    settings.DATABASES[OWN] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"timeout": 20},
        "ATOMIC_REQUESTS": False,
    }
    connections.configure_settings(settings.DATABASES)
    settings.DATABASE_ROUTERS = [f"{__name__}.{OwnDatabase.__name__}", *settings.DATABASE_ROUTERS]
    router._routers = settings.DATABASE_ROUTERS  # noqa: SLF001 - no public way to have them read again
    vars(router).pop("routers", None)
