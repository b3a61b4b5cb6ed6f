"""The options that a Flower process is given: by its command, its variables, its configuration file."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.python import Unread, parse
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from celerify.tree import Tree

# flower 2.2, options.py
FLAGS = frozenset(
    {"debug", "persistent", "xheaders", "auto_refresh", "enable_events", "natural_time", "read_only"}
)
"""Options that are a yes or no."""

OPTIONS = FLAGS | frozenset(
    {
        "port", "address", "unix_socket", "inspect_timeout", "auth", "basic_auth", "oauth2_key",
        "oauth2_secret", "oauth2_redirect_uri", "max_workers", "max_tasks", "db", "state_save_interval",
        "broker_api", "ca_certs", "certfile", "keyfile", "purge_offline_workers", "cookie_secret", "conf",
        "format_task", "tasks_columns", "auth_provider", "url_prefix", "task_runtime_metric_buckets",
    }
)  # fmt: skip
"""Every option there is; any other word on the command line is ignored without a sound."""

CONFIGURATION = "flowerconfig.py"
_PREFIX = "FLOWER_"
_UNREAD = "${substituted}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One option as it was given.

    Attributes:
        value: its text; "true" for a flag, variables as `${NAME}`; None for an option without the equals
            sign that Flower wants, with which it does not start.
        source: `command`, `environment` or `configuration`.
        at: where it was given.
    """

    value: str | None
    source: str
    at: Location


def from_command(words: Sequence[str], at: Location) -> dict[str, Setting]:
    """Return the options among the words of a command, under their names with underscores."""
    found: dict[str, Setting] = {}
    for word in words:
        name, equals, value = word.partition("=")
        option = name.lstrip("-").replace("-", "_")
        if word.startswith("-") and option in OPTIONS:
            text = value if equals else "true" if option in FLAGS else None
            found[option] = Setting(text, "command", at)
    return found


def from_environment(environment: Mapping[str, str], at: Location) -> dict[str, Setting]:
    """Return the options among the variables, as FLOWER_BASIC_AUTH."""
    named = {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(_PREFIX)
    }
    return {name: Setting(value, "environment", at) for name, value in named.items() if name in OPTIONS}


def from_configuration(tree: Tree, conf: str) -> dict[str, Setting]:
    """Return the options that Flower's configuration file gives, `flowerconfig.py` by its usual name."""
    paths = tree.named(conf.rpartition("/")[2])
    if not paths:
        return {}
    path = min(paths, key=lambda each: (not each.endswith(conf.lstrip("./")), each.count("/"), each))
    module = parse(path, tree.read(path))
    if isinstance(module, Unread):
        return {}
    known = dict(_assigned(module.tree))
    return {
        name: Setting(text, "configuration", Location(path, line))
        for name, (text, line) in known.items()
        if name in OPTIONS
    }


def _assigned(tree: ast.Module) -> Iterator[tuple[str, tuple[str, int]]]:
    known: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            text = _text(node.value, known)
            for target in node.targets:
                if isinstance(target, ast.Name):
                    known[target.id] = text
                    yield target.id, (text, node.lineno)


def _text(node: ast.expr, known: Mapping[str, str]) -> str:  # noqa: C901, PLR0911 - one case for each kind of node
    """Return a value as a command line would spell it."""
    match node:
        case ast.Constant(value=bool(flag)):
            return str(flag).lower()
        case ast.Constant(value=None):
            return ""
        case ast.Constant(value=value):
            return str(value)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return ",".join(_text(item, known) for item in items)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, known) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(value, known)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, known) + _text(right, known)
        case ast.Subscript(value=source, slice=ast.Constant(value=str(name))) if _is_environment(source):
            return f"${{{name}:?}}"
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *rest]) if _reads(function):
            default = _text(rest[0], known) if rest else ""
            return default or f"${{{name}}}"
        case _:
            return _UNREAD


def _is_environment(node: ast.expr) -> bool:
    return ast.unparse(node) in {"os.environ", "environ"}


def _reads(node: ast.expr) -> bool:
    return ast.unparse(node) in {"os.environ.get", "environ.get", "os.getenv", "getenv"}
