"""Section 1.2 of the checklist, Django settings: INSTALLED_APPS."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.list_entry import ListEntry
from celerify.requirements.when_app import no_celery_apps
from celerify.rules._bases import BARE, SETTINGS, WIRED

INSTALLED = "Django>=5.2,<5.3\ncelery[redis]>=5.7,<5.8\ndjango-celery-beat>=2.9,<3\n"

RULES = (
    Rule(
        item="1.2.1",
        slug="celery-apps-installed",
        title="Add celery apps to INSTALLED_APPS",
        why="A package that is not in INSTALLED_APPS has no tables and no admin: beat with the database scheduler, and every result kept in django-db, end in RuntimeError: the model class isn't in an application in INSTALLED_APPS.",
        severity=Severity.ERROR,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="each of beat and results that is a dependency is in the effective INSTALLED_APPS",
        not_applicable="neither is a dependency",
        requires=(
            ListEntry("INSTALLED_APPS", "django_celery_beat", "django-celery-beat"),
            ListEntry("INSTALLED_APPS", "django_celery_results", "django-celery-results"),
        ),
        applies=no_celery_apps,
        words=("django_celery_beat", "django_celery_results"),
        remedy="run `celerify init --select 1.2.1`, or add the entry to INSTALLED_APPS, then run `manage.py migrate`",
        examples=(
            Example(
                name="free",
                files=BARE | {"requirements.txt": INSTALLED},
                status=Status.MISSING,
                says="django_celery_beat is missing from INSTALLED_APPS",
                adds={"config/settings.py": '    "django_celery_beat",\n'},
            ),
            Example(
                name="free, a sum of tuples",
                files=BARE
                | {
                    "requirements.txt": INSTALLED,
                    "config/settings.py": (
                        'SECRET_KEY = "only-for-development"\n'
                        'DJANGO_APPS = ("django.contrib.auth", "django.contrib.contenttypes")\n'
                        'THIRD_PARTY_APPS = ("rest_framework",)\n'
                        "INSTALLED_APPS = DJANGO_APPS + THIRD_PARTY_APPS\n"
                    ),
                },
                status=Status.MISSING,
                adds={"config/settings.py": ' "django_celery_beat"'},
            ),
            Example(
                name="both installed",
                files=WIRED,
                status=Status.DONE,
                says="INSTALLED_APPS has django_celery_results",
            ),
            Example(
                name="another spelling: an AppConfig, added later",
                files=WIRED
                | {
                    "config/settings.py": SETTINGS
                    + '\nINSTALLED_APPS += ["django_celery_beat.apps.BeatConfig", "django_celery_results"]\n'
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: only under a condition",
                files=WIRED
                | {
                    "config/settings.py": SETTINGS
                    + '\nINSTALLED_APPS += ["django_celery_results"]\n'
                    + 'if os.environ.get("WITH_BEAT"):\n    INSTALLED_APPS += ["django_celery_beat"]\n'
                },
                status=Status.MISSING,
                says="only under a condition",
            ),
            Example(name="neither is a dependency", files=BARE, status=Status.NOT_APPLICABLE),
        ),
    ),
)
