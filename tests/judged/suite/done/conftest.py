import pytest
from celery.contrib.testing.worker import start_worker

from config.celery import app


@pytest.fixture(scope="session", autouse=True)
def celery_in_memory():
    app.conf.update(broker_url="memory://", result_backend="cache+memory://")


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setattr(app.conf, "task_always_eager", True)


@pytest.fixture
def live(transactional_db):
    with start_worker(app, pool="solo", perform_ping_check=False) as worker:
        yield worker
