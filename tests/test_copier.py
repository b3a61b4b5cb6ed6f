"""`templates/` is a copier template: `copier copy` gives celerify's own bytes, and `copier update` works."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import copier
import pytest
import yaml

from celerify import __version__
from celerify.cli.app import run
from celerify.discover import all_rules
from celerify.edits.render import PARTS, template_names, templates, whole_files
from celerify.engine import plan
from celerify.facts.choices import Choices
from celerify.facts.generated import ANSWERS_FILE, blob_hash, read_generated
from celerify.project import Project
from celerify.requirements.answers import answers
from celerify.requirements.celery_file import celery_file
from celerify.requirements.generated_files import with_files_recorded
from celerify.rules._bases import BARE, WIRED
from celerify.tree import Tree
from commands import committed, lay
from projects import NAMES, folder_of, project_at

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
LAST = "app.autodiscover_tasks()\n"
QUESTIONS = yaml.safe_load((ROOT / "copier.yml").read_text())
BELOW = {f"backend/{path}": text for path, text in WIRED.items()} | {"requirements.txt": "celery\n"}

CHOSEN = {
    "nothing": Choices(deploy=(), monitoring="none", beat=False, results="none"),
    "compose": Choices(deploy=("compose",)),
    "systemd": Choices(deploy=("systemd",), broker="rabbitmq", results="rpc"),
    "systemd alone": Choices(deploy=("systemd",), monitoring="none", beat=False),
    "procfile": Choices(deploy=("procfile",), results="django-db"),
    "everything": Choices(deploy=("compose", "systemd", "procfile"), monitoring="flower,prometheus"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the template outside of git, as a wheel has it."""
    return template_at(tmp_path_factory.mktemp("template"))


def template_at(folder: Path) -> Path:
    shutil.copy(ROOT / "copier.yml", folder)
    shutil.copytree(ROOT / "templates", folder / "templates")
    return folder


def copied(source: Path, into: Path, data: dict[str, object]) -> dict[str, bytes]:
    copier.run_copy(str(source), into, data, defaults=True, quiet=True, overwrite=True)
    paths = (path for path in into.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in paths}


def in_memory(given: dict[str, object], paths: dict[str, bytes]) -> dict[str, bytes]:
    return whole_files({**given, "_copier_answers": {}}, paths.keys())


# --- the same bytes ---


@pytest.mark.parametrize("files", [BARE, WIRED, BELOW], ids=["bare", "wired", "below"])
@pytest.mark.parametrize("chosen", CHOSEN)
def test_copier_gives_the_same_bytes(
    chosen: str, files: dict[str, str], source: Path, tmp_path: Path
) -> None:
    project = Project(Tree.at(lay(tmp_path / "project", files)), CHOSEN[chosen])
    given = answers(project)
    found = copied(source, tmp_path / "copied", given)
    assert found == in_memory(given, found)
    assert {given["celery_file"], ANSWERS_FILE} <= found.keys()


@pytest.mark.parametrize("name", NAMES)
def test_copier_gives_the_same_bytes_for_a_fixture(name: str, source: Path, tmp_path: Path) -> None:
    project = project_at(folder_of(name), name)
    given = answers(project) | {"deploy": ["systemd"], "monitoring": ["flower", "prometheus"]}
    found = copied(source, tmp_path, given)
    assert found == in_memory(given, found)


def test_every_template_is_copied_for_some_choice(source: Path, tmp_path: Path) -> None:
    given = answers(Project(Tree.at(lay(tmp_path / "project", WIRED)), CHOSEN["everything"]))
    assert (
        copied(source, tmp_path / "copied", given).keys()
        == whole_files({**given, "_copier_answers": {}}).keys()
    )


def test_what_was_not_chosen_is_not_copied(source: Path, tmp_path: Path) -> None:
    given = answers(Project(Tree.at(lay(tmp_path / "project", WIRED)), CHOSEN["nothing"]))
    assert copied(source, tmp_path / "copied", given).keys() == {"config/celery.py", ANSWERS_FILE}


