"""The stage that compares the versions of the running workers with the lock file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from celerify.facts.packages.versions import allows
from celerify.live.deployed.words import joined
from celerify.live.stage import Seen, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from celerify.live.deployed.system import Node
    from celerify.live.run import Run
    from celerify.project import Project

_LOCKED = "install what is locked where the workers run, and start them again; or lock what they run"
_DECLARED = "install the project's dependencies where the workers run, and start them again"


def prove(run: Run) -> Iterator[Seen]:
    """Compare each package that the workers tell the version of."""
    if run.deployed is None:
        return
    silent = [node.name for node in run.deployed.own if not node.versions]
    if silent:
        yield Seen(None, f"{joined(silent)} did not tell what it runs")
    nodes = [node for node in run.deployed.own if node.versions]
    unknown = []
    for package in dict.fromkeys(name for node in nodes for name in node.versions if name != "py"):
        found = running(nodes, package)
        locked, where = locked_versions(run.project, package)
        if locked:
            yield from against_lock(package, found, locked, where)
        elif seen := tuple(_unlocked(run.project, package, found)):
            yield from seen
        else:
            unknown.append(f"{package} {next(iter(found))}")
    if unknown:
        said = f"every worker runs {joined(unknown)}; no lock file says which versions these should be"
        yield Seen(None, said, remedy="lock them: `uv lock`, `poetry lock` or `pip-compile`")


def running(nodes: list[Node], package: str) -> dict[str, list[str]]:
    """Return the nodes that run each version of a package."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if package in node.versions:
            found.setdefault(node.versions[package], []).append(node.name)
    return found


def against_lock(
    package: str, found: Mapping[str, list[str]], locked: frozenset[str], where: str
) -> Iterator[Seen]:
    """Yield each version that is not locked, and the nodes that run it."""
    wrong = {version: nodes for version, nodes in sorted(found.items()) if version not in locked}
    for version, nodes in wrong.items():
        said = f"{_run(nodes)} {package} {version}, and {where} has {joined(sorted(locked))}"
        yield Seen(False, said, remedy=_LOCKED)
    if not wrong:
        yield Seen(True, f"every worker runs {package} {joined(sorted(found))}, as {where} has it")


def _unlocked(project: Project, package: str, found: Mapping[str, list[str]]) -> Iterator[Seen]:
    """Yield what is wrong where nothing is locked: versions that are not allowed, or several."""
    outside = [version for version in sorted(found) if _allowed(project, package, version) is False]
    for version in outside:
        said = f"{_run(found[version])} {package} {version}, which the project's dependencies do not allow"
        yield Seen(False, said, remedy=_DECLARED)
    if len(found) > 1 and not outside:
        said = f"the workers run {package} {joined(sorted(found))}: a deployment half done, or an old worker"
        yield Seen(False, said, remedy="install the same version everywhere, and start the workers again")


def _run(nodes: list[str]) -> str:
    return f"{joined(nodes)} {'runs' if len(nodes) == 1 else 'run'}"


def _allowed(project: Project, package: str, version: str) -> bool | None:
    told = [allows(one.specifier, version) for one in project.dependencies.named(package) if one.specifier]
    return None if not told or None in told else all(told)


def locked_versions(project: Project, package: str) -> tuple[frozenset[str], str]:
    """Return each version that is locked for some platform, and the file; nothing where it is not locked."""
    dependencies = project.dependencies
    if package not in dependencies.locked:
        version = dependencies.version(package)
        where = next((one.at.path for one in dependencies.named(package)), "")
        return (frozenset({version}), where) if version else (frozenset(), "")
    version, at = dependencies.locked[package]
    # A lock may resolve for several platforms or Pythons; the facts keep the lowest.
    pattern = rf'^name = "{re.escape(package)}"[^\n]*\n(?:(?!\[)[^\n]*\n){{0,3}}?version = "([^"\n]+)"'
    others = re.findall(pattern, project.tree.read(at.path).decode("utf-8", "replace"), re.MULTILINE)
    return frozenset({version, *others}), at.path


STAGE = Stage(name="versions", title="The workers run what the lock file says", items=(), prove=prove)
