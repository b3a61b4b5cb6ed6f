from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.engine import audit
from celerify.model import Status
from celerify.project import Project
from celerify.requirements.each_call import EachCall
from celerify.rules.tasks._shop import SHOP
from celerify.rules.tasks.calling import RULES
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.model import Finding
    from celerify.requirements.call_verdicts import Aspect

HEAD = """\
from datetime import datetime, timedelta
from django.db import transaction
from orders.models import Order
from orders.tasks import send_receipt
"""


def project(folder: Path, views: str, **more: str) -> Project:
    for name, text in (SHOP | {"orders/views.py": HEAD + views} | more).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Project(Tree.at(folder))


def verdicts(folder: Path, aspect: Aspect, views: str) -> list[bool | None]:
    return [found.holds for found in EachCall(aspect).observe(project(folder, views))]


def findings(project: Project) -> dict[str, Finding]:
    return {finding.rule.item: finding for finding in audit(project, RULES)}


@pytest.mark.parametrize(
    ("aspect", "call", "holds"),
    [
        ("simple", "send_receipt.delay(1)", [True]),
        ("simple", "send_receipt.apply_async((1,))", [False]),
        ("simple", "send_receipt.apply_async_on_commit((1,))", [False]),
        ("simple", "send_receipt.apply_async((1,), queue='q')", [True]),
        ("simple", "send_receipt.apply_async((1,), **options)", [True]),
        ("simple", "send_receipt.s(1).apply_async()", []),
        ("simple", "app.send_task('orders.send_receipt', (1,))", []),
        ("delayed", "send_receipt.delay(1)", []),
        ("delayed", "send_receipt.apply_async((1,), countdown=3)", [True]),
        ("delayed", "send_receipt.apply_async((1,), eta=datetime.utcnow())", [False]),
        ("delayed", "send_receipt.apply_async((1,), eta=order.due)", [None]),
        ("delayed", "send_receipt.delay(1, countdown=3)", [False]),
        ("arguments", "send_receipt.delay(Order.objects.get(pk=1))", [False]),
        ("arguments", "send_receipt.apply_async(kwargs={'a': Order.objects.all()})", [False]),
        ("arguments", "send_receipt.delay(anything)", [True]),
    ],
)
def test_one_call(tmp_path: Path, aspect: Aspect, call: str, holds: list[bool | None]) -> None:
    assert verdicts(tmp_path, aspect, f"def f():\n    {call}\n") == holds


def test_the_right_ones_are_counted_and_the_wrong_ones_named(tmp_path: Path) -> None:
    views = (
        "def f():\n    send_receipt.delay(1)\n    send_receipt.delay(2)\n    send_receipt.apply_async((3,))\n"
    )
    wrong, right = EachCall("simple").observe(project(tmp_path, views))
    assert wrong.summary.startswith("send_receipt.apply_async((3,)) passes no option")
    assert str(wrong.at) == "orders/views.py:8"
    assert right.summary == "2 calls: delay() or delay_on_commit() where no option is passed"


def test_calls_of_tests_do_not_count(tmp_path: Path) -> None:
    text = "from orders.tasks import send_receipt\nsend_receipt.apply_async((1,))\n"
    found = findings(project(tmp_path, "", **{"orders/tests/test_a.py": text}))
    assert found["2.3.1"].status is Status.NOT_APPLICABLE
    assert found["2.3.1"].reason == "no call of a task outside tests"


def test_signatures_alone_ask_for_no_delay(tmp_path: Path) -> None:
    found = findings(project(tmp_path, "def f():\n    send_receipt.s(1).apply_async()\n"))
    assert found["2.3.1"].reason == "no call of a task by delay or apply_async"
    assert found["2.3.2"].status is Status.DONE


def test_a_file_that_cannot_be_read_makes_absence_unknown(tmp_path: Path) -> None:
    found = findings(project(tmp_path, "send_receipt.delay(1)\n", **{"orders/broken.py": "x.delay(\n"}))
    assert {item: finding.status for item, finding in found.items()} == {
        "2.3.1": Status.UNKNOWN,
        "2.3.2": Status.UNKNOWN,
        "2.3.3": Status.NOT_APPLICABLE,
        "2.3.4": Status.UNKNOWN,
    }


def test_a_violation_that_was_read_stands_beside_an_unread_file(tmp_path: Path) -> None:
    found = findings(project(tmp_path, "send_receipt.apply_async((1,))\n", **{"a/broken.py": "x.delay(\n"}))
    assert found["2.3.1"].status is Status.MISSING


def test_atomic_requests_that_cannot_be_read_make_views_unknown(tmp_path: Path) -> None:
    settings = SHOP["config/settings.py"].replace('"ENGINE":', '"ATOMIC_REQUESTS": decide(), "ENGINE":')
    views = "def f(request):\n    send_receipt.delay(1)\n"
    found = findings(project(tmp_path, views, **{"config/settings.py": settings}))
    assert found["2.3.2"].status is Status.UNKNOWN
    assert "ATOMIC_REQUESTS" in (found["2.3.2"].reason or "")
