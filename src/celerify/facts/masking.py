"""Hides credentials in anything that is quoted, and renders values in one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.facts.values import (
    Called,
    Either,
    Entries,
    Env,
    Items,
    Known,
    Reference,
    Text,
    Unreadable,
    Unset,
)

if TYPE_CHECKING:
    from celerify.facts.values import Value

BRACKETS = {"list": ("[", "]"), "tuple": ("(", ")"), "set": ("{", "}")}
HIDDEN = "***"
"""What stands where a credential stood."""

SHOWN_ITEMS = 6
SHOWN_LENGTH = 120

_WORD = (
    r"(?:secret|token|password|passwd|passphrase|pwd|pass|credentials?|requirepass|"
    r"api[_-]?key|(?<=[_-])key|basic[_-]?auth)"
)
_NAME = rf"(?:[\w-]*[_-])?{_WORD}(?:[_-](?:id|value|default|b64|base64|file|hash|salt|pem|json|str))*"
_SECRET_NAME = re.compile(rf"(?:^|(?<=[^A-Za-z])){_NAME}$", re.IGNORECASE)
_HARMLESS = re.compile(
    r"(?:routing|primary|foreign|public|cache|sort|dict|group|partition)[_-]?key$", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"\{\w*\}|\$\{?\w+\}?|\$\{\w+:?\?[\w .]*\}|%\(\w+\)s|%s|<\w+>")
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*://)(?P<user>[^\s/'\"`@:]*)(?P<password>:[^\s'\"`]*)?@")
_ASSIGNED = re.compile(
    rf"""(?P<head>(?<![A-Za-z])(?P<name>{_NAME})
              (?:["']?\]?\s*(?:=>|[:=,])\s*(?:default\s*=\s*)?|(?<=requirepass)\s+(?=\S)))
         (?P<value>[bruBRU]{{0,2}}(?:"[^"\n]*"|'[^'\n]*')|(?:\$\{{[^}}\n]*\}}|[^\s"'()\[\]{{}},;])+)""",
    re.IGNORECASE | re.VERBOSE,
)
_OPTION = re.compile(rf"(?P<head>--?{_NAME}\s+)(?P<value>[^\s-]\S*)", re.IGNORECASE)
_QUOTED = re.compile(r"[bruBRU]{0,2}(['\"])")
_FALLBACK = re.compile(r"(\$\{\w+:?[-=])[^}]+\}")
_NO_SECRET = frozenset({"None", "True", "False", "str", "int", "bool", "null", "true", "false", HIDDEN})


def masked(text: str) -> str:
    """Return the text without credentials.

    Passwords in URLs go (the user stays where a password follows it), and so do values behind names such as
    `SECRET_KEY`, `token` or `password`, quoted or bare. Placeholders (`{PASSWORD}`, `$PASSWORD`) stay.
    """
    without_users = _USERINFO.sub(_hide_userinfo, text)
    without_options = _OPTION.sub(_hide_option, without_users)
    return _ASSIGNED.sub(_hide_assigned, without_options)


def is_secret_name(name: str) -> bool:
    """Tell whether a name says that its value is a credential."""
    return bool(_SECRET_NAME.search(name)) and not _HARMLESS.search(name)


def _hide_userinfo(found: re.Match[str]) -> str:
    password = found["password"]
    if password is None:
        user = found["user"] if _PLACEHOLDER.fullmatch(found["user"]) else HIDDEN
        return f"{found['scheme']}{user}@" if found["user"] else found[0]
    if len(password) == 1 or _PLACEHOLDER.fullmatch(password[1:]):
        return found[0]
    return f"{found['scheme']}{found['user']}:{HIDDEN}@"


def _hide_option(found: re.Match[str]) -> str:
    return found[0] if _PLACEHOLDER.fullmatch(found["value"]) else f"{found['head']}{HIDDEN}"


def _hide_assigned(found: re.Match[str]) -> str:
    value = found["value"]
    calls = (
        found.string[found.end() : found.end() + 1] in {"(", "["} and value.replace(".", "").isidentifier()
    )
    if _HARMLESS.search(found["name"]) or calls or value in _NO_SECRET or _PLACEHOLDER.fullmatch(value):
        return found[0]
    quoted = _QUOTED.match(value)
    if quoted is None:
        fallback = _FALLBACK.fullmatch(value)
        return f"{found['head']}{fallback[1]}{HIDDEN}}}" if fallback else f"{found['head']}{HIDDEN}"
    mark = quoted[1]
    if value.endswith(mark * 2) or _PLACEHOLDER.fullmatch(value[quoted.end() : -1]):
        return found[0]
    return f"{found['head']}{value[: quoted.end()]}{HIDDEN}{mark}"


def shown(value: Value, name: str = "") -> str:
    """Return a value in one short line, without credentials.

    Args:
        value: what to render.
        name: the name it is bound to; a secret name hides every constant in it.
    """
    line = " ".join(masked(_rendered(value, hidden=is_secret_name(name))).split())
    return line if len(line) <= SHOWN_LENGTH else f"{line[: SHOWN_LENGTH - 1]}…"


def _rendered(value: Value, *, hidden: bool) -> str:
    match value:
        case Known():
            return repr(value.value) if not (hidden and value.value) else repr(HIDDEN)
        case Items() | Entries():
            return _container(value, hidden=hidden)
        case Env():
            return _environment(value, hidden=hidden)
        case Text(parts=parts):
            return repr("".join(_in_text(part, hidden=hidden) for part in parts))
        case Either(options=options):
            return " or ".join(_rendered(option, hidden=hidden) for option in options)
        case _:
            return _unevaluated(value, hidden=hidden)


def _unevaluated(value: Called | Reference | Unreadable | Unset, *, hidden: bool) -> str:
    match value:
        case Called(function=function, args=args, kwargs=kwargs):
            given = [_rendered(arg, hidden=hidden) for arg in args]
            given += [f"{key}={_rendered(arg, hidden=hidden or is_secret_name(key))}" for key, arg in kwargs]
            return f"{function.rpartition('.')[2]}({', '.join(given)})"
        case Reference(name=name):
            return name
        case Unreadable(text=source):
            return source
        case Unset():
            return "not set"


def _environment(value: Env, *, hidden: bool) -> str:
    said = f"the environment variable {value.variable}"
    match value.default:
        case None:
            return said
        case Known(value=None):
            return f"{said} (default None)"
        case Known(value=str() as constant) if constant and not (hidden or is_secret_name(value.variable)):
            return f"{said} (default {constant})"
        case default:
            return f"{said} (default {_rendered(default, hidden=hidden or is_secret_name(value.variable))})"


def _in_text(part: Value, *, hidden: bool) -> str:
    match part:
        case Known(value=constant):
            return HIDDEN if hidden else str(constant)
        case Env(variable=variable):
            return f"{{{variable}}}"
        case Text(parts=parts):
            return "".join(_in_text(inner, hidden=hidden) for inner in parts)
        case Either(options=options):
            return "{" + "|".join(_in_text(option, hidden=hidden) for option in options) + "}"
        case _:
            return f"{{{_rendered(part, hidden=hidden)}}}"


def _container(value: Items | Entries, *, hidden: bool) -> str:
    if isinstance(value, Items):
        parts = [_rendered(item, hidden=hidden) for item in value.items]
        opening, closing = BRACKETS[value.kind]
    else:
        parts = [_entry(key, entry, hidden=hidden) for key, entry in value.entries]
        opening, closing = "{", "}"
    if len(parts) > SHOWN_ITEMS or not value.complete:
        parts = [*parts[:SHOWN_ITEMS], "…"]
    elif opening == "(" and len(parts) == 1:
        closing = ",)"
    return f"{opening}{', '.join(parts)}{closing}"


def _entry(key: Value, entry: Value, *, hidden: bool) -> str:
    secret = isinstance(key, Known) and isinstance(key.value, str) and is_secret_name(key.value)
    return f"{_rendered(key, hidden=False)}: {_rendered(entry, hidden=hidden or secret)}"
