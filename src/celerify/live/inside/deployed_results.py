"""Asks the result backend of the settings, as the code that sends tasks does; nothing is stored there."""

from __future__ import annotations

import uuid

from celerify_inside.deployed import app

_ASKED = (
    "celery.backends.redis",
    "celery.backends.cache",
    "celery.backends.filesystem",
    "django_celery_results.",
)
"""The modules of backends whose client only reads where a result is read: others make tables first."""

_ROUNDS = 10
_KEYS = 1000


def results():
    """Return the kind and the address of the backend, and what it answers.

    `state` is that of a result which is not there, "" where the backend is not asked; `stored` the state of a
    result which a worker has stored, where one is found at once; `error` why it does not answer.
    """
    from kombu.utils.url import sanitize_url

    backend = app.backend
    kind = f"{type(backend).__module__}.{type(backend).__name__}"
    found = {
        "kind": kind,
        "address": sanitize_url(app.conf.result_backend or "disabled"),
        "state": "",
        "stored": "",
        "error": [],
    }
    if not kind.startswith(_ASKED):
        return found
    backend.retry_policy = {"max_retries": 1, "interval_start": 0, "interval_max": 1}
    try:
        found["state"] = backend.get_task_meta(str(uuid.uuid4()), cache=False)["status"]
        found["stored"] = _stored(backend) or ""
    except Exception as error:  # noqa: BLE001 - whatever the client library raises is told, not raised
        from celerify_inside.deployed_operations import chain

        found["error"] = chain(error)
    return found


def _stored(backend):
    """Return the state of some result that has ended; its value is not looked at."""
    from celery.states import READY_STATES

    if hasattr(backend, "TaskModel"):
        rows = backend.TaskModel._default_manager.filter(status__in=READY_STATES)  # noqa: SLF001 - Django's interface
        return rows.values_list("status", flat=True).first()
    if not hasattr(getattr(backend, "client", None), "scan"):
        return None
    for key in _keys(backend.client, backend.task_keyprefix):
        content = backend.client.get(key)
        status = backend.decode_result(content)["status"] if content else None
        if status in READY_STATES:
            return status
    return None


def _keys(client, prefix):
    """Yield a few keys of results: a large store is not gone through."""
    text = prefix.decode() if isinstance(prefix, bytes) else prefix
    cursor = 0
    for _ in range(_ROUNDS):
        cursor, keys = client.scan(cursor, match=f"{text}*", count=_KEYS)
        yield from keys[:_ROUNDS]
        if cursor == 0:
            return
