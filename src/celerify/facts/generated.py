"""What the answers file says of the files that celerify wrote whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from celerify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.tree import Tree

ANSWERS_FILE = ".celerify-answers.yml"
"""Where copier looks for what a project was made from."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What was written whole.

    Attributes:
        release: celerify's release whose templates were used, as `v0.1.0`; "" where nothing says so.
        written: path to the hash that git gives to the bytes as they were written.
        source: where copier takes the templates from; "" for celerify's own home.
    """

    release: str = ""
    written: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


def read_generated(tree: Tree) -> Generated:
    """Return what the answers file says; nothing was written where there is none.

    Raises:
        UsageError: it cannot be read.
    """
    import yaml

    if not tree.exists(ANSWERS_FILE):
        return Generated()
    try:
        document = yaml.safe_load(tree.text(ANSWERS_FILE))
    except yaml.YAMLError as error:
        raise _unreadable(" ".join(str(error).split())) from None
    written = document.get("written") or {} if isinstance(document, dict) else None
    if not isinstance(written, dict):
        raise _unreadable("it is no mapping of paths and hashes")
    found = {str(path): str(blob) for path, blob in written.items()}
    release, source = (str(document.get(key) or "") for key in ("_commit", "_src_path"))
    return Generated(release, found, source)


def blob_hash(content: bytes) -> str:
    """Return the name under which git keeps these bytes once they are committed."""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def _unreadable(why: str) -> UsageError:
    return UsageError(
        f"{ANSWERS_FILE} cannot be read: {why}",
        f"take it back from git: git restore {ANSWERS_FILE}",
    )
