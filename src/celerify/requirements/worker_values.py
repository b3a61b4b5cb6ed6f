"""What makes a number that a worker is given right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.facts.values import Env, Known, Unset
from celerify.requirements.setting_values import Verdict, cast_default

if TYPE_CHECKING:
    from celerify.facts.values import Value


def above_zero(value: Value) -> Verdict:
    """A number above zero, or an expression that gives one; a variable without a default counts as given."""
    match value:
        case Known(value=bool() | None) | Unset():
            return Verdict(holds=False, remark="it states nothing")
        case Known(value=int() | float() as number):
            return Verdict(number > 0, "" if number > 0 else "it states nothing")
        case Known(value=str() as text):
            return Verdict(text.strip().isdigit() and int(text) > 0)
        case Env(default=Known(value=None) | None):
            return Verdict(holds=True, remark="nothing is stated where the variable is not given")
        case Env():
            return above_zero(cast_default(value))
        case _:
            return Verdict(holds=True)
