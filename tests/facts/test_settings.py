from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from celerify.errors import NotUnderstoodError
from celerify.facts.layout import Entry, Layout, Role
from celerify.facts.masking import shown
from celerify.facts.settings import Settings, deciding, read_settings
from celerify.facts.sources import Sources
from celerify.model import Location
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

WHO = {Role.DEPLOYED: "wsgi", Role.MANAGE: "manage.py", Role.TEST: "pytest"}
APPS = "INSTALLED_APPS = ['a']\n"


def entry(module: str | None, role: Role = Role.DEPLOYED, *, there: bool = True) -> Entry:
    path = f"{module.replace('.', '/')}.py" if module and there else None
    return Entry(WHO[role], role, module, repr(module), path, Location("wsgi.py", 3))


def tree(root: Path, files: dict[str, str]) -> Tree:
    for path, source in {"wsgi.py": "", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(source))
    return Tree.at(root)


def chains(where: Tree, *entries: Entry) -> tuple[Settings, ...]:
    return read_settings(Sources(where), Layout("manage.py", (), "", ("",), entries, "config"))


def test_one_chain_for_each_module_deployed_first(tmp_path: Path) -> None:
    where = tree(tmp_path, {"config/prod.py": APPS, "config/dev.py": APPS, "config/test.py": APPS})
    found = chains(
        where,
        entry("config.test", Role.TEST),
        entry("config.dev", Role.MANAGE),
        entry("config.prod", Role.MANAGE),
        entry("config.prod"),
    )
    assert [(chain.path, chain.entry.role) for chain in found] == [
        ("config/prod.py", Role.DEPLOYED),
        ("config/dev.py", Role.MANAGE),
        ("config/test.py", Role.TEST),
    ]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([Role.DEPLOYED, Role.MANAGE, Role.TEST], ["m0"]),
        ([Role.MANAGE, Role.TEST], ["m0"]),
        ([Role.TEST], []),
        ([Role.DEPLOYED, Role.DEPLOYED], ["m0", "m1"]),
    ],
)
def test_which_chains_decide(tmp_path: Path, roles: list[Role], expected: list[str]) -> None:
    where = tree(tmp_path, {f"m{place}.py": APPS for place in range(len(roles))})
    found = chains(where, *(entry(f"m{place}", role) for place, role in enumerate(roles)))
    assert [chain.entry.module for chain in deciding(found)] == expected


def test_a_module_without_apps_decides_only_alone(tmp_path: Path) -> None:
    where = tree(tmp_path, {"empty.py": "", "dev.py": APPS})
    both = chains(where, entry("empty"), entry("dev", Role.MANAGE))
    assert [chain.path for chain in deciding(both)] == ["dev.py"]
    assert [chain.path for chain in deciding(chains(where, entry("empty")))] == ["empty.py"]


def test_a_missing_module_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstoodError) as raised:
        chains(tree(tmp_path, {}), entry("config.settings", there=False))
    assert (
        raised.value.what
        == "the settings module config.settings, named at wsgi.py:3, is not in the repository"
    )
    assert "--settings" in (raised.value.advice or "")


def test_a_computed_module_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(NotUnderstoodError, match="is computed"):
        chains(tree(tmp_path, {}), entry(None))


def test_nothing_names_a_module(tmp_path: Path) -> None:
    likely = {"core/dev_settings.py": f"import os\n{APPS}", "core/global_settings.py": f"import os\n{APPS}"}
    with pytest.raises(NotUnderstoodError, match="nothing names") as raised:
        chains(tree(tmp_path, likely))
    named = "`--settings core.global_settings` or `--settings core.dev_settings`"
    assert raised.value.advice == f"name the one that production uses: {named}"


def test_one_missing_module_does_not_hide_another(tmp_path: Path) -> None:
    where = tree(tmp_path, {"dev.py": APPS})
    found = chains(where, entry("prod", there=False), entry("dev", Role.MANAGE))
    assert [chain.path for chain in found] == ["dev.py"]


@pytest.mark.parametrize("broken", ["settings.py", "base.py"])
def test_a_deployed_file_that_does_not_parse_ends_it(tmp_path: Path, broken: str) -> None:
    files = {"settings.py": "from base import *\n", "base.py": APPS, broken: "X = 1\ndef (:\n"}
    with pytest.raises(NotUnderstoodError, match=rf"{broken}, line 2"):
        chains(tree(tmp_path, files), entry("settings"))


def test_test_settings_that_do_not_parse_do_no_harm(tmp_path: Path) -> None:
    where = tree(tmp_path, {"settings.py": APPS, "testing.py": "def (:\n"})
    found = chains(where, entry("settings"), entry("testing", Role.TEST))
    assert found[1].unread[0].path == "testing.py"


def test_the_configuration_class_is_that_of_the_file_that_names_the_module(tmp_path: Path) -> None:
    settings = """
        from configurations import Configuration
        class Dev(Configuration):
            INSTALLED_APPS = ["dev"]
        class Production(Configuration):
            INSTALLED_APPS = ["prod"]
    """
    setdefault = 'import os\nos.environ.setdefault("DJANGO_CONFIGURATION", "Dev")\n'
    where = tree(tmp_path, {"settings.py": settings, "wsgi.py": setdefault})
    (chain,) = chains(where, entry("settings"))
    assert shown(chain.bindings["INSTALLED_APPS"].value) == "['dev']"


def test_a_changed_file_is_read_again_and_others_are_not(tmp_path: Path) -> None:
    where = tree(tmp_path, {"settings.py": "from base import *\n", "base.py": APPS})
    (first,) = chains(where, entry("settings"))
    (same,) = chains(where.write("other.py", b"X = 1\n"), entry("settings"))
    (changed,) = chains(where.write("base.py", b"INSTALLED_APPS = ['b']\n"), entry("settings"))
    assert same.bindings is first.bindings
    assert shown(changed.bindings["INSTALLED_APPS"].value) == "['b']"


def test_a_file_that_appears_is_read(tmp_path: Path) -> None:
    where = tree(
        tmp_path, {"settings.py": f"{APPS}try:\n    from local import *\nexcept ImportError:\n    pass\n"}
    )
    (before,) = chains(where, entry("settings"))
    (after,) = chains(where.write("local.py", b"X = 1\n"), entry("settings"))
    assert "X" not in before.bindings
    assert [found.reason for found in before.optional]
    assert shown(after.bindings["X"].value) == "1"
    assert not after.optional
