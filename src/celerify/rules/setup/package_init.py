"""Section 1.4 of the checklist, the project package's `__init__`."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.import_ import Exported, PackageImport
from celerify.rules._bases import BARE, WIRED

IMPORT = "from .celery import app as celery_app\n"
EXPORT = '__all__ = ("celery_app",)\n'

RULES = (
    Rule(
        item="1.4.1",
        slug="celery-app-import",
        title="Import celery_app in __init__.py",
        why="shared_task binds to the application that is current when it is used. Where the web process never imports the project's own, .delay() goes to Celery's default app at amqp://guest@localhost: it raises or hangs in production, and nothing fails at start.",
        severity=Severity.ERROR,
        decided="static",
        root="1.3.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="the package's `__init__` binds the app, so that shared_task finds it when Django starts",
        not_applicable=None,
        requires=(PackageImport(),),
        words=("celery", "Celery"),
        remedy="run `celerify init --select 1.4`, or import the application in the `__init__` of the package that holds the settings",
        examples=(
            Example(
                name="free",
                files=WIRED | {"config/__init__.py": ""},
                status=Status.MISSING,
                says="config/__init__.py does not import the Celery application",
                adds={"config/__init__.py": IMPORT},
            ),
            Example(
                name="free, behind a call made for its side effect",
                files=WIRED | {"config/__init__.py": "import pymysql\n\npymysql.install_as_MySQLdb()\n"},
                status=Status.MISSING,
                adds={"config/__init__.py": f"pymysql.install_as_MySQLdb()\n\n{IMPORT}"},
            ),
            Example(
                name="imported",
                files=WIRED,
                status=Status.DONE,
                says="config/__init__.py imports the Celery application",
            ),
            Example(
                name="another spelling: absolute, guarded, its own name",
                files=WIRED
                | {
                    "config/__init__.py": (
                        "try:\n    from config.celery import app\nexcept ImportError:\n    app = None\n"
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: only wsgi.py imports it",
                files=WIRED
                | {
                    "config/__init__.py": "",
                    "config/wsgi.py": BARE["config/wsgi.py"] + "\nfrom config.celery import app  # noqa\n",
                },
                status=Status.MISSING,
                says="config/wsgi.py imports the application, but manage.py does not",
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
        item="1.4.2",
        slug="celery-app-exported",
        title="Export in __all__",
        why="Without __all__ the import looks unused: a linter or a tidy colleague removes it, and shared_task silently goes back to the default application.",
        severity=Severity.NOTE,
        decided="static",
        root="1.4.1",
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="`__all__` names it",
        not_applicable=None,
        requires=(Exported(),),
        words=("__all__",),
        remedy="run `celerify init --select 1.4.2`, or add the name to __all__",
        examples=(
            Example(
                name="free",
                files=WIRED | {"config/__init__.py": IMPORT},
                status=Status.MISSING,
                says="config/__init__.py does not export celery_app in __all__",
                adds={"config/__init__.py": EXPORT},
            ),
            Example(
                name="free, an __all__ with other names",
                files=WIRED
                | {"config/__init__.py": f'{IMPORT}from .version import VERSION\n\n__all__ = ["VERSION"]\n'},
                status=Status.MISSING,
                adds={"config/__init__.py": ', "celery_app"'},
            ),
            Example(
                name="exported",
                files=WIRED,
                status=Status.DONE,
                says="__all__ of config/__init__.py names celery_app",
            ),
            Example(
                name="another spelling: added to a list",
                files=WIRED | {"config/__init__.py": f'{IMPORT}\n__all__ = []\n__all__ += ["celery_app"]\n'},
                status=Status.DONE,
            ),
            Example(
                name="something else: a computed __all__",
                files=WIRED | {"config/__init__.py": f"{IMPORT}\n__all__ = [name for name in dir()]\n"},
                status=Status.UNKNOWN,
                says="is computed",
            ),
        ),
    ),
)
