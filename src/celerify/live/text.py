"""What may be shown of a run: without credentials, without the machine's folders."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from celerify.facts.masking import HIDDEN, masked

if TYPE_CHECKING:
    from celerify.live.run import Run

TAIL = 12
"""How many lines of a log are shown."""


def shown(run: Run, text: str) -> str:
    """Return a text for people and evidence: no password, no folder of the run or of the machine."""
    for secret in _secrets(run):
        text = text.replace(secret, HIDDEN)
    root = f"{run.project.tree.root}/"
    text = text.replace(root, "").replace(f"{run.session.folder}/", "").replace(run.session.id, "celerify")
    return masked(text)


def tail(run: Run, text: str, lines: int = TAIL) -> str:
    """Return the last lines of a log, as they may be shown."""
    return shown(run, "\n".join(line for line in text.rstrip().splitlines()[-lines:]))


def last_error(run: Run, text: str) -> str:
    """Return the line of a log that says what went wrong: the last exception, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _names_an_error(line)]
    return shown(run, (errors or lines or ["it printed nothing"])[-1])


def _names_an_error(line: str) -> bool:
    name = line.partition(":")[0]
    return name.rpartition(".")[2].endswith(("Error", "Exception", "Refused", "Mismatch")) and " " not in name


def _secrets(run: Run) -> list[str]:
    found = set()
    for address in run.addresses:
        try:
            password = urlsplit(address).password
        except ValueError:
            continue
        found |= {password, unquote(password)} if password else set()
    return sorted(found, key=len, reverse=True)
