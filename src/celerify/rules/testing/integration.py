"""Section 4.2 of the checklist: integration tests with fixtures."""

from __future__ import annotations

from celerify.model import Example, Init, Rule, Severity, Status
from celerify.requirements.suite_setup import EagerInTests, MemoryBroker, SuiteSetup, WorkerTest
from celerify.rules._bases import WIRED

PYTEST = WIRED | {"pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = config.settings\n"}

FIXTURES = """\
import pytest
from celery.contrib.testing.worker import start_worker

from config.celery import app


@pytest.fixture(scope="session")
def celery_config():
    return {"broker_url": "memory://", "result_backend": "cache+memory://"}


@pytest.fixture
def eager(settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True


@pytest.fixture
def worker(transactional_db):
    with start_worker(app, pool="solo", perform_ping_check=False):
        yield
"""

SENT = """\
from orders.tasks import charge


def test_round_trip(worker):
    assert charge.delay(1).get(timeout=10)
"""

ISOLATED = '        "CELERY_BROKER_URL": "memory://",\n'

TEST_SETTINGS = {
    "config/settings_test.py": 'from .settings import *\n\nCELERY_BROKER_URL = "memory://"\nCELERY_TASK_ALWAYS_EAGER = True\n',
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = config.settings_test\n",
}

CLASS = """\
from celery.contrib.testing.worker import start_worker
from django.test import TransactionTestCase, override_settings

from config.celery import app


class RoundTrip(TransactionTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(start_worker(app, perform_ping_check=False))

    def test_it(self):
        self.assertEqual(app.send_task("orders.echo", ["a"]).get(timeout=10), "a")


@override_settings(CELERY_TASK_ALWAYS_EAGER=True)
class Eager(TransactionTestCase):
    pass
"""

