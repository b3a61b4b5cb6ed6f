"""Sets keys of a TOML table that lack there, with tomlkit; every other byte stays."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, TypeAlias

from celerify.edits.splice import BOM, is_subsequence
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Scalar: TypeAlias = bool | str


def with_keys(raw: bytes, table: Sequence[str], values: Mapping[str, Scalar | list[str]], path: str) -> bytes:
    """Return the file with each key set in the table, which is made at the end where there is none.

    tomlkit loses a byte order mark and writes new tables with line feeds (tomlkit 0.15.2, observed): the mark
    is set aside and the line ends are those of the file.

    Raises:
        CannotWriteError: the file is no TOML, or more than these keys would change.
    """
    text = raw.removeprefix(BOM).decode("utf-8", "surrogateescape")
    snippet = "".join(f"{key} = {literal(value)}\n" for key, value in values.items())
    if table:
        snippet = f"[{'.'.join(table)}]\n{snippet}"
    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        written = _edited(text.replace("\r\n", "\n"), table, values)
        after = BOM * raw.startswith(BOM) + written.replace("\n", newline).encode("utf-8", "surrogateescape")
        meant = _merged(tomllib.loads(text), table, values)
        proved = tomllib.loads(after.removeprefix(BOM).decode()) == meant and is_subsequence(raw, after)
    except (ValueError, TypeError, KeyError) as error:
        raise CannotWriteError(f"{path} cannot take the choices: {error}", snippet, path) from error
    if not proved:
        raise CannotWriteError(f"{path} would change in more than its choices", snippet, path)
    return after


def _edited(text: str, table: Sequence[str], values: Mapping[str, Scalar | list[str]]) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    place: object = document
    for depth, part in enumerate(table):
        if part not in place:  # type: ignore[operator]  # a TOML container
            place[part] = tomlkit.table(is_super_table=depth + 1 < len(table))  # type: ignore[index]  # the same
        place = place[part]  # type: ignore[index]  # the same
    for key, value in values.items():
        place[key] = value  # type: ignore[index]  # the same
    return tomlkit.dumps(document)


def _merged(
    before: dict[str, object], table: Sequence[str], values: Mapping[str, Scalar | list[str]]
) -> dict[str, object]:
    if not table:
        return {**before, **values}
    inner = before.get(table[0], {})
    if not isinstance(inner, dict):
        raise TypeError(f"`{table[0]}` is no table")
    return {**before, table[0]: _merged(inner, table[1:], values)}


def literal(value: Scalar | Sequence[str]) -> str:
    """Return a value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case _:
            return f"[{', '.join(map(literal, value))}]"
