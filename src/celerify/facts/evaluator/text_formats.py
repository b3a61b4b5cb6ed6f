"""Strings put together: `%`, `.format()` and f-strings."""

from __future__ import annotations

import operator
import re
import string
from typing import TYPE_CHECKING

from celerify.facts.evaluator.containers import FAULTS, as_value, constant
from celerify.facts.values import Entries, Items, Known, NotLiteralError, Unreadable, plain, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from celerify.facts.values import Value
    from celerify.model import Location

_PERCENT = re.compile(r"%(?:\((\w+)\))?([sd%])")
CONVERSIONS: Mapping[int, Callable[[object], object]] = {ord("r"): repr, ord("s"): str, ord("a"): ascii}


def percent(template: Known, right: Value, at: Location) -> Value | None:
    """Return `template % right`: a constant, a `Text` for plain `%s`, `%d` and `%(name)s`, else None."""
    try:
        return as_value(operator.mod(template.value, plain(right)), at)
    except NotLiteralError:
        pass
    except FAULTS:
        return None
    given = list(right.items) if isinstance(right, Items) and right.kind == "tuple" else [right]
    named = {constant(key)[1]: value for key, value in right.entries} if isinstance(right, Entries) else {}
    parts: list[Value] = []
    end = 0
    for found in _PERCENT.finditer(str(template.value)):
        parts.append(Known(str(template.value)[end : found.start()], at))
        end = found.end()
        if found[2] == "%":
            parts.append(Known("%", at))
        elif found[1] and found[1] in named:
            parts.append(_formatted(named[found[1]]))
        elif not found[1] and given and not named:
            parts.append(_formatted(given.pop(0)))
        else:
            return None
    rest = Known(str(template.value)[end:], at)
    whole = (given == [] or named) and "%" not in _PERCENT.sub("", str(template.value))
    return text((*parts, rest), at) if whole else None


def _formatted(value: Value) -> Value:
    match value:
        case Known(value=found):
            return Known(str(found), value.at)
        case Items() | Entries():
            try:
                return Known(str(plain(value)), value.at)
            except NotLiteralError:
                return Unreadable("a container put into a text", value.at)
        case _:
            return value


def formatted(template: str, args: Sequence[Value], kwargs: dict[str, Value], at: Location) -> Value | None:
    """Return `template.format(...)`: a constant, a `Text` for plain fields, else None."""
    try:
        given = [plain(arg) for arg in args]
        named = {name: plain(value) for name, value in kwargs.items()}
        return Known(template.format(*given, **named), at)
    except NotLiteralError:
        pass
    except FAULTS:
        return None
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return None
    parts: list[Value] = []
    counter = 0
    for literal, name, spec, conversion in fields:
        parts.append(Known(literal, at))
        if name is None:
            continue
        place, counter = (str(counter), counter + 1) if name == "" else (name, counter)
        found = kwargs.get(place) or (
            args[int(place)] if place.isdigit() and int(place) < len(args) else None
        )
        if found is None or spec or conversion:
            return None
        parts.append(_formatted(found))
    return text(parts, at)


def f_string_part(value: Value, specification: str, conversion: int, source: str) -> Value:
    """Return what one `{...}` of an f-string puts into the text; `conversion` as in `ast.FormattedValue`."""
    if isinstance(value, Known | Items | Entries):
        try:
            found = plain(value)
            if conversion in CONVERSIONS:
                found = CONVERSIONS[conversion](found)
            return Known(format(found, specification), value.at)
        except (NotLiteralError, *FAULTS):
            return Unreadable(source, value.at)
    return Unreadable(source, value.at) if specification or conversion not in {-1, ord("s")} else value
