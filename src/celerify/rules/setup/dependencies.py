"""Section 1.1 of the checklist: dependencies."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.broker_client import BrokerClient
from celerify.requirements.dependency import Dependency
from celerify.requirements.pinned import Pinned
from celerify.requirements.when_dependencies import no_beat, no_database_results, no_flower
from celerify.rules._bases import BARE, WIRED

UNDECLARED = {path: text for path, text in BARE.items() if path != "requirements.txt"}

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.12"
dependencies = [
    "django>=5.2,<5.3",
    "{}",
]
"""

POETRY = """\
[tool.poetry.dependencies]
python = "^3.12"
django = "^5.2"
{}
"""

FAMILY = (
    "celery",
    "kombu",
    "redis",
    "django-celery-beat",
    "django-celery-results",
    "flower",
    "gevent",
)

RULES = (
    Rule(
        item="1.1.1",
        slug="celery-installed",
        title="Install celery with broker support",
        why="Plain celery has no Redis client: without the extra the worker dies at start, from kombu 5.7 on even beside redis-py (No module named 'packaging'), and an old redis-py ends in VersionMismatch. An extra called rabbitmq does not exist; RabbitMQ needs none.",
        severity=Severity.ERROR,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="celery is declared with a client for the broker scheme in use: Redis by the `redis` extra, or redis-py on its own line in a range the locked kombu accepts (kombu 5.7 and later, or no lock: the extra, or `packaging` declared); RabbitMQ needs none",
        not_applicable=None,
        requires=(Dependency("celery"), BrokerClient()),
        words=("install_requires",),
        remedy="run `celerify init --select 1.1.1`, or declare celery[redis]>=5.7,<5.8 (plain celery for RabbitMQ)",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                adds={"requirements.txt": "celery[redis]>=5.7,<5.8\n"},
                says="celery is not declared in requirements.txt",
            ),
            Example(
                name="free, with RabbitMQ chosen",
                files=BARE,
                status=Status.MISSING,
                adds={"requirements.txt": "celery>=5.7,<5.8\n"},
                choices={"broker": "rabbitmq"},
            ),
            Example(
                name="free, without any dependency file",
                files=UNDECLARED,
                status=Status.MISSING,
                adds={"requirements.txt": "celery[redis]>=5.7,<5.8\n"},
                says="there is no dependency file",
            ),
            Example(
                name="only the extra is missing",
                files=BARE | {"requirements.txt": "Django>=5.2,<5.3\ncelery~=5.7.0\n"},
                status=Status.MISSING,
                adds={"requirements.txt": "celery[redis]~=5.7.0\n"},
                says="celery is declared without its redis extra for the broker redis",
            ),
            Example(
                name="another spelling",
                files=UNDECLARED | {"pyproject.toml": PYPROJECT.format("Celery[redis, sqs] ~= 5.6")},
                status=Status.DONE,
            ),
            Example(
                name="redis-py on its own line beside the packaging that kombu needs",
                files=BARE
                | {"requirements.txt": "Django==5.2.9\ncelery==5.7.0\nredis==8.0.1\npackaging==26.2\n"},
                status=Status.DONE,
                says="redis 8.0.1 on its own line suits kombu 5.7",
            ),
            Example(
                name="something else",
                files=BARE | {"requirements.txt": "Django==5.2.9\ncelery==5.4.0\nredis==5.0.4\n"},
                status=Status.MISSING,
                says="redis==5.0.4 is too old",
            ),
        ),
    ),
    Rule(
        item="1.1.2",
        slug="beat-installed",
        title="Install django-celery-beat for periodic tasks",
        why="Without it schedules are code, and none changes without a deployment; when each last ran stands in a local file, celerybeat-schedule, that is lost with the container. django-celery-beat keeps both in the database. Without a lower bound, pip beside Django 6.1 silently takes a release from 2020 that sends nothing.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="django-celery-beat is declared",
        not_applicable="chosen `--no-beat`; another scheduler package (celery-redbeat) does the job",
        requires=(Dependency("django-celery-beat"),),
        applies=no_beat,
        words=("install_requires",),
        remedy="run `celerify init --select 1.1.2`, or declare django-celery-beat>=2.9,<3; `--no-beat` where nothing is periodic",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                adds={"requirements.txt": "django-celery-beat>=2.9,<3\n"},
                says="django-celery-beat is not declared in requirements.txt",
            ),
            Example(
                name="another spelling",
                files=UNDECLARED | {"pyproject.toml": POETRY.format('Django_Celery_Beat = "^2.8"')},
                status=Status.DONE,
            ),
            Example(
                name="something else: for development only",
                files=BARE | {"requirements-dev.txt": "-r requirements.txt\ndjango-celery-beat==2.9.0\n"},
                status=Status.MISSING,
                says="is declared for development only",
            ),
            Example(
                name="another scheduler",
                files=BARE
                | {"requirements.txt": "Django==5.2.9\ncelery[redis]==5.7.0\ncelery-redbeat==2.3.3\n"},
                status=Status.NOT_APPLICABLE,
                says="celery-redbeat schedules instead",
            ),
            Example(
                name="no release supports the Django in use",
                files=BARE | {"requirements.txt": "Django==6.1.3\n"},
                status=Status.MISSING,
            ),
        ),
    ),
    Rule(
        item="1.1.3",
        slug="results-installed",
        title="Install django-celery-results (optional, for DB results)",
        why="The backends django-db and django-cache live in django-celery-results: without the package the worker, and the first call that touches a result, end in ModuleNotFoundError: No module named 'django-db'.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="django-celery-results is declared",
        not_applicable="the result backend is neither django-db nor django-cache; chosen otherwise",
        requires=(Dependency("django-celery-results"),),
        applies=no_database_results,
        words=("install_requires",),
        remedy="run `celerify init --select 1.1.3 --results django-db`, or declare django-celery-results>=2.6,<3",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                adds={"requirements.txt": "django-celery-results>=2.6,<3\n"},
                choices={"results": "django-db"},
            ),
            Example(
                name="another spelling",
                files=BARE
                | {"requirements.txt": "Django==5.2.9\nDjango_Celery_Results == 2.6.0  # results\n"},
                status=Status.DONE,
                choices={"results": "django-db"},
            ),
            Example(
                name="something else: another backend",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                says="no setting names the result backend",
            ),
            Example(
                name="wired",
                files=WIRED,
                status=Status.DONE,
            ),
        ),
    ),
    Rule(
        item="1.1.4",
        slug="flower-installed",
        title="Install flower for monitoring",
        why="A queue that grows is invisible to Django and to the web server's metrics: without Flower or an exporter the first sign of a dead worker is a customer who did not get the mail.",
        severity=Severity.WARNING,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="flower is declared (any dependency group, or the image that runs it)",
        not_applicable="chosen `--monitoring none`; another Celery exporter is declared",
        requires=(Dependency("flower", any_group=True, image="flower"),),
        applies=no_flower,
        words=("install_requires",),
        remedy="run `celerify init --select 1.1.4`, or declare flower>=2.2,<3; `--monitoring none` where something else watches",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                adds={"requirements.txt": "flower>=2.2,<3\n"},
                says="flower is not declared in requirements.txt",
            ),
            Example(
                name="another spelling: a group of its own",
                files=UNDECLARED
                | {
                    "pyproject.toml": PYPROJECT.format("celery[redis]>=5.7,<5.8")
                    + '\n[dependency-groups]\nmonitoring = ["Flower~=2.1"]\n'
                },
                status=Status.DONE,
            ),
            Example(
                name="the image that runs it",
                files=BARE
                | {"compose.yaml": "services:\n  flower:\n    image: mher/flower:2.0\n    ports: [5555]\n"},
                status=Status.DONE,
                says="runs mher/flower:2.0",
            ),
            Example(
                name="something else: another exporter",
                files=BARE
                | {"compose.yaml": "services:\n  metrics:\n    image: danihodovic/celery-exporter:0.12\n"},
                status=Status.NOT_APPLICABLE,
                says="danihodovic/celery-exporter",
            ),
        ),
    ),
    Rule(
        item="1.1.5",
        slug="versions-pinned",
        title="Pin versions in requirements.txt",
        why="Celery, kombu and redis-py move together: an unbounded line takes kombu 5.7 beside an old redis-py, and the worker that ran yesterday refuses to start after the next image build.",
        severity=Severity.WARNING,
        decided="static",
        root="1.1.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="each declared Celery-family package (celery, kombu, redis, beat, results, flower, gevent) has `==`, `~=`, `^`, a bounded range, or a lock file; existing pins are kept",
        not_applicable=None,
        requires=(Pinned(FAMILY),),
        words=("install_requires",),
        remedy="give each an upper bound, as celery[redis]>=5.7,<5.8, or commit a lock file",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                adds={"requirements.txt": "celery[redis]>=5.7,<5.8\n"},
                says="nothing to judge while 1.1.1 is missing",
            ),
            Example(
                name="another spelling: a lock file",
                files=UNDECLARED
                | {
                    "pyproject.toml": PYPROJECT.format("celery[redis]"),
                    "uv.lock": 'version = 1\n\n[[package]]\nname = "celery"\nversion = "5.7.0"\n',
                },
                status=Status.DONE,
                says="celery is locked to 5.7.0",
            ),
            Example(
                name="another spelling: Poetry's caret",
                files=UNDECLARED
                | {"pyproject.toml": POETRY.format('celery = {extras = ["redis"], version = "^5.6"}')},
                status=Status.DONE,
            ),
            Example(
                name="something else: only a lower bound",
                files=BARE | {"requirements.txt": "Django>=5.2,<5.3\ncelery[redis]>=5.3\nflower\n"},
                status=Status.MISSING,
                says="celery>=5.3 has no upper bound and no locked version",
            ),
        ),
    ),
)
