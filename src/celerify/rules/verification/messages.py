"""Section 7.3 of the checklist: what messages carry, and what they can run."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.pickle_off import PickleOff
from celerify.requirements.secrets_in_args import NoSecretsPassed, nothing_sent
from celerify.rules._bases import BARE, WIRED

TASKS = """\
from celery import shared_task
from django.core.mail import send_mail


@shared_task
def send_welcome(user_id, token=None):
    return send_mail("Welcome", f"User {user_id}", None, ["shop@example.org"])
"""

USERS = WIRED | {
    "config/settings.py": WIRED["config/settings.py"].replace(
        '    "django_celery_beat",\n', '    "django_celery_beat",\n    "users",\n'
    ),
    "users/__init__.py": "",
    "users/tasks.py": TASKS,
}

VIEW = """\
from .tasks import send_welcome


def register(request, user):
    send_welcome.delay(user.pk)
"""

SCHEDULE = """\

CELERY_BEAT_SCHEDULE = {
    "sync": {"task": "users.tasks.send_welcome", "schedule": 60.0, "kwargs": {"api_key": "abc"}},
}
"""

PLAIN = {
    path: "".join(
        line for line in text.splitlines(keepends=True) if "SERIALIZER" not in line and "ACCEPT" not in line
    )
    for path, text in WIRED.items()
}
"""WIRED without a word on serialization."""

RULES = (
    Rule(
        item="7.3.4",
        slug="no-secrets-in-args",
        title="No secrets in task arguments",
        why="A message lies readable in the broker, in the result backend's rows, in Flower and in the worker's log: a password or token among its arguments is then in four places that nobody guards like the database, and stays there after the task has run.",
        severity=Severity.WARNING,
        decided="static",
        root="2.1.1",
        init_new=Init.NO,
        init_existing=Init.NEVER,
        done="no call or schedule passes a password, token, secret or API key or card number, by name or literal; an object that holds secrets, passed whole, is an observation",
        not_applicable="no call of a task",
        requires=(NoSecretsPassed(),),
        words=("delay", "apply_async", "send_task"),
        applies=nothing_sent,
        remedy="pass the id of the object that holds the secret, and read the secret inside the task",
        examples=(
            Example(
                name="free: nothing calls a task",
                files=USERS,
                status=Status.NOT_APPLICABLE,
                says="no call of a task",
            ),
            Example(
                name="an id is passed",
                files=USERS | {"users/views.py": VIEW},
                status=Status.DONE,
                says="no secret",
            ),
            Example(
                name="another spelling: the id and the count of tokens",
                files=USERS
                | {
                    "users/views.py": VIEW.replace(
                        "(user.pk)", "(user.reset_token_id, token=len(user.tokens))"
                    )
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: a password by name",
                files=USERS
                | {"users/views.py": VIEW.replace("user.pk", 'user.pk, request.POST["password"]')},
                status=Status.MISSING,
                says="request.POST['password']",
            ),
            Example(
                name="something else: a token as the task's parameter",
                files=USERS
                | {
                    "users/views.py": VIEW.replace(
                        "delay(user.pk)", "apply_async((user.pk, user.new_value()))"
                    )
                },
                status=Status.MISSING,
                says="the argument token",
            ),
            Example(
                name="something else: a schedule passes a key",
                files=USERS | {"config/settings.py": USERS["config/settings.py"] + SCHEDULE},
                status=Status.MISSING,
                says="the argument api_key",
            ),
            Example(
                name="a form's data, passed whole",
                files=USERS | {"users/views.py": VIEW.replace("user.pk", "request.form.cleaned_data")},
                status=Status.DONE,
                says="is passed whole",
            ),
        ),
    ),
    Rule(
        item="7.3.5",
        slug="pickle-disabled",
        title="Pickle serialization disabled",
        why="Unpickling runs whatever the message says. With pickle accepted, anybody who can write to the broker - a leaked Redis password, a neighbour on the network - runs code in every worker.",
        severity=Severity.ERROR,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.ASK,
        done="nothing enables pickle: content types, serializers, per-task serializer, custom registrations (those are unknown, with their place)",
        not_applicable=None,
        requires=(PickleOff(),),
        words=("pickle",),
        remedy='serialize with json and accept nothing else: accept_content = ["json"]; convert what is pickled now before the switch',
        examples=(
            Example(
                name="free: no Celery yet",
                files=BARE,
                status=Status.MISSING,
                adds={"config/settings.py": 'CELERY_ACCEPT_CONTENT = ["json"]\n'},
                says="accept_content is not set",
            ),
            Example(name="JSON alone", files=WIRED, status=Status.DONE, says="CELERY_ACCEPT_CONTENT is"),
            Example(
                name="Celery's default",
                files=PLAIN,
                status=Status.DONE,
                says="accept_content is Celery's default, JSON alone",
            ),
            Example(
                name="something else: pickle is accepted",
                files=WIRED
                | {
                    "config/settings.py": WIRED["config/settings.py"].replace(
                        '["json"]', '["json", "pickle"]'
                    )
                },
                status=Status.MISSING,
                says="whoever can write to the broker can run code",
            ),
            Example(
                name="something else: one task is pickled",
                files=USERS
                | {"users/tasks.py": TASKS.replace("@shared_task", '@shared_task(serializer="pickle")')},
                status=Status.MISSING,
                says="serializer of users.tasks.send_welcome",
            ),
            Example(
                name="a serializer of the project's own",
                files=WIRED
                | {
                    "config/codec.py": 'import orjson\nfrom kombu.serialization import register\n\nregister("orjson", orjson.dumps, orjson.loads, "application/json")\n'
                },
                status=Status.UNKNOWN,
                says='the serializer "orjson" is',
            ),
        ),
    ),
)
