"""Settings modules named outside Python: env files, images, compose files, units and scripts.

A light scan of text by lines. What a shell variable computes is no name and is left out; continuous
integration is left out too, as nothing is deployed from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from celerify.facts.entry import VARIABLE, Entry, Role
from celerify.model import Location
from celerify.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.tree import Disk

_ON_DISK: WeakKeyDictionary[Disk, tuple[str, ...]] = WeakKeyDictionary()

_SCANNED_SIZE = 1_000_000
_ENDINGS = (
    ".yml", ".yaml", ".env", ".sh", ".bash", ".service", ".conf", ".ini", ".dockerfile", ".Dockerfile",
)  # fmt: skip
_NAMES = frozenset({"app.json", "devcontainer.json", ".devcontainer.json", "fly.toml", "render.toml"})
_STARTS = ("Dockerfile", "Containerfile", "Procfile", ".env", "env.", "dotenv")
_NOT_DEPLOYED = frozenset({"pytest.ini", ".pytest.ini", "tox.ini", "mkdocs.yml", "bitbucket-pipelines.yml"})
_SKIPPED = re.compile(
    r"(?:^|/)(?:\.git[\w-]*|\.husky|\.circleci|\.buildkite|docs?|tests?|fixtures|examples?|vendor)/"
    r"|(?:^|/)\.(?:gitlab-ci|travis|readthedocs|pre-commit-config)|azure-pipelines|appveyor"
)
_BY_HAND = re.compile(
    r"(?:^|[._/-])(?:dev|develop|development|devcontainer|local|vagrant|override)(?:[._/-]|$)"
)
_IN_TESTS = re.compile(r"(?:^|[._/-])(?:tests?|testing|ci)(?:[._/-]|$)")

_MODULE = r"(?P<module>[A-Za-z_][\w-]*(?:\.[\w-]+)*)(?![\w.$%{(/-])"
_VALUE = rf"[\"']?(?:\$\{{\w+:?-)?[\"']?{_MODULE}"
_ASSIGNED = re.compile(rf"(?<![\w${{]){VARIABLE}[\"']?\s*[:=]\s*{_VALUE}")
_IN_IMAGE = re.compile(rf"^\s*ENV\s+{VARIABLE}\s+{_VALUE}")
_KEYED = re.compile(
    rf"(?:\b(?:key|name)[\"']?\s*:\s*[\"']?{VARIABLE}\b|^\s*[\"']{VARIABLE}[\"']\s*:\s*\{{\s*$)"
)
_KEY_VALUE = re.compile(rf"^[\s-]*[\"']?value[\"']?\s*:\s*{_VALUE}")
_ONE_OFF = re.compile(r"\b(?:manage\.py|django-admin|pytest|coverage)\b")


def declared_settings(tree: Tree) -> tuple[Entry, ...]:
    """Return the settings modules that processes are given by their environment, not yet resolved."""
    found: list[Entry] = []
    for path in _declaring(tree):
        found += _declared_in(path, tree.text(path))
    return tuple(found)


def _declaring(tree: Tree) -> tuple[str, ...]:
    """Return the files that may name settings, sorted; those on disk are looked through once."""
    if tree.disk not in _ON_DISK:
        _ON_DISK[tree.disk] = _among(Tree(tree.disk), tree.disk.paths)
    on_disk = [path for path in _ON_DISK[tree.disk] if path not in tree.unsaved]
    return tuple(sorted((*on_disk, *_among(tree, tree.unsaved))))


def _among(tree: Tree, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if _may_declare(path) and _holds_variable(tree, path))


def _may_declare(path: str) -> bool:
    name = path.rpartition("/")[2]
    if name in _NOT_DEPLOYED or _SKIPPED.search(path):
        return False
    in_env_folder = "/.envs/" in f"/{path}" or "/.env/" in f"/{path}" or path.startswith("env/")
    bare = "." not in name and "/" in path
    return name.startswith(_STARTS) or name.endswith(_ENDINGS) or name in _NAMES or in_env_folder or bare


def _holds_variable(tree: Tree, path: str) -> bool:
    try:
        return tree.size(path) <= _SCANNED_SIZE and VARIABLE.encode() in tree.read(path)
    except OSError:
        return False


def _declared_in(path: str, text: str) -> Iterator[Entry]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if VARIABLE not in line or line.lstrip().startswith(("#", ";", "//")):
            continue
        place, found = number, _named_on(path, line)
        if found is None and _KEYED.search(line):
            place, found = _named_below(lines, number)
        if found is not None:
            module = found["module"]
            yield Entry("process", _role(path, module), module, module, None, Location(path, place))


def _named_on(path: str, line: str) -> re.Match[str] | None:
    image = path.rpartition("/")[2].lower()
    if "dockerfile" in image or "containerfile" in image:
        found = _IN_IMAGE.search(line)
        if found:
            return found
        if not line.lstrip().startswith(("ENV ", VARIABLE)):
            return None
    return None if _ONE_OFF.search(line) else _ASSIGNED.search(line)


def _named_below(lines: list[str], number: int) -> tuple[int, re.Match[str] | None]:
    for place, line in enumerate(lines[number : number + 4], number + 1):
        found = _KEY_VALUE.search(line)
        if found:
            return place, found
        if re.match(r"\s*-\s", line) or re.match(r"\s*[}\]]", line):
            break
    return number, None


def _role(path: str, module: str) -> Role:
    last = module.rpartition(".")[2]
    if _IN_TESTS.search(f".{last}.".replace("_", ".")):
        return Role.TEST
    if _BY_HAND.search(f".{last}.".replace("_", ".")):
        return Role.MANAGE
    if _IN_TESTS.search(path):
        return Role.TEST
    return Role.MANAGE if _BY_HAND.search(path) else Role.DEPLOYED
