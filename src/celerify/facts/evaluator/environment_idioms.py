"""The ways to read the environment: the standard library, django-environ, environs, decouple."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import as_value
from celerify.facts.values import Called, Env, Items, Known, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from celerify.facts.values import Value
    from celerify.model import Location

DJANGO_ENVIRON = frozenset({"environ.Env", "environ.FileAwareEnv", "environ.environ.Env"})
ENVIRONS = frozenset(
    {"environs.Env", "environs.FileAwareEnv", "envparse.Env", "environs.env", "envparse.env"}
)
DECOUPLE = frozenset({"decouple.config", "decouple.AutoConfig", "decouple.Config"})
STARLETTE = frozenset({"starlette.config.Config"})
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
READERS = DJANGO_ENVIRON | ENVIRONS | DECOUPLE | STARLETTE
"""Classes and objects that read the environment when they, or their methods, are called."""

CASTS = frozenset(
    {"str", "bool", "int", "float", "json", "list", "tuple", "dict", "url", "path", "bytes", "decimal",
     "date", "datetime", "timedelta", "uuid", "log_level", "enum", "set"}
)  # fmt: skip
SERVICES = {
    "db": "DATABASE_URL", "db_url": "DATABASE_URL", "dj_db_url": "DATABASE_URL", "cache": "CACHE_URL",
    "cache_url": "CACHE_URL", "dj_cache_url": "CACHE_URL", "email": "EMAIL_URL", "email_url": "EMAIL_URL",
    "dj_email_url": "EMAIL_URL", "search_url": "SEARCH_URL", "channels": "CHANNELS_URL",
    "channels_url": "CHANNELS_URL",
}  # fmt: skip
"""Methods that turn a URL into a setting, with the variable that they read unless told otherwise."""

URL_READERS = {
    "dj_database_url.config": "DATABASE_URL",
    "django_cache_url.config": "CACHE_URL",
    "dj_email_url.config": "EMAIL_URL",
}
NAMED_LIKE_READERS = frozenset({"config", "env", "getenv", "get_env", "env_var", "get_env_variable"})
"""Functions of packages that wrap one of the libraries: their name and an upper-case argument tell."""

BOOL_READERS = frozenset({"strtobool", "str2bool", "str_to_bool"})
TRUE_WORDS = frozenset({"true", "on", "ok", "y", "yes", "1", "t"})
FALSE_WORDS = frozenset({"false", "off", "n", "no", "0", "f", ""})


@dataclass(frozen=True)
class Arguments:
    """What a call is given. Not `complete`: something unpacked could not be read."""

    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]
    complete: bool = True

    @property
    def named(self) -> Mapping[str, Value]:
        """The keyword arguments."""
        return dict(self.kwargs)

    def get(self, place: int, *names: str) -> Value | None:
        """Return an argument by its place (none below 0) or by one of its names."""
        if 0 <= place < len(self.args):
            return self.args[place]
        return next((value for name, value in self.kwargs if name in names), None)


def variable_read(
    variable: Value | None, default: Value | None, at: Location, cast: str | None = None
) -> Env | None:
    """Return the read of a variable whose name is known, else None."""
    if isinstance(variable, Known) and isinstance(variable.value, str):
        return Env(variable.value, default, at, cast)
    return None


def function_read(function: str, given: Arguments, at: Location) -> Value | None:
    """Return what a call of a function by dotted name reads, or None where it reads no variable."""
    match function:
        case "os.environ.get" | "os.getenv" | "os.environ.pop":
            missing = None if function == "os.environ.pop" else Known(None, at)
            return variable_read(given.get(0, "key"), given.get(1, "default") or missing, at)
        case "os.environ.setdefault":
            return variable_read(given.get(0, "key"), given.get(1, "value"), at)
        case "dj_database_url.parse" | "django_cache_url.parse" | "dj_email_url.parse":
            return _parsed(given.get(0, "url"))
    if function.rpartition(".")[2] in BOOL_READERS and isinstance(first := given.get(0), Env):
        default = first.default and cast_constant("bool", first.default, at)
        return Env(first.variable, default or first.default, at, "bool")
    if function in URL_READERS:
        variable = given.get(-1, "env") or Known(URL_READERS[function], at)
        return variable_read(variable, given.get(-1, "default"), at, "url")
    return _read_by_wrapper(function, given, at)


def _read_by_wrapper(function: str, given: Arguments, at: Location) -> Value | None:
    """Return what a function like `packaged_helpers.config("X", default=1)` reads; None where it is none."""
    variable = given.get(0, "var", "name", "option", "key")
    package, _, name = function.rpartition(".")
    if not package or name not in NAMED_LIKE_READERS or not given.complete or len(given.args) > 2:  # noqa: PLR2004 - a variable and its default
        return None
    if not isinstance(variable, Known) or not VARIABLE.fullmatch(str(variable.value)):
        return None
    return _decoupled(function, variable, given, at)


def _parsed(url: Value | None) -> Value | None:
    return Env(url.variable, url.default, url.at, "url") if isinstance(url, Env) else None


def reader_name(value: Value) -> str | None:
    """Return the dotted class or object name of something that reads the environment, else None."""
    name = (
        value.function if isinstance(value, Called) else value.name if isinstance(value, Reference) else None
    )
    if name is None or name not in READERS:
        return None
    # the classes themselves read nothing: their instances do
    if isinstance(value, Reference) and name not in {"environs.env", "envparse.env", "decouple.config"}:
        return None
    return name


def reader_read(
    reader: Value, method: str, given: Arguments, at: Location, prefixes: Sequence[str]
) -> Value | None:
    """Return what `reader(...)` (method "") or `reader.method(...)` reads, or None where it reads nothing."""
    name = reader_name(reader)
    if name is None or not given.complete:
        return None
    variable = given.get(0, "var", "name", "option", "key")
    if name in DECOUPLE | STARLETTE:
        return _decoupled(name, variable, given, at) if method in {"", "get"} else None
    if method in SERVICES:
        variable = variable or Known(SERVICES[method], at)
        return variable_read(_prefixed(variable, prefixes), _default(given, 1), at, "url")
    if name in DJANGO_ENVIRON and method in {"", "get_value"}:
        return _with_scheme(reader, given, at, _prefixed(variable, prefixes))
    if method == "" or method in CASTS:
        default_place = -1 if method == "" and name.startswith("envparse") else 1
        return variable_read(
            _prefixed(variable, prefixes),
            _default(given, default_place),
            at,
            method or _cast(given.get(-1, "cast")),
        )
    return None


def _prefixed(variable: Value | None, prefixes: Sequence[str]) -> Value | None:
    if prefixes and isinstance(variable, Known):
        return Known(f"{''.join(prefixes)}{variable.value}", variable.at)
    return variable


def _default(given: Arguments, place: int) -> Value | None:
    found = given.get(place, "default")
    # environ.Env.NOTSET and its like stand for no default
    return None if isinstance(found, Reference) else found


def _with_scheme(reader: Value, given: Arguments, at: Location, variable: Value | None) -> Value | None:
    cast, default = _cast(given.get(1, "cast")), _default(given, 2)
    scheme = reader.kwargs if isinstance(reader, Called) else ()
    for name, declared in scheme:
        if isinstance(variable, Known) and name == variable.value:
            match declared:
                case Items(items=(kind, fallback)):
                    cast, default = cast or _cast(kind), default or fallback
                case _:
                    cast = cast or _cast(declared)
    return variable_read(variable, default, at, cast)


def _decoupled(name: str, variable: Value | None, given: Arguments, at: Location) -> Value | None:
    first, second = ("cast", "default") if name in STARLETTE else ("default", "cast")
    found = {first: given.get(1, first), second: given.get(2, second)}
    cast = _cast(found["cast"])
    default = found["default"]
    if default is not None and cast is not None:
        default = cast_constant(cast, default, at) or default
    return variable_read(variable, default, at, cast)


def _cast(value: Value | None) -> str | None:
    match value:
        case Reference(name=name) | Called(function=name):
            last = name.rpartition(".")[2]
            return {"Csv": "list", "strtobool": "bool"}.get(last, last)
        case None | Known():
            return None
        case Items():
            return "list"
        case _:
            return "custom"


def cast_constant(cast: str, value: Value, at: Location) -> Value | None:
    """Return a constant cast as the helpers do it (`"yes"` is true, `"a,b"` a list), or None."""
    if not isinstance(value, Known):
        return None
    try:
        found = _cast_to(cast, value.value)
    except ValueError:
        return None
    return None if found is None else as_value(found, at)


def _cast_to(cast: str, found: object) -> object:
    match (cast, found):
        case ("bool", str()):
            word = found.strip().lower()
            return word in TRUE_WORDS if word in TRUE_WORDS | FALSE_WORDS else None
        case ("bool", int()):
            return bool(found)
        case ("int", str() | int() | float()):
            return int(found)
        case ("float", str() | int() | float()):
            return float(found)
        case ("list", str()):
            return [part.strip() for part in found.split(",") if part.strip()]
        case _:
            return found if cast == "str" and isinstance(found, str) else None
