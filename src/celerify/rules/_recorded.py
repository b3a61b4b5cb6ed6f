"""What the examples of live rules record: evidence of a run, and the word of a person."""

from __future__ import annotations

from typing import Final

LATER: Final = 99999999999
EARLIER: Final = 1


def seen(item: str, summary: str, *, holds: bool = True, expires: int = LATER) -> dict[str, str]:
    """Return the file that records what a run saw of one item."""
    entry = f'{{"holds": {str(holds).lower()}, "summary": "{summary}", "expires": {expires}, "files": {{}}}}'
    text = f'{{"schema": "celerify.evidence/1",\n "evidence": {{"{item}": {entry}}}}}\n'
    return {".celerify/evidence.json": text}


def attested(item: str, expires: str = "2199-01-01") -> dict[str, str]:
    """Return the file that records what a person attests of one item, with manage.py as the evidence."""
    entry = f'{{by = "Ada", on = 2026-01-05, expires = {expires}, evidence = "manage.py"}}'
    return {".celerify.toml": f'[attestations]\n"{item}" = {entry}\n'}
