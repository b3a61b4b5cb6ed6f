"""What a project was started with is told where it could have been another."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from celerify.live.circumstances import circumstances
from celerify.live.inspected import Inspected
from celerify.live.python import OURS, Interpreter
from celerify.live.stages import preflight

if TYPE_CHECKING:
    from celerify.live.run import Run


def run_of(python: str, used: str, *deployed: str, asked: str | None = None) -> Run:
    values = {"imports": {"settings": used}, "tasks": {"blog.publish_post": "blog.tasks"}}
    chains = tuple(SimpleNamespace(entry=SimpleNamespace(module=module)) for module in deployed)
    inspected = Inspected(values, {}, "")
    run = SimpleNamespace(
        inspected=inspected,
        looked_at=inspected,
        python=Interpreter("/x/bin/python", (3, 12, 1), python),
        project=SimpleNamespace(deployed=chains, celery_app=SimpleNamespace(path="shop/celery.py")),
        asked=SimpleNamespace(settings=asked, against=""),
        kind=None,
        deployed=None,
    )
    return cast("Run", run)


def first_sentence(run: Run) -> tuple[bool | None, str]:
    seen = next(iter(preflight.prove(run)))
    return seen.holds, seen.summary


@pytest.mark.parametrize(
    ("python", "deployed", "said"),
    [
        (".venv", ("shop.base",), "Celery and Django start, and 1 task"),
        (
            ".venv",
            ("shop.base", "shop.prod"),
            "Celery and Django start with the settings shop.base, and 1 task",
        ),
        (OURS, ("shop.base",), "Celery and Django start with the Python that runs celerify, and 1 task"),
        (OURS, ("shop.prod",), "start with the Python that runs celerify and the settings shop.base, and"),
    ],
)
def test_another_python_and_other_settings_are_told(
    python: str, deployed: tuple[str, ...], said: str
) -> None:
    holds, summary = first_sentence(run_of(python, "shop.base", *deployed))
    assert holds
    assert said in summary


def test_settings_that_were_asked_for_in_vain_fail() -> None:
    holds, summary = first_sentence(run_of(".venv", "shop.base", "shop.base", asked="shop.prod"))
    assert holds is False
    assert summary == "--settings names shop.prod, and the project takes shop.base all the same"


def test_evidence_names_the_settings_that_the_run_had() -> None:
    run = run_of(".venv", "shop.base", "shop.prod", "shop.base")
    assert circumstances(run, {}).settings == "shop.base"