def test_a_file_for_each_worker(source: Path, tmp_path: Path) -> None:
    given = answers(Project(Tree.at(lay(tmp_path / "project", WIRED)), CHOSEN["systemd"]))
    workers = given["workers"]
    assert isinstance(workers, list)
    given["workers"] = [*workers, {**workers[0], "name": "worker-reports", "node": "reports"}]
    found = copied(source, tmp_path / "copied", given)
    assert found == in_memory(given, found)
    assert {f"deploy/systemd/celery-{name}.service" for name in ("worker", "worker-reports")} <= found.keys()


@pytest.mark.parametrize("name", NAMES)
def test_what_init_makes_of_a_template_is_recorded(name: str) -> None:
    project = project_at(folder_of(name), name)
    choices = replace(project.choices, deploy=("systemd",), monitoring="flower,prometheus")
    before = Project(project.tree, choices)
    after = with_files_recorded(before, plan(before, all_rules()).after)
    made = {
        change.path: change.after for change in after.tree.changes_since(before.tree) if not change.before
    }
    written = read_generated(after.tree).written
    templated = {path for path in made if path.startswith("deploy/") or path == celery_file(after)}
    assert written.keys() == templated
    assert all(written[path] == blob_hash(made[path]) for path in templated)


# --- copier.yml ---


def test_the_questions_are_the_answers(tmp_path: Path) -> None:
    given = answers(Project(Tree.at(lay(tmp_path, WIRED))))
    assert {name for name in QUESTIONS if not name.startswith("_")} == given.keys()
    assert QUESTIONS["version"]["default"] == __version__


def test_the_answers_file_holds_every_answer(tmp_path: Path) -> None:
    given = answers(Project(Tree.at(lay(tmp_path, WIRED))))
    text = whole_files({**given, "_copier_answers": {}}, {ANSWERS_FILE})[ANSWERS_FILE]
    document = yaml.safe_load(text)
    assert document.pop("_commit") == f"v{__version__}"
    assert document.pop("_src_path") == "gh:celerify/celerify"
    hidden = document.pop("detected")
    assert {**document, **hidden, "version": __version__} == given
    assert hidden.keys() | {"version"} == {
        name for name, question in QUESTIONS.items() if name[0] != "_" and question.get("when") is False
    }


def test_no_question_is_asked_twice() -> None:
    for text in ((ROOT / "copier.yml").read_text(), (templates() / f"{ANSWERS_FILE}.jinja").read_text()):
        keys = re.findall(r"^(?:  )?(\w+):", text, re.MULTILINE)
        ours = [key for key in keys if key in QUESTIONS]
        assert len(ours) == len(set(ours))


def test_the_wheel_carries_it() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    carried = targets["wheel"]["force-include"]
    assert carried == {name: f"celerify/{name}" for name in ("templates", "copier.yml")}
    assert carried.keys() <= set(targets["sdist"]["include"]), "a wheel is made from it as well"


def test_nothing_in_it_needs_trust() -> None:
    assert not {"_tasks", "_migrations", "_jinja_extensions", "_envops"} & QUESTIONS.keys()
    assert QUESTIONS["_subdirectory"] == templates().name


def test_pieces_of_files_are_no_files(source: Path, tmp_path: Path) -> None:
    assert not any(name.startswith(PARTS) for name in template_names(templates()))
    assert not any(path.startswith(PARTS) for path in copied(source, tmp_path, {}))


# --- without celerify ---


def test_the_defaults_alone_make_an_application(source: Path, tmp_path: Path) -> None:
    found = copied(source, tmp_path, {"package": "shop", "base": "backend", "deploy": ["systemd"]})
    assert (
        b'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")' in found["backend/shop/celery.py"]
    )
    assert b"-A shop worker --loglevel=INFO" in found["deploy/systemd/celery-worker.service"]


def git(folder: Path, *words: str) -> str:
    answer = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return answer.stdout


def released(folder: Path, tag: str) -> None:
    committed(folder)
    git(folder, "tag", tag)


@pytest.fixture
def repository_of_celerify(tmp_path: Path) -> Path:
    folder = tmp_path / "celerify"
    folder.mkdir()
    template_at(folder)
    released(folder, "v0.1.0")
    return folder


