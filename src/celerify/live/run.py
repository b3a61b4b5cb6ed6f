"""One run of `verify`: what was asked, what was found, and the processes that are up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from celerify.live.client import Client, ClientError
from celerify.live.environment import addresses, bytecode, inherited
from celerify.live.inspected import Question, inspect
from celerify.live.installing import Installing, shown_python
from celerify.live.run_file import lay_inside, run_file
from celerify.live.waiting import require_broker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from celerify.live.beat import Beating
    from celerify.live.brokers import Broker
    from celerify.live.deployed.system import Deployed
    from celerify.live.flower import Serving
    from celerify.live.inspected import Inspected
    from celerify.live.python import Interpreter
    from celerify.live.session import Session, Started
    from celerify.live.workers import Worker
    from celerify.project import Project

APP = "celerify_inside.app:app"
"""What `celery -A` is given: the project's own application, as a run uses it."""

_ANSWERS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command asks of a run.

    Attributes:
        application: what `celery -A` takes in the project.
        broker: the URL that `--broker` names, or None.
        embedded: use a broker of the run's own, whatever the project has.
        own_database: `--database own`: beat and results write to the project's database.
        settings: the settings module that `--settings` names, or None.
        load: how many tasks to load with; 0 for none.
        producers: how many processes send them.
        tests: run the project's own tests of its tasks.
        against: `deployed` to look at workers that run elsewhere, "" to start them here.
        flower: the address of the deployed Flower that `--flower` names, or None.
    """

    application: str
    broker: str | None = None
    embedded: bool = False
    own_database: bool = False
    settings: str | None = None
    load: int = 0
    producers: int = 2
    tests: bool = False
    against: str = ""
    flower: str | None = None


@dataclass
class Run:
    """A run. What a stage finds or starts is kept here for those behind it.

    Attributes:
        project: as the audit sees it.
        asked: what the command asks.
        session: the processes and the folder.
        python: the project's Python.
        inspected: what the project says of itself; set by the stage `preflight`.
        broker: set by the stage `broker`.
        client: what asks Celery; set by the stage `broker`.
        worker: the worker that stays up for the probes; set by the stage `workers`.
        deployed: the workers that answer, in a run against deployed ones; set by its stage `ping`.
        beats: those that are up, with their commands; set by the stage `beat`.
        flowers: those that are up, with how to reach them; set by the stage `flower`.
        sent: the ids of probes that a stage sent while it was prepared.
    """

    project: Project
    asked: Asked
    session: Session
    python: Interpreter
    _inspected: Inspected | None = None
    _broker: Broker | None = None
    _client: Client | None = None
    worker: Worker | None = None
    deployed: Deployed | None = None
    kept: dict[str, Started] = field(default_factory=dict)
    beats: list[Beating] = field(default_factory=list)
    flowers: list[Serving] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)

    @property
    def cwd(self) -> Path:
        """The folder of manage.py: where every process of a run works, as the project's own do."""
        return self.project.tree.root / self.project.layout.base

    @property
    def inspected(self) -> Inspected:
        """What the project says of itself, read once."""
        if self._inspected is None:
            self.lay_inside()
            self._inspected = inspect(
                self.session, self.python.path, self._question(), cwd=self.cwd, env=self.environment({})
            )
        return self._inspected

    @property
    def looked_at(self) -> Inspected | None:
        """What the project says of itself, where it was asked already."""
        return self._inspected

    @property
    def kind(self) -> str | None:
        """The kind of the broker, as `redis`; None before one was chosen."""
        return self._broker.kind if self._broker else None

    @property
    def installing(self) -> Installing:
        """How packages get into the project's Python."""
        return Installing(self.project.dependencies, shown_python(self.python.path, self.project.tree.root))

    def _question(self) -> Question:
        """Return what the project is asked before a broker is chosen; with `--embedded` it greets none."""
        greeted = not self.asked.embedded
        return Question(
            self.asked.application, broker=greeted, url=self.asked.broker, results=greeted,
            own_database=self.asked.own_database,
        )  # fmt: skip

    def lay_inside(self) -> None:
        """Copy what runs in the project's Python to the run's folder, as the package `celerify_inside`."""
        lay_inside(self.session.folder)

    @property
    def broker(self) -> Broker:
        """The broker of the run.

        Raises:
            LookupError: the stage `broker` has not chosen one.
        """
        if self._broker is None:
            raise LookupError("no broker has been chosen")
        return self._broker

    @property
    def client(self) -> Client:
        """What asks Celery.

        Raises:
            LookupError: the stage `broker` has not started it.
        """
        if self._client is None:
            raise LookupError("the client has not been started")
        return self._client

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that the run knows by now, passwords and all: what must not be shown whole."""
        conf = self._inspected.conf if self._inspected else {}
        found = [value for name, value in conf.items() if name.endswith(("_url", "backend")) and value]
        own = (self._broker.url, self._broker.results) if self._broker else ()
        return tuple(
            str(address) for address in (*found, self.asked.broker, self.asked.flower, *own) if address
        )

    @property
    def file(self) -> Path:
        """The file that tells every process of the run what is asked of it."""
        return self.session.folder / "run.json"

    def environment(self, role: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment of a process of the run: the caller's, and what makes the process ours.

        Args:
            role: what is asked of this process alone: `{"conf": {option: value}}`.
        """
        found = (
            inherited(self.session.folder)
            | bytecode(self.python.path, self.session.folder)
            | {
                "CELERIFY_RUN": str(self.file),
                "CELERIFY_ROLE": json.dumps(role),
            }
        )
        if self.asked.settings:
            found["DJANGO_SETTINGS_MODULE"] = self.asked.settings
        return found | (addresses(self._broker) if self._broker else {})

    def use(self, broker: Broker) -> None:
        """Take this broker, and start the client on it.

        Raises:
            ClientError: the project cannot be imported with it, or does not answer.
        """
        self._broker = broker
        self.file.touch(mode=0o600)
        self.file.write_text(json.dumps(run_file(self, broker)), encoding="utf-8")
        if not broker.ours or self.asked.own_database:
            sweep = (self.python.path, "-m", "celerify_inside.sweep")
            self.session.on_death(sweep, self.cwd, self.environment({}))
        process = self.session.start(
            "client", (self.python.path, "-m", "celerify_inside.client"),
            cwd=self.cwd, env=self.environment({}), pipes=True,
        )  # fmt: skip
        self._client = Client(process, lambda: require_broker(self))
        self._client.ready(_ANSWERS_WITHIN)
        if not self.asked.own_database:
            self._client.ask("migrate", timeout=_ANSWERS_WITHIN)

    @property
    def in_use(self) -> tuple[Broker, Client] | None:
        """The broker and the client; None in a run that was stopped before both were there."""
        return (self._broker, self._client) if self._broker and self._client else None

    @property
    def queue(self) -> str | None:
        """The queue that a probe goes to unless another is named: one that the worker of the run consumes.

        None where no worker is up yet: Celery routes it then.
        """
        if self.worker is None or not self.worker.consumes:
            return None
        default = str(self.inspected.conf.get("task_default_queue") or "")
        return default if default in self.worker.consumes else self.worker.consumes[0]

    def require_worker(self) -> Worker:
        """Return the worker that stays up for the probes.

        Raises:
            ClientError: none is up, or it has ended.
        """
        if self.worker is None:
            raise ClientError("no worker of the run is up")
        if not self.worker.process.alive:
            code = self.worker.process.popen.returncode
            said = f"the worker {self.worker.command.name} has ended by itself, with code {code}"
            raise ClientError(said, self.worker.process.text)
        return self.worker

    def send(
        self,
        task: str,
        args: Sequence[object] = (),
        queue: str | None = None,
        options: Mapping[str, object] | None = None,
    ) -> str:
        """Send a probe and return its id; to the queue of the run's worker unless one is named.

        Raises:
            ClientError: it could not be sent, or the worker that is to run it has ended.
        """
        if queue is None and self.worker is not None:
            self.require_worker()
        where, more = queue or self.queue, dict(options or {})
        return str(self.client.ask("send", task=task, args=list(args), queue=where, options=more))

    def result(self, task_id: str, within: float) -> dict[str, Any]:
        """Return the `state` of a task and its `result`, as soon as it is there or after `within` seconds.

        Raises:
            ClientError: the result backend raised, or does not answer.
        """
        found: dict[str, Any] = self.client.ask("result", within + 20, task_id=task_id, within=within)
        return found

    def celery(self, name: str, words: Sequence[str], conf: Mapping[str, object] | None = None) -> Started:
        """Start `celery -A ... WORDS` in the project's Python, with options of Celery for it alone."""
        command = (self.python.path, "-m", "celery", "-A", APP, *words)
        env = self.environment({"conf": dict(conf)} if conf else {})
        return self.session.start(name, command, cwd=self.cwd, env=env)

    def journal(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """Return the lines of the journal for an event, and for these values of its fields."""
        path = self.session.folder / "journal.jsonl"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        wanted = {"event": event, **fields}.items()
        return [entry for line in lines if (entry := _entry(line)) and wanted <= entry.items()]


def _entry(line: str) -> dict[str, Any] | None:
    """Return a line of the journal; None for one that is half written, as where the disk was full."""
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return found
