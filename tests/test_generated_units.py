"""Units, Procfile and install script as celerify writes them: accepted by who reads them, and they start."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from celerify.discover import all_rules
from celerify.engine import plan
from celerify.facts.choices import Choices
from celerify.facts.processes.unit_faults import faults
from celerify.facts.processes.units import read_units
from celerify.project import Project
from celerify.rules._bases import BARE, WIRED
from celerify.tree import Tree
from commands import lay
from projects import NAMES, folder_of, project_at

pytestmark = pytest.mark.slow

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
RULES = [rule for rule in all_rules() if rule.item.startswith(("1.", "6."))]
BOTH = Choices(deploy=("systemd", "procfile"))
SHAPES = {
    "bare": BARE,
    "wired": WIRED,
    "below": {f"backend/{path}": text for path, text in WIRED.items()} | {"requirements.txt": "celery\n"},
    "beat's own file": WIRED
    | {"config/settings.py": WIRED["config/settings.py"].replace("CELERY_BEAT_SCHEDULER", "NO_SCHEDULER")},
}
QUEUES = WIRED | {
    "Procfile": "worker: celery -A config worker -Q celery\n"
    "mail: celery -A config worker -Q mail -P gevent -c 50\n"
}


def planned(files: dict[str, str], into: Path, choices: Choices = BOTH) -> Project:
    return plan(Project(Tree.at(lay(into, files)), choices), RULES).after


def written(project: Project) -> dict[str, str]:
    return {path: raw.decode() for path, raw in project.tree.unsaved.items() if path.startswith("deploy/")}


def accepted(units: dict[str, str], into: Path) -> subprocess.CompletedProcess[str]:
    """Ask systemd about the units, with an executable that is there, and folders too."""
    into.mkdir()
    for path, text in units.items():
        known = re.sub(r"(?m)^(ExecStart=)\S+", rf"\1{sys.executable}", text)
        known = re.sub(r"(?m)^(WorkingDirectory=).*$", rf"\1{into}", known)
        (into / path.rpartition("/")[2]).write_text(known)
    paths = sorted(str(path) for path in into.glob("*.service"))
    return subprocess.run(
        [str(ANALYZE), "verify", "--man=no", "--recursive-errors=no", *paths],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def services(project: Project) -> dict[str, str]:
    return {path: text for path, text in written(project).items() if path.endswith(".service")}


@needs_systemd
@pytest.mark.parametrize("shape", SHAPES)
def test_systemd_accepts_every_unit(shape: str, tmp_path: Path) -> None:
    units = services(planned(SHAPES[shape], tmp_path / "project"))
    assert {path.rpartition("/")[2] for path in units} == {
        "celery-worker.service", "celery-beat.service", "celery-flower.service",
    }  # fmt: skip
    done = accepted(units, tmp_path / "units")
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_accepts_a_unit_for_each_worker(tmp_path: Path) -> None:
    units = services(planned(QUEUES, tmp_path / "project"))
    workers = {path.rpartition("/")[2]: text for path, text in units.items() if "worker" in path}
    assert workers.keys() == {"celery-worker.service", "celery-worker-mail.service"}
    assert (
        "--pool=gevent --concurrency=50 --queues=mail --hostname=worker-mail@%%h"
        in workers["celery-worker-mail.service"]
    )
    assert "max-tasks-per-child" not in workers["celery-worker-mail.service"]
    assert accepted(units, tmp_path / "units").returncode == 0


@needs_systemd
@pytest.mark.parametrize(
    "broken",
    [
        ("/srv/app/.venv/bin/celery", "${CELERY_BIN}"),
        ("/srv/app/.venv/bin/celery", ".venv/bin/celery"),
        ("Type=exec", "Type=forever"),
        ("--loglevel=INFO", '"--loglevel=INFO'),
        ("Restart=always\n", "Restart=always\nExecStart=/bin/true\n"),
        ("WorkingDirectory=/srv/app", "WorkingDirectory=srv/app"),
        ("[Service]", "[Services]"),
    ],
    ids=lambda pair: pair[1].split("=")[0].strip(),
)
def test_what_systemd_refuses_is_a_fault(broken: tuple[str, str], tmp_path: Path) -> None:
    unit = services(planned(WIRED, tmp_path / "project"))["deploy/systemd/celery-worker.service"]
    text = unit.replace(*broken)
    (tmp_path / "celery-worker.service").write_text(text)
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", "--recursive-errors=no", f"{tmp_path}/celery-worker.service"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode
    found = [fault for one in read_units(Tree.at(tmp_path)) for fault in faults(one, Tree.at(tmp_path))]
    assert found or "[Services]" in text


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_is_written_for_every_fixture_or_refused(name: str) -> None:
    before = project_at(folder_of(name), name)
    after = plan(
        Project(before.tree, Choices(deploy=("systemd",), manage=before.choices.manage)), RULES
    ).after
    assert any("celery-worker.service" in path for path in services(after))
    assert not [fault for unit in read_units(after.tree) for fault in faults(unit, after.tree)]


def test_the_units_agree_with_the_procfile(tmp_path: Path) -> None:
    project = planned(WIRED, tmp_path)
    kinds = {
        kind: [process for process in project.processes if process.kind == kind]
        for kind in ("worker", "beat", "flower")
    }
    for found in kinds.values():
        assert {process.target for process in found} == {"systemd", "procfile"}
    for one, other in (kinds["worker"], kinds["beat"]):
        plain = [{**process.options, "hostname": ""} for process in (one, other)]
        assert plain[0] == plain[1]


def test_the_example_holds_no_secret_and_what_the_settings_read(tmp_path: Path) -> None:
    files = written(planned(WIRED, tmp_path))
    example = files["deploy/celery.env.example"]
    assert "DJANGO_SETTINGS_MODULE=config.settings\n" in example
    assert "CELERY_BROKER_URL=redis://:CHANGE_ME@127.0.0.1:6379/0\n" in example
    assert "DJANGO_SECRET_KEY=CHANGE_ME\n" in example
    assert "RESULT_BACKEND" not in example, "the settings name django-db themselves"
    assert "only-for-development" not in example


def test_development_settings_are_not_those_of_a_host(tmp_path: Path) -> None:
    files = {
        path.replace("config/settings.py", "config/settings/dev.py"): text.replace(
            "config.settings", "config.settings.dev"
        )
        for path, text in WIRED.items()
    } | {"config/settings/__init__.py": ""}
    assert (
        "DJANGO_SETTINGS_MODULE=CHANGE_ME\n" in written(planned(files, tmp_path))["deploy/celery.env.example"]
    )


@pytest.mark.parametrize("given", ["", "flower:", ":secret", "flower:CHANGE_ME", "flower"])
def test_flower_does_not_start_without_a_password(given: str, tmp_path: Path) -> None:
    assert _flower_guard(given, tmp_path).returncode == 1


def test_flower_starts_with_a_password(tmp_path: Path) -> None:
    assert _flower_guard("flower:open sesame", tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("given", "status"), [({}, 2), ({"FLOWER_PASSWORD": ""}, 2), ({"FLOWER_PASSWORD": "x"}, 0)]
)
def test_flower_of_a_procfile_does_not_start_without_a_password(
    given: dict[str, str], status: int, tmp_path: Path
) -> None:
    (tmp_path / "celery").write_text('#!/bin/sh\necho "$FLOWER_BASIC_AUTH"\n')
    (tmp_path / "celery").chmod(0o755)
    text = planned(WIRED, tmp_path / "project").tree.text("Procfile")
    command = next(line for line in text.splitlines() if line.startswith("flower: ")).removeprefix("flower: ")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **given}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (status, "" if status else "flower:x\n")


def _flower_guard(given: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    unit = services(planned(WIRED, folder))["deploy/systemd/celery-flower.service"]
    line = next(line for line in unit.splitlines() if line.startswith("ExecStartPre="))
    words = shlex.split(line.removeprefix("ExecStartPre=").replace("$$", "$"))
    return subprocess.run(words, env={"FLOWER_BASIC_AUTH": given}, check=False, capture_output=True)


def test_the_install_script_is_plain_shell_and_installs_every_unit(tmp_path: Path) -> None:
    project = planned(WIRED, tmp_path / "project")
    for path, text in written(project).items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    log = _installed(tmp_path)
    assert "systemctl enable celery-worker.service" in log
    assert "systemctl restart" not in log, "the example's CHANGE_ME is still there"
    for name in ("celery", "flower"):
        file = tmp_path / f"etc/app/{name}.env"
        file.write_text(file.read_text().replace("CHANGE_ME", "real"))
    log = _installed(tmp_path, status=0)
    assert "systemctl restart celery-beat.service" in log
    assert "real" in (tmp_path / "etc/app/celery.env").read_text(), "what is there is kept"


def _installed(folder: Path, status: int = 1) -> str:
    """Run the script with /etc in a temporary folder and the programs of root replaced by ones that log."""
    script = (folder / "deploy/systemd/install.sh").read_text().replace("/etc/", f"{folder}/etc/")
    changed = folder / "deploy/systemd/install.sh"
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("systemctl", "useradd", "groupadd", "getent"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {folder}/log\n')
        (programs / name).chmod(0o755)
    (programs / "install").write_text(f'#!/bin/sh\nexec {sys.executable} {programs}/install.py "$@"\n')
    (programs / "install").chmod(0o755)
    (programs / "install.py").write_text(
        "import os, shutil, sys\n"
        "words = [w for w in sys.argv[1:]]\n"
        "paths = [w for i, w in enumerate(words) if w[0] == '/' ]\n"
        "os.makedirs(paths[-1], exist_ok=True) if '-d' in words else (\n"
        "    os.makedirs(paths[-1].rpartition('/')[0], exist_ok=True), shutil.copy(*paths))\n"
    )
    changed.with_name("here.sh").write_text(script)
    (folder / "log").write_text("")
    done = subprocess.run(
        ["/bin/sh", str(changed.with_name("here.sh"))],
        env={"PATH": f"{programs}:{os.environ['PATH']}"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return (folder / "log").read_text()


def test_the_install_script_has_no_finding_of_shellcheck(tmp_path: Path) -> None:
    folders = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    program = shutil.which("shellcheck", path=folders)
    if program is None:
        pytest.skip("shellcheck is not installed")
    text = written(planned(WIRED, tmp_path / "project"))["deploy/systemd/install.sh"]
    done = subprocess.run(
        [program, "--shell=sh", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


@pytest.mark.parametrize("kind", ["worker", "beat"])
@pytest.mark.parametrize("shape", ["wired", "below"])
def test_the_command_of_a_unit_starts(kind: str, shape: str, tmp_path: Path) -> None:
    """Run ExecStart where WorkingDirectory says, with a broker in memory, until the process says it is up."""
    project = planned(SHAPES[shape], tmp_path / "project")
    for path, raw in project.tree.unsaved.items():
        place = tmp_path / "project" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
    unit = next(unit for unit in read_units(project.tree) if unit.name == f"celery-{kind}")
    words = shlex.split(unit.command.replace("%%h", "%h"))
    words[:1] = [sys.executable, "-m", "celery"]
    folder = (
        tmp_path
        / "project"
        / unit.sections["Service"]["WorkingDirectory"].removeprefix("/srv/app").strip("/")
    )
    environment = {
        **os.environ,
        "CELERY_BROKER_URL": "memory://",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    migrate = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(migrate, cwd=folder, env=environment, check=True)
    said = " ready." if kind == "worker" else "beat: Starting"
    assert "Error" not in _until(said, words, folder, environment, tmp_path / "log")


def _until(said: str, words: list[str], folder: Path, environment: dict[str, str], log: Path) -> str:
    """Return the output of a command as far as the words that say that it is up, one second more."""
    with log.open("w") as output:
        process = subprocess.Popen(words, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        for _ in range(300):
            if said in log.read_text() or process.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(1)
    finally:
        process.terminate()
        process.wait(20)
    text = log.read_text()
    assert said in text, text
    return text
