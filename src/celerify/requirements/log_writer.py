"""What is written so that the worker's lines appear, once, with their task's name and id."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from celerify.edits.settings_block import Setting, rendered, with_setting
from celerify.errors import CannotWriteError
from celerify.facts.values import truth
from celerify.requirements.settings_place import home_of

if TYPE_CHECKING:
    from celerify.facts.celery_app import CeleryApp
    from celerify.project import Project

WHY = (
    "Lines of the worker, of beat and of the web process, to the console, each once; Django's own go where "
    "Django sends them. The worker takes this over because the Celery module connects setup_logging. "
    "Outside of tasks task_name and task_id are ???."
)
DICT = """\
{
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "not_django": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: record.name.partition(".")[0] != "django",
        },
    },
    "formatters": {
        "task": {
            "()": "celery.app.log.TaskFormatter",
            "fmt": (
                "%(asctime)s %(levelname)s %(name)s "
                "%(task_name)s[%(task_id)s] %(message)s"
            ),
            "use_color": False,
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["not_django"],
            "formatter": "task",
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "celery": {"level": "INFO"},
    },
}"""
"""Naming the logger `django` would empty its handlers and those of `django.server`: a filter spares them.

Django prints its own lines where DEBUG is on; by the root they would come out twice.
"""
IMPORT = "from celery.signals import setup_logging"
ROOT = """\
# in LOGGING, with a handler that it defines:
#     "root": {"handlers": ["console"], "level": "INFO"},
"""
FUNCTION = "use_django_logging"
RECEIVER = f'''\
@setup_logging.connect
def {FUNCTION}(**_kwargs):
    """Log as the settings say; without a receiver Celery would use its own handlers."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)
'''


def written_logging(project: Project) -> Project:
    """Return the project with LOGGING among its Celery settings.

    Raises:
        CannotWriteError: there is no Celery yet whose formatter it names, Django is told to leave logging
            alone, or no settings module is fit for it.
    """
    setting = Setting("LOGGING", DICT, WHY)
    snippet = rendered(setting)
    if project.celery_app is None:
        raise CannotWriteError("LOGGING would name a formatter of Celery's, which is not there", snippet)
    for chain in project.deployed:
        told = chain.bindings.get("LOGGING_CONFIG")
        if told is not None and truth(told.value) is not True:
            what = "LOGGING_CONFIG tells Django to leave logging alone, and what configures it was not found"
            raise CannotWriteError(what, snippet, chain.path)
    try:
        home = home_of(project)
        raw = with_setting(project.tree.read(home.path), setting, home.prefix, home.inside, home.path)
    except CannotWriteError as error:
        raise CannotWriteError(error.what, snippet, error.path) from error
    return project.write(home.path, raw)


def written_receiver(project: Project, app: CeleryApp, *, safe: bool) -> Project:
    """Return the project with a receiver of setup_logging at the end of the application's module.

    Raises:
        CannotWriteError: LOGGING is not one that can be handed over, or a name is taken.
    """
    from celerify.edits.imports import with_import
    from celerify.edits.python import after_statement

    snippet = f"{IMPORT}\n\n\n{RECEIVER}"
    module = project.sources.module(app.path)
    if not safe:
        what = "LOGGING must have a handler for Celery's lines first: they would be lost otherwise"
        raise CannotWriteError(what, f"{ROOT}\n{snippet}", app.path)
    if module is None or _taken(module.tree):
        raise CannotWriteError(f"{app.path} binds a name that the receiver needs", snippet, app.path)
    raw = project.tree.read(app.path)
    body = module.tree.body
    raw = after_statement(raw, body[-1].end_lineno or body[-1].lineno, f"\n\n{RECEIVER}", app.path)
    above = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "celery"]
    if above:
        raw = after_statement(raw, above[0].end_lineno or above[0].lineno, IMPORT, app.path)
    else:
        raw = with_import(raw, IMPORT, app.path)
    return project.write(app.path, raw)


def _taken(tree: ast.Module) -> bool:
    """Tell whether a module binds a name of the receiver's to something else."""
    names = {"setup_logging", FUNCTION}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                if name in names:
                    return True
            case ast.alias(name=name, asname=asname) if (asname or name) in names:
                return True
            case _:
                continue
    return False
