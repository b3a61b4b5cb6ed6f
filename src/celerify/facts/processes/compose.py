"""Compose files under any name: each service with anchors, `extends` and override files applied."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from celerify.facts.processes.dockerfiles import Stage, stage_of
from celerify.facts.processes.shell import assignments, expanded
from celerify.facts.processes.yaml_files import Document, Replacing, documents
from celerify.facts.python import Unread
from celerify.model import Location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from celerify.tree import Disk, Tree

_FOREIGN = (".github/", ".gitlab", ".circleci/", ".pre-commit", ".travis", "mkdocs")
_OVERRIDE = re.compile(r"^(?P<base>(?:docker-)?compose)\.override\.(?P<ending>ya?ml)$")
_EXTENDS_DEEP = 5
_JOINED = ("ports", "expose", "volumes", "env_file")
"""Lists that compose makes longer where one file is laid over another."""
_READ: WeakKeyDictionary[Disk, dict[frozenset[tuple[str, bytes]], tuple[Service, ...]]] = WeakKeyDictionary()
_SOURCES = frozenset({"image", "build", "extends"})


@dataclass(frozen=True)
class Service:
    """One service.

    Attributes:
        name: its name.
        path: the compose file that declares it.
        definition: its mapping after merge keys, `extends` and the override file.
        written: the keys that the file itself gives it, merge keys included.
        at: the line of its command, else of its name.
        named_at: the line of its name.
        lines: the line of each key that the file itself gives it, `<<` and what is under it left out.
    """

    name: str
    path: str
    definition: Mapping[str, Any]
    written: frozenset[str]
    at: Location
    named_at: Location
    lines: Mapping[str, int] = field(default_factory=dict)

    def place(self, key: str) -> Location:
        """Return the place of one of its keys; that of its name where the key is inherited or absent."""
        return Location(self.path, self.lines.get(key) or self.named_at.line)

    @property
    def folder(self) -> str:
        """The folder of the file that declares it."""
        return posixpath.dirname(self.path)

    @property
    def image(self) -> str | None:
        """The image it names, defaults of variables filled in."""
        image = self.definition.get("image")
        return expanded(image, {}) if isinstance(image, str) else None


def yaml_paths(tree: Tree) -> tuple[str, ...]:
    """Return the YAML files that may declare processes: not those of CI, no templates of projects."""
    return tuple(
        path
        for path in tree.ending(".yml", ".yaml")
        if not path.startswith(_FOREIGN) and "{{" not in path and "/.github/" not in path
    )


def read_services(tree: Tree) -> tuple[Service, ...]:
    """Return every service of every compose file, in the files' order; kept for trees of the same YAML."""
    kept = _READ.setdefault(tree.disk, {})
    key = frozenset(item for item in tree.unsaved.items() if item[0].endswith((".yml", ".yaml")))
    if key not in kept:
        kept[key] = _read(tree)
    return kept[key]


def _read(tree: Tree) -> tuple[Service, ...]:
    loaded = {path: document for path in yaml_paths(tree) if (document := _compose(tree, path)) is not None}
    overridden = {path: _override_of(path, loaded) for path in loaded}
    found: list[Service] = []
    for path, document in loaded.items():
        for name, written in _services(document).items():
            merged = _extended(written, path, name, loaded, _EXTENDS_DEEP)
            over = overridden[path]
            extra = _services(loaded[over]).get(name) if over else None
            definition = _merged(merged, extra) if extra else merged
            found.append(_service(name, path, document, definition, frozenset(written)))
    return tuple(found)


def laid_over(services: Iterable[Service]) -> frozenset[str]:
    """Return the files that cannot stand alone: a service of theirs gets its image from one beside them."""
    found = tuple(services)
    whole = {(one.folder, one.name) for one in found if _SOURCES & one.definition.keys()}
    return frozenset(
        one.path for one in found if not _SOURCES & one.definition.keys() and (one.folder, one.name) in whole
    )


def unread_compose(tree: Tree) -> tuple[Unread, ...]:
    """Return the compose files that could not be read."""
    found = (
        documents(path, tree.read(path)) for path in yaml_paths(tree) if _may_be_compose(tree.read(path))
    )
    return tuple(item for item in found if isinstance(item, Unread))


def build_of(service: Service, tree: Tree) -> tuple[str, str, Stage] | None:
    """Return the build context, the Dockerfile and its stage, of a service that is built here."""
    build = service.definition.get("build")
    build = {"context": build} if isinstance(build, str) else build
    if not isinstance(build, dict):
        return None
    context = posixpath.normpath(
        posixpath.join(service.folder, expanded(str(build.get("context") or "."), {}))
    )
    context = "" if context == "." else context
    written = expanded(str(build.get("dockerfile") or "Dockerfile"), {})
    path = posixpath.normpath(posixpath.join(context, written))
    if path.startswith("..") or not tree.exists(path):
        return None
    stage = stage_of(tree.read(path), build.get("target"))
    return (context, path, stage) if stage else None


