"""Something in the repository ships the lines to where logs are kept."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.logging_dict import entry, read_dict
from celerify.facts.processes.compose import read_services
from celerify.facts.values import Items, Known
from celerify.facts.walking import walked
from celerify.model import Location, Observation
from celerify.requirements.log_worker import dicts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celerify.facts.logging_dict import Outlet
    from celerify.facts.processes.compose import Service
    from celerify.project import Project

_HANDLER = re.compile(
    r"logstash|graypy|gelf|loki|watchtower|cloudwatch|google\.cloud\.logging|fluent|opentelemetry|otlp"
    r"|datadog|splunk|seqlog|newrelic|logdna|logtail|logzio|coralogix|papertrail|loggly|azure"
    r"|applicationinsights|kafka|cmreslogging|elasticsearch|betterstack|axiom|honeycomb|appsignal|humio",
    re.IGNORECASE,
)
_COLLECTOR = re.compile(
    r"(?:^|/)(?:promtail|alloy|fluentd|fluent-bit|fluentbit|vector|filebeat|logstash|logspout|rsyslog"
    r"|syslog-ng|docker-syslog-ng|agent-datadog|datadog-agent|agent|grafana-agent|elastic-agent)(?:[:@-]|$)",
    re.IGNORECASE,
)
"""Images of what collects lines; a collector of OpenTelemetry may well take traces alone."""
_DATADOG = "datadog"
_DATADOG_LOGS = "DD_LOGS_ENABLED"
_LOCAL_DRIVERS = frozenset({"json-file", "local", "none", "journald"})
_TRACKERS = ("sentry_sdk", "rollbar", "bugsnag", "honeybadger")
_STARTS = ("sentry_sdk.init", "rollbar.init", "bugsnag.configure", "honeybadger.configure")


@dataclass(frozen=True, slots=True)
class LogsShipped:
    """A handler of LOGGING or a collector beside the services ships the lines.

    An error tracker ships errors alone, which is said.
    """

    def observe(self, project: Project) -> Iterator[Observation]:
        """Yield each handler, logging driver and collector that ships lines."""
        yield from dict.fromkeys((*_handlers(project), *_of_services(project), *_trackers(project)))

    def vacancy(self, project: Project) -> Observation:
        """Return that nothing in the repository ships the lines."""
        found = dicts_of(project)
        at = found[0].at if found else Location(project.layout.manage)
        said = "nothing in the repository ships the lines, and nobody attests it"
        return Observation(holds=False, summary=said, at=at)


def _handlers(project: Project) -> Iterator[Observation]:
    for found in dicts_of(project):
        read = read_dict(found.value) if found.value is not None else None
        if read is None:
            continue
        used = {name for logger in (read.root, *read.celery) if logger for name in logger.handlers}
        for handler in read.handlers.values():
            said = _ships(handler)
            if said and (handler.name in used or not read.complete):
                yield Observation(holds=True, summary=said, at=handler.at)
            elif said:
                said = f"{said}, and neither the root nor a logger for Celery uses it"
                yield Observation(holds=False, summary=said, at=handler.at)


def _ships(handler: Outlet) -> str:
    made = handler.made_by
    if _HANDLER.search(made):
        return f"the handler {handler.name} ({made}) ships the lines"
    if made.endswith(("SysLogHandler", "SocketHandler", "HTTPHandler", "DatagramHandler")):
        address = entry(handler.options, "address") or entry(handler.options, "host")
        first = address.items[0] if isinstance(address, Items) and address.items else address
        if address is not None and not (
            isinstance(first, Known)
            and (str(first.value).startswith("/") or first.value in {"localhost", "127.0.0.1", "::1"})
        ):
            return f"the handler {handler.name} ({made}) ships the lines"
    return ""


def _of_services(project: Project) -> Iterator[Observation]:
    workers = {process.name for process in project.processes if process.kind == "worker"}
    for service in read_services(project.tree):
        driver = _driver(service)
        if driver and driver not in _LOCAL_DRIVERS and (service.name in workers or not workers):
            said = f"the service {service.name} logs by the driver {driver}"
            yield Observation(holds=True, summary=said, at=service.named_at)
        if _collects(service):
            said = f"the service {service.name} ({service.image}) collects the lines of the containers"
            yield Observation(holds=True, summary=said, at=service.named_at)


def _collects(service: Service) -> bool:
    image = (service.image or "").lower()
    found = _COLLECTOR.search(image)
    if not found:
        return False
    if found[0].strip("/:@-").startswith("agent") or _DATADOG in image:
        return _DATADOG_LOGS in str(service.definition) if _DATADOG in image else "grafana" in image
    return True


def _driver(service: Service) -> str:
    logging = service.definition.get("logging")
    driver = logging.get("driver") if isinstance(logging, dict) else None
    return driver if isinstance(driver, str) else ""


def _trackers(project: Project) -> Iterator[Observation]:
    """Yield the first place in the project's code that starts an error tracker."""
    for path in project.sources.mentioning(*_TRACKERS):
        module = project.sources.module(path) if project.sources.kind(path) == "code" else None
        for node in walked(module.tree) if module else ():
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if module and called.endswith(_STARTS):
                said = f"{called}() ships errors alone: an error tracker keeps no other line"
                yield Observation(holds=True, summary=said, at=module.at(node))
                return
