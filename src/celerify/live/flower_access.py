"""Who gets into a Flower: nobody without the password, whoever has it."""

from __future__ import annotations

import http
import secrets
from typing import TYPE_CHECKING

from celerify.live.stage import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.flower import Serving
    from celerify.live.flower_commands import Command

_PAGES = ("/", "/api/workers")
_OPEN = ("5.1.1", "7.2.3")
_REMEDY = (
    "give it a password by its environment, one that must be set: "
    "FLOWER_BASIC_AUTH=USER:PASSWORD, in compose `USER:${FLOWER_PASSWORD:?}`"
)


def access(serving: Serving) -> Iterator[Seen]:
    """Yield who is let in."""
    command = serving.command
    if command.access == "login":
        yield from _login(serving)
        return
    user = command.user
    strangers = {
        "without a password": None,
        "with an empty password": f"{user}:",
        "with a wrong password": f"{user}:{secrets.token_hex(8)}",
    }
    if opened := _lets_in(serving, strangers):
        yield _opened(command, *opened)
        return
    yield from _right(serving, len(strangers) * len(_PAGES))


def _opened(command: Command, path: str, how: str) -> Seen:
    if command.access == "unseen":  # what guards it where it is deployed is not here
        said = (
            f"{command.name} answers {path} with 200 {how} as it was started here; where its password comes "
        )
        return Seen(None, f"{said}from cannot be read", _OPEN, remedy=_REMEDY)
    unset = f", while {' and '.join(command.unset)} is not set" if command.unset else ""
    said = f"anybody who reaches {command.name} reads it: {path} answers 200 {how}{unset}"
    return Seen(False, said, _OPEN, remedy=_REMEDY)


def _lets_in(serving: Serving, strangers: dict[str, str | None]) -> tuple[str, str] | None:
    """Return the page that somebody without the password gets, and how; None where nobody does."""
    for how, credentials in strangers.items():
        for path in _PAGES:
            if serving.get(path, credentials).status == http.HTTPStatus.OK:
                return path, how
    return None


def _right(serving: Serving, refused: int) -> Iterator[Seen]:
    command = serving.command
    proved = () if command.access == "unseen" else ("5.1.1",)
    said = f"{command.name} refuses who sends no password, an empty one or a wrong one"
    if not command.credentials:
        yield Seen(True, said, proved, {"refused": refused})
        yield Seen(None, f"which password {command.name} takes cannot be read: nobody was let in")
        return
    answers = [serving.get(path, command.credentials) for path in _PAGES]
    if any(answer.status != http.HTTPStatus.OK for answer in answers):
        found = " and ".join(str(answer.status or "nothing") for answer in answers)
        said = f"{command.name} lets in nobody: to its own password it answers {found}"
        yield Seen(False, said, ("7.2.3",), remedy="give it USER:PASSWORD, separated by a colon")
        return
    said = f"{said}, and lets in who has the right one"
    if command.access == "unseen":
        said += "; the password was this run's own, as the repository shows none"
    yield Seen(True, said, proved, {"refused": refused})


def _login(serving: Serving) -> Iterator[Seen]:
    command = serving.command
    answers = [serving.get(path) for path in _PAGES]
    if all(answer.refused for answer in answers):
        said = f"{command.name} serves nobody who has not logged in at the other service"
        yield Seen(True, said, ("5.1.1",), {"refused": len(answers)})
        yield Seen(None, f"the login of {command.name} is at another service: nobody could log in here")
        return
    found = " and ".join(str(answer.status or "nothing") for answer in answers)
    said = f"{command.name} has a login at another service, and answers {found} without one"
    yield Seen(False, said, _OPEN, remedy="give it --auth, --auth_provider and the OAuth2 key")
