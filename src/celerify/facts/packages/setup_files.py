"""The dependencies that setup.cfg, setup.py and a conda environment.yml declare."""

from __future__ import annotations

import ast
import configparser
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from celerify.facts.packages.declared import MAIN, Declared, DependencyFile, Reading
from celerify.facts.packages.versions import lowest, read_requirement
from celerify.facts.python import Module, parse
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ITEM = re.compile(r"^(\s*)-\s+[\"']?([^\"'#]+?)[\"']?\s*(?:#.*)?$")
_CONDA = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?\s*=\s*([\d.*]+)(?:=\S+)?$")


@lru_cache(maxsize=16)
def read_setup_cfg(path: str, text: str) -> Reading | None:
    """Return what a setup.cfg declares in `[options]`; None where it declares nothing."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        return Reading(DependencyFile(path, "setup.cfg", None), (), unread=f"it cannot be read: {error}")
    groups = [(MAIN, parser.get("options", "install_requires", fallback=""))]
    if parser.has_section("options.extras_require"):
        groups += [(name, value) for name, value in parser.items("options.extras_require") if value]
    declared = tuple(
        found
        for group, value in groups
        for found in _declared(
            path, "setup.cfg", group, ((line, _line(text, line)) for line in value.splitlines())
        )
    )
    if not declared:
        return None
    python = lowest(parser.get("options", "python_requires", fallback=""))
    return Reading(DependencyFile(path, "setup.cfg", None), declared, python=python)


def _line(text: str, needle: str) -> int:
    place = text.find(needle.strip())
    return text.count("\n", 0, place) + 1 if place >= 0 else 1


def _declared(path: str, style: str, group: str, lines: Iterable[tuple[str, int]]) -> Iterator[Declared]:
    for line, number in lines:
        found = read_requirement(line) if line.strip() and not line.strip().startswith("#") else None
        if found:
            yield Declared(found.name, found.extras, found.specifier, group, style, Location(path, number))


@lru_cache(maxsize=16)
def read_setup_py(path: str, raw: bytes) -> Reading | None:
    """Return what a setup.py declares in literal lists; None where it installs nothing."""
    if b"install_requires" not in raw:
        return None
    file = DependencyFile(path, "setup.py", None)
    module = parse(path, raw)
    if not isinstance(module, Module):
        return Reading(file, (), unread=module.reason)
    names = {
        target.id: node.value
        for node in ast.walk(module.tree) if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    keywords = {
        keyword.arg: names.get(keyword.value.id, keyword.value)
        if isinstance(keyword.value, ast.Name) else keyword.value
        for node in ast.walk(module.tree) if isinstance(node, ast.Call)
        for keyword in node.keywords if keyword.arg
    }  # fmt: skip
    requires = keywords.get("install_requires")
    if not isinstance(requires, ast.List | ast.Tuple):
        return Reading(file, (), unread="install_requires is computed") if requires else None
    lines = [(text, element.lineno) for element in requires.elts if (text := _string(element))]
    whole = len(lines) == len(requires.elts)
    python = lowest(_string(keywords.get("python_requires")) or "")
    declared = tuple(_declared(path, "setup.py", MAIN, lines))
    return Reading(
        file, declared, python=python, unread="" if whole else "install_requires is partly computed"
    )


def _string(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@lru_cache(maxsize=16)
def read_conda(path: str, text: str) -> Reading | None:
    """Return what a conda environment file declares, its `pip:` block included; None without dependencies."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines, 1) if line.startswith("dependencies:")), 0)
    items: list[tuple[str, int]] = []
    for number, line in enumerate(lines[start:] if start else [], start + 1):
        if line[:1].strip() not in {"", "-", "#"}:
            break
        found = _ITEM.match(line)
        if found and not found[2].rstrip().endswith(":"):
            items.append((_pip_spelling(found[2]), number))
    declared = tuple(_declared(path, "conda", MAIN, items))
    python = next((lowest(found.specifier) for found in declared if found.name == "python"), None)
    return Reading(DependencyFile(path, "conda", None), declared, python=python) if declared else None


def _pip_spelling(text: str) -> str:
    text = text.rpartition("::")[2].strip()
    single = _CONDA.match(text)
    return f"{single[1]}=={single[2].rstrip('.*')}.*" if single and "==" not in text else text
