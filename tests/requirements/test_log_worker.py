"""How the worker logs: what counts, what is left alone, and what is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit, fill, plan
from celerify.model import Status
from celerify.project import Project
from celerify.requirements.log_worker import LevelStated, ProjectLogging, WorkerKeepsLogging
from celerify.rules._bases import BARE, WIRED
from celerify.rules.monitoring.logging import LOGGING, RECEIVER, RULES, logging_to
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from celerify.model import Finding

SETTINGS, CELERY = "config/settings.py", "config/celery.py"
HIJACK = "CELERY_WORKER_HIJACK_ROOT_LOGGER = False\n"


def project(folder: Path, files: Mapping[str, str]) -> Project:
    tree = Tree.at(folder)
    for path, text in files.items():
        tree = tree.write(path, text.encode())
    return Project(tree)


def judged(folder: Path, files: Mapping[str, str], item: str = "5.3.1") -> Finding:
    return next(found for found in audit(project(folder, files), RULES) if found.rule.item == item)


def said(finding: Finding) -> str:
    return " | ".join(each.summary for each in finding.observations)


# --- receivers ---


@pytest.mark.parametrize(
    "receiver",
    [
        "from celery import signals\n\n@signals.setup_logging.connect\ndef a(**k):\n    return True\n",
        "import celery.signals\n\n@celery.signals.setup_logging.connect()\ndef a(**k):\n    pass\n",
        "from celery.signals import setup_logging as s\n\n@s.connect(weak=False)\ndef a(**k):\n    pass\n",
        "from celery.signals import setup_logging\n\ndef a(**k):\n    pass\n\nsetup_logging.connect(a)\n",
        "from celery.signals import setup_logging\n\nsetup_logging.connect(lambda **k: None, weak=False)\n",
        (
            "from celery import signals\nfrom django.dispatch import receiver\n\n"
            "@receiver(signals.setup_logging)\ndef a(**k):\n    pass\n"
        ),
        (
            "import logging\nfrom celery.signals import setup_logging\n\n@setup_logging.connect\n"
            "def a(**k):\n    logging.config.fileConfig('logging.ini')\n"
        ),
    ],
)
def test_a_receiver_in_any_spelling_keeps_logging(tmp_path: Path, receiver: str) -> None:
    files = logging_to(LOGGING, receiver=False, files={"config/signals.py": receiver})
    assert judged(tmp_path, files).status is Status.DONE


@pytest.mark.parametrize(
    "code",
    [
        "from celery.signals import worker_init\n\n@worker_init.connect\ndef setup_logging(**k):\n    pass\n",
        "from shop.events import setup_logging\n\n@setup_logging.connect\ndef a(**k):\n    pass\n",
        "def setup_logging():\n    pass\n\nsetup_logging()\n",
        (
            "from celery.signals import after_setup_logger\n\n@after_setup_logger.connect\n"
            "def a(logger, **k):\n    logger.addHandler(None)\n"
        ),
    ],
)
def test_what_only_looks_like_one_does_not(tmp_path: Path, code: str) -> None:
    files = logging_to(LOGGING, receiver=False, files={"config/signals.py": code})
    assert judged(tmp_path, files).status is Status.MISSING


def test_a_receiver_of_a_test_is_none(tmp_path: Path) -> None:
    files = logging_to(LOGGING, receiver=False, files={"tests/test_a.py": RECEIVER})
    assert judged(tmp_path, files).status is Status.MISSING


def test_the_dict_of_the_receiver_counts_before_logging(tmp_path: Path) -> None:
    own = RECEIVER.replace("settings.LOGGING", '{"version": 1, "handlers": {}, "root": {"handlers": ["x"]}}')
    found = judged(tmp_path, WIRED | {CELERY: WIRED[CELERY] + own})
    assert found.status is Status.MISSING
    assert "names the handler x in its logger root" in said(found)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("False", Status.DONE),
        ("0", Status.DONE),
        ("True", Status.MISSING),
        ('os.environ.get("HIJACK")', Status.UNKNOWN),
    ],
)
def test_the_hijack(tmp_path: Path, value: str, status: Status) -> None:
    text = f"{LOGGING}CELERY_WORKER_HIJACK_ROOT_LOGGER = {value}\n"
    assert judged(tmp_path, logging_to(text, receiver=False)).status is status


# --- the dict ---


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('    "version": 1,\n', "", "has no `version`"),
        ('"handlers": ["console"]', '"handlers": ["file"]', "names the handler file"),
        ("logging.StreamHandler", "logging.NullHandler", "NullHandler alone"),
        ('"formatter": "plain"', '"filters": ["require_debug_true"]', "only where DEBUG is on"),
        ("False", "True", "switches off the loggers"),
        ('    "disable_existing_loggers": False,\n', "", "switches off the loggers"),
        ('["console"]', "[]", "neither a root handler"),
    ],
)
def test_what_takes_the_lines_away(tmp_path: Path, old: str, new: str, says: str) -> None:
    found = judged(tmp_path, logging_to(LOGGING.replace(old, new)))
    assert found.status is Status.MISSING
    assert says in said(found)


@pytest.mark.parametrize(
    "text",
    [
        LOGGING.replace('"root": {', '"loggers": {"": {').replace('"INFO"},', '"INFO"}},'),
        LOGGING.replace("logging.StreamHandler", "structlog.stdlib.Anything"),
        LOGGING.replace('"class": "logging.StreamHandler"', '"()": "shop.logs.make"'),
        LOGGING + '\nLOGGING["handlers"]["file"] = {"class": "logging.FileHandler", "filename": "a"}\n',
        LOGGING.replace("LOGGING = ", "LOGGING: dict = "),
        LOGGING.replace('["console"]', '[f"{SECRET_KEY}"]'),
        LOGGING.replace('["console"]', '[os.environ["HANDLER"]]'),
        LOGGING.replace('"root": {', '"loggers": {"root": {').replace('"INFO"},', '"INFO"}},'),
        "\nimport logging.config\n\nLOGGING_CONFIG = None\nlogging.basicConfig(level=logging.INFO)\n",
    ],
)
def test_other_spellings_are_right(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, logging_to(text)).status is Status.DONE


def test_handlers_that_are_computed_are_unknown(tmp_path: Path) -> None:
    text = LOGGING.replace('["console"]', "handlers_for(DEBUG)")
    assert judged(tmp_path, logging_to(text)).status is Status.UNKNOWN


def test_lines_that_come_out_twice_are_said(tmp_path: Path) -> None:
    text = LOGGING.replace('    "root"', '    "loggers": {"celery": {"handlers": ["console"]}},\n    "root"')
    assert "come out twice" in said(judged(tmp_path, logging_to(text)))
    once = text.replace('{"handlers": ["console"]}}', '{"handlers": ["console"], "propagate": False}}')
    assert "twice" not in said(judged(tmp_path, logging_to(once)))


# --- levels ---


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (LOGGING, Status.DONE),
        (LOGGING.replace('"INFO"', 'os.environ.get("LEVEL", "INFO")'), Status.DONE),
        (LOGGING.replace('"INFO"', '"NOTSET"'), Status.MISSING),
        (LOGGING.replace(', "level": "INFO"', ""), Status.MISSING),
    ],
)
def test_levels_beside_a_receiver(tmp_path: Path, text: str, status: Status) -> None:
    assert judged(tmp_path, logging_to(text), "5.3.2").status is status


def test_the_level_of_celery_holds_without_a_receiver(tmp_path: Path) -> None:
    text = LOGGING.replace('    "root"', '    "loggers": {"celery": {"level": "INFO"}},\n    "root"')
    files = {"Procfile": "worker: celery -A config worker\n"}
    assert (
        judged(tmp_path, logging_to(text + HIJACK, receiver=False, files=files), "5.3.2").status
        is Status.DONE
    )
    plain = logging_to(LOGGING + HIJACK, receiver=False, files=files)
    assert judged(tmp_path, plain, "5.3.2").status is Status.MISSING


# --- what is written ---


def filled(folder: Path, files: Mapping[str, str]) -> tuple[Project, str]:
    before = project(folder, files)
    free = [each for each in RULES[0].requires if not tuple(each.observe(before))]
    done = fill(before, free)
    return done.project, " | ".join(step.why for step in done.manual)


def test_both_are_written_once(tmp_path: Path) -> None:
    after, left = filled(tmp_path, WIRED)
    assert not left
    assert after.tree.text(SETTINGS).count("LOGGING = {") == 1
    celery = after.tree.text(CELERY)
    assert "from celery import Celery\nfrom celery.signals import setup_logging\n" in celery
    assert celery.count("dictConfig(settings.LOGGING)") == 1
    assert all(each.holds for kind in (ProjectLogging(), LevelStated()) for each in kind.observe(after))
    assert plan(after, RULES, frozenset({"5.3.1"})).changes == ()


def test_a_project_that_runs_celery_is_asked(tmp_path: Path) -> None:
    files = WIRED | {"Procfile": "worker: celery -A config worker\n"}
    asked = plan(project(tmp_path, files), RULES)
    assert asked.changes == ()
    assert [step.item for step in asked.decisions] == ["5.3.1"]
    assert "dictConfig(settings.LOGGING)" in asked.decisions[0].snippet
    adopted = plan(project(tmp_path, files), RULES, frozenset({"5.3.1"}))
    assert {change.path for change in adopted.changes} == {SETTINGS, CELERY}


def test_a_logging_with_a_root_handler_gets_the_receiver_alone(tmp_path: Path) -> None:
    after, left = filled(tmp_path, logging_to(LOGGING, receiver=False))
    assert not left
    assert [change.path for change in after.tree.changes_since(Tree.at(tmp_path))]
    assert after.tree.text(SETTINGS) == logging_to(LOGGING)[SETTINGS]
    assert "@setup_logging.connect" in after.tree.text(CELERY)


@pytest.mark.parametrize(
    ("files", "why"),
    [
        (BARE, "LOGGING would name a formatter of Celery's"),
        (logging_to(LOGGING.replace('["console"]', "[]"), receiver=False), "must have a handler"),
        (logging_to("\nLOGGING = make()\n", receiver=False), "must have a handler"),
        (logging_to("\nLOGGING_CONFIG = None\n", receiver=False), "leave logging alone"),
        (
            logging_to(LOGGING, receiver=False)
            | {CELERY: WIRED[CELERY] + "\n\ndef setup_logging():\n    pass\n"},
            "binds a name that the receiver needs",
        ),
    ],
)
def test_what_cannot_be_written_safely_is_left_with_its_snippet(
    tmp_path: Path, files: Mapping[str, str], why: str
) -> None:
    before = project(tmp_path, files)
    free = [each for each in RULES[0].requires if not tuple(each.observe(before))]
    done = fill(before, free)
    assert done.project is before
    assert why in done.manual[0].why
    assert "LOGGING" in done.manual[0].snippet


def test_class_based_settings_get_it_in_their_class(tmp_path: Path) -> None:
    settings = (
        "from configurations import Configuration\n\n\nclass Base(Configuration):\n"
        '    SECRET_KEY = "x"\n    INSTALLED_APPS = ["django.contrib.contenttypes"]\n'
        '    CELERY_BROKER_URL = "redis://localhost"\n\n\nclass Prod(Base):\n    DEBUG = False\n'
    )
    wsgi = WIRED["config/wsgi.py"].replace(
        "application =", 'os.environ.setdefault("DJANGO_CONFIGURATION", "Prod")\n\napplication ='
    )
    after, left = filled(tmp_path, WIRED | {SETTINGS: settings, "config/wsgi.py": wsgi})
    text = after.tree.text(SETTINGS)
    assert not left
    assert '    LOGGING = {\n        "version": 1,\n' in text.partition("class Prod")[0]


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    files = {path: text.replace("\n", "\r\n") for path, text in WIRED.items()}
    after, _ = filled(tmp_path, files)
    for path in (SETTINGS, CELERY):
        raw = after.tree.read(path)
        assert raw.count(b"\n") == raw.count(b"\r\n")


def test_nothing_is_written_beside_a_hijack_that_is_off(tmp_path: Path) -> None:
    files = logging_to(LOGGING + HIJACK, receiver=False)
    before = project(tmp_path, files)
    assert all(tuple(each.observe(before)) for each in (ProjectLogging(), WorkerKeepsLogging()))
    assert plan(before, RULES, frozenset({"5.3.1", "5.3.2"})).changes == ()
