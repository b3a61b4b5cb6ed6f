"""What ships the lines, and what only sounds as if it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from celerify.project import Project
from celerify.requirements.log_shipping import LogsShipped
from celerify.rules.monitoring.logging import COMPOSE, LOGGING, logging_to
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def shipped(folder: Path, files: Mapping[str, str]) -> list[bool | None]:
    tree = Tree.at(folder)
    for path, text in files.items():
        tree = tree.write(path, text.encode())
    return [seen.holds for seen in LogsShipped().observe(Project(tree))]


@pytest.mark.parametrize(
    "handler",
    [
        '"class": "logstash_async.handler.AsynchronousLogstashHandler"',
        '"class": "graypy.GELFTCPHandler"',
        '"()": "watchtower.CloudWatchLogHandler"',
        '"class": "google.cloud.logging.handlers.CloudLoggingHandler"',
        '"class": "fluent.handler.FluentHandler"',
        '"class": "opentelemetry.sdk._logs.LoggingHandler"',
        '"class": "logging.handlers.SysLogHandler", "address": ("logs.example.org", 514)',
        '"class": "logging.handlers.SysLogHandler", "address": (os.environ["LOG_HOST"], 514)',
        '"class": "logging.handlers.HTTPHandler", "host": "logs.example.org", "url": "/"',
    ],
)
def test_handlers_that_ship(tmp_path: Path, handler: str) -> None:
    text = LOGGING.replace('"class": "logging.StreamHandler"', handler)
    assert shipped(tmp_path, logging_to(text)) == [True]


@pytest.mark.parametrize(
    "handler",
    [
        '"class": "logging.StreamHandler"',
        '"class": "logging.handlers.RotatingFileHandler", "filename": "/var/log/app.log"',
        '"class": "logging.handlers.SysLogHandler", "address": "/dev/log"',
        '"class": "logging.handlers.SysLogHandler", "address": ("localhost", 514)',
        '"class": "logging.handlers.SysLogHandler"',
        '"class": "django.utils.log.AdminEmailHandler"',
        '"class": "rich.logging.RichHandler"',
    ],
)
def test_handlers_that_do_not(tmp_path: Path, handler: str) -> None:
    text = LOGGING.replace('"class": "logging.StreamHandler"', handler)
    assert shipped(tmp_path, logging_to(text)) == []


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("  promtail:\n    image: grafana/promtail:3.1\n", [True]),
        ("  logs:\n    image: timberio/vector:0.40-debian\n", [True]),
        ("  logs:\n    image: docker.elastic.co/beats/filebeat:8.1\n", [True]),
        ("  dd:\n    image: datadog/agent:7\n    environment:\n      DD_LOGS_ENABLED: 'true'\n", [True]),
        ("  dd:\n    image: datadog/agent:7\n", []),
        ("  ci:\n    image: example/agent:7\n", []),
        ("  otel:\n    image: otel/opentelemetry-collector:0.1\n", []),
        ("  db:\n    image: pgvector/pgvector:pg16\n", []),
        ("  web:\n    image: nginx\n    logging:\n      driver: gelf\n", []),
    ],
)
def test_services(tmp_path: Path, service: str, expected: list[bool]) -> None:
    assert shipped(tmp_path, logging_to(LOGGING, files={"compose.yaml": COMPOSE + service})) == expected


@pytest.mark.parametrize(
    ("driver", "expected"), [("loki", [True]), ("awslogs", [True]), ("json-file", []), ("local", [])]
)
def test_drivers_of_the_worker(tmp_path: Path, driver: str, expected: list[bool]) -> None:
    compose = f"{COMPOSE}    logging:\n      driver: {driver}\n"
    assert shipped(tmp_path, logging_to(LOGGING, files={"compose.yaml": compose})) == expected


def test_a_tracker_that_only_is_installed_ships_nothing(tmp_path: Path) -> None:
    files = logging_to(LOGGING)
    files["requirements.txt"] += "sentry-sdk>=2\n"
    assert shipped(tmp_path, files) == []
