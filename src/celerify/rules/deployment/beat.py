"""Section 6.2 of the checklist: beat configuration."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.beat_scheduler import DatabaseScheduler
from celerify.requirements.beat_single import OneBeat
from celerify.requirements.declared_process import Declared
from celerify.requirements.when_periodic import nothing_periodic
from celerify.rules._bases import BARE, WIRED
from celerify.rules.deployment._units import BEAT, PROCFILE, UNITS, WORKER

FILE_SCHEDULED = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        'CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"\n', ""
    )
}
EMBEDDED = "services:\n  worker:\n    build: .\n    command: celery -A config worker -B -c 2\n"
APART = "services:\n  worker:\n    build: .\n    command: celery -A config worker\n  beat:\n    build: .\n    command: celery -A config beat {}\n"
LINE = "beat: celery -A config beat --loglevel=INFO --enable-remote-control --hostname=beat@%h\n"
NOTHING = Example(
    name="nothing periodic", files=BARE, status=Status.NOT_APPLICABLE, says="nothing is periodic"
)

RULES = (
    Rule(
        item="6.2.1",
        slug="beat-process",
        title="Run Beat as separate process",
        why="A worker with -B cannot be scaled: every copy of it sends every periodic task once more. And the beat inside it dies with the worker that is restarted, killed for its memory, or busy with its last task, and the schedule stands still as long.",
        severity=Severity.WARNING,
        decided="static",
        root="1.1.2",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="beat runs as a process of its own; no -B",
        not_applicable="nothing periodic: no schedule and no beat dependency",
        applies=nothing_periodic,
        requires=(Declared("beat"),),
        remedy="take -B from the worker's command and run `celery -A PROJECT beat` as a process of its own; without any run `celerify init --deploy compose` (or systemd, procfile)",
        examples=(
            NOTHING,
            Example(
                name="free: nowhere to declare one",
                files=WIRED,
                status=Status.MISSING,
                says="no beat is declared anywhere",
            ),
            Example(
                name="free: a Procfile is chosen",
                files=WIRED,
                choices={"deploy": ("procfile",)},
                status=Status.MISSING,
                adds={"Procfile": LINE},
            ),
            Example(
                name="free: systemd is chosen",
                files=WIRED,
                choices={"deploy": ("systemd",)},
                status=Status.MISSING,
                adds={
                    "deploy/systemd/celery-beat.service": "ExecStart=/srv/app/.venv/bin/celery -A config beat --loglevel=INFO --enable-remote-control --hostname=beat@%%h\n"
                },
            ),
            Example(name="a unit of its own", files=UNITS, status=Status.DONE, says="celery-beat runs beat"),
            Example(
                name="another spelling: a line of the Procfile",
                files=WIRED | {"Procfile": PROCFILE},
                status=Status.DONE,
            ),
            Example(
                name="something else: inside the worker",
                files=WIRED | {"compose.yaml": EMBEDDED},
                status=Status.MISSING,
                says="the worker worker runs beat inside itself (-B)",
            ),
            Example(
                name="something else: both",
                files=WIRED | {"Procfile": PROCFILE.replace("worker --pool", "worker --beat --pool")},
                status=Status.MISSING,
                says="runs beat inside itself",
            ),
        ),
    ),
    Rule(
        item="6.2.2",
        slug="database-scheduler",
        title="Use DatabaseScheduler for admin control",
        why="By default beat keeps its schedule in code and a local file: a wrong hour takes a release to change, nobody can pause one entry at night, and a container forgets when each entry ran last. django-celery-beat keeps it in the database, but only once beat is told to look there.",
        severity=Severity.NOTE,
        decided="static",
        root="1.1.2",
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="beat uses DatabaseScheduler",
        not_applicable="as 6.2.1",
        applies=nothing_periodic,
        requires=(DatabaseScheduler(),),
        words=("beat_scheduler", "BEAT_SCHEDULER", "CELERYBEAT_SCHEDULER"),
        remedy='set CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"; entries of the file scheduler are taken over, what it knew of their last run is not',
        examples=(
            NOTHING,
            Example(
                name="free",
                files=FILE_SCHEDULED,
                status=Status.MISSING,
                says="beat_scheduler is not set",
                adds={
                    "config/settings.py": 'CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"\n'
                },
            ),
            Example(name="the setting", files=WIRED, status=Status.DONE, says="DatabaseScheduler"),
            Example(
                name="another spelling: beat's option, and the short name",
                files=FILE_SCHEDULED | {"compose.yaml": APART.format("-S django")},
                status=Status.DONE,
                says="beat runs with --scheduler django",
            ),
            Example(
                name="another spelling: a subclass of the project's own",
                files=WIRED
                | {
                    "config/settings.py": WIRED["config/settings.py"].replace(
                        "django_celery_beat.schedulers:DatabaseScheduler", "config.schedulers:TenantScheduler"
                    ),
                    "config/schedulers.py": "from django_celery_beat.schedulers import DatabaseScheduler\n\n\nclass TenantScheduler(DatabaseScheduler):\n    pass\n",
                },
                status=Status.DONE,
                says="a DatabaseScheduler of the project's own",
            ),
            Example(
                name="something else: the option beats the setting",
                files=WIRED | {"compose.yaml": APART.format("--scheduler celery.beat:PersistentScheduler")},
                status=Status.MISSING,
                says="beat runs with --scheduler celery.beat:PersistentScheduler",
            ),
            Example(
                name="something else: redbeat",
                files=WIRED
                | {
                    "config/settings.py": WIRED["config/settings.py"].replace(
                        "django_celery_beat.schedulers:DatabaseScheduler", "redbeat.RedBeatScheduler"
                    )
                },
                status=Status.MISSING,
                says="it is not the DatabaseScheduler",
            ),
        ),
    ),
    Rule(
        item="6.2.3",
        slug="one-beat",
        title="Ensure only ONE Beat instance runs",
        why="Neither Celery's own scheduler nor django-celery-beat's takes a lock: two beats send every periodic task twice, so customers get two invoices and the nightly export runs against itself. Nothing in the logs says so.",
        severity=Severity.ERROR,
        decided="static+live",
        root="6.2.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="exactly one beat per deployment: one service or unit, no replicas above one; one embedded -B in one unscaled worker is one beat (6.2.1 is then missing)",
        not_applicable="as 6.2.1",
        applies=nothing_periodic,
        requires=(OneBeat(),),
        remedy="leave one beat: no second service or unit, no -B beside it, replicas 1, and on Kubernetes the strategy Recreate",
        examples=(
            NOTHING,
            Example(
                name="free: no beat at all",
                files=WIRED,
                status=Status.NOT_APPLICABLE,
                says="nothing to judge while 6.2.1 is missing",
            ),
            Example(
                name="free: a Procfile is chosen",
                files=WIRED,
                choices={"deploy": ("procfile",)},
                status=Status.NOT_APPLICABLE,
                adds={"Procfile": LINE},
            ),
            Example(
                name="one unit", files=UNITS, status=Status.DONE, says="is the one beat of the systemd units"
            ),
            Example(
                name="another spelling: inside one unscaled worker",
                files=WIRED | {"compose.yaml": EMBEDDED},
                status=Status.DONE,
                says="worker is the one beat of compose.yaml",
            ),
            Example(
                name="two compose files are two deployments",
                files=WIRED
                | {
                    "compose.yaml": "services:\n  redis:\n    image: redis:8\n"
                    + APART.format("").partition("\n")[2],
                    "compose.staging.yaml": "services:\n  redis:\n    image: redis:8\n"
                    + APART.format("").partition("\n")[2],
                },
                status=Status.DONE,
                says="is the one beat of compose.staging.yaml",
            ),
            Example(
                name="something else: two units",
                files=UNITS | {"deploy/celery-scheduler.service": BEAT},
                status=Status.MISSING,
                says="2 beats run in the systemd units",
            ),
            Example(
                name="something else: inside a worker with replicas",
                files=WIRED | {"compose.yaml": EMBEDDED + "    deploy:\n      replicas: 3\n"},
                status=Status.MISSING,
                says="worker runs 3 times",
            ),
            Example(
                name="something else: a beat beside a worker with -B",
                files=UNITS | {"deploy/celery-worker.service": WORKER.replace("worker -P", "worker -B -P")},
                status=Status.MISSING,
                says="2 beats run in the systemd units",
            ),
            Example(
                name="something else: a worker without a beat",
                files=UNITS | {"Procfile": "worker: celery -A config worker\n"},
                status=Status.MISSING,
                says="Procfile runs a worker and no beat",
            ),
        ),
    ),
)
