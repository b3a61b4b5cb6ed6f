"""What the client can be asked: each operation is a function of JSON values that returns JSON values."""

from __future__ import annotations

import sys
import time
import uuid

import django
from celerify_inside.app import app
from celerify_inside.beats import forget_rows, remember_intervals, scheduler
from celerify_inside.queues import known
from celerify_inside.reliability import gives_up_after, key_space, promises, purge, task_class, waiting

django.setup()
app.loader.import_default_modules()
app.finalize()

PATIENCE = 3.0
"""Seconds in which workers answer; the default of one is short for a busy machine (celery#4079)."""


def ping(node, within=PATIENCE):
    """Tell whether a node answers."""
    return bool(app.control.inspect(destination=[node], timeout=within).ping())


def nodes(within=PATIENCE):
    """Return the names of all nodes that answer."""
    return sorted(app.control.inspect(timeout=within).ping() or {})


def registered(node=None):
    """Return the names of the tasks that a worker has registered; of this process without a node."""
    if node is None:
        return sorted(app.tasks)
    found = app.control.inspect(destination=[node], timeout=PATIENCE).registered() or {}
    return sorted(name.partition(" ")[0] for name in found.get(node, ()))


def active_queues(node):
    """Return the names of the queues that a worker consumes."""
    found = app.control.inspect(destination=[node], timeout=PATIENCE).active_queues() or {}
    return sorted(queue["name"] for queue in found.get(node, ()))


def stats(node):
    """Return what a worker tells of itself: pool, processes, broker."""
    found = app.control.inspect(destination=[node], timeout=PATIENCE).stats() or {}
    return found.get(node)


def worker_tells(node):
    """Return what a worker tells of itself: that it answers, its queues, its pool, its transport."""
    asked = app.control.inspect(destination=[node], timeout=PATIENCE)
    found = (asked.stats() or {}).get(node)
    if found is None:
        return {"answers": ping(node), "queues": [], "pool": "", "transport": ""}
    queues = (asked.active_queues() or {}).get(node) or []
    return {
        "answers": True,
        "queues": sorted(queue.get("alias") or queue["name"] for queue in queues),
        "pool": found["pool"].get("implementation", ""),
        "transport": found["broker"].get("transport") or "",
    }


def listen(node, queue):
    """Have a worker consume one more queue; tell whether it does."""
    replies = app.control.add_consumer(queue, destination=[node], reply=True, timeout=PATIENCE)
    return any("ok" in answer for reply in replies or () for answer in reply.values())


def module_state(module):
    """Return whether a module has been imported, and the installed application that it is in, or None."""
    from django.apps import apps

    names = [config.name for config in apps.get_app_configs()]
    owners = [name for name in names if f"{module}.".startswith(f"{name}.")]
    return {"imported": module in sys.modules, "application": max(owners, key=len, default=None)}


def backend_class():
    """Return the class of the result backend in use."""
    return f"{type(app.backend).__module__}.{type(app.backend).__name__}"


def send(task, args=(), queue=None, options=None):
    """Send a probe and return its id; a task class of the project's may give back nothing, as on a commit."""
    where = {"queue": known(app, queue)} if queue else {}
    stated = {"task_id": str(uuid.uuid4()), **(options or {})}
    app.tasks[f"celerify.probe.{task}"].apply_async(args=args, **where, **stated)
    return stated["task_id"]


def result(task_id, within):
    """Return the state of a task and its result once it is there, or what state it had when time was up."""
    found = app.AsyncResult(task_id)
    ends = time.monotonic() + within
    while not found.ready() and time.monotonic() < ends:
        time.sleep(0.05)
    state = found.state
    return {"state": state, "result": found.result if state == "SUCCESS" else str(found.result)}


def conf(names):
    """Return these options of Celery, as text where JSON cannot say them."""
    return {name: app.conf.get(name) for name in names}


def migrate():
    """Make the tables of beat and of the results in the temporary database."""
    from celerify_inside.databases import APPS, OWN
    from django.apps import apps
    from django.core.management import call_command

    made = [label for label in sorted(APPS) if apps.is_installed(label)]
    for label in made:
        call_command("migrate", label, database=OWN, verbosity=0, interactive=False)
    return made


def sweep():
    """Delete every key, queue and exchange of the run's own from the broker and the result backend."""
    from celerify_inside.sweep import swept

    return swept(app)


OPERATIONS = {
    function.__name__: function
    for function in (
        ping,
        nodes,
        registered,
        active_queues,
        stats,
        worker_tells,
        listen,
        module_state,
        backend_class,
        send,
        result,
        conf,
        migrate,
        sweep,
        key_space,
        waiting,
        purge,
        promises,
        gives_up_after,
        task_class,
        scheduler,
        remember_intervals,
        forget_rows,
    )
}
"""Every operation by its name."""
