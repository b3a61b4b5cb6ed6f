"""Calls that settings make to set other names: `include(...)`, `exec`, hooks that take `locals()`."""

from __future__ import annotations

import re
from fnmatch import translate
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from celerify.facts.evaluator.evaluation import Frame
from celerify.facts.evaluator.joining import either
from celerify.facts.evaluator.module_names import NAMESPACES
from celerify.facts.evaluator.scopes import joined, weakened
from celerify.facts.python import Unread
from celerify.facts.values import Binding, Called, Entries, Env, Known, Reference, Text, Unreadable

if TYPE_CHECKING:
    import ast
    from collections.abc import Sequence

    from celerify.facts.evaluator.environment_idioms import Arguments
    from celerify.facts.evaluator.scopes import State
    from celerify.facts.values import Value
    from celerify.model import Location

INCLUDES = frozenset({"split_settings.tools.include"})
OPTIONALS = frozenset({"split_settings.tools.optional"})
ENDS = frozenset({"sys.exit", "exit", "quit", "os._exit"})
RUNS_CODE = frozenset({"exec", "execfile"})
_HEROKU = (
    "DATABASES",
    "LOGGING",
    "MIDDLEWARE",
    "ALLOWED_HOSTS",
    "CACHES",
    "SECRET_KEY",
    "STATIC_ROOT",
)
KNOWN_HOOKS = {
    "django_heroku.settings": _HEROKU,
    "django_on_heroku.settings": _HEROKU,
    "djp.settings": ("INSTALLED_APPS", "MIDDLEWARE"),
}
"""Hooks that take the settings' names, and the ones they may set: none of Celery's (read in their source)."""

MAIL = (
    "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_PORT", "EMAIL_FILE_PATH",
    "EMAIL_USE_TLS", "EMAIL_USE_SSL",
)  # fmt: skip
"""What a mail URL that an environment helper takes apart sets, as `vars().update(env.email_url())`."""

LOADERS = frozenset({"dynaconf.DjangoDynaconf", "dynaconf.contrib.DjangoDynaconf"})


def hooked(frame: Frame, name: str, given: Arguments, node: ast.Call) -> Value | None:
    """Do what a call does to the settings' names; None where it does nothing to them."""
    at = frame.at(node)
    if name in INCLUDES:
        _included(frame, given, at)
    elif name in {"globals().update", "locals().update", "vars().update"}:
        _updated(frame, given, node)
    elif name in ENDS:
        frame.run.state.dead = True
    elif name in KNOWN_HOOKS:
        _doubted(frame, KNOWN_HOOKS[name], name, at)
    elif name in LOADERS | RUNS_CODE:
        frame.run.miss(at, f"{name}(...) can set any name")
    elif name == "setattr" and "sys.modules" in frame.unreadable(node).text:
        frame.run.miss(at, "setattr on the settings module can set any name")
    elif any(_is_namespace(value) for value in (*given.args, *(arg for _, arg in given.kwargs))):
        frame.run.miss(at, f"{name}(...) is given the settings' names and could set any of them")
    else:
        return None
    return Known(None, at)


def _is_namespace(value: Value) -> bool:
    return isinstance(value, Reference) and value.name in NAMESPACES


def _updated(frame: Frame, given: Arguments, node: ast.Call) -> None:
    at = frame.at(node)
    if given.complete and given.args and all(_is_parsed_url(value) for value in given.args):
        _doubted(frame, MAIL, "a URL taken apart", at)
        return
    pairs: list[tuple[Value, Value]] = [(Known(name, at), value) for name, value in given.kwargs]
    known = given.complete
    for source in given.args:
        known = known and isinstance(source, Entries) and source.complete
        pairs += source.entries if isinstance(source, Entries) else ()
    scope = frame.run.state.scopes[frame.module_scope]
    for key, value in pairs:
        if isinstance(key, Known) and isinstance(key.value, str):
            scope[key.value] = Binding(key.value, value, (at,))
        else:
            known = False
    if not known:
        frame.run.miss(at, f"{frame.unreadable(node).text} can set any name")


def _is_parsed_url(value: Value) -> bool:
    return isinstance(value, Env) and value.cast == "url"


def _doubted(frame: Frame, names: Sequence[str], hook: str, at: Location) -> None:
    frame.run.miss(at, f"{hook}(...) may set {', '.join(names)}", optional=True)
    scope = frame.run.state.scopes[frame.module_scope]
    for name in names:
        old = scope.get(name)
        doubt: Value = Unreadable(f"{hook}(...)", at)
        if old is not None and name in {"INSTALLED_APPS", "MIDDLEWARE"}:
            doubt = weakened(old.value, hook)
        elif old is not None:
            doubt = either((old.value, doubt), at)
        scope[name] = Binding(name, doubt, (*(old.via if old else ()), at))


def _included(frame: Frame, given: Arguments, at: Location) -> None:
    if not given.complete:
        frame.run.miss(at, "include(...) of files that cannot be told")
    for pattern in given.args:
        optional = isinstance(pattern, Called) and pattern.function in OPTIONALS
        value = pattern.args[0] if isinstance(pattern, Called) and optional and pattern.args else pattern
        _include_pattern(frame, value, at, optional=optional)


def _include_pattern(frame: Frame, pattern: Value, at: Location, *, optional: bool) -> None:
    match pattern:
        case Known(value=str() as glob):
            paths = _matching(frame, glob)
            if not paths:
                said = (
                    "may be included, but is not in the repository"
                    if optional
                    else "is included, but is not there"
                )
                frame.run.miss(at, f"{glob} {said}", optional=optional)
            for path in paths:
                _run_file(frame, path)
        case Text(parts=parts):
            glob = "".join(str(part.value) if isinstance(part, Known) else "*" for part in parts)
            _one_of(frame, _matching(frame, glob), glob, at)
        case _:
            frame.run.miss(at, "include(...) of a file that cannot be told")


def _one_of(frame: Frame, paths: Sequence[str], glob: str, at: Location) -> None:
    if not paths:
        frame.run.miss(at, f"include(...) of one of {glob}, of which there is none")
        return
    before = frame.run.state
    after: State | None = None
    for path in paths:
        frame.run.state = before.copy()
        _run_file(frame, path)
        after = frame.run.state if after is None else joined(after, frame.run.state, at)
    frame.run.state = after or before


def _matching(frame: Frame, glob: str) -> tuple[str, ...]:
    pattern = normpath(join(dirname(frame.module.path), glob))
    # fnmatch lets a star cross folders; glob does not
    wanted = re.compile(translate(pattern).replace(".*", "[^/]*"))
    return tuple(sorted(path for path in frame.run.paths() if wanted.match(path)))


def _run_file(frame: Frame, path: str) -> None:
    run = frame.run
    module = run.load(path)
    if path not in run.files:
        run.files.append(path)
    if isinstance(module, Unread):
        run.unread.append(module)
        run.broken.append(module)
        return
    run.execute(Frame(run, module, frame.name, frame.package, (frame.module_scope,)), module.tree.body)
