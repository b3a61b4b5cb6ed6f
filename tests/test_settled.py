"""Every item is settled, whichever broker, results, beat, monitoring and deployment are chosen.

In memory: a bare project through `init`, a task, and a schedule where there is beat. The live tests do the
same with files, processes and validators.
"""

from __future__ import annotations

import pytest
from yaml import safe_load

from celerify.cli.init import monitoring_flag, planned
from celerify.discover import all_rules
from celerify.engine import audit, plan_requirements
from celerify.facts.choices import Choices, merged, read_choices
from celerify.model import Status
from celerify.project import Project
from celerify.recipes.periodic import PeriodicSpec, periodic_recipe
from celerify.recipes.queue import QueueSpec, queue_recipe
from celerify.recipes.task import TaskSpec, task_recipe
from celerify.tree import Tree
from projects import STARTPROJECT, folder_of

pytestmark = pytest.mark.slow

OPEN = {Status.MISSING, Status.UNKNOWN}
WITH_PROMETHEUS = monitoring_flag("prometheus")
EVERYWHERE = ("compose", "systemd", "procfile")
LOGS = {"5.3.3"}
"""Left to a person on every fresh project: what collects the lines is outside of the repository."""
EPHEMERAL = {"5.1.2"}
"""A platform that reads a Procfile gives its processes no disk that outlives them: Flower forgets."""
PROMETHEUS = {"5.2.2", "5.2.3", "7.2.5"}
"""Neither chosen nor declined: `--monitoring` settles it either way."""
NOWHERE = {
    "2.2.1", "5.1.1", "5.1.2", "5.1.3", "5.2.1", "5.2.3", "6.1.1", "6.1.2", "6.1.3", "6.1.4", "6.2.1",
    "7.3.3",
}  # fmt: skip
"""What processes are judged by, where the project is deployed nowhere: no process is declared."""
NO_TARGET = {"6.3.1", "6.4.1", "6.4.2", "6.4.3", "6.4.4", "6.4.5"}
"""Open until a deployment target is chosen, or none."""


def installed(project: Project) -> Project:
    """Return the project with the app that `startapp` made in INSTALLED_APPS."""
    path = "mysite/settings.py"
    text = project.tree.read(path).decode().replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'blog',")
    return project.write(path, text.encode())


def after_everything(flags: Choices) -> Project:
    """Return the project as the next command would read it: with what was recorded, and no flags."""
    project = installed(Project(Tree.at(folder_of(STARTPROJECT)), flags))
    found = planned(project, all_rules(), ())
    assert found.manual == ()
    project = found.after
    added = task_recipe(project, TaskSpec("blog.publish_post", ("post_id:int",)))
    project = plan_requirements(project, added.requirements, "2.1.1", "t").after
    if flags.beat is not False:
        spec = PeriodicSpec("publish", "blog.publish_post", crontab="0 6 * * *", args="[1]")
        project = plan_requirements(project, periodic_recipe(project, spec).requirements, "3.1.1", "t").after
    return Project(project.tree, merged(read_choices(project.tree), Choices()))


def open_items(flags: Choices) -> dict[str, str | None]:
    """Return each item that is left open, with its reason."""
    findings = audit(after_everything(flags), all_rules())
    assert len(findings) == 99
    return {found.rule.item: found.reason for found in findings if found.status in OPEN}


WAYS = {
    "compose": (Choices(deploy=("compose",), monitoring="flower"), LOGS),
    "systemd": (Choices(deploy=("systemd",), monitoring="flower"), LOGS),
    "procfile": (Choices(deploy=("procfile",), monitoring="flower"), LOGS | EPHEMERAL),
    "every target": (Choices(deploy=EVERYWHERE, monitoring=WITH_PROMETHEUS), LOGS | EPHEMERAL),
    "compose and prometheus": (Choices(deploy=("compose",), monitoring=WITH_PROMETHEUS), LOGS),
    "monitoring left open": (Choices(deploy=("compose",)), LOGS | PROMETHEUS),
    "rabbitmq": (Choices(broker="rabbitmq", deploy=EVERYWHERE, monitoring="none"), LOGS),
    "rabbitmq, results in redis": (
        Choices(broker="rabbitmq", results="redis", deploy=("compose",), monitoring="flower"), LOGS,
    ),
    "results in the database": (Choices(results="django-db", deploy=EVERYWHERE, monitoring="none"), LOGS),
    "rabbitmq, results in the database": (
        Choices(broker="rabbitmq", results="django-db", deploy=("compose",), monitoring="flower"), LOGS,
    ),
    "no results": (Choices(results="none", deploy=EVERYWHERE, monitoring="none"), LOGS),
    "no beat": (Choices(beat=False, deploy=("compose", "systemd"), monitoring="flower"), LOGS),
    "no beat, no monitoring": (Choices(beat=False, deploy=EVERYWHERE, monitoring="none"), LOGS),
    "deployed nowhere": (Choices(deploy=(), monitoring=WITH_PROMETHEUS), LOGS | NOWHERE),
    "nothing chosen": (Choices(), LOGS | NOWHERE | NO_TARGET),
}  # fmt: skip


QUICK = {"every target", "no beat, no monitoring", "nothing chosen"}
"""The ways that the quick loop goes: all that can be chosen, the least of it, and no choice at all."""


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=() if way in QUICK else pytest.mark.slow) for way in WAYS]
)
def test_every_item_is_settled(way: str) -> None:
    flags, left = WAYS[way]
    found = open_items(flags)
    assert set(found) == left, found


def test_results_beside_rabbitmq_get_a_redis_of_their_own() -> None:
    flags, _ = WAYS["rabbitmq, results in redis"]
    services = safe_load(after_everything(flags).tree.text("compose.yaml"))["services"]
    assert {"rabbitmq", "redis"} <= services["worker"]["depends_on"].keys()
    given = services["worker"].get("environment") or services["migrate"]["environment"]
    assert given["CELERY_BROKER_URL"].partition("@")[2] == "rabbitmq:5672//"
    assert given["CELERY_RESULT_BACKEND"].partition("@")[2] == "redis:6379/1"
    example = after_everything(flags).tree.text(".env.example")
    assert {"RABBITMQ_PASSWORD=change-me", "REDIS_PASSWORD=change-me"} <= set(example.splitlines())


@pytest.mark.parametrize("targets", [("compose",), ("systemd",), ("procfile",), EVERYWHERE])
def test_a_queue_of_its_own_for_a_second_task_settles_routing(targets: tuple[str, ...]) -> None:
    project = after_everything(Choices(deploy=targets, monitoring="none"))
    added = task_recipe(project, TaskSpec("blog.notify", ("user_id:int",)))
    project = plan_requirements(project, added.requirements, "2.1.1", "t").after
    queue = queue_recipe(project, QueueSpec("slow", ("blog.notify",), pool="threads"))
    project = plan_requirements(project, queue.requirements, "2.2.1", "t").after
    found = {finding.rule.item: finding for finding in audit(project, all_rules())}
    assert {item for item, finding in found.items() if finding.status in OPEN} == LOGS
    assert {found[item].status for item in ("2.2.1", "2.2.2", "2.2.3", "6.1.4")} == {Status.DONE}
