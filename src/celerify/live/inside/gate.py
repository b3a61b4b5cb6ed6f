"""Lets no task of the project's own be sent: verify runs its probes, and nothing that has consequences.

Beat may find entries of the project's due, and receivers of signals may call tasks: what they would send is
noted in the journal and dropped.
"""

from __future__ import annotations

import functools

from celerify_inside.journal import note

PROBE = "celerify.probe."
"""How the names of all probes begin."""


def close_gate(app) -> None:
    """Drop every message of this application that is for another task than a probe.

    What sends is made with the first message, as Celery does: it fixes the queues, and the project may still
    set the default one once the application is finalized.
    """
    amqp = app.amqp

    @functools.cache
    def sender():
        return amqp._create_task_sender()  # noqa: SLF001 - what the property that is replaced calls

    def gated(producer, name, message, *args, **kwargs):
        if name.startswith(PROBE):
            return sender()(producer, name, message, *args, **kwargs)
        note("withheld", task=name)
        return None

    amqp.send_task_message = gated
