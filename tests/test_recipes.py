"""A new task: what is refused, and that its tests pass, and fail when the task is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit, plan_requirements
from celerify.errors import RefusedError, UsageError
from celerify.model import Status
from celerify.project import Project
from celerify.recipes.task import TaskSpec, task_recipe
from celerify.rules._bases import BARE, WIRED
from celerify.rules.tasks import bodies, creation
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Plan

ORDERS = {
    "orders/__init__.py": "",
    "orders/apps.py": (
        "from django.apps import AppConfig\n\n\nclass OrdersConfig(AppConfig):\n    name = 'orders'\n"
    ),
    "orders/models.py": (
        "from django.db import models\n\n\n"
        "class Order(models.Model):\n    name = models.CharField(max_length=9)\n\n\n"
        "class Ticket(models.Model):\n    code = models.UUIDField(primary_key=True)\n"
    ),
}
WITH_ORDERS = WIRED | ORDERS
WITH_ORDERS["config/settings.py"] = WIRED["config/settings.py"].replace(
    '    "django_celery_beat",\n', '    "django_celery_beat",\n    "orders",\n'
)
PYTEST = {"pytest.ini": "[pytest]\npython_files = test_*.py\n"}


def project_of(folder: Path, files: dict[str, str]) -> Project:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Project(Tree.at(folder))


def planned(project: Project, spec: TaskSpec) -> Plan:
    return plan_requirements(project, task_recipe(project, spec).requirements, "2.1.1", "task")


def written(plan: Plan) -> None:
    for change in plan.changes:
        path = plan.before.tree.root / change.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change.after)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (TaskSpec("process"), "names no app"),
        (TaskSpec("orders.2fast"), "no Python identifier"),
        (TaskSpec("orders.class"), "keyword"),
        (TaskSpec("nothing.process"), "there is no app `nothing`"),
        (TaskSpec("../etc.process"), "no app"),
        (TaskSpec("ordrs.process"), "there is no app `ordrs`"),
        (TaskSpec("orders.process", ("1st:int",)), "no Python identifier"),
        (TaskSpec("orders.process", ("self:int",)), "`self`"),
        (TaskSpec("orders.process", ("order:Order",)), "survives the trip"),
        (TaskSpec("orders.process", ("a:int", "a:str")), "same name"),
        (TaskSpec("orders.process", model="orders.Ordr"), "there is no model `Ordr`"),
        (TaskSpec("orders.process", retry_for=("Whatever",)), "no builtin exception"),
        (TaskSpec("orders.process", retry_for=("requests.",)), "is no exception"),
        (TaskSpec("orders.process", soft_time_limit=400), "between 0 and the hard one"),
        (TaskSpec("orders.process", max_retries=-1), "--max-retries"),
        (TaskSpec("orders.process", queue="a b"), "cannot be a queue"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_usable_is_exit_2(tmp_path: Path, spec: TaskSpec, said: str) -> None:
    project = project_of(tmp_path, WITH_ORDERS)
    with pytest.raises(UsageError, match=said):
        task_recipe(project, spec)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("def process():\n    pass\n", "orders.process"),
        ("from elsewhere import process\n", "orders.process"),
        ("process_work = 1\n", "orders.process"),
        (
            "import celery\n\n\n@celery.shared_task(name='orders.process')\ndef other():\n    return 1\n",
            "orders.process",
        ),
    ],
)
def test_a_taken_name_is_refused(tmp_path: Path, module: str, target: str) -> None:
    project = project_of(tmp_path, WITH_ORDERS | {"orders/tasks.py": module})
    with pytest.raises(RefusedError):
        task_recipe(project, TaskSpec(target))


def test_an_unknown_app_comes_with_suggestions(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        task_recipe(project_of(tmp_path, WITH_ORDERS), TaskSpec("ordrs.process"))
    assert caught.value.advice == "did you mean orders?"


SPECS = {
    "plain": TaskSpec("orders.process"),
    "arguments": TaskSpec("orders.process", ("order_id:int", "note:str", "rows:list")),
    "model": TaskSpec("orders.process", ("note:str",), "orders.Order"),
    "text key": TaskSpec("orders.process", (), "orders.Ticket"),
    "never retried": TaskSpec("orders.process", max_retries=0),
    "one retry": TaskSpec("orders.process", max_retries=1),
    "dotted exception": TaskSpec("orders.process", retry_for=("urllib.error.URLError", "OSError")),
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_the_audit_is_content(tmp_path: Path, spec: TaskSpec) -> None:
    plan = planned(project_of(tmp_path, WITH_ORDERS), spec)
    assert plan.manual == ()
    findings = audit(plan.after, [*creation.RULES, *bodies.RULES])
    assert {finding.rule.item: finding.status for finding in findings} == {
        finding.rule.item: Status.DONE for finding in findings
    }


STYLES = ["pytest", "unittest", "unittest with tests.py", "pytest under propagation"]
BREAKAGES = {
    "max_retries=3": "max_retries=2",
    "autoretry_for=(ConnectionError, TimeoutError)": "autoretry_for=(OverflowError,)",
    'return {"status": "success", "result": result}': "return None",
    "retry_backoff=2,": "retry_backoff=3,",
    "except ObjectDoesNotExist": "except ZeroDivisionError",
    "process_work(order_id, note)\n    except": "process_work(note, order_id)\n    except",
}


def with_a_task(folder: Path, style: str) -> Path:
    files = WITH_ORDERS | (PYTEST if "pytest" in style else {})
    if style == "unittest with tests.py":
        files |= {"orders/tests.py": "from django.test import TestCase  # noqa: F401\n"}
    if style == "pytest under propagation":
        files["config/settings.py"] += "CELERY_TASK_EAGER_PROPAGATES = True\n"
    written(planned(project_of(folder, files), TaskSpec("orders.process", ("note:str",), "orders.Order")))
    assert (folder / "orders" / "test_tasks.py").exists()
    return folder / "orders" / "tasks.py"


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_the_tests_pass(tmp_path: Path, style: str) -> None:
    with_a_task(tmp_path, style)
    assert _tests_pass(tmp_path, style)


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_the_tests_fail_when_the_task_is_broken(tmp_path: Path, style: str) -> None:
    module = with_a_task(tmp_path, style)
    sound = module.read_text()
    for old, new in BREAKAGES.items():
        assert old in sound
        module.write_text(sound.replace(old, new))
        assert not _tests_pass(tmp_path, style), f"the tests did not notice {new!r}"


def _tests_pass(folder: Path, style: str) -> bool:
    runner = (
        ["-m", "pytest", "-q", "-p", "no:cacheprovider"]
        if "pytest" in style
        else ["manage.py", "test", "orders"]
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "CELERY", "DJANGO"))
    }
    if style == "pytest under propagation":
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, *runner], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode == 0 and ("passed" in done.stdout or "OK" in done.stderr)


def test_a_tasks_package_gets_a_module_and_the_import(tmp_path: Path) -> None:
    files = WITH_ORDERS | {
        "orders/tasks/__init__.py": "from .old import old\n",
        "orders/tasks/old.py": "def old():\n    pass\n",
    }
    plan = planned(project_of(tmp_path, files), TaskSpec("orders.process"))
    assert {change.path for change in plan.changes} == {
        "orders/tasks/__init__.py", "orders/tasks/process.py", "orders/test_tasks.py",
    }  # fmt: skip
    assert (
        plan.after.tree.text("orders/tasks/__init__.py")
        == "from .old import old\nfrom .process import process\n"
    )
    assert [task.reached for task in plan.after.tasks] == [True]


def test_an_app_that_is_not_installed_is_told_or_installed(tmp_path: Path) -> None:
    project = project_of(tmp_path, WIRED | ORDERS)
    told = planned(project, TaskSpec("orders.process"))
    assert "config/settings.py" not in {change.path for change in told.changes}
    assert not told.manual
    installed = planned(project, TaskSpec("orders.process", install_app=True))
    assert '"orders",' in installed.after.tree.text("config/settings.py")


def test_a_queue_gets_a_route_once(tmp_path: Path) -> None:
    first = planned(project_of(tmp_path, WITH_ORDERS), TaskSpec("orders.process", queue="fast"))
    assert '"orders.process": {"queue": "fast"}' in first.after.tree.text("config/settings.py")
    second = planned(first.after, TaskSpec("orders.ship", queue="slow"))
    assert '"orders.ship": {"queue": "slow"}' in second.after.tree.text("config/settings.py")
    assert second.after.tree.text("config/settings.py").count("CELERY_TASK_ROUTES") == 1


def test_tests_go_where_all_others_are(tmp_path: Path) -> None:
    files = WITH_ORDERS | {"requirements.txt": "Django\npytest\n", "tests/test_urls.py": ""}
    found = planned(project_of(tmp_path, files), TaskSpec("orders.ship"))
    assert "tests/test_orders_tasks.py" in {change.path for change in found.changes}


def test_testpaths_decide_where_tests_go(tmp_path: Path) -> None:
    files = WITH_ORDERS | {"pytest.ini": "[pytest]\ntestpaths = tests\n", "tests/__init__.py": ""}
    plan = planned(project_of(tmp_path, files), TaskSpec("orders.process"))
    assert "tests/test_orders_tasks.py" in {change.path for change in plan.changes}


def test_a_bare_project_can_have_a_task_too(tmp_path: Path) -> None:
    plan = planned(project_of(tmp_path, BARE | ORDERS), TaskSpec("orders.process", with_test=False))
    assert {change.path for change in plan.changes} == {"orders/tasks.py"}


@pytest.mark.parametrize(("python", "returns"), [("3.8", "-> dict:"), ("3.9", "-> dict[str, object]:")])
def test_annotations_are_those_of_the_projects_python(tmp_path: Path, python: str, returns: str) -> None:
    project = project_of(tmp_path, WITH_ORDERS | {".python-version": f"{python}\n"})
    (task,) = (
        change
        for change in planned(project, TaskSpec("orders.ship")).changes
        if change.path.endswith("/tasks.py")
    )
    assert task.after.decode().count(returns) == 2


def test_lines_stay_below_the_width_of_black(tmp_path: Path) -> None:
    arguments = tuple(f"{name}_of_the_order:int" for name in ("owner", "invoice", "address", "warehouse"))
    project = project_of(tmp_path, WITH_ORDERS)
    found = planned(project, TaskSpec("orders.reconcile_payments_with_invoices", arguments[:2]))
    wide = planned(project, TaskSpec("orders.reconcile_payments_with_invoices", arguments))
    (task,) = (change for change in found.changes if change.path.endswith("/tasks.py"))
    (wider,) = (change for change in wide.changes if change.path.endswith("/tasks.py"))
    assert "(\n    self, owner_of_the_order: int, invoice_of_the_order: int\n) ->" in task.after.decode()
    assert "(\n    self,\n    owner_of_the_order: int,\n" in wider.after.decode()
    lines = [line for each in (task, *found.changes) for line in each.after.decode().splitlines()]
    assert max(map(len, lines)) <= 88
