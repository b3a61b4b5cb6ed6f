from __future__ import annotations

from celerify.live.workers import PLAIN, Command, commands
from celerify.project import Project
from trees import tree_of

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


def workers(*lines: str, **files: str) -> tuple[Command, ...]:
    text = "".join(f"run{number}: celery -A shop worker {line}\n" for number, line in enumerate(lines))
    return commands(
        Project(tree_of({"manage.py": MANAGE, "shop/settings.py": "", "Procfile": text, **files}))
    )


def test_where_none_is_declared_a_plain_worker_stands_for_it() -> None:
    assert workers() == (PLAIN,)


def test_pool_queues_and_what_changes_tasks_are_kept_and_its_files_are_not() -> None:
    (command,) = workers(
        "-P gevent -c 500 -Q io,mail -E --pidfile=/run/a.pid -l DEBUG -f /var/log/a.log -n a@%h"
    )
    assert (command.pool, command.queues, command.level) == ("gevent", ("io", "mail"), "DEBUG")
    assert command.words == ("--pool=gevent", "--task-events", "--concurrency=20", "--queues=io,mail")


def test_two_that_differ_in_size_alone_are_one() -> None:
    found = workers(
        "-P prefork -c 4", "-P prefork -c 16 -n big@%h", "-P prefork -c 1", "-P prefork -Q io -c 4"
    )
    assert [(one.name, one.words[1:]) for one in found] == [
        ("run0", ("--concurrency=2",)), ("run2", ("--concurrency=1",)),
        ("run3", ("--concurrency=2", "--queues=io")),
    ]  # fmt: skip


def test_what_a_variable_holds_that_nothing_sets_is_left_out_and_told() -> None:
    (command,) = workers("-Q ${QUEUES} -l ${LEVEL} --max-tasks-per-child=${MOST}")
    assert (command.queues, command.unread, command.level) == (
        None,
        ("queues", "max-tasks-per-child"),
        "INFO",
    )
    assert command.words == ("--concurrency=2",)


def test_without_a_level_it_logs_as_celery_does() -> None:
    assert workers("")[0].level == "WARNING"