def shell_text(value: object) -> str:
    """Return a command as shell text: a string as it is, a list quoted word by word; `$$` is one dollar."""
    if isinstance(value, list):
        value = shlex.join(str(word) for word in value)
    return str(value).replace("$$", "$") if value else ""


def environment_of(service: Service, tree: Tree) -> dict[str, str]:
    """Return the variables that the service is given: by `env_file` in the repository, then `environment`."""
    found: dict[str, str] = {}
    for path in env_files(service):
        if not path.startswith("..") and tree.exists(path):
            found |= assignments(tree.text(path))
    beside = posixpath.join(service.folder, ".env")
    known = assignments(tree.text(beside)) if tree.exists(beside) else {}
    given = _pairs(service.definition.get("environment"))
    return found | {name: expanded(value, known) for name, value in given.items()}


def environment_is_known(service: Service, tree: Tree) -> bool:
    """Tell whether every variable that the service is given is in the repository: files and values both."""
    given = service.definition.get("environment")
    passed = given.values() if isinstance(given, dict) else given if isinstance(given, list) else ()
    from_host = any(item is None or (isinstance(given, list) and "=" not in str(item)) for item in passed)
    return not from_host and all(tree.exists(path) for path in env_files(service))


def env_files(service: Service) -> Iterator[str]:
    """Yield the environment files that a service names, from the root."""
    written = service.definition.get("env_file")
    for item in written if isinstance(written, list) else [written]:
        path = item.get("path") if isinstance(item, dict) else item
        if isinstance(path, str):
            yield posixpath.normpath(posixpath.join(service.folder, path))


def _pairs(value: object) -> dict[str, str]:
    match value:
        case dict():
            return {str(name): _plain(item) for name, item in value.items() if item is not None}
        case list():
            split = (str(item).partition("=") for item in value)
            return {name: text for name, equals, text in split if equals}
        case _:
            return {}


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _may_be_compose(raw: bytes) -> bool:
    return b"services:" in raw or b'"services"' in raw


def _compose(tree: Tree, path: str) -> Document | None:
    raw = tree.read(path)
    found = documents(path, raw) if _may_be_compose(raw) else ()
    return found[0] if not isinstance(found, Unread) and len(found) == 1 and _services(found[0]) else None


def _services(document: Document) -> dict[str, dict[str, Any]]:
    """Return the services of a document, or nothing where it is no compose file."""
    services = document.data.get("services") if isinstance(document.data, dict) else None
    if not isinstance(services, dict):
        return {}
    return {str(name): body for name, body in services.items() if isinstance(body, dict)}


def _override_of(path: str, loaded: Mapping[str, Document]) -> str | None:
    folder, _, name = path.rpartition("/")
    for other in loaded:
        other_folder, _, other_name = other.rpartition("/")
        match = _OVERRIDE.match(other_name)
        if match and other_folder == folder and name in {f"{match['base']}.yml", f"{match['base']}.yaml"}:
            return other
    return None


def _extended(
    body: dict[str, Any], path: str, name: str, loaded: Mapping[str, Document], left: int
) -> dict[str, Any]:
    extends = body.get("extends")
    if not extends or not left:
        return body
    wanted = extends if isinstance(extends, dict) else {"service": extends}
    file = wanted.get("file")
    other = posixpath.normpath(posixpath.join(posixpath.dirname(path), str(file))) if file else path
    base = _services(loaded[other]).get(str(wanted.get("service"))) if other in loaded else None
    if base is None or (other == path and wanted.get("service") == name):
        return body
    return _merged(_extended(base, other, str(wanted["service"]), loaded, left - 1), body)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two definitions of a service as compose does: variables and ports join, the rest is replaced."""
    result = {**base, **over}
    if "environment" in base and "environment" in over:
        result["environment"] = {**_pairs(base["environment"]), **_pairs(over["environment"])}
    for key in ("build", "healthcheck"):
        if isinstance(base.get(key), dict) and isinstance(over.get(key), dict):
            result[key] = {**base[key], **over[key]}
    for key in _JOINED:
        if base.get(key) and over.get(key) and not isinstance(over[key], Replacing):
            result[key] = [*_listed(base[key]), *_listed(over[key])]
    if "depends_on" in base and "depends_on" in over:
        result["depends_on"] = {**_waits(base["depends_on"]), **_waits(over["depends_on"])}
    return result


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _waits(value: object) -> dict[str, Any]:
    """Return `depends_on` by name of the service, a list of names included."""
    if isinstance(value, dict):
        return {str(name): body for name, body in value.items()}
    return {str(name): {} for name in value} if isinstance(value, list) else {}


def _service(
    name: str, path: str, document: Document, definition: dict[str, Any], written: frozenset[str]
) -> Service:
    named = document.lines.get(("services", name), 1)
    line = document.lines.get(("services", name, "command")) or document.lines.get(
        ("services", name, "entrypoint")
    )
    keys = {key: at for key in written if (at := document.lines.get(("services", name, key)))}
    return Service(
        name, path, definition, written, Location(path, line or named), Location(path, named), keys
    )
