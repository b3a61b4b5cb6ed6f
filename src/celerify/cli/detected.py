"""What `init` detected, and the place that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify.cli.screen import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.project import Project

_NAME = 20


def detected_text(project: Project) -> str:
    """Return what was detected, each with the place that says so."""
    rows = (*_parts(project), *_choices(project))
    lines = (
        wrapped(f"{value}  {place}".rstrip(), f"  {name:<{_NAME}}", _NAME + 2) for name, value, place in rows
    )
    return f"Detected\n{''.join(lines)}\n"


def _parts(project: Project) -> Iterator[tuple[str, str, str]]:
    app = project.celery_app
    home = project.dependencies.home
    yield "manage.py", project.layout.manage, ""
    for chain in project.deployed:
        entry = chain.entry
        at = "--settings" if entry.source == "flag" else str(entry.at)
        yield f"settings ({entry.role})", entry.module or chain.path, at
    yield (
        ("Celery app", f"{app.module}:{app.variable}", str(app.at)) if app else ("Celery app", "none yet", "")
    )
    yield "dependencies", home.path if home else "no file declares any", ""
    yield "tests", project.suite.runner, str(project.suite.at or "")


def _choices(project: Project) -> Iterator[tuple[str, str, str]]:
    from celerify.requirements.decisions import (
        beat_choice,
        broker_choice,
        monitoring_choice,
        results_choice,
    )
    from celerify.requirements.deploy_places import deploy_choice

    decided = {
        "broker": broker_choice,
        "results": results_choice,
        "beat": beat_choice,
        "monitoring": monitoring_choice,
        "deployment": deploy_choice,
    }
    for name, choice in decided.items():
        found = choice(project)
        yield name, f"{found.value}  ({found.why})", str(found.at or "")
