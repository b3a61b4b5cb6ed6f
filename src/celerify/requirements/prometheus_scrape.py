"""The kind of requirement that is a Prometheus which scrapes Flower or an exporter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.edits.render import render
from celerify.errors import CannotWriteError
from celerify.facts.monitoring.addresses import Address, address_of, is_flower
from celerify.facts.monitoring.exporters import PORTS, read_exporters
from celerify.facts.monitoring.flower import PORT
from celerify.facts.monitoring.prometheus import configurations, read_jobs
from celerify.facts.processes.compose import read_services
from celerify.model import Observation
from celerify.requirements.monitoring_files import flowers_of, is_written, off_loopback, with_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from celerify.facts.monitoring.flower import Flower
    from celerify.facts.monitoring.prometheus import Job
    from celerify.project import Project

PATH = "deploy/prometheus/prometheus.yml"
_WORDS = ("celery", "flower")


@dataclass(frozen=True, slots=True)
class Scraped:
    """A scrape configuration names what serves Celery's metrics, and the right path."""

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each scrape job that is about Celery."""
        flowers = flowers_of(project)
        for job in read_jobs(project.tree):
            yield from _judged(project, job, flowers)

    def vacancy(self, project: Project) -> Observation:
        """Return that no job is about Celery, at a configuration where there is one."""
        others = tuple(read_jobs(project.tree))
        said = "no Prometheus configuration of the repository scrapes Flower or a Celery exporter"
        return Observation(holds=False, summary=said, at=others[0].at if others else None)

    def fix(self, project: Project) -> Project:
        """Return the project with a Prometheus configuration that scrapes Flower, where that is wanted.

        Raises:
            CannotWriteError: there is a configuration already, or Flower is not reached on loopback.
        """
        if not is_written(project, "prometheus"):
            return project
        others = configurations(project.tree)
        if others:
            what = f"{others[0]} configures Prometheus already: add the job there"
            raise CannotWriteError(what, render("_parts/prometheus_job.yml.jinja"), others[0])
        return with_file(project, PATH, off_loopback(project))


def _judged(project: Project, job: Job, flowers: Sequence[Flower]) -> Iterator[Observation]:
    if job.targets is None:
        if any(word in job.name.lower() for word in _WORDS):
            said = f"the job {job.name} finds its targets by other means: which, the repository does not show"
            yield Observation(holds=None, summary=said, at=job.at)
        return
    exporters = read_exporters(project.tree)
    for written in job.targets:
        address, target = address_of(written), written.rpartition("@")[2]
        if address is None:
            continue
        if is_flower(address, flowers):
            yield _of_flower(project, job, target, address, flowers)
        elif _is_exporter(address, frozenset(host for each in exporters for host in each.hosts)):
            said = f"the job {job.name} scrapes the exporter at {target}"
            yield Observation(holds=True, summary=said, at=job.at)


def _is_exporter(address: Address, hosts: frozenset[str]) -> bool:
    return address.host in hosts or ("celery" in address.host and address.port in PORTS)


def _of_flower(
    project: Project, job: Job, target: str, address: Address, flowers: Sequence[Flower]
) -> Observation:
    meant = [each for each in flowers if address.host in each.hosts] or list(flowers)
    if not flowers:
        said = f"the job {job.name} scrapes {target}, and no Flower process is declared"
        return Observation(holds=False, summary=said, at=job.at)
    ports = {each.port for each in meant}
    if None not in ports and (address.port or 80) not in ports:
        wanted = " or ".join(str(port or PORT) for port in sorted(filter(None, ports)))
        said = f"the job {job.name} scrapes {target}, and Flower listens on {wanted}"
        return Observation(holds=False, summary=said, at=job.at)
    if _unresolved(project, address, flowers):
        said = f"the job {job.name} scrapes {target}, and no service has that name"
        return Observation(holds=False, summary=said, at=job.at)
    paths = {each.metrics_path for each in meant}
    if job.path not in paths:
        said = f"the job {job.name} asks {target} for {job.path}, and Flower serves {min(paths)}"
        return Observation(holds=False, summary=said, at=job.at)
    said = f"the job {job.name} scrapes Flower at {target}{job.path}"
    return Observation(holds=True, summary=said, at=job.at)


def _unresolved(project: Project, address: Address, flowers: Sequence[Flower]) -> bool:
    """Tell whether a bare name is that of no service, where every Flower is one of compose."""
    if any(each.service is None for each in flowers) or not address.host.isidentifier():
        return False
    names = {service.name for service in read_services(project.tree)}
    aliases = {host for each in flowers for host in each.hosts}
    return address.host not in names | aliases | {"localhost"}
