"""Lets no task of the project's own be sent: verify runs its probes, and nothing that has consequences.

Beat may find entries of the project's due, and receivers of signals may call tasks: what they would send is
noted in the journal and dropped.
"""

from __future__ import annotations

from celerify_inside.journal import note

PROBE = "celerify.probe."
"""How the names of all probes begin."""


def close_gate(app) -> None:
    """Drop every message of this application that is for another task than a probe."""
    amqp = app.amqp
    send = amqp.send_task_message

    def gated(producer, name, message, *args, **kwargs):
        if name.startswith(PROBE):
            return send(producer, name, message, *args, **kwargs)
        note("withheld", task=name)
        return None

    amqp.send_task_message = gated
