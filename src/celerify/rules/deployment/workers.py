"""Section 6.1 of the checklist, worker configuration: pool, concurrency, recycling (the queues are apart)."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.declared_process import Declared
from celerify.requirements.systemd_units import FlowerBeside
from celerify.requirements.worker_options import WorkerConcurrency, WorkerPool, WorkerRecycling
from celerify.rules._bases import CELERY_SETTINGS, SETTINGS, WIRED
from celerify.rules.deployment._units import PROCFILE, UNITS, WORKER

COMPOSE = "services:\n  worker:\n    build: .\n    command: celery -A config worker {}\n"

LINE = "worker: celery -A config worker --loglevel=INFO --pool=prefork --concurrency=4 --max-tasks-per-child=1000 --hostname=worker@%h\n"

NOBODY = Example(
    name="free: no worker, and nowhere to declare one",
    files=WIRED,
    status=Status.MISSING,
    says="no worker is declared anywhere",
)


def _compose(options: str) -> dict[str, str]:
    return WIRED | {"compose.yaml": COMPOSE.format(options)}


def _with_setting(options: str, setting: str) -> dict[str, str]:
    return _compose(options) | {"config/settings.py": WIRED["config/settings.py"] + setting}


RULES = (
    Rule(
        item="6.1.1",
        slug="worker-pool",
        title="Choose appropriate pool (prefork vs gevent)",
        why="The pool decides what a worker can do at once: prefork computes on several cores and survives a crash of a child, gevent waits for hundreds of HTTP calls and stands still as soon as one task computes. A command that does not name it says nothing of which work it was sized for.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="every worker command states its pool; no worker declared anywhere is missing",
        not_applicable=None,
        requires=(Declared("worker"), WorkerPool()),
        remedy="add --pool prefork (or gevent, threads, solo) to the worker's command; without a worker run `celerify init --deploy compose` (or systemd, procfile)",
        companions=(FlowerBeside(),),
        examples=(
            NOBODY,
            Example(
                name="free: a Procfile is chosen",
                files=WIRED,
                choices={"deploy": ("procfile",)},
                status=Status.MISSING,
                says="no worker is declared anywhere",
                adds={"Procfile": LINE},
            ),
            Example(
                name="free: systemd is chosen",
                files=WIRED,
                choices={"deploy": ("systemd",)},
                status=Status.MISSING,
                adds={
                    "deploy/systemd/celery-worker.service": "ExecStart=/srv/app/.venv/bin/celery -A config worker --loglevel=INFO --pool=prefork",
                    "deploy/systemd/celery-flower.service": "EnvironmentFile=/etc/app/flower.env\n",
                },
            ),
            Example(name="named by a unit", files=UNITS, status=Status.DONE, says="runs with --pool prefork"),
            Example(
                name="another spelling: -P in a compose service",
                files=_compose("-c 50 -P gevent"),
                status=Status.DONE,
                says="runs with --pool gevent",
            ),
            Example(
                name="something else: one of two workers does not say",
                files=WIRED | {"Procfile": PROCFILE + "mails: celery -A config worker -Q mails -c 2\n"},
                status=Status.MISSING,
                says="the worker mails does not state its pool and runs prefork (add --pool prefork)",
            ),
            Example(
                name="something else: no pool of Celery's",
                files=_compose("--pool forked"),
                status=Status.MISSING,
                says="which Celery does not know",
            ),
            Example(
                name="something else: compose runs a worker, and a Procfile is chosen",
                files=_compose("-P prefork -c 2 --max-tasks-per-child 100"),
                choices={"deploy": ("procfile",)},
                status=Status.MISSING,
                says="procfile is chosen, and runs no worker",
                adds={
                    "Procfile": "worker: celery -A config worker --loglevel=INFO --pool=prefork --concurrency=2"
                },
            ),
            Example(
                name="options in a variable that nothing in the repository fills in",
                files=UNITS
                | {
                    "deploy/celery-worker.service": WORKER.replace(
                        "-P prefork -c 4 --max-tasks-per-child 1000", "$CELERYD_OPTS"
                    )
                },
                status=Status.UNKNOWN,
                says="whether $CELERYD_OPTS gives --pool to the worker celery-worker could not be read",
            ),
        ),
    ),
    Rule(
        item="6.1.2",
        slug="worker-concurrency",
        title="Set concurrency based on workload",
        why="Without a number a worker starts one process for each CPU that it sees, and in a container it sees those of the host: 64 children on a small instance use up its memory and the connections of the database, and on a laptop the same command behaves differently.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="every worker states its concurrency or autoscale, on the command or in settings; no worker declared anywhere is missing",
        not_applicable=None,
        requires=(Declared("worker"), WorkerConcurrency()),
        words=("worker_concurrency", "WORKER_CONCURRENCY", "CELERYD_CONCURRENCY"),
        remedy="add --concurrency 4 (or --autoscale 8,2) to the worker's command, or set CELERY_WORKER_CONCURRENCY; without a worker run `celerify init --deploy compose` (or systemd, procfile)",
        examples=(
            NOBODY,
            Example(
                name="free: a Procfile is chosen",
                files=WIRED,
                choices={"deploy": ("procfile",)},
                status=Status.MISSING,
                adds={"Procfile": LINE},
            ),
            Example(
                name="named by a unit", files=UNITS, status=Status.DONE, says="runs with --concurrency 4"
            ),
            Example(
                name="another spelling: autoscale",
                files=_compose("--autoscale 8,2"),
                status=Status.DONE,
                says="runs with --autoscale 8,2",
            ),
            Example(
                name="another spelling: the setting",
                files=_with_setting("", "CELERY_WORKER_CONCURRENCY = 4\n"),
                status=Status.DONE,
                says="worker_concurrency is 4",
            ),
            Example(
                name="something else: neither",
                files=_compose("-l INFO"),
                status=Status.MISSING,
                says="the worker worker states no concurrency",
            ),
            Example(
                name="something else: a setting that states nothing",
                files=_with_setting("", "CELERY_WORKER_CONCURRENCY = None\n"),
                status=Status.MISSING,
                says="it states nothing",
            ),
        ),
    ),
    Rule(
        item="6.1.3",
        slug="max-tasks-per-child",
        title="Enable max-tasks-per-child for memory management",
        why="A prefork child lives as long as its worker and never gives memory back: one large report, or a library that leaks a little at each task, and after some days the kernel kills a child in the middle of a task. A child that is replaced now and then starts small again.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="every prefork worker recycles its children (max tasks or memory), on the command or in settings; no worker declared anywhere is missing",
        not_applicable=None,
        requires=(Declared("worker"), WorkerRecycling()),
        words=("max_tasks_per_child", "MAX_TASKS_PER_CHILD", "max_memory_per_child", "MAX_MEMORY_PER_CHILD"),
        remedy="add --max-tasks-per-child 1000 to the command of each prefork worker, or set CELERY_WORKER_MAX_TASKS_PER_CHILD; where every worker is gevent or threads on purpose, limit its memory outside and waive 6.1.3; without a worker run `celerify init --deploy compose` (or systemd, procfile)",
        examples=(
            NOBODY,
            Example(
                name="free: a Procfile is chosen",
                files=WIRED,
                choices={"deploy": ("procfile",)},
                status=Status.MISSING,
                adds={"Procfile": LINE},
            ),
            Example(
                name="named by a unit",
                files=UNITS,
                status=Status.DONE,
                says="runs with --max-tasks-per-child 1000",
            ),
            Example(
                name="another spelling: app.conf",
                files=_compose("-c 4")
                | {
                    "config/celery.py": WIRED["config/celery.py"]
                    + "app.conf.worker_max_tasks_per_child = 500\n"
                },
                status=Status.DONE,
                says="worker_max_tasks_per_child is 500",
            ),
            Example(
                name="another spelling: memory",
                files=_compose("-c 4 --max-memory-per-child=400000"),
                status=Status.DONE,
                says="runs with --max-memory-per-child 400000",
            ),
            Example(
                name="threads beside prefork",
                files=WIRED | {"Procfile": PROCFILE + "mails: celery -A config worker -P threads -Q mails\n"},
                status=Status.DONE,
                says="the worker mails runs threads, which has no child processes to replace",
            ),
            Example(
                name="something else: threads alone",
                files=_compose("--pool threads -c 20"),
                status=Status.MISSING,
                says="no worker runs prefork",
            ),
            Example(
                name="something else: prefork without it",
                files=_compose("-c 4 -P prefork"),
                status=Status.MISSING,
                says="the worker worker never replaces its child processes",
            ),
            Example(
                name="something else: the name of before Celery 4",
                files=_compose("-c 4")
                | {
                    "config/settings.py": SETTINGS + CELERY_SETTINGS + "CELERYD_MAX_TASKS_PER_CHILD = 500\n",
                    "requirements.txt": "Django>=5.2,<5.3\ncelery[redis]==5.4.0\n",
                },
                status=Status.MISSING,
                says="is set under its old name",
            ),
        ),
    ),
)
