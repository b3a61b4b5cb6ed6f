"""The questions of `celerify init` on a terminal, each with its default and where it was detected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from celerify.facts.choices import MONITORING, TARGETS
from celerify.project import Project
from celerify.requirements.decisions import beat_choice, broker_choice, monitoring_choice, results_choice
from celerify.requirements.deploy_places import deploy_choice

if TYPE_CHECKING:
    from celerify.requirements.decisions import Decision


def ask(project: Project) -> Project:
    """Return the project with an answer to every choice that nobody has made yet; Enter takes the default."""
    choices = project.choices
    if choices.broker is None:
        choices = replace(choices, broker=_one("Broker", broker_choice(project), ("redis", "rabbitmq")))
        project = Project(project.tree, choices)
    if choices.results is None:
        options = ("redis", "django-db", "rpc", "none")
        choices = replace(choices, results=_one("Result backend", results_choice(project), options))
        project = Project(project.tree, choices)
    if choices.beat is None:
        answer = _one("Periodic tasks (celery beat)", beat_choice(project), ("yes", "no"))
        choices = replace(choices, beat=None if answer is None else answer == "yes")
        project = Project(project.tree, choices)
    if choices.monitoring is None:
        choices = replace(choices, monitoring=_one("Monitoring", monitoring_choice(project), MONITORING))
        project = Project(project.tree, choices)
    if choices.deploy is None:
        choices = replace(choices, deploy=_several("Deployment", deploy_choice(project), TARGETS))
    return Project(project.tree, choices)


def _several(what: str, detected: Decision, options: tuple[str, ...]) -> tuple[str, ...] | None:
    """Ask until the answer is a comma list of the options; None where the detected value is kept."""
    while True:
        answer = _answer(what, detected, options)
        names = {name.strip() for name in answer.split(",")}
        if names == set(detected.value.split(",")):
            return None
        if names <= set(options) and ("none" not in names or len(names) == 1):
            return tuple(name for name in options if name in names and name != "none")
        typer.echo(f"  answer some of: {', '.join(options)}; several with commas", err=True)


def _one(what: str, detected: Decision, options: tuple[str, ...]) -> str | None:
    """Ask until the answer is one of the options; None where the detected value is kept."""
    while True:
        answer = _answer(what, detected, options)
        if answer == detected.value:
            return None
        if answer in options:
            return answer
        typer.echo(f"  answer one of: {', '.join(options)}", err=True)


def _answer(what: str, detected: Decision, options: tuple[str, ...]) -> str:
    place = f", {detected.at}" if detected.at else ""
    question = f"{what}: {' | '.join(options)} ({detected.why}{place})"
    return str(typer.prompt(question, default=detected.value, err=True)).strip()
