"""Signals that ask celerify to end: each ends a run as Ctrl-C does, so that everything is cleaned up."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt; one that is ignored, as under nohup, stays so."""
    former = {kind: signal.getsignal(kind) for kind in _ASKING}
    taken = [kind for kind, handler in former.items() if handler is not signal.SIG_IGN]
    for kind in taken:
        signal.signal(kind, _interrupt)
    try:
        yield
    finally:
        for kind in taken:
            signal.signal(kind, former[kind] or signal.SIG_DFL)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
