"""The stage that puts a load on a worker: how fast, how late, none lost, none twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.live.brokers import NAMES
from celerify.live.loading import ENDED, put_load, size_of
from celerify.live.percentiles import percentile
from celerify.live.plot import histogram, over_time
from celerify.live.stage import Seen, Stage
from celerify.live.text import last_error, shown, tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.live.loading import Loaded, Size
    from celerify.live.run import Run

ITEM = "7.2.6"
FEWEST = 100
"""Fewer tasks are no load: not even one of them is the slowest percent."""

_NAMED = 5
_MIB = 1024 * 1024


def prove(run: Run) -> Iterator[Seen]:
    """Send the tasks, and tell what became of them."""
    size = size_of(run, run.require_worker().command)
    loaded = put_load(run, run.asked.load, run.asked.producers, size)
    faults = tuple(_faults(run, loaded))
    yield from faults
    if not loaded.ran:
        return
    proof = None if faults else _proof(run, loaded, size)
    yield from (proof,) if proof else ()
    yield from _measured(loaded, proof.holds if proof else None)


def _faults(run: Run, loaded: Loaded) -> Iterator[Seen]:
    """Yield what went wrong; on the file system it says nothing of the project."""
    holds = None if run.broker.kind == "filesystem" and loaded.given_up != ENDED else False
    log = tail(run, loaded.log)
    for sent in loaded.sent:
        if sent.error:
            said = f"a producer failed after {_tasks(len(sent.numbers))}: {shown(run, sent.error)}"
            yield Seen(False, said, (ITEM,), remedy="look at the log of the broker: it refused, or went away")
    counts = {"sent": loaded.tasks, "missing": len(loaded.count.missing), "twice": len(loaded.count.twice)}
    if missing := loaded.count.missing:
        yield Seen(holds, _missing(run, loaded), (ITEM,), counts, log, _remedy(loaded))
    if twice := loaded.count.twice:
        said = f"{len(twice):,} of {_tasks(loaded.tasks)} ran more than once (numbers {_named(twice)})"
        yield Seen(holds, said, (ITEM,), counts, log, "make the tasks safe to run twice, and see the log")
    if loaded.left and not missing:
        said = f"{_tasks(loaded.left)} had run and were still on the queue when the worker had ended"
        remedy = "they run again: see in the log why they could not be acknowledged"
        yield Seen(holds, said, (ITEM,), counts, log, remedy)


def _missing(run: Run, loaded: Loaded) -> str:
    missing, whole = loaded.count.missing, _tasks(loaded.tasks)
    if loaded.given_up == ENDED:
        cause = last_error(run, loaded.log)
        why = f" ({cause})" if "Error" in cause else ""
        said = f"{ENDED}{why}, and {len(missing):,} of {whole} had not run"
        return said if loaded.left is None else f"{said}; {loaded.left:,} are still on the queue"
    if loaded.left or loaded.left is None:
        said = f"{len(missing):,} of {whole} had not run when {loaded.given_up}"
        return said if loaded.left is None else f"{said}; {loaded.left:,} are still on the queue"
    said = f"{len(missing):,} of {whole} were lost: they never ran, and are not on the queue any more"
    return f"{said} (numbers {_named(missing)})"


def _remedy(loaded: Loaded) -> str:
    if loaded.given_up == ENDED:
        return "see in the log why it ended: it was killed, had no memory left, or lost its broker"
    if loaded.left == 0:
        return "see in the log why the worker dropped them, and whether the broker evicts or expires messages"
    return (
        "ask for fewer tasks, or give the worker more processes, and see the log for errors and rate limits"
    )


def _proof(run: Run, loaded: Loaded, size: Size) -> Seen:
    waits = [ran.waited for ran in loaded.ran]
    shares = {f"p{share}": round(percentile(waits, share), 4) for share in (50, 95, 99)}
    rate = loaded.tasks / max(loaded.seconds, 0.001)
    broker = NAMES[run.broker.kind]
    said = (
        f"{_tasks(loaded.tasks)} from {_producers(len(loaded.sent))} ran once each on {broker} "
        f"({run.broker.source}): {rate:,.0f} a second in {_worker(run)}, {_size(size)}; each began "
        f"{_time(shares['p50'])} (p50), {_time(shares['p95'])} (p95), {_time(shares['p99'])} (p99), at most "
        f"{_time(max(waits))} after it was sent"
    )
    numbers = {
        "tasks": loaded.tasks, "producers": len(loaded.sent), "concurrency": size.used, "lost": 0, "twice": 0,
        "seconds": round(loaded.seconds, 2), "per_second": round(rate, 1), **shares,
        "max": round(max(waits), 4),
    }  # fmt: skip
    return Seen(_holds(run, loaded), said + _why_not(run, loaded), (ITEM,), numbers, plot=_plot(loaded))


def _holds(run: Run, loaded: Loaded) -> bool | None:
    return None if _why_not(run, loaded) else True


def _why_not(run: Run, loaded: Loaded) -> str:
    """Return why this is no proof that a load was stood, or ""."""
    if run.broker.kind == "filesystem":
        return "; that says nothing of a broker that a project is deployed with"
    return f"; fewer than {FEWEST} tasks are no load" if loaded.tasks < FEWEST else ""


def _measured(loaded: Loaded, holds: bool | None) -> Iterator[Seen]:  # noqa: FBT001 - as in Seen
    """Yield what was measured besides; it proves nothing of its own."""
    sending, running = loaded.tasks / max(loaded.sending, 0.001), len(loaded.ran) / max(loaded.seconds, 0.001)
    said = f"they were sent at {sending:,.0f} a second"
    if sending > running * 1.1:
        said += ", faster than they ran: what they waited is the time in the queue"
    if loaded.sending:
        yield Seen(holds, said, numbers={"sent_per_second": round(sending, 1)})
    if loaded.memory:
        before, after = (used / _MIB for used in loaded.memory)
        said = (
            f"the worker used {before:.0f} MiB once a tenth of them had run, and {after:.0f} MiB in the end"
        )
        yield Seen(holds, said, numbers={"mib_before": round(before, 1), "mib_after": round(after, 1)})


def _plot(loaded: Loaded) -> str:
    waits = histogram([max(ran.waited, 0.0) for ran in loaded.ran])
    line = over_time(ran.at for ran in loaded.ran)
    return f"seconds from sent to begun:\n{waits}\ntasks begun, over {loaded.seconds:.1f} s:\n{line}"


def _worker(run: Run) -> str:
    command = run.require_worker().command
    return f"{command.name} ({command.where})" if command.where else command.name


def _size(size: Size) -> str:
    said = f"{size.used} at once"
    if size.declared and size.declared != size.used:
        said += f" ({size.declared} are declared; this machine has {size.cores} cores)"
    return said


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count:,} tasks"


def _producers(count: int) -> str:
    return "1 producer" if count == 1 else f"{count} producers"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _named(numbers: tuple[int, ...]) -> str:
    more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    return ", ".join(map(str, numbers[:_NAMED])) + more


def _left_out(run: Run) -> str:
    return "" if run.asked.load else "--load N was not asked for"


STAGE = Stage(
    name="load",
    title="A load runs: none lost, none twice",
    items=(ITEM,),
    prove=prove,
    left_out=_left_out,
)
