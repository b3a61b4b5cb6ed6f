"""What may be shown of a run: without credentials, without the machine's folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from celerify.facts.masking import HIDDEN, masked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.run import Run

TAIL = 12
"""How many lines of a log are shown."""

_WRAPS = "ValueError: Unable to configure"
_SHORTEST = 4
"""A password of fewer characters is a part of words as well: it is hidden where it stands in a URL."""


def shown(run: Run, text: str) -> str:
    """Return a text for people and evidence: no password, no folder of the run or of the machine."""
    for secret in _secrets(run):
        text = text.replace(secret, HIDDEN)
    for place, name in _places(run):
        text = text.replace(f"{place}/", f"{name}/" if name else "")
        text = re.sub(rf"{re.escape(place)}(?![\w.-])", name or ".", text)
    return masked(text.replace(run.session.id, "celerify"))


def tail(run: Run, text: str, lines: int = TAIL) -> str:
    """Return the last lines of a log, as they may be shown, without those of Python's import system."""
    told = [line for line in text.rstrip().splitlines() if 'File "<frozen importlib' not in line]
    return shown(run, "\n".join(told[-lines:]))


def last_error(run: Run, text: str) -> str:
    """Return the line of a log that says what went wrong: the last exception, else the last line.

    One of the logging configuration comes with the exception behind it, which names the file.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _names_an_error(line)]
    found = (errors or lines or ["it printed nothing"])[-1]
    if _WRAPS in found and len(errors) > 1:
        found = f"{found}: {errors[-2]}"
    return shown(run, found)


def _names_an_error(line: str) -> bool:
    name = line.partition(":")[0]
    return (
        name.rpartition(".")[2].endswith(("Error", "Exception", "Refused", "Mismatch", "Warning"))
        and " " not in name
    )


def _secrets(run: Run) -> list[str]:
    found = set()
    for address in run.addresses:
        try:
            password = urlsplit(address).password
        except ValueError:
            continue
        found |= {password, unquote(password)} if password else set()
    return sorted((one for one in found if len(one) >= _SHORTEST), key=len, reverse=True)


def _places(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the folders that only this machine has, also as URLs write them, and what is said instead."""
    for folder, name in ((run.session.folder, ""), (run.project.tree.root, ""), (_home(), "~")):
        if folder is None or folder == Path(folder.anchor):
            continue  # a container may have the repository, or its home, at the root of the file system
        for place in dict.fromkeys((str(folder), str(folder.resolve()))):
            yield from ((one, name) for one in dict.fromkeys((place, quote(place))))


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a container's user may be in no list of users
        return None
