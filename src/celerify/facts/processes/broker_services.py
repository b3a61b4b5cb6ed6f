"""Whether a broker's compose service asks for a password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.facts.processes.compose import build_of, environment_is_known, environment_of, shell_text
from celerify.facts.processes.compose_parts import mounted
from celerify.facts.processes.shell import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.processes.compose import Service
    from celerify.tree import Tree

_REQUIRED = re.compile(r"(?:--)?requirepass[\s=\"',]+([$\0]\{[^}]*\}|[^\s\"',;&|]+)")
_ACL = re.compile(r"(?:--)?aclfile\s+\S+|^\s*user\s+default\s.*>\S+", re.MULTILINE)
_MUST = re.compile(r"^\$\{\w+:?\?")
_RABBIT_PASSWORD = re.compile(
    r"^\s*default_pass\s*=\s*(\S+)|\"password(?:_hash)?\"\s*:\s*\"[^\"]+\"", re.MULTILINE
)
_PASSWORDS = ("REDIS_PASSWORD", "REDIS_MASTER_PASSWORD", "VALKEY_PASSWORD", "VALKEY_PRIMARY_PASSWORD")
_PLAIN = re.compile(r"\$\{(\w+):?\?[^}]*\}")
_CONFIGURES = (".conf", ".json", ".acl", ".config", ".sh")


def is_rabbitmq(service: Service) -> bool:
    """Tell whether the service is RabbitMQ; any other broker speaks Redis's protocol."""
    return "rabbitmq" in (service.image or service.name)


def asks_for_password(service: Service, tree: Tree) -> bool | None:
    """Tell whether the broker refuses who has no password of its own; None where that cannot be read.

    RabbitMQ's `guest` is a password that everybody knows, and its image takes it from any host.
    The official images of Redis and Valkey take no password from the environment; Bitnami's do.
    """
    known = _rabbitmq(service, tree) if is_rabbitmq(service) else _redis(service, tree)
    if known:
        return True
    texts = list(_files(service, tree))
    if any(_in_file(text, rabbitmq=is_rabbitmq(service)) for text in texts if text):
        return True
    return None if known is None or None in texts else False


def credentials(service: Service) -> tuple[str | None, str | None]:
    """Return user and password as the compose file writes them; None for what it does not say.

    A variable of the container's own shell (`$$NAME`) is looked up in what the service is given.
    """
    given = _written(service)
    if is_rabbitmq(service):
        return given.get("RABBITMQ_DEFAULT_USER"), given.get("RABBITMQ_DEFAULT_PASS")
    command = service.definition.get("command")
    text = " ".join(map(str, command)) if isinstance(command, list) else str(command or "")
    found = _REQUIRED.search(text.replace("$$", "\0"))
    if found is None:
        named = next((given[name] for name in _PASSWORDS if name in given), None)
        return None, named if "bitnami" in (service.image or "") else None
    value = found[1].strip("\"'")
    inside = re.match(r"\0\{?(\w+)", value)
    value = given.get(inside[1], "") if inside else value
    return None, _PLAIN.sub(r"${\1}", value) or None


def _written(service: Service) -> dict[str, str]:
    value = service.definition.get("environment")
    if isinstance(value, dict):
        return {str(name): str(item) for name, item in value.items() if item is not None}
    split = (str(item).partition("=") for item in value) if isinstance(value, list) else ()
    return {name: text for name, equals, text in split if equals}


def _rabbitmq(service: Service, tree: Tree) -> bool | None:
    given = environment_of(service, tree)
    if given.get("RABBITMQ_DEFAULT_PASS_FILE"):
        return True
    password = given.get("RABBITMQ_DEFAULT_PASS")
    if password:
        return (given.get("RABBITMQ_DEFAULT_USER", "guest"), password) != ("guest", "guest")
    return False if password == "" or environment_is_known(service, tree) else None


def _redis(service: Service, tree: Tree) -> bool | None:
    given = environment_of(service, tree)
    words = [shell_text(service.definition.get(key)) for key in ("entrypoint", "command")]
    built = build_of(service, tree)
    words += [
        built[2].runs if built else "",
        given.get("REDIS_ARGS", ""),
        given.get("VALKEY_EXTRA_FLAGS", ""),
    ]
    text = " ".join(words)
    if any(_is_given(value, given) for value in _REQUIRED.findall(text)) or _ACL.search(text):
        return True
    if "bitnami" in (service.image or ""):
        passed = [given[name] for name in _PASSWORDS if name in given]
        return any(passed) or (False if environment_is_known(service, tree) else None)
    return None if "build" in service.definition and not built else False


def _is_given(value: str, environment: dict[str, str]) -> bool:
    return bool(_MUST.match(value) or expanded(value, environment).strip("\"'"))


def _in_file(text: str, *, rabbitmq: bool) -> bool:
    if rabbitmq:
        return any(found != "guest" for found in _RABBIT_PASSWORD.findall(text))
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return bool(_REQUIRED.search(kept) or _ACL.search(kept))


def _files(service: Service, tree: Tree) -> Iterator[str | None]:
    """Yield the text of each file that may configure the broker; None for one that is not here."""
    command = shell_text(service.definition.get("command"))
    for source, target in mounted(service):
        if not target.endswith(_CONFIGURES) and not source.endswith(_CONFIGURES):
            continue
        if not source.startswith("..") and tree.exists(source):
            yield tree.text(source)
        elif target in command or is_rabbitmq(service):
            yield None
