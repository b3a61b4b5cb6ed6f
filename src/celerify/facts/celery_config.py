"""Celery's options in effect, for one settings chain: settings, app.conf, constructor, environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.imports import resolve_name
from celerify.facts.masking import shown
from celerify.facts.option_names import SINCE
from celerify.facts.option_sources import (
    DJANGO,
    Origin,
    Setting,
    in_code,
    in_entries,
    in_environment,
    in_settings,
    out_of_reach,
    reads,
)
from celerify.facts.packages.versions import allows, release
from celerify.facts.settings import evaluated
from celerify.facts.values import Entries, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from celerify.facts.celery_app import CeleryApp, ConfigFromObject
    from celerify.facts.dependencies import Dependencies
    from celerify.facts.layout import Layout
    from celerify.facts.services import Process
    from celerify.facts.settings import Settings
    from celerify.facts.sources import Sources
    from celerify.facts.values import Binding, Value
    from celerify.model import Location

__all__ = ["Option", "Options", "Origin", "celery_version", "read_options"]

CODE_WINS = (5, 7)
"""From here on `app.conf` beats the settings under a namespace, and old names are read there."""

CONFIGURERS = ("config_from_", "config_source", "CELERY_CONFIG_MODULE", "set_default_app")
"""What stands in any file that configures an application otherwise than by `app.conf` and its constructor."""

VERSIONS = ("5.7.0", "5.6.3", "5.5.3", "5.4.0", "5.3.6")


@dataclass(frozen=True, slots=True)
class Option:
    """One option that is set.

    Attributes:
        name: Celery's lower-case name, as `task_acks_late`.
        written: the name as written, as `CELERY_TASK_ACKS_LATE`.
        value: the value in effect. An `Either` may have an `Unset`: on that way Celery's default holds.
        via: the chain of places, last the one that decides.
        origin: which of the sources won.
        note: what a reader must know: a loser with another value, an old name, a change on upgrade; or "".
        lacking: the processes that surely lack it: a variable gives it to others, and nothing else does.
    """

    name: str
    written: str
    value: Value
    via: tuple[Location, ...]
    origin: Origin
    note: str = ""
    lacking: tuple[Process, ...] = ()


@dataclass(frozen=True)
class Options:
    """The options in effect in one settings chain.

    Attributes:
        settings: the chain.
        namespace: the namespace in use, as `CELERY` (also where there is no application yet); None where
            config_from_object takes none.
        options: by Celery's lower-case name. An option not in here has Celery's default.
        dead: options written under a name that this version ignores, by lower-case name.
        unread: why an option that is not in here could be set all the same; "" when everything was read.
    """

    settings: Settings
    namespace: str | None
    options: Mapping[str, Option]
    dead: Mapping[str, Option]
    unread: str


@dataclass(frozen=True)
class Rules:
    """What decides between places: the namespace and Celery's version.

    Attributes:
        namespace: the namespace in use, or None.
        version: Celery's version, by its first two numbers.
        guessed: what to say of it where no lock file and no exact pin gives it; else "".
    """

    namespace: str | None
    version: tuple[int, ...]
    guessed: str

    @property
    def code_wins(self) -> bool:
        """`app.conf` and the constructor beat the settings (without a namespace in every version)."""
        return self.namespace is None or self.version >= CODE_WINS

    @property
    def reads_old_names(self) -> bool:
        """Names of before Celery 4 take effect."""
        return self.namespace is None or self.version >= CODE_WINS


def celery_version(dependencies: Dependencies) -> tuple[tuple[int, ...], str]:
    """Return Celery's version, and how it was guessed: the newest that is allowed, unless pinned."""
    pinned = dependencies.version("celery")
    if pinned is not None:
        return release(pinned)[:2], ""
    specifiers = [declared.specifier for declared in dependencies.declared if declared.name == "celery"]
    newest = next(
        (version for version in VERSIONS if all(allows(one, version) is not False for one in specifiers)),
        VERSIONS[0],
    )
    numbers = release(newest)[:2]
    return numbers, f"Celery is not locked; read as {'.'.join(map(str, numbers))}, the newest that is allowed"


