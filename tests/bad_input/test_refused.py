"""What celerify refuses: a clear sentence, the exit code of design.md, and not one byte changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from celerify.rules._bases import BARE, SETTINGS, WIRED
from celerify.targets import targets_of
from commands import Answer, answer, committed, lay
from faults import picture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from celerify.model import Change
    from celerify.targets import Target

    Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.slow

AUDIT_AND_INIT = pytest.mark.parametrize("command", [("audit",), ("init", "--yes")], ids=" ".join)
BROKEN = f"{SETTINGS}X = = 1\n"
LAST_LINE = BROKEN.count("\n")


def refused(root: Path, capsys: Capture, code: int, *command: object) -> Answer:
    """Run a command that must be refused; return what it said."""
    before = picture(root)
    found = answer(capsys, *command, root)
    assert found.code == code, found
    assert picture(root) == before
    first, *advice = found.err.rstrip("\n").splitlines()
    assert first.startswith("celerify: ")
    assert advice, "it says what to do next"
    return found


@AUDIT_AND_INIT
def test_no_manage_py(command: tuple[str, ...], repository: Path, capsys: Capture) -> None:
    committed(repository, {"README.md": "nothing\n", "app.py": "import flask\n"})
    found = refused(repository, capsys, 3, *command)
    assert "no Django manage.py was found among the 2 files" in found.err
    assert not found.out


@AUDIT_AND_INIT
def test_several_manage_py(command: tuple[str, ...], repository: Path, capsys: Capture) -> None:
    for folder in ("shop", "blog"):
        committed(repository, {f"{folder}/{path}": text for path, text in BARE.items()})
    found = refused(repository, capsys, 2, *command)
    assert "blog/manage.py, shop/manage.py" in found.err
    assert "--manage blog/manage.py" in found.err
    chosen = answer(capsys, *command, "--manage", "shop/manage.py", repository)
    assert chosen.code == (1 if command == ("audit",) else 0)
    assert "shop/manage.py" in chosen.out


@AUDIT_AND_INIT
def test_a_manage_py_that_is_not_there(command: tuple[str, ...], repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    assert "no file b/manage.py" in refused(repository, capsys, 2, *command, "--manage", "b/manage.py").err


@AUDIT_AND_INIT
def test_a_settings_module_that_does_not_exist(
    command: tuple[str, ...], repository: Path, capsys: Capture
) -> None:
    files = {path: text for path, text in BARE.items() if path != "config/settings.py"}
    committed(repository, files | {"config/production.py": SETTINGS})
    found = refused(repository, capsys, 3, *command)
    assert "config.settings, named at config/wsgi.py:5, is not in the repository" in found.err
    assert "--settings" in found.err
    named = answer(capsys, *command, "--settings", "config.production", repository)
    assert named.code == (1 if command == ("audit",) else 0)
    assert "config.production" in named.out


@AUDIT_AND_INIT
def test_a_computed_settings_module(command: tuple[str, ...], repository: Path, capsys: Capture) -> None:
    computed = {
        path: BARE[path]
        .replace('"config.settings"', "socket.gethostname()")
        .replace("import os", "import os, socket")
        for path in ("manage.py", "config/wsgi.py")
    }
    committed(repository, BARE | computed)
    found = refused(repository, capsys, 3, *command)
    assert "socket.gethostname(), named at config/wsgi.py:5, is computed" in found.err
    named = answer(capsys, *command, "--settings", "config.settings", repository)
    assert named.code == (1 if command == ("audit",) else 0)


@pytest.mark.parametrize("command", ["audit {}", "init --yes {}", "show tasks {} -C", "add-task a.b {} -C"])
def test_a_settings_module_by_flag_that_does_not_exist(
    command: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, BARE)
    found = refused(repository, capsys, 2, *command.format("--settings=config.nowhere").split())
    assert "`config.nowhere` is not in the repository" in found.err


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"config/settings.py": BROKEN}, "config/settings.py"),
        ({"config/settings.py": "from .base import *\n", "config/base.py": BROKEN}, "config/base.py"),
    ],
    ids=["itself", "what it imports"],
)
@AUDIT_AND_INIT
def test_a_deployed_settings_module_with_a_syntax_error(
    command: tuple[str, ...], files: dict[str, str], place: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, BARE | files)
    found = refused(repository, capsys, 3, *command)
    assert place in found.err.splitlines()[0]
    assert f"line {LAST_LINE}" in found.err.splitlines()[0]


@pytest.mark.parametrize(
    "files",
    [
        {"manage.py": f"{BARE['manage.py']}    print 'ready'\n"},
        {"manage.py": "from django.core.management import execute_manager\nexecute_manager(settings)\n"},
        {"config/settings.py": f"{SETTINGS}print 'loaded'\n"},
        {"config/settings.py": f"{SETTINGS}MODE = 0644\n"},
    ],
    ids=["print in manage.py", "execute_manager", "print in the settings", "an octal in the settings"],
)
@AUDIT_AND_INIT
def test_a_project_of_python_2(
    command: tuple[str, ...], files: dict[str, str], repository: Path, capsys: Capture
) -> None:
    committed(repository, BARE | files)
    found = refused(repository, capsys, 3, *command)
    assert "Python 2" in found.err or "older than Python 3" in found.err


@pytest.mark.parametrize("path", ["config/settings.py", "config/__init__.py"])
@pytest.mark.parametrize("encoding", ["ascii", "klingon"])
def test_a_wrong_encoding_cookie_in_a_file_to_be_edited(
    path: str, encoding: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, BARE | {path: f"# -*- coding: {encoding} -*-\n# é\n{BARE[path]}"})
    found = refused(repository, capsys, 3, "init", "--yes")
    assert path in found.err.splitlines()[0]
    assert "encoding" in found.err


@pytest.mark.parametrize(
    ("path", "what"), [("config/settings.py", "the file"), ("config", "its folder")], ids=["file", "folder"]
)
def test_a_target_that_is_read_only(path: str, what: str, repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    target = repository / path
    mode = target.stat().st_mode
    target.chmod(mode & ~0o222)
    found = refused(repository, capsys, 4, "init", "--yes")
    target.chmod(mode)
    assert "cannot be written" in found.err
    assert f"`chmod u+w` {what}" in found.err


@pytest.mark.parametrize("flags", [(), ("--allow-dirty",)], ids=["plain", "allow-dirty"])
def test_a_link_out_of_the_repository(flags: tuple[str, ...], repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    with tempfile.TemporaryDirectory() as elsewhere:
        outside = lay(Path(elsewhere), {"requirements.txt": BARE["requirements.txt"]}) / "requirements.txt"
        (repository / "requirements.txt").unlink()
        (repository / "requirements.txt").symlink_to(outside)
        found = refused(repository, capsys, 4, "init", "--yes", *flags)
        assert "`requirements.txt` is a link that leads out of the repository" in found.err
        assert outside.read_text() == BARE["requirements.txt"]


def test_a_target_changed_between_plan_and_commit(
    repository: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed(repository, BARE)

    def meanwhile(root: Path, changes: Iterable[Change]) -> tuple[Target, ...]:
        lay(repository, {"config/settings.py": f"{SETTINGS}# saved by an editor just now\n"})
        return targets_of(root, changes)

    monkeypatch.setattr("celerify.commit.targets_of", meanwhile)
    found = answer(capsys, "init", "--yes", repository)
    assert found.code == 4
    assert "`config/settings.py` has changed since it was read; nothing was written" in found.err
    assert not (repository / "config" / "celery.py").exists()


def test_uncommitted_changes_in_a_target(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    lay(repository, {"config/settings.py": f"{SETTINGS}# mine\n"})
    found = refused(repository, capsys, 4, "init", "--yes")
    assert "uncommitted changes in config/settings.py" in found.err
    assert "--allow-dirty" in found.err
    assert answer(capsys, "init", "--yes", "--allow-dirty", repository).code == 0
    assert "# mine" in (repository / "config" / "settings.py").read_text()


def test_an_untracked_target_counts_as_uncommitted(repository: Path, capsys: Capture) -> None:
    committed(repository, {path: text for path, text in BARE.items() if path != "requirements.txt"})
    lay(repository, {"requirements.txt": BARE["requirements.txt"]})
    assert "requirements.txt" in refused(repository, capsys, 4, "init", "--yes").err


def test_uncommitted_changes_elsewhere_never_block(repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    lay(repository, {"config/wsgi.py": f"{BARE['config/wsgi.py']}# mine\n", "notes.txt": "new\n"})
    assert answer(capsys, "init", "--yes", repository).code == 0


def test_a_project_package_called_celery(repository: Path, capsys: Capture) -> None:
    files = {
        path.replace("config/", "celery/"): text.replace("config.", "celery.") for path, text in BARE.items()
    }
    committed(repository, files)
    found = refused(repository, capsys, 4, "init", "--yes")
    assert "the project package `celery`" in found.err
    assert "rename" in found.err


@pytest.mark.parametrize("folder", ["{{cookiecutter.slug}}", "{{ cookiecutter.project_slug }}"])
@AUDIT_AND_INIT
def test_a_cookiecutter_template(
    command: tuple[str, ...], folder: str, repository: Path, capsys: Capture
) -> None:
    files = {f"{folder}/{path}": text.replace("config", folder) for path, text in BARE.items()}
    committed(repository, files | {"cookiecutter.json": "{}"})
    found = refused(repository, capsys, 3, *command)
    assert "cookiecutter template" in found.err


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[tool.celerify]\nbrokr = "redis"\n', "unknown key `brokr`"),
        ('[tool.celerify]\nbroker = "kafka"\n', "`broker` in [tool.celerify] in pyproject.toml cannot be"),
        ('[tool.celerify]\nbeat = "yes"\n', "it is true or false"),
        ('[tool.celerify.waivers]\n"9.9.9" = "never"\n', "`9.9.9` in [tool.celerify.waivers]"),
        ("[tool.celerify.attestations]\nload-testd = {}\n", "did you mean `load-tested`?"),
        ('[tool.celerify.waivers]\n"1.1.1" = ""\n', "has no reason"),
        ("[tool.celerify\n", "pyproject.toml is not valid TOML"),
        ('[tool.celerify]\nsettings = "config.nowhere"\n', "`config.nowhere` is not in the repository"),
        ('[tool.celerify]\nmanage = "b/manage.py"\n', "no file b/manage.py"),
    ],
)
@AUDIT_AND_INIT
def test_a_wrong_configuration(
    command: tuple[str, ...], table: str, said: str, repository: Path, capsys: Capture
) -> None:
    committed(repository, BARE | {"pyproject.toml": table})
    assert said in refused(repository, capsys, 2, *command).err


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("audit --select 1.9", "`1.9` is no item"),
        ("audit --ignore celery-ap", "`celery-ap` is no item"),
        ("init --yes --select 1.2,nope", "`nope` is no item"),
        ("init --yes --adopt 9.9.9", "`9.9.9` is no item"),
        ("init --yes --adopt 2.1.3", "`2.1.3` cannot be adopted"),
        ("init --yes --broker kafka", "kafka"),
        ("init --yes --results memcached", "memcached"),
        ("init --yes --monitoring newrelic", "newrelic"),
        ("init --yes --format xml", "xml"),
        ("audit --fail-on always", "always"),
        ("audit --format sarifs", "sarifs"),
        ("init --yes --patch no/such/folder/x.patch", "`no/such/folder/x.patch` cannot be written"),
    ],
)
def test_an_unknown_item_or_value(command: str, said: str, repository: Path, capsys: Capture) -> None:
    committed(repository, BARE)
    assert said in refused(repository, capsys, 2, *command.split()).err


@pytest.mark.parametrize(
    ("flag", "recorded"), [("--no-beat", "beat = true"), ("--broker=redis", 'broker = "rabbitmq"')]
)
def test_a_flag_against_what_is_recorded(flag: str, recorded: str, repository: Path, capsys: Capture) -> None:
    committed(repository, BARE | {"pyproject.toml": f"[tool.celerify]\n{recorded}\n"})
    assert recorded in refused(repository, capsys, 2, "init", "--yes", flag).err


def test_what_is_done_is_never_refused(repository: Path, capsys: Capture) -> None:
    committed(repository, WIRED)
    assert answer(capsys, "init", "--yes", repository).code == 0
    committed(repository)
    settings = (repository / "config/settings.py").read_text()
    lay(repository, {"config/settings.py": f"{settings}# mine\n"})
    assert answer(capsys, "init", "--yes", repository).code == 0
