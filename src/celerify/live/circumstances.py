"""Under which circumstances a run saw what it saw, and how that may be told in a file that is committed."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from celerify.facts.evidence import clock
from celerify.live.recording import Circumstances
from celerify.live.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from celerify.live.evidence import Outcome
    from celerify.live.run import Run

_FAMILY = (
    "celery", "kombu", "django", "redis", "amqp", "librabbitmq", "django-celery-beat",
    "django-celery-results", "flower",
)  # fmt: skip
_ITSELF = frozenset({"localhost", "127.0.0.1", "::1"})
_SHORTEST = 4
"""A host of fewer letters is a word as well."""


def circumstances(run: Run, files: Mapping[str, Mapping[str, str | None]]) -> Circumstances:
    """Return them, once the run is over.

    Args:
        run: that was made.
        files: by item, the files that decide it, with their hashes when the run began.
    """
    deployed = run.project.deployed
    used = run.looked_at.settings if run.looked_at else None
    settings = used or run.asked.settings or (deployed[0].entry.module if deployed else None)
    return Circumstances(clock(), versions(run), run.kind, settings, files, run.asked.against)


def versions(run: Run) -> dict[str, str]:
    """Return the versions of Python and of the Celery family: what is installed, or what far workers run."""
    if run.deployed is not None:
        return run.deployed.versions
    packages = run.looked_at.packages if run.looked_at else {}
    return {"python": ".".join(map(str, run.python.version))} | {
        name: packages[name] for name in _FAMILY if packages.get(name)
    }


def sayable(run: Run, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return the same without what no committed file may say: passwords, folders and hosts.

    The stages see to that themselves; this is the last door.
    """
    place = f"{run.asked.against}: " if run.asked.against else ""
    hosts = sorted(set(_hosts(run)), key=len, reverse=True)

    def said(text: str) -> str:
        text = shown(run, text)
        for host in hosts:
            text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", "HOST", text)
        return text

    return tuple(replace(one, summary=place + said(one.summary), remedy=said(one.remedy)) for one in outcomes)


def _hosts(run: Run) -> Iterator[str]:
    """Yield the names that tell where this is: of this machine, and of far servers by their whole name."""
    own = socket.gethostname()
    if len(own) >= _SHORTEST and own not in _ITSELF:
        yield own
    for address in run.addresses:
        try:
            host = urlsplit(address).hostname or ""
        except ValueError:
            continue
        if host not in _ITSELF and (set(host) & {".", ":"}):
            yield host