def read_options(  # noqa: PLR0913, PLR0917 - the facts that it joins
    chain: Settings,
    app: CeleryApp | None,
    dependencies: Dependencies,
    processes: Sequence[Process],
    sources: Sources | None = None,
    layout: Layout | None = None,
) -> Options:
    """Return the options in effect in one chain.

    Without an application the settings count as read under the namespace CELERY: what is there already is not
    to be set twice. `sources` and `layout` are needed where the application reads a module of its own.
    """
    config = app.config[-1] if app and app.config else None
    namespace = config.namespace if config else ("CELERY" if app is None else None)
    rules = Rules(namespace, *celery_version(dependencies))
    configured, unread = _configured(chain, app, config, rules, sources, layout)
    code = list(in_code(app, chain.bindings, namespace)) if app else []
    unread = unread or next(
        (
            f"{one.via[-1]}: the application is given options that cannot be read"
            for one in code
            if one.option == "*"
        ),
        "",
    )
    alive, dead = _split(configured, rules)
    found = _by_option([*alive, *(one for one in code if one.option != "*"), *in_environment(processes)])
    options = {name: _decided(settings, rules) for name, settings in sorted(found.items())}
    _add_time_zone(options, chain, config)
    left = {one.option: _dead(one, rules) for one in dead if one.option not in options}
    if namespace is None and config is not None and config.source == DJANGO:
        left |= {
            one.option: Option(one.option, one.written, one.value, one.via, "settings", _NO_NAMESPACE)
            for one in out_of_reach(chain.bindings)
            if one.option not in options
        }
    return Options(chain, namespace, options, left, unread)


_NO_NAMESPACE = "config_from_object takes no namespace, so this name is not read"


def _configured(  # noqa: PLR0913, PLR0917 - the same facts
    chain: Settings,
    app: CeleryApp | None,
    config: ConfigFromObject | None,
    rules: Rules,
    sources: Sources | None,
    layout: Layout | None,
) -> tuple[list[Setting], str]:
    """Return what the object that the application is configured from sets, and why that may not be all."""
    if app is not None and config is None:
        return [], _configured_unseen(app, sources)
    if config is None or config.source == DJANGO:
        return list(in_settings(chain.bindings, rules.namespace)), _first_unread(chain)
    if config.source.startswith(f"{DJANGO}."):
        held = chain.bindings.get(config.source.removeprefix(f"{DJANGO}."))
        if held is not None and isinstance(held.value, Entries):
            said = "" if held.value.complete else f"{held.at}: something unreadable is merged into it"
            return list(in_entries(held.value, held.via)), said
        return [], f"{config.at}: {config.source} could not be read"
    bindings = _of_module(config.source, sources, layout)
    if bindings is None:
        return [], f"{config.at}: {config.source} could not be read"
    return list(in_settings(bindings, rules.namespace)), ""


def _configured_unseen(app: CeleryApp, sources: Sources | None) -> str:
    """Return what else could configure an application that no call was seen to; "" where nothing names it."""
    named = sources.mentioning(*CONFIGURERS) if sources else (app.path,)
    where = next((path for path in named if sources is None or sources.kind(path) == "code"), None)
    if where is None:
        return ""
    return f"{where}: no config_from_object that could be read, so the settings may not be read at all"


def _first_unread(chain: Settings) -> str:
    return next((f"{found.path}:{found.line}: {found.reason}" for found in chain.unread), "")


