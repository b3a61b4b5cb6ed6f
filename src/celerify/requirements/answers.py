"""What the templates of whole files are rendered with: the same names as the questions of copier.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celerify import __version__
from celerify.facts.logging import receivers
from celerify.requirements.celery_file import celery_file
from celerify.requirements.decisions import (
    beat_choice,
    broker_choice,
    deploy_targets,
    monitoring_choice,
    results_choice,
)
from celerify.requirements.process_specs import (
    application,
    longest_task,
    project_name,
    schedules_in_database,
    wanted_processes,
)
from celerify.requirements.start_up import start_up
from celerify.requirements.unit_environment import settings_module, variables

if TYPE_CHECKING:
    from celerify.project import Project
    from celerify.requirements.process_specs import ProcessSpec


def answers(project: Project) -> dict[str, object]:
    """Return plain values only, so that they can be written down and asked again.

    `application` is what `celery -A` takes, `base` the folder of manage.py ("" for the root), `workers` one
    mapping for each worker with `name`, `queues`, `options`, `arguments` (options and queues as one list),
    `node` and `grace` in seconds; `longest_task` in seconds, too. `environment` lists variables with `name`
    and example `value`; `project` names folders outside of the repository, `unit_settings` the settings
    module of a host.
    `settings_expression` and `configurations` are Python expressions; None for the latter and for `dotenv`
    in a project that does without. `connects_logging`: the module of the application has a receiver of
    setup_logging.
    """
    start = start_up(project)
    base = project.layout.base
    specs = wanted_processes(project)
    return {
        "version": __version__,
        "package": project.layout.package or base.rpartition("/")[2] or "project",
        "celery_file": celery_file(project),
        "settings_expression": start.settings,
        "configurations": start.configurations,
        "connects_logging": _connects_logging(project),
        "dotenv": start.dotenv and {"names": list(start.dotenv.names), "call": start.dotenv.call},
        "application": application(project),
        "base": base,
        "settings": next((chain.entry.module for chain in project.deployed if chain.entry.module), ""),
        "broker": broker_choice(project).value,
        "results": results_choice(project).value,
        "beat": beat_choice(project).value == "yes",
        "monitoring": monitoring_choice(project).value.split(","),
        "deploy": list(deploy_targets(project)),
        "longest_task": longest_task(project),
        "workers": [worker_answer(spec) for spec in specs if spec.kind == "worker"],
        **_for_units(project, specs),
    }


def worker_answer(spec: ProcessSpec) -> dict[str, object]:
    """Return one worker as the templates take it."""
    options = [f"--{name}={value}" if value else f"--{name}" for name, value in spec.options]
    return {
        "name": spec.name,
        "queues": list(spec.queues),
        "options": options,
        "arguments": list(spec.arguments),
        "node": spec.node,
        "grace": spec.grace,
    }


def _for_units(project: Project, specs: tuple[ProcessSpec, ...]) -> dict[str, object]:
    """Return what systemd units and their environment file need beside the rest."""
    beat = next((spec for spec in specs if spec.kind == "beat"), None)
    name = project_name(project)
    given = variables(project, name)
    return {
        "project": name,
        "unit_settings": settings_module(project),
        "environment": [{"name": variable, "value": value} for variable, value in given.items()],
        "beat_arguments": list(beat.arguments) if beat else [],
        "beat_named": bool(beat and beat.named),
        "beat_schedule_file": not schedules_in_database(project),
    }


def _connects_logging(project: Project) -> bool:
    home = celery_file(project)
    found = receivers(project.sources, project.layout.roots)
    return any(each.at.path == home and each.signal == "setup_logging" for each in found)
