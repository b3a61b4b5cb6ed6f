"""What was chosen: flags, then `[tool.celerify]`, then nothing (detection decides)."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

from celerify.errors import UsageError
from celerify.facts.attestations import read_attestations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celerify.facts.attestations import Attestation
    from celerify.tree import Tree

BROKERS = ("redis", "rabbitmq")
RESULTS = ("redis", "django-db", "rpc", "none")
MONITORING = ("flower", "flower,prometheus", "none")
TARGETS = ("compose", "systemd", "supervisor", "procfile", "kubernetes", "none")

_ALLOWED: Mapping[str, tuple[str, ...]] = {"broker": BROKERS, "results": RESULTS, "monitoring": MONITORING}
_KEYS = ("broker", "results", "beat", "monitoring", "deploy", "waivers", "attestations", "manage", "settings")


@dataclass(frozen=True)
class Choices:
    """Choices in effect; None means that nobody chose, and detection or the default decides.

    Attributes:
        broker: `redis` or `rabbitmq`.
        results: `redis`, `django-db`, `rpc` or `none`.
        beat: whether periodic tasks are wanted.
        monitoring: `flower`, `flower,prometheus` or `none`.
        waivers: item or slug to the reason why it is waived.
        manage: the manage.py to use, by flag.
        settings: the settings module to use, by flag.
        start: the folder the command was pointed at, relative to the root ("" for the root).
        deploy: where it is deployed, each `compose`, `systemd`, `supervisor`, `procfile` or `kubernetes`;
            empty for nowhere.
        attestations: item or slug to what a person vouches for, counting or not.
    """

    broker: str | None = None
    results: str | None = None
    beat: bool | None = None
    monitoring: str | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)
    manage: str | None = None
    settings: str | None = None
    start: str = ""
    deploy: tuple[str, ...] | None = None
    attestations: Mapping[str, Attestation] = field(default_factory=dict)


def read_choices(tree: Tree) -> Choices:
    """Return the choices recorded in the repository: those of `[tool.celerify]` in its pyproject.toml.

    A repository without pyproject.toml records them in `.celerify.toml`, at the top level of that file.

    Raises:
        UsageError: the file is no TOML, or a key, value or waiver is none that celerify knows.
    """
    if tree.exists("pyproject.toml"):
        if tree.exists(".celerify.toml"):
            raise UsageError(
                ".celerify.toml is not read where there is a pyproject.toml",
                "move its keys to the table [tool.celerify] of pyproject.toml and delete the file",
            )
        tool = _loaded(tree, "pyproject.toml").get("tool", {})
        table = tool.get("celerify", {}) if isinstance(tool, dict) else {}
        return _choices(table, "[tool.celerify] in pyproject.toml", tree)
    if tree.exists(".celerify.toml"):
        return _choices(_loaded(tree, ".celerify.toml"), ".celerify.toml", tree)
    return Choices()


def merged(recorded: Choices, flags: Choices) -> Choices:
    """Return the flags over what is recorded: a flag that was given wins, waivers add up."""
    given = {
        each.name: value
        for each in fields(flags)
        if each.name not in {"waivers", "attestations"} and (value := getattr(flags, each.name)) is not None
    }
    return replace(recorded, **given, waivers={**recorded.waivers, **flags.waivers})


def _loaded(tree: Tree, path: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(tree.read(path).decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{path} is not valid TOML: {error}", "mend the file; nothing was read from it"
        ) from None
    except UnicodeError:
        raise UsageError(f"{path} is not valid TOML: it is not UTF-8", "save the file as UTF-8") from None


def _choices(table: object, where: str, tree: Tree) -> Choices:
    if not isinstance(table, dict):
        raise UsageError(f"{where} is not a table", f"write it as a table with the keys {', '.join(_KEYS)}")
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            raise UsageError(
                f"unknown key `{key}` in {where}",
                (f"did you mean `{near[0]}`? " if near else "") + f"the keys are {', '.join(_KEYS)}",
            )
        values[key] = (
            _attestations(value, where, tree) if key == "attestations" else _value(key, value, where)
        )
    return Choices(**values)  # type: ignore[arg-type]  # each value was checked under its own key


def _value(key: str, value: object, where: str) -> object:
    match key:
        case "broker" | "results":
            return _one_of(key, value, where, _ALLOWED[key])
        case "monitoring":
            return _one_of(key, _comma_joined(value), where, MONITORING)
        case "beat":
            if isinstance(value, bool):
                return value
            raise _wrong(key, value, where, "true or false")
        case "deploy":
            return _targets(value, where)
        case "waivers":
            return _waivers(value, where)
        case _:
            if isinstance(value, str) and value.strip():
                return value
            raise _wrong(key, value, where, "a text that is not empty")


def _one_of(key: str, value: object, where: str, allowed: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in allowed:
        return value
    raise _wrong(key, value, where, " or ".join(f'"{each}"' for each in allowed))


def _comma_joined(value: object) -> object:
    """Return a list of names as the one text that choices keep, sorted."""
    names = value.split(",") if isinstance(value, str) else value
    if isinstance(names, list) and all(isinstance(name, str) for name in names):
        return ",".join(sorted(name.strip() for name in names)) or "none"
    return value


def _targets(value: object, where: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list):
        raise _wrong("deploy", value, where, "a list of targets")
    targets = {_one_of("deploy", name, where, TARGETS) for name in names}
    if "none" in targets and len(targets) > 1:
        raise _wrong("deploy", value, where, '"none" alone or targets')
    return tuple(target for target in TARGETS if target in targets and target != "none")


def _waivers(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _wrong("waivers", value, where, 'a table of items and reasons, as "7.3.1" = "behind a VPN"')
    for item, reason in value.items():
        if not item.strip() or not isinstance(reason, str) or not reason.strip():
            raise UsageError(
                f"the waiver of `{item}` in {where} has no reason",
                f'give the reason as a text: "{item}" = "why it does not apply here"',
            )
    return {item.strip(): " ".join(reason.split()) for item, reason in value.items()}


def _attestations(value: object, where: str, tree: Tree) -> dict[str, Attestation]:
    if not isinstance(value, dict):
        example = '"7.2.6" = {by = "...", on = 2026-11-01, expires = 2027-05-01, evidence = "..."}'
        raise _wrong("attestations", value, where, f"a table of items, as {example}")
    path = where.rpartition(" ")[2]
    return read_attestations(value, path, tree.read(path).decode("utf-8-sig"))


def _wrong(key: str, value: object, where: str, allowed: str) -> UsageError:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return UsageError(f"`{key}` in {where} cannot be {shown}", f"it is {allowed}")
