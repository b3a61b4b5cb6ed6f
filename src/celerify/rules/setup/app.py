"""Section 1.3 of the checklist, the Celery application."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.call import Discovery, SettingsDefault
from celerify.requirements.celery_application import Application
from celerify.requirements.namespace import Namespace
from celerify.rules._bases import BARE, CELERY_MODULE, WIRED

SETDEFAULT = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
CONFIG = 'app.config_from_object("django.conf:settings", namespace="CELERY")\n'
DISCOVERY = "app.autodiscover_tasks()\n"

ORDERS = {
    "orders/__init__.py": "",
    "orders/jobs.py": (
        "from celery import shared_task\nfrom django.core.mail import mail_admins\n\n\n"
        '@shared_task(name="orders.ship")\ndef ship(order_id: int) -> str:\n'
        '    mail_admins("shipped", f"order {order_id}")\n    return "shipped"\n'
    ),
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "orders",\n'
    ),
}
"""An installed app with a task in a module that is not called tasks.py."""

RULES = (
    Rule(
        item="1.3.1",
        slug="celery-app",
        title="Create celery.py in project directory",
        why="Without an application of its own a project runs on Celery's default app: amqp://guest@localhost, no settings, no discovered tasks. The module must not hide the library: a celery.py beside manage.py fails with 'cannot import name Celery from partially initialized module'.",
        severity=Severity.ERROR,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="one Celery application, importable by the project, under any module and variable name",
        not_applicable=None,
        requires=(Application(),),
        words=("Celery(",),
        remedy="run `celerify init --select 1.3`",
        examples=(
            Example(
                name="free",
                files=BARE,
                status=Status.MISSING,
                says="no module makes a Celery application",
                adds={"config/celery.py": CELERY_MODULE},
            ),
            Example(
                name="free, flat layout: celery.py would hide the library",
                files={
                    "manage.py": BARE["manage.py"].replace("config.settings", "settings"),
                    "settings.py": BARE["config/settings.py"],
                },
                status=Status.MISSING,
                adds={"celery_app.py": 'app = Celery("project")\n'},
            ),
            Example(
                name="free, the settings module is computed as in wsgi.py",
                files=BARE
                | {
                    "config/wsgi.py": BARE["config/wsgi.py"].replace(
                        '"config.settings"', 'os.environ.get("SETTINGS", "config.settings")'
                    )
                },
                status=Status.MISSING,
                adds={"config/celery.py": 'E", os.environ.get("SETTINGS", "config.settings"))\n'},
            ),
            Example(
                name="celery.py in the package",
                files=WIRED,
                status=Status.DONE,
                says="`app` of config.celery",
            ),
            Example(
                name="another spelling: its own module and variable",
                files=BARE
                | {
                    "config/worker.py": CELERY_MODULE.replace("app", "queue"),
                    "config/__init__.py": "from config.worker import queue\n",
                },
                status=Status.DONE,
                says="`queue` of config.worker",
            ),
            Example(
                name="something else: it hides the library",
                files=BARE | {"celery.py": CELERY_MODULE},
                status=Status.MISSING,
                says="hides the library",
            ),
        ),
    ),
    Rule(
        item="1.3.2",
        slug="settings-module",
        title="Set DJANGO_SETTINGS_MODULE",
        why="A worker is started by `celery -A`, which knows nothing of manage.py: without a default every shell, unit and cron job has to export DJANGO_SETTINGS_MODULE, and the one that forgets dies with ImproperlyConfigured.",
        severity=Severity.ERROR,
        decided="static",
        root="1.3.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="DJANGO_SETTINGS_MODULE gets a default (or is set by configurations or the project's own loader) before the app is configured",
        not_applicable=None,
        requires=(SettingsDefault(),),
        words=("DJANGO_SETTINGS_MODULE",),
        remedy="run `celerify init --select 1.3.2`, or call os.environ.setdefault above the application",
        examples=(
            Example(
                name="free",
                files=WIRED | {"config/celery.py": CELERY_MODULE.replace(SETDEFAULT + "\n", "")},
                status=Status.MISSING,
                says="nothing gives DJANGO_SETTINGS_MODULE a default",
                adds={"config/celery.py": SETDEFAULT},
            ),
            Example(
                name="free, without `import os`",
                files=WIRED
                | {
                    "config/celery.py": f'from celery import Celery\n\napp = Celery("config")\n{CONFIG}{DISCOVERY}'
                },
                status=Status.MISSING,
                adds={"config/celery.py": f"import os\n\nfrom celery import Celery\n\n{SETDEFAULT}"},
            ),
            Example(
                name="setdefault above the application",
                files=WIRED,
                status=Status.DONE,
                says="DJANGO_SETTINGS_MODULE defaults to config.settings",
            ),
            Example(
                name="another spelling: an assignment",
                files=WIRED
                | {
                    "config/celery.py": CELERY_MODULE.replace(
                        SETDEFAULT, 'os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"\n'
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: another variable",
                files=WIRED
                | {"config/celery.py": CELERY_MODULE.replace("DJANGO_SETTINGS_MODULE", "SETTINGS_MODULE")},
                status=Status.MISSING,
            ),
            Example(
                name="no application yet",
                files=BARE,
                status=Status.NOT_APPLICABLE,
                says="while 1.3.1 is missing",
            ),
        ),
    ),
    Rule(
        item="1.3.3",
        slug="namespace",
        title="Configure namespace for settings",
        why="Celery ignores what it does not recognise: with another namespace than the settings use, or with none, CELERY_BROKER_URL and CELERY_TASK_TIME_LIMIT are never read, and the worker starts on the defaults without a word.",
        severity=Severity.ERROR,
        decided="static",
        root="1.3.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="config_from_object with the namespace whose prefix the settings use",
        not_applicable=None,
        requires=(Namespace(),),
        words=("config_from_object", "config_source"),
        remedy='call app.config_from_object("django.conf:settings", namespace="CELERY") right after the application is made',
        examples=(
            Example(
                name="free",
                files=WIRED | {"config/celery.py": CELERY_MODULE.replace(CONFIG, "")},
                status=Status.MISSING,
                says="does not call config_from_object()",
                adds={"config/celery.py": CONFIG},
            ),
            Example(
                name="namespace CELERY", files=WIRED, status=Status.DONE, says="under the namespace CELERY"
            ),
            Example(
                name="another spelling: the settings object, another prefix",
                files=WIRED
                | {
                    "config/celery.py": CELERY_MODULE.replace('"django.conf:settings"', "settings")
                    .replace('"CELERY"', '"QUEUE"')
                    .replace(
                        "from celery import Celery\n",
                        "from celery import Celery\nfrom django.conf import settings\n",
                    ),
                    "config/settings.py": WIRED["config/settings.py"].replace("\nCELERY_", "\nQUEUE_"),
                },
                status=Status.DONE,
                says="under the namespace QUEUE",
            ),
            Example(
                name="something else: no namespace",
                files=WIRED | {"config/celery.py": CELERY_MODULE.replace(', namespace="CELERY"', "")},
                status=Status.MISSING,
                says="takes no namespace, while the settings say CELERY_ACCEPT_CONTENT",
            ),
            Example(
                name="something else: another namespace",
                files=WIRED | {"config/celery.py": CELERY_MODULE.replace('"CELERY"', '"QUEUE"')},
                status=Status.MISSING,
                says="reads the namespace QUEUE",
            ),
        ),
    ),
    Rule(
        item="1.3.4",
        slug="autodiscover",
        title="Enable autodiscover_tasks()",
        why="A worker knows only the tasks that it has imported. A message for any other is dropped with 'Received unregistered task', and autodiscovery imports nothing but a module called tasks in each installed app.",
        severity=Severity.ERROR,
        decided="static",
        root="1.3.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="autodiscover_tasks() and every task module is reached by it or by imports",
        not_applicable=None,
        requires=(Discovery(),),
        words=("autodiscover_tasks", "shared_task"),
        remedy="call app.autodiscover_tasks() without arguments, and name further modules in CELERY_IMPORTS or by related_name",
        examples=(
            Example(
                name="free",
                files=WIRED | {"config/celery.py": CELERY_MODULE.replace(DISCOVERY, "")},
                status=Status.MISSING,
                says="does not call autodiscover_tasks()",
                adds={"config/celery.py": DISCOVERY},
            ),
            Example(
                name="in all installed apps",
                files=WIRED,
                status=Status.DONE,
                says="discovered in all installed apps",
            ),
            Example(
                name="another spelling: further modules by related_name",
                files=WIRED
                | ORDERS
                | {"config/celery.py": CELERY_MODULE + 'app.autodiscover_tasks(related_name="jobs")\n'},
                status=Status.DONE,
            ),
            Example(
                name="something else: a module that no worker imports",
                files=WIRED | ORDERS,
                status=Status.MISSING,
                says="no worker imports orders/jobs.py, so it does not know orders.ship",
            ),
        ),
    ),
)
