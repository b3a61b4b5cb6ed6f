"""Signals that ask celerify to end: each ends a run as Ctrl-C does, so that everything is cleaned up."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt; one that is ignored, as under nohup, stays so.

    Behind an interrupt nothing is left but to say so: a signal that comes then must not change the exit code.
    """
    former = {kind: signal.getsignal(kind) for kind in _ASKING}
    taken = [kind for kind, handler in former.items() if handler is not signal.SIG_IGN]
    for kind in taken:
        signal.signal(kind, _interrupt)
    try:
        yield
    except KeyboardInterrupt:
        former = dict.fromkeys((*_ASKING, signal.SIGINT), signal.SIG_IGN)
        taken = list(former)
        raise
    finally:
        for kind in taken:
            signal.signal(kind, former[kind] or signal.SIG_DFL)


@contextmanager
def postponed() -> Iterator[None]:
    """Let what must not be cut in two end first; a signal that came meanwhile takes effect behind it.

    A handler, and not SIG_IGN or a mask: a process that is started meanwhile would inherit those two.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    held = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, *_ASKING)}
    held = {kind: handler for kind, handler in held.items() if handler is not signal.SIG_IGN}
    for kind in held:
        signal.signal(kind, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for kind, handler in held.items():
            signal.signal(kind, handler or signal.SIG_DFL)
        if came:
            signal.raise_signal(came[0])


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