RULES = (
    Rule(
        item="4.2.1",
        slug="test-fixtures",
        title="Configure test fixtures",
        why="Without a set-up of its own the test run uses the broker of whatever settings it starts with: on a developer's machine the tests queue real work, in CI they hang on a broker that is not there.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="the test suite sets Celery up for tests: fixtures, test settings or overrides",
        not_applicable=None,
        requires=(SuiteSetup(),),
        words=(),
        remedy="celerify init --select 4.2",
        examples=(
            Example(
                name="free",
                files=PYTEST,
                status=Status.MISSING,
                says="nothing sets Celery up for the tests",
                adds={"conftest.py": ISOLATED},
            ),
            Example(
                name="free, with unittest",
                files=WIRED,
                status=Status.MISSING,
                adds={"config/test_celery.py": ISOLATED},
            ),
            Example(
                name="fixtures",
                files=PYTEST | {"conftest.py": FIXTURES},
                status=Status.DONE,
                says="a fixture",
            ),
            Example(
                name="another spelling: settings of tests",
                files=WIRED | TEST_SETTINGS,
                status=Status.DONE,
                says="the settings of tests",
            ),
            Example(
                name="something else: a conftest that is not about Celery",
                files=PYTEST
                | {"conftest.py": "import pytest\n\n\n@pytest.fixture\ndef basket():\n    return []\n"},
                status=Status.MISSING,
                adds={"conftest.py": ISOLATED},
            ),
        ),
    ),
    Rule(
        item="4.2.2",
        slug="memory-broker",
        title="Use memory:// broker for isolation",
        why="Celery reads CELERY_BROKER_URL from the environment before any setting or fixture: one exported variable, and tests that look isolated fill the shared Redis, where a real worker picks the messages up.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="memory:// is stated for tests (that the environment could override it is an observation)",
        not_applicable=None,
        requires=(MemoryBroker(),),
        words=(),
        remedy="set os.environ['CELERY_BROKER_URL'] = 'memory://' in the conftest beside manage.py",
        examples=(
            Example(name="free", files=PYTEST, status=Status.MISSING, adds={"conftest.py": ISOLATED}),
            Example(
                name="a fixture",
                files=PYTEST | {"conftest.py": FIXTURES},
                status=Status.DONE,
                says="in the environment would still win",
            ),
            Example(
                name="another spelling: the environment",
                files=PYTEST
                | {"conftest.py": 'import os\n\nos.environ["CELERY_BROKER_URL"] = "memory://localhost"\n'},
                status=Status.DONE,
                says="the environment states memory://",
            ),
            Example(
                name="something else: a real broker for tests",
                files=WIRED
                | {
                    name: text.replace("memory://", "redis://ci:6379") for name, text in TEST_SETTINGS.items()
                },
                status=Status.MISSING,
                says="is no memory:// but redis://",
            ),
        ),
    ),
    Rule(
        item="4.2.3",
        slug="worker-test",
        title="Test async execution with celery_worker",
        why="Direct calls and eager mode skip what breaks between web and worker: serialisation, names, registration, routes, result storage. One round trip through a worker thread covers them, with the project's own application and not the empty one of the celery_app fixture.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="a test runs a task through a real worker (start_worker, celery_worker)",
        not_applicable=None,
        requires=(WorkerTest(),),
        words=(),
        remedy="celerify init --select 4.2.3",
        examples=(
            Example(
                name="free",
                files=PYTEST,
                status=Status.MISSING,
                adds={"config/test_celery.py": "def test_a_task_travels_through_a_worker("},
            ),
            Example(
                name="free, with unittest",
                files=WIRED,
                status=Status.MISSING,
                adds={"config/test_celery.py": "class WorkerThreadTests(TransactionTestCase):"},
            ),
            Example(
                name="a fixture that a test takes",
                files=PYTEST | {"conftest.py": FIXTURES, "tests/test_charge.py": SENT},
                status=Status.DONE,
            ),
            Example(
                name="another spelling: setUpClass",
                files=WIRED | {"config/tests.py": CLASS},
                status=Status.DONE,
            ),
            Example(
                name="something else: a fixture that no test takes",
                files=PYTEST | {"conftest.py": FIXTURES, "tests/test_charge.py": SENT.replace("worker", "")},
                status=Status.MISSING,
            ),
        ),
    ),
    Rule(
        item="4.2.4",
        slug="eager-tests",
        title="Use eager mode for simpler tests",
        why="With eager mode on for one test, delay() runs the task inside the call, so that a test of a view sees its effect. Left on where the site is deployed, every visitor waits for the whole task, retries included, and the workers sit idle.",
        severity=Severity.NOTE,
        decided="static",
        root=None,
        init_new=Init.WRITES,
        init_existing=Init.SAFE,
        done="eager mode in tests only; in a deployed chain it is missing, as an error",
        not_applicable=None,
        requires=(EagerInTests(),),
        words=(),
        remedy="switch CELERY_TASK_ALWAYS_EAGER on in a fixture or override, and nowhere in deployed settings",
        examples=(
            Example(
                name="free",
                files=PYTEST,
                status=Status.MISSING,
                adds={"conftest.py": "def celery_eager(settings):"},
            ),
            Example(
                name="free, with unittest",
                files=WIRED,
                status=Status.MISSING,
                adds={"config/test_celery.py": "@override_settings(CELERY_TASK_ALWAYS_EAGER=True)\n"},
            ),
            Example(name="a fixture", files=PYTEST | {"conftest.py": FIXTURES}, status=Status.DONE),
            Example(
                name="another spelling: settings of tests", files=WIRED | TEST_SETTINGS, status=Status.DONE
            ),
            Example(
                name="another spelling: only while testing",
                files=WIRED
                | {
                    "config/settings.py": "import sys\n"
                    + WIRED["config/settings.py"]
                    + '\nif "test" in sys.argv:\n    CELERY_TASK_ALWAYS_EAGER = True\n'
                },
                status=Status.DONE,
            ),
            Example(
                name="something else: deployed",
                files=WIRED
                | TEST_SETTINGS
                | {"config/settings.py": WIRED["config/settings.py"] + "\nCELERY_TASK_ALWAYS_EAGER = True\n"},
                status=Status.MISSING,
                says="every task runs inside the request",
            ),
        ),
    ),
)