def _of_module(source: str, sources: Sources | None, layout: Layout | None) -> Mapping[str, Binding] | None:
    """Return the names of a module or class of the project's own, as `proj.celeryconfig`."""
    if sources is None or layout is None:
        return None
    dotted = source.replace(":", ".")
    place = resolve_name(sources.tree, layout.roots, dotted)
    if place is None:
        return None
    path, rest = place
    module = evaluated(sources, layout.roots, dotted.removesuffix(f".{rest}") if rest else dotted, path)
    if not rest:
        return module.bindings if not module.unread else None
    return module.classes.get(rest)


def _split(settings: Iterable[Setting], rules: Rules) -> tuple[list[Setting], list[Setting]]:
    alive: list[Setting] = []
    dead: list[Setting] = []
    for setting in settings:
        ignored = (setting.old and not rules.reads_old_names) or SINCE[setting.option] > rules.version
        (dead if ignored else alive).append(setting)
    return alive, dead


def _by_option(settings: Iterable[Setting]) -> dict[str, list[Setting]]:
    found: dict[str, list[Setting]] = {}
    for setting in settings:
        found.setdefault(setting.option, []).append(setting)
    return found


def _decided(settings: list[Setting], rules: Rules) -> Option:
    """Return the option as the strongest place sets it, with what must be known about the others."""
    order = ["environment", "conf", "constructor", "settings"]
    if not rules.code_wins:
        order = ["environment", "settings", "conf", "constructor"]
    # of one kind of place the last counts, and a new name before an old one
    latest_first = settings[::-1]
    ranked = sorted(latest_first, key=lambda one: (order.index(one.origin), one.old))
    given = [one for one in ranked if one.origin == "environment"]
    if given and len(ranked) > 1 and reads(ranked[1].value, given[0].written):
        # the settings read the variable themselves: it fills them in, it does not replace them
        ranked = ranked[1:]
    else:
        given = []
    winner, *losers = ranked
    notes = [f"{one.via[-1]} sets {one.written} to {shown(one.value, one.option)}" for one in given]
    notes += [note for loser in losers if (note := _loses(winner, loser, rules))]
    if winner.old and rules.namespace is not None:
        notes.append(f"{winner.written} is an old name, which Celery before 5.7 ignores and 6.0 will drop")
        notes += [rules.guessed] if rules.guessed else []
    note, lacking = "; ".join(dict.fromkeys(notes)), () if losers else winner.lacking
    return Option(winner.option, winner.written, winner.value, winner.via, winner.origin, note, lacking)


def _loses(winner: Setting, loser: Setting, rules: Rules) -> str:
    same_kind = winner.origin == loser.origin and winner.written == loser.written
    if same_kind or identity(winner.value) == identity(loser.value):
        return ""
    said = f"{loser.written} at {loser.via[-1]} says {shown(loser.value, loser.option)} and loses"
    kinds = {winner.origin, loser.origin}
    if rules.namespace is None or "settings" not in kinds or not kinds & {"conf", "constructor"}:
        return said
    turn = "the settings win before Celery 5.7" if rules.code_wins else "from Celery 5.7 on it wins"
    return "; ".join(part for part in (said, turn, rules.guessed) if part)


def _dead(setting: Setting, rules: Rules) -> Option:
    version = ".".join(map(str, rules.version))
    if setting.old:
        note = f"Celery {version} ignores this old name under a namespace; an upgrade to 5.7 switches it on"
    else:
        note = f"Celery {version} does not know it: it came with {'.'.join(map(str, SINCE[setting.option]))}"
    note = f"{note}; {rules.guessed}" if rules.guessed else note
    return Option(setting.option, setting.written, setting.value, setting.via, setting.origin, note)


def _add_time_zone(options: dict[str, Option], chain: Settings, config: ConfigFromObject | None) -> None:
    zone = chain.bindings.get("TIME_ZONE")
    if "timezone" in options or zone is None or (config is not None and config.source != DJANGO):
        return
    options["timezone"] = Option(
        "timezone", "TIME_ZONE", zone.value, zone.via, "settings", "Celery takes Django's TIME_ZONE"
    )
