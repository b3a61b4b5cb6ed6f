from __future__ import annotations

from celerify.live.beat import Command, commands
from celerify.project import Project
from trees import tree_of

OTHER = "redbeat.RedBeatScheduler"


def beats(*lines: str) -> tuple[Command, ...]:
    text = "".join(f"run{number}: celery -A shop {line}\n" for number, line in enumerate(lines))
    return commands(Project(tree_of({"manage.py": "", "Procfile": text})))


def test_where_none_is_declared_beat_runs_plain() -> None:
    assert beats("worker") == (Command("beat"),)


def test_what_decides_how_beat_runs_is_kept_and_its_files_are_not() -> None:
    (command,) = beats(f"beat -S {OTHER} --max-interval=7 -l DEBUG -s /var/beat --pidfile=/run/beat.pid")
    assert (command.scheduler, command.called) == (OTHER, "beat (Procfile:1)")
    assert command.words == (f"--scheduler={OTHER}",)


def test_two_with_the_same_scheduler_are_one() -> None:
    found = beats("beat -l INFO", f"beat --scheduler={OTHER}", "beat", "worker -B")
    assert [(one.label, one.scheduler, one.embedded) for one in found] == [
        ("beat", "", False), ("beat-2", OTHER, False), ("beat-3", "", True),
    ]  # fmt: skip
    assert found[2].called == "the beat inside the worker run3 (Procfile:4)"
