"""What becomes of a text as `user:${PASSWORD}` when the variables in it are not set."""

from __future__ import annotations

import re
from enum import IntEnum

_DEMANDED = re.compile(r"\$\{\w+:?\?[^{}]*\}")
_UNSEEN = re.compile(r"\$\{(?:substituted|template)\}|\$\([^()]*\)|`[^`]*`")
_VARIABLE = re.compile(r"\$\{(\w+)[^{}]*\}|\$(\w+)")
_MUST, _MAY, _HIDDEN = "\x01", "\x02", "\x03"


class Password(IntEnum):
    """How the weakest of the credentials gets its password, the worst last.

    `GIVEN`: by a literal. `DEMANDED`: by a variable without which nothing starts. `UNSEEN`: by something that
    the text does not show. `NOBODY`: what stands there is no `user:password`, and lets nobody in.
    `OPTIONAL`: by a variable that may be unset, and is then empty. `EMPTY`: there is none.
    """

    GIVEN = 0
    DEMANDED = 1
    UNSEEN = 2
    NOBODY = 3
    OPTIONAL = 4
    EMPTY = 5


def weakest_password(text: str, demanded: frozenset[str] = frozenset(), *, strict: bool = False) -> Password:
    """Return how the weakest of the comma-separated credentials in `text` gets its password.

    Args:
        text: as `admin:${FLOWER_PASSWORD:?},guest:guest`, defaults of variables filled in.
        demanded: variables that something else demands before.
        strict: a shell with `set -u` reads it: an unset variable ends it.
    """
    marked = _UNSEEN.sub(_HIDDEN, _DEMANDED.sub(_MUST, text))

    def mark(match: re.Match[str]) -> str:
        return _MUST if strict or (match[1] or match[2]) in demanded else _MAY

    return max(_password(part.strip()) for part in _VARIABLE.sub(mark, marked).split(","))


def _password(credential: str) -> Password:
    user, colon, password = credential.partition(":")
    if not colon:
        if user == _MUST:
            return Password.DEMANDED
        return Password.UNSEEN if {_MAY, _HIDDEN} & set(user) else Password.NOBODY
    if password.strip(_MAY) == "":
        return Password.OPTIONAL if password else Password.EMPTY
    if _HIDDEN in password:
        return Password.UNSEEN
    return Password.DEMANDED if password.strip(_MUST + _MAY) == "" else Password.GIVEN
