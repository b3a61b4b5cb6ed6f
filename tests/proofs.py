"""Proofs of stages, made up for the tests of what is done with them."""

from __future__ import annotations

from celerify.live.stage import Mark, Proof, Seen, Stage, mark_of


def stage(name: str, *items: str, decides: bool = False) -> Stage:
    """Return a stage that proves nothing."""
    return Stage(name, f"What {name} shows", items, lambda _run: (), decides=decides)


def proof(of: Stage, *seen: Seen, seconds: float = 1.5) -> Proof:
    """Return what came of a stage that saw this."""
    return Proof(of, mark_of(seen), seen, seconds)


def left(of: Stage, reason: str = "there is nothing to prove") -> Proof:
    """Return what came of a stage that was left out."""
    return Proof(of, Mark.LEFT, (), 0.0, reason)