def next_release(folder: Path) -> None:
    module = folder / "templates" / "{{ celery_file }}.jinja"
    module.write_text(module.read_text().replace(LAST, "app.autodiscover_tasks()  # of every app\n"))
    released(folder, "v0.2.0")


def edit(project: Path) -> str:
    module = project / "config" / "celery.py"
    edited = module.read_text().replace('"""The Celery application of this project."""', '"""Ours."""')
    committed(project, {"config/celery.py": edited})
    return edited


def test_copier_update_keeps_edits_and_brings_changes(repository_of_celerify: Path, tmp_path: Path) -> None:
    project = committed(tmp_path / "project", WIRED | {"config/celery.py": ""})
    (project / "config/celery.py").unlink()
    data = {"deploy": ["systemd"]}
    copier.run_copy(str(repository_of_celerify), project, data, defaults=True, quiet=True)
    committed(project)
    edited = edit(project)

    next_release(repository_of_celerify)
    copier.run_update(project, answers_file=ANSWERS_FILE, defaults=True, quiet=True, overwrite=True)
    wanted = edited.replace(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert (project / "config/celery.py").read_text() == wanted
    record = yaml.safe_load((project / ANSWERS_FILE).read_text())
    assert record["_commit"] == "v0.2.0"
    assert record["deploy"] == ["systemd"]


def test_copier_updates_what_celerify_wrote(repository_of_celerify: Path, tmp_path: Path) -> None:
    project = committed(tmp_path / "project", BARE | {"jobs/tasks.py": ""})
    subprocess.run(
        [sys.executable, "-m", "celerify", "init", "--yes", "--deploy", "systemd", "--broker", "rabbitmq"],
        cwd=project, check=True, capture_output=True,
    )  # fmt: skip
    before = {path: (project / path).read_bytes() for path in git(project, "ls-files", "-o").split()}
    record = (project / ANSWERS_FILE).read_text()
    home = record.replace("gh:celerify/celerify", str(repository_of_celerify))
    committed(project, {ANSWERS_FILE: home})
    edited = edit(project)

    next_release(repository_of_celerify)
    copier.run_update(project, answers_file=ANSWERS_FILE, defaults=True, quiet=True, overwrite=True)
    wanted = edited.replace(LAST, "app.autodiscover_tasks()  # of every app\n")
    assert (project / "config/celery.py").read_text() == wanted
    changed = git(project, "diff", "--name-only", "HEAD").split()
    assert changed == [ANSWERS_FILE, "config/celery.py"], "everything else is as celerify wrote it"
    assert before["deploy/systemd/celery-worker.service"]
    assert (project / ANSWERS_FILE).read_text() == home.replace('_commit: "v0.1.0"', '_commit: "v0.2.0"')


# --- another template ---


def laid(tmp_path: Path) -> Path:
    project = committed(tmp_path / "project", BARE)
    assert run(["init", "--yes", "--select", "1.3,1.4", str(project)]) == 0
    return committed(project)


@pytest.mark.parametrize("tag", ["", "@v0.2.0"])
def test_an_update_from_another_template(tag: str, repository_of_celerify: Path, tmp_path: Path) -> None:
    project = laid(tmp_path)
    next_release(repository_of_celerify)
    assert run(["update", "--yes", "--template", f"{repository_of_celerify}{tag}", str(project)]) == 0
    assert "# of every app\n" in (project / "config/celery.py").read_text()
    record = read_generated(Tree.at(project))
    assert (record.release, record.source) == ("v0.2.0", str(repository_of_celerify))
    assert record.written.keys() == {"config/celery.py"}


@pytest.mark.parametrize("what", ["nowhere", "runs programs"])
def test_a_template_that_cannot_be_used_is_told(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = laid(tmp_path)
    before = (project / "config/celery.py").read_bytes()
    source = tmp_path / "other"
    if what == "runs programs":
        source.mkdir()
        lay(template_at(source), {"copier.yml": "_tasks: [touch sprung]\n"})
    assert run(["update", "--yes", "--template", str(source), str(project)]) == 2
    assert "copier cannot use the template" in capsys.readouterr().err
    assert (project / "config/celery.py").read_bytes() == before
    assert not list(tmp_path.rglob("sprung"))
