"""Section 6.3 of the checklist: systemd services (production)."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.live import Live
from celerify.requirements.systemd_boot import EnabledByScript, StartedAtBoot
from celerify.requirements.systemd_environment import EnvironmentExample, EnvironmentNamed
from celerify.requirements.systemd_units import FlowerBeside, SystemdUnit
from celerify.requirements.when_supervised import without_supervisor, without_systemd
from celerify.rules._bases import WIRED
from celerify.rules._recorded import EARLIER, attested, seen
from celerify.rules.deployment._units import BEAT, PROCFILE, UNITS, WORKER

CHOSEN = {"deploy": ("systemd",)}
OURS = WIRED | {
    "deploy/systemd/celery-worker.service": WORKER,
    "deploy/systemd/celery-beat.service": BEAT,
}
ELSEWHERE = Example(
    name="a Procfile runs the worker",
    files=WIRED | {"Procfile": PROCFILE},
    status=Status.NOT_APPLICABLE,
    says="procfile runs the worker worker (Procfile:2)",
)
"""Units where celerify writes them, without what goes with them."""


def _worker(old: str, new: str) -> dict[str, str]:
    return UNITS | {"deploy/celery-worker.service": WORKER.replace(old, new)}


RULES = (
    Rule(
        item="6.3.1",
        slug="systemd-units",
        title="Create systemd service files",
        why="A worker that somebody started in a terminal ends with that terminal, with the next reboot, or with the first crash. And systemd reads units in its own way: it expands no variable in the executable's path, and of several nodes that `celery multi` starts it watches none.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="units for worker and beat that systemd accepts",
        not_applicable="another deployment target runs the worker; chosen otherwise",
        applies=without_systemd,
        requires=(SystemdUnit("worker"), SystemdUnit("beat")),
        remedy="run `celerify init --deploy systemd`; in a unit of your own: an absolute executable, Type=exec, one node a unit, no --detach",
        companions=(FlowerBeside(),),
        examples=(
            ELSEWHERE,
            Example(name="free", files=WIRED, status=Status.MISSING, says="no systemd unit runs a worker"),
            Example(
                name="free: systemd is chosen",
                files=WIRED,
                choices=CHOSEN,
                status=Status.MISSING,
                adds={
                    "deploy/systemd/celery-worker.service": "TimeoutStopSec=390\n",
                    "deploy/systemd/celery-beat.service": "StateDirectory=app-beat\n",
                },
            ),
            Example(name="worker and beat", files=UNITS, status=Status.DONE, says="and systemd accepts it"),
            Example(
                name="another spelling: celery multi, forking",
                files=UNITS
                | {
                    "deploy/celery-worker.service": WORKER.replace("Type=exec", "Type=forking").replace(
                        "celery -A config worker", "celery -A config multi start w1"
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="another spelling: an executable that systemd looks for",
                files=_worker("/srv/shop/.venv/bin/celery", "celery"),
                status=Status.DONE,
                says="it finds celery in /usr/local/bin or /usr/bin only",
            ),
            Example(
                name="something else: a variable as the executable",
                files=_worker("/srv/shop/.venv/bin/celery", "${CELERY_BIN}"),
                status=Status.MISSING,
                says="${CELERY_BIN} is its executable",
            ),
            Example(
                name="something else: forking, but nothing forks",
                files=_worker("Type=exec", "Type=forking"),
                status=Status.MISSING,
                says="Type=forking waits for a command that never goes to the background",
            ),
            Example(
                name="something else: it goes to the background",
                files=_worker(" -n worker@%%h", " --detach"),
                status=Status.MISSING,
                says="goes to the background",
            ),
            Example(
                name="something else: no unit for beat",
                files={name: text for name, text in UNITS.items() if "beat.service" not in name},
                status=Status.MISSING,
                says="no systemd unit runs beat",
            ),
        ),
    ),
    Rule(
        item="6.3.2",
        slug="systemd-environment",
        title="Configure environment file",
        why="A unit starts with an almost empty environment: without the file the worker takes the broker of its defaults, and localhost is not the one that the web process sends to. Secrets in the unit itself are readable for everybody on the host (systemctl show) and end up in git.",
        severity=Severity.NOTE,
        decided="static",
        root="6.3.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="an environment file, with an example in the repository and no secret committed",
        not_applicable="as 6.3.1; missing when units exist without one",
        applies=without_systemd,
        requires=(EnvironmentNamed(), EnvironmentExample()),
        remedy="add EnvironmentFile=/etc/PROJECT/celery.env to each unit, and an example of it with placeholders to the repository (`celerify init --deploy systemd` writes deploy/celery.env.example)",
        examples=(
            ELSEWHERE,
            Example(
                name="free: units that name a file, and no example",
                files=OURS,
                status=Status.MISSING,
                says="no example of /etc/shop/celery.env is in the repository",
                adds={"deploy/celery.env.example": "CELERY_BROKER_URL=redis://:CHANGE_ME@127.0.0.1:6379/0\n"},
            ),
            Example(
                name="no unit yet",
                files=WIRED,
                status=Status.NOT_APPLICABLE,
                says="nothing to judge while 6.3.1 is missing",
            ),
            Example(
                name="file and example",
                files=UNITS,
                status=Status.DONE,
                says="deploy/celery.env.example shows what /etc/shop/celery.env holds",
            ),
            Example(
                name="another spelling: the .env beside the project",
                files={
                    name: text.replace("/etc/shop/celery.env", "-/srv/shop/.env")
                    for name, text in UNITS.items()
                    if name != "deploy/celery.env.example"
                }
                | {".env.example": "DJANGO_SECRET_KEY=\nCELERY_BROKER_URL=redis://localhost:6379/0\n"},
                status=Status.DONE,
                says=".env.example shows what /srv/shop/.env holds",
            ),
            Example(
                name="something else: no environment file",
                files=_worker("EnvironmentFile=/etc/shop/celery.env\n", ""),
                status=Status.MISSING,
                says="celery-worker.service has no EnvironmentFile=",
            ),
            Example(
                name="something else: a secret in the unit",
                files=_worker("User=celery\n", "User=celery\nEnvironment=DJANGO_SECRET_KEY=q7x2m9w4k1\n"),
                status=Status.MISSING,
                says="gives DJANGO_SECRET_KEY a value that looks like a secret",
            ),
            Example(
                name="something else: a password in what should be the example",
                files=UNITS
                | {"deploy/celery.env.example": "CELERY_BROKER_URL=redis://:kT7mQ2x9@10.0.0.5:6379/0\n"},
                status=Status.MISSING,
                says="gives CELERY_BROKER_URL a value that looks like a secret",
            ),
        ),
    ),
    Rule(
        item="6.3.3",
        slug="systemd-enabled",
        title="Enable services on boot",
        why="A unit that was started but never enabled runs until the next reboot, which is the kernel update in three months: the site is back, and no mail goes out. Without an [Install] section it cannot be enabled at all, and systemctl only warns.",
        severity=Severity.NOTE,
        decided="static+live",
        root="6.3.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="units have an [Install] section and the install script enables them",
        not_applicable="as 6.3.1",
        applies=without_systemd,
        requires=(StartedAtBoot(), EnabledByScript()),
        remedy="give each unit WantedBy=multi-user.target under [Install], and enable it in a script of the repository: systemctl enable --now NAME",
        examples=(
            ELSEWHERE,
            Example(
                name="free: units, and nothing enables them",
                files=OURS,
                status=Status.MISSING,
                says="no script in the repository enables the units",
                adds={"deploy/systemd/install.sh": '    systemctl enable "$(basename -- "$unit")"\n'},
            ),
            Example(
                name="enabled by a script",
                files=UNITS,
                status=Status.DONE,
                says="deploy/install.sh enables celery-worker",
            ),
            Example(
                name="another spelling: Ansible",
                files=UNITS
                | {
                    "deploy/install.sh": "true\n",
                    "deploy/playbook.yml": "- hosts: all\n  tasks:\n    - systemd:\n        name: '{{ item }}'\n        enabled: yes\n      loop: [celery-worker, celery-beat]\n",
                },
                status=Status.DONE,
                says="deploy/playbook.yml enables celery-beat",
            ),
            Example(
                name="something else: one of two is forgotten",
                files=UNITS | {"deploy/install.sh": "systemctl enable --now celery-worker\n"},
                status=Status.MISSING,
                says="no script enables celery-beat",
            ),
            Example(
                name="something else: no [Install] section",
                files=_worker("[Install]\nWantedBy=multi-user.target\n", ""),
                status=Status.MISSING,
                says="has no [Install] section",
            ),
        ),
    ),
    Rule(
        item="6.3.4",
        slug="restart-tested",
        title="Test restart behavior",
        why="Restart=always brings back the process that systemd knows: a worker that forked away, a wrong Type or a start limit keeps it dead, and the status still says active. Only a kill shows it, and one that leaves a running task half done shows whether the task is safe to repeat.",
        severity=Severity.NOTE,
        decided="live",
        root="6.3.1",
        init_new=Init.NO,
        init_existing=Init.NO,
        done="verify killed the worker and saw the supervisor bring it back, or a person attests it",
        not_applicable="no supervisor in the repository",
        applies=without_supervisor,
        requires=(Live("6.3.4", "whether a killed worker comes back"),),
        remedy='run `celerify verify` where a systemd user manager answers: it starts a worker under the restart policy of your unit, kills it and sees whether it comes back; or on a staging host kill the worker (systemctl kill --signal=KILL celery-worker, or docker compose kill worker), see it come back, and attest it: "6.3.4" in [tool.celerify.attestations]',
        examples=(
            Example(
                name="no supervisor",
                files=WIRED,
                status=Status.NOT_APPLICABLE,
                says="no supervisor in the repository",
            ),
            Example(
                name="free: never tried",
                files=UNITS,
                status=Status.UNVERIFIED,
                says="no run has shown it yet",
            ),
            Example(
                name="free: a Procfile",
                files=WIRED | {"Procfile": PROCFILE},
                status=Status.UNVERIFIED,
                says="whether a killed worker comes back",
            ),
            Example(
                name="seen",
                files=UNITS | seen("6.3.4", "the worker was killed, and was back after 5 seconds"),
                status=Status.DONE,
                says="back after 5 seconds",
            ),
            Example(
                name="seen, and something else there",
                files=UNITS | seen("6.3.4", "the killed worker stayed dead", holds=False),
                status=Status.MISSING,
                says="stayed dead",
            ),
            Example(
                name="seen too long ago",
                files=UNITS | seen("6.3.4", "it came back", expires=EARLIER),
                status=Status.UNVERIFIED,
                says="it has expired",
            ),
            Example(
                name="another spelling: a person attests it",
                files=UNITS | attested("6.3.4"),
                status=Status.DONE,
                says="Ada",
            ),
        ),
    ),
)
