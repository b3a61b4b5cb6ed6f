"""The Flower commands of a project: those that it declares, as a run starts them, each with a way in."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from celerify.facts.monitoring.flower_options import FLAGS
from celerify.requirements.flower_authentication import FlowerAuthentication
from celerify.requirements.monitoring_files import flowers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.facts.monitoring.flower import Flower
    from celerify.project import Project

Access = Literal["password", "open", "login", "unseen"]
"""How a declared Flower lets people in: by a password, everybody, by a login at another service, or not to be
seen in the repository."""

_OURS = frozenset(
    {
        "port", "address", "unix_socket", "db", "persistent", "state_save_interval", "certfile", "keyfile",
        "ca_certs", "broker_api", "debug", "conf", "cookie_secret", "basic_auth", "oauth2_key",
        "oauth2_secret", "format_task",
    }
)  # fmt: skip
"""Options that a run sets itself, or leaves to the deployment."""

_UNAUTHENTICATED = "FLOWER_UNAUTHENTICATED_API"
_VARIABLE = re.compile(r"\$\{(\w+)[^{}]*\}|\$(\w+)")
_HIDDEN = "${substituted}"


@dataclass(frozen=True, slots=True)
class Command:
    """One way in which the project runs Flower.

    Attributes:
        label: `flower`, `flower-2`, ...: how its process is kept.
        name: how a sentence calls it.
        access: how it lets people in.
        credentials: `user:password` of somebody who is let in; None where that is not known.
        words: the options behind `celery flower`.
        environment: the variables that it is given; the credentials are among them.
        conf: its configuration file, from the root; "" for none.
        prefix: what stands before every path, or "".
        image: it runs from an image of its own, without the project's packages.
        unset: the variables that nothing sets, which leave its password empty.
    """

    label: str
    name: str
    access: Access
    credentials: str | None = None
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    conf: str = ""
    prefix: str = ""
    image: bool = False
    unset: tuple[str, ...] = ()

    @property
    def user(self) -> str:
        """The user of the credentials; any name where they are not known."""
        return (self.credentials or "flower").partition(":")[0]


def commands(project: Project) -> tuple[Command, ...]:
    """Return each different Flower that the project declares; Celery's plain one where it declares none."""
    judged = zip(flowers_of(project), FlowerAuthentication().observe(project), strict=True)
    found: dict[tuple[object, ...], Command] = {}
    for flower, observation in judged:
        label = f"flower-{len(found) + 1}" if found else "flower"
        command = _command(flower, label, holds=observation.holds)
        kind = (command.access, command.words, command.conf, command.prefix, command.credentials == "")
        found.setdefault((*kind, _empty_password(command)), command)
    plain = Command("flower", "Flower", "unseen", (own := _own()), environment={"FLOWER_BASIC_AUTH": own})
    return tuple(found.values()) or (plain,)


def _own() -> str:
    return f"celerify:{secrets.token_hex(12)}"


def _empty_password(command: Command) -> bool:
    return (command.credentials or "").endswith(":")


def _command(flower: Flower, label: str, *, holds: bool | None) -> Command:
    at = flower.process.at
    access = _access(flower, holds=holds)
    credentials, environment = _way_in(flower, access, holds=holds)
    if allowed := flower.process.environment.get(_UNAUTHENTICATED):
        environment[_UNAUTHENTICATED] = allowed
    prefix = (flower.text("url_prefix") or "").strip("/")
    return Command(
        label,
        f"Flower ({at.path}:{at.line})" if at.line else f"Flower ({at.path})",
        access,
        credentials,
        tuple(_words(flower)),
        environment | dict(_variables(flower)),
        _configuration(flower),
        f"/{prefix}" if prefix else "",
        image=not flower.process.command and flower.process.image is not None,
        unset=_unset(flower) if holds is False else (),
    )


def _unset(flower: Flower) -> tuple[str, ...]:
    return tuple(found[1] or found[2] for found in _VARIABLE.finditer(flower.text("basic_auth") or ""))


def _access(flower: Flower, *, holds: bool | None) -> Access:
    basic = flower.options.get("basic_auth")
    if flower.text("auth") and "$" not in (flower.text("auth") or ""):
        return "login"
    if holds is None:
        return "unseen"
    if basic is not None:
        return "password"
    return "password" if holds else "open"


def _way_in(flower: Flower, access: Access, *, holds: bool | None) -> tuple[str | None, dict[str, str]]:
    """Return the credentials of somebody who is let in, and the variables by which Flower knows them.

    A declared password is never used: a run makes one of its own, but where a configuration file says it.
    One that may be empty is empty here, as it is where nobody sets the variable.
    """
    if access == "open":
        return None, {}
    if access == "login":
        return None, {name: secrets.token_hex(8) for name in ("FLOWER_OAUTH2_KEY", "FLOWER_OAUTH2_SECRET")}
    setting = flower.options.get("basic_auth")
    text = setting.value if setting else None
    if setting and setting.source == "configuration" and text is not None:
        return _configured(text)
    if holds is False and text is not None:
        weak = _VARIABLE.sub("", text)
        return weak.partition(",")[0] or None, {"FLOWER_BASIC_AUTH": weak}
    own = _own()
    return own, {"FLOWER_BASIC_AUTH": own}


def _configured(text: str) -> tuple[str | None, dict[str, str]]:
    """Return what a configuration file lets in, once each variable that it reads has a value."""
    if _HIDDEN in text:
        return None, {}
    names = {found[1] or found[2] for found in _VARIABLE.finditer(text)}
    given = {name: secrets.token_hex(8) for name in sorted(names)}
    filled = _VARIABLE.sub(lambda found: given[found[1] or found[2]], text)
    return filled.partition(",")[0] or None, given


def _words(flower: Flower) -> Iterator[str]:
    for name, setting in flower.options.items():
        if setting.source != "command":
            continue
        if setting.value is None:  # without its equals sign, with which Flower does not start
            yield f"--{name}"
        elif name not in _OURS and "$" not in setting.value:
            yield f"--{name}" if name in FLAGS and setting.value == "true" else f"--{name}={setting.value}"


def _variables(flower: Flower) -> Iterator[tuple[str, str]]:
    for name, setting in flower.options.items():
        if (
            setting.source == "environment"
            and setting.value
            and name not in _OURS
            and "$" not in setting.value
        ):
            yield f"FLOWER_{name.upper()}", setting.value


def _configuration(flower: Flower) -> str:
    return next(
        (each.at.path for each in flower.options.values() if each.source == "configuration"),
        "",
    )
