"""What the processes of a run are given: the package `celerify_inside`, and the file that says what to do."""

from __future__ import annotations

import importlib.resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.live.brokers import Broker
    from celerify.live.run import Run


def lay_inside(folder: Path) -> None:
    """Copy what runs in the project's Python to a folder, as the package `celerify_inside`."""
    place = importlib.resources.files("celerify.live") / "inside"
    target = folder / "celerify_inside"
    target.mkdir(exist_ok=True)
    for source in place.iterdir():
        if source.name.endswith(".py"):
            (target / source.name).write_bytes(source.read_bytes())


def run_file(run: Run, broker: Broker) -> dict[str, object]:
    """Return what every process of a run is told (`live/inside/app.py` reads it).

    `app` names the project's application, `prefix` begins every name of the run on the broker, `conf` and the
    options of the transports are set over the project's own, `database` is `temporary` or `own`.
    """
    prefix = run.session.id
    options: dict[str, object] = dict(broker.options)
    if broker.kind == "redis":
        options["global_keyprefix"] = f"{prefix}:"
    return {
        "app": run.asked.application,
        "kind": broker.kind,
        "ours": broker.ours,
        "prefix": prefix,
        "conf": {
            "broker_connection_retry_on_startup": True,
            "task_always_eager": False,
            "worker_enable_remote_control": True,  # a worker that cannot be asked proves little
            **broker.conf,
        },
        "transport_options": options,
        "result_options": {"global_keyprefix": f"{prefix}:"},
        "database": "own" if run.asked.own_database else "temporary",
        "database_file": str(run.session.folder / "database.sqlite3"),
    }
