from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from celerify import discover
from celerify.errors import UsageError
from celerify.model import Format, Init, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def a_rule(item: str) -> Rule:
    severity, init = Severity.NOTE, Init.NO
    return Rule(
        item, f"slug-{item}", "Title", "Why.", severity, "static", None, init, init, "done", None, (), "", ()
    )


@pytest.fixture(autouse=True)
def _forgets() -> Iterator[None]:
    yield
    discover.all_rules.cache_clear()
    discover.all_formats.cache_clear()


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """Stand an empty package in for the rules and the formats."""
    folder = tmp_path_factory.mktemp("package")
    module = ModuleType("celerify_found")
    module.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    real = discover._modules
    monkeypatch.setattr(discover, "_modules", lambda _package: real(module.__name__))
    discover.all_rules.cache_clear()
    discover.all_formats.cache_clear()
    return module


def put(monkeypatch: pytest.MonkeyPatch, package: ModuleType, name: str, **names: object) -> None:
    Path(package.__path__[0], f"{name}.py").touch()
    module = ModuleType(f"{package.__name__}.{name}")
    vars(module).update(names)
    monkeypatch.setitem(sys.modules, module.__name__, module)


def test_rules_come_in_the_checklists_order(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> None:
    put(monkeypatch, package, "b", RULES=(a_rule("1.2.1"), a_rule("1.10.1")))
    put(monkeypatch, package, "a", RULES=(a_rule("2.1.1"), a_rule("1.1.1")))
    put(monkeypatch, package, "_bases", RULES=(a_rule("9.9.9"),))
    put(monkeypatch, package, "c")
    assert [rule.item for rule in discover.all_rules()] == ["1.1.1", "1.2.1", "1.10.1", "2.1.1"]


def test_duplicates_are_refused(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> None:
    put(monkeypatch, package, "a", RULES=(a_rule("1.1.1"), replace(a_rule("1.1.1"), slug="other")))
    with pytest.raises(ValueError, match=r"declared twice: 1\.1\.1"):
        discover.all_rules()
    put(monkeypatch, package, "a", RULES=(a_rule("1.1.1"), replace(a_rule("1.1.1"), item="1.1.2")))
    with pytest.raises(ValueError, match=r"declared twice: slug-1\.1\.1"):
        discover.all_rules()


def test_two_formats_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch, package: ModuleType) -> None:
    for name in ("a", "b"):
        put(monkeypatch, package, name, FORMAT=Format("text", lambda _report, _colour, _width: ""))
    with pytest.raises(ValueError, match="share a name"):
        discover.all_formats()


def test_items_are_selected_by_number_slug_and_group(
    monkeypatch: pytest.MonkeyPatch, package: ModuleType
) -> None:
    items = ("1.1.1", "1.1.10", "1.2.1", "2.1.1")
    put(monkeypatch, package, "a", RULES=tuple(a_rule(item) for item in items))

    def chosen(*select: str, ignore: tuple[str, ...] = ()) -> list[str]:
        return [rule.item for rule in discover.selected_rules(select, ignore)]

    assert chosen() == list(items)
    assert chosen("1.1") == ["1.1.1", "1.1.10"]
    assert chosen("1.1.1") == ["1.1.1"]
    assert chosen("2", "slug-1.2.1") == ["1.2.1", "2.1.1"]
    assert chosen("1", ignore=("1.1",)) == ["1.2.1"]
    for name in ("1.1.2", "9", "", "1.", "slug"):
        with pytest.raises(UsageError, match="is no item"):
            chosen(name)
    with pytest.raises(UsageError, match="is no item"):
        chosen(ignore=("typo",))
