"""What `celerify verify` shows while it runs: each stage as it ends, and on a terminal the one that runs."""

from __future__ import annotations

import os
import re
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Self

from celerify.cli import output
from celerify.cli.screen import wrapped
from celerify.live.stage import Mark

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

    from celerify.live.stage import Proof, Seen, Stage

MARKS = {
    Mark.PASSED: ("✔", "32"),
    Mark.FAILED: ("✘", "1;31"),
    Mark.UNPROVED: ("○", "36"),
    Mark.LEFT: ("–", "90"),  # noqa: RUF001 - the mark of the text report for nothing here
}
"""The mark of each outcome and its colour on a terminal."""

_SEEN = {True: " ", False: "✘", None: "○"}
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SENTENCE, _LOG = 6, 8


class Screen:
    """Tells of a run on stderr; a context manager, so that the terminal is left as it was found."""

    def __init__(self) -> None:
        terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._moving = terminal
        self._colour = terminal and not os.environ.get("NO_COLOR")
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def begins(self, stage: Stage) -> None:
        """Show that a stage runs, on a terminal, and for how long."""
        if not self._moving:
            return
        from rich.console import Console
        from rich.live import Live

        self._stop()
        console = Console(file=sys.stderr, highlight=False, markup=False)
        self._live = Live(
            get_renderable=_running(stage, console),
            console=console,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def ends(self, proof: Proof) -> None:
        """Tell what came of a stage."""
        self._stop()
        for line in proof_text(proof, colour=self._colour).splitlines():
            output.talk(line)

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class _running:  # noqa: N801 - called as the function that gives what is drawn
    """The line of a stage that runs: a spinner, its name, how long it has taken, what it proves."""

    def __init__(self, stage: Stage, console: Console) -> None:
        from rich.spinner import Spinner

        self._stage, self._begun, self._width = stage, time.monotonic(), console.width
        plain = not (console.encoding or "").lower().startswith("utf")
        self._spinner = Spinner("line" if plain else "dots")

    def __call__(self) -> RenderableType:
        seconds = time.monotonic() - self._begun
        said = f"{self._stage.name:<12} {seconds:5.1f} s  {self._stage.title}"
        self._spinner.update(text=said[: max(self._width - 3, 10)])
        return self._spinner


def proof_text(proof: Proof, *, colour: bool = False) -> str:
    """Return the lines of a stage: its mark, what was seen, and where it failed the remedy and the log."""
    mark, code = MARKS[proof.mark]
    mark = f"\x1b[{code}m{mark}\x1b[0m" if colour else mark
    head = f"{mark} {proof.stage.name:<12}"
    if proof.mark is Mark.LEFT:
        return f"{head} {proof.mark.value}: {printable(proof.reason)}\n"
    return f"{head} {proof.seconds:5.1f} s  {proof.stage.title}\n" + "".join(map(_seen_text, proof.seen))


def _seen_text(seen: Seen) -> str:
    parts = [wrapped(printable(seen.summary), f"    {_SEEN[seen.holds]} ", _SENTENCE)]
    if seen.remedy and not seen.holds:
        parts.append(wrapped(printable(seen.remedy), " " * _SENTENCE + "→ ", _LOG))
    if seen.plot:
        parts.append(textwrap.indent(_drawn(seen.plot), " " * _SENTENCE) + "\n")
    if seen.log.strip():
        parts.append(textwrap.indent(printable(seen.log.rstrip()), " " * _LOG, lambda _line: True) + "\n")
    return "".join(parts)


def printable(text: str) -> str:
    """Return a text that does nothing to a terminal but stand there: logs hold colours, and worse."""
    return _CONTROLS.sub("?", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def _drawn(plot: str) -> str:
    from celerify.live.plot import in_ascii

    try:
        plot.encode(getattr(sys.stderr, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return in_ascii(plot)
    return plot
