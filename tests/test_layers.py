"""Who may import whom, at run time. Imports for type checking alone bind nobody."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parent.parent / "src" / "celerify"

MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "model": set(),
    "errors": set(),
    "tree": {"model"},
    "project": {"facts"},
    "syntax": {"syntax"},
    "facts": {"model", "errors", "tree", "syntax", "facts"},
    "edits": {"model", "errors", "syntax", "edits"},
    "compatibility": set(),
    "requirements": {
        "__init__", "model", "errors", "compatibility", "project", "facts", "edits", "requirements",
    },
    "rules": {"model", "requirements", "rules"},
    "discover": {"errors"},
    "engine": {"model", "errors", "verdict", "__init__"},
    "verdict": {"model"},
    "recipes": {"model", "errors", "compatibility", "project", "facts", "requirements", "engine", "recipes"},
    "report": {"model", "report"},
    "git": set(),
    "storage": set(),
    "targets": {"errors"},
    "journal": {"errors"},
    "restore": {"errors", "journal", "targets"},
    "commit": {"errors", "git", "journal", "restore", "storage", "targets"},
    "update": {"__init__", "model", "errors", "project", "facts", "requirements", "git"},
    "live": {
        "__init__", "model", "errors", "compatibility", "project", "facts", "requirements", "git", "live",
    },
    "cli": {
        "__init__", "model", "errors", "tree", "project", "facts", "discover", "engine", "recipes", "report",
        "requirements", "commit", "git", "update", "live", "cli",
    },
    "__main__": {"__init__", "errors", "cli"},
}  # fmt: skip
"""Each layer, and the layers that it may import; what is not named here has no place in the package."""

ONLY_IN: dict[str, set[str]] = {
    "rich": {"cli", "report/text.py"},
    "typer": {"cli"},
    "click": {"cli"},
    "copier": {"cli"},
    "subprocess": {"git.py", "live"},
    "libcst": {"edits", "syntax/newer_syntax.py"},
    "tomlkit": {"edits"},
    "jinja2": {"edits"},
    "yaml": {"edits", "facts"},
    "pip_requirements_parser": {"edits", "facts"},
    "packaging": {"edits", "facts", "requirements", "live/versions.py"},
    "celery": {"live/inside"},
    "kombu": {"live/inside"},
    "amqp": {"live/inside"},
    "redis": {"live/inside"},
    "django": {"live/inside"},
    "django_celery_beat": {"live/inside"},
    "celerify_inside": {"live/inside"},
    "importlib": {"discover.py", "edits/render.py", "live/embedded.py", "live/run_file.py", "live/inside"},
}
"""What is foreign or dangerous, and the only places that may import it."""

WRITES = {
    "write_text", "write_bytes", "unlink", "rmdir", "mkdir", "makedirs", "rename", "touch", "symlink_to",
    "chmod", "fchmod", "fchown", "rmtree", "copyfile", "copytree", "fdopen",
}  # fmt: skip
MAY_WRITE = {"storage.py", "cli/output.py"}

FORBIDDEN_NAMES = {
    "utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "handlers",
}  # fmt: skip

MODULES = sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def layer_of(name: str) -> str:
    return name.partition("/")[0].removesuffix(".py")


def imports_of(tree: ast.AST) -> Iterator[str]:
    """Yield each dotted module that is imported at run time, at module level or inside a function."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                for other in node.orelse:
                    yield from imports_of(other)
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.ImportFrom():
                raise AssertionError("imports are absolute")
            case _:
                yield from imports_of(node)


def layer_imported(dotted: str) -> str | None:
    """Return the layer of ours that a dotted import names, or None for a foreign one."""
    root, first, *_ = (*dotted.split("."), "")
    if root != "celerify":
        return None
    return first if (SOURCE / first).is_dir() or (SOURCE / f"{first}.py").is_file() else "__init__"


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), str(path))


def test_a_module_imports_what_its_layer_may() -> None:
    wrong = []
    for path in MODULES:
        imported = {layer for dotted in imports_of(parsed(path)) if (layer := layer_imported(dotted))}
        if more := imported - MAY_IMPORT[layer_of(name_of(path))]:
            wrong.append(f"{name_of(path)} imports {sorted(more)}")
    assert not wrong, "\n".join(wrong)


def test_a_foreign_package_is_used_where_it_belongs() -> None:
    wrong = []
    for path in MODULES:
        name = name_of(path)
        for dotted in imports_of(parsed(path)):
            places = ONLY_IN.get(dotted.partition(".")[0])
            if places is not None and not any(
                name == place or name.startswith(f"{place}/") for place in places
            ):
                wrong.append(f"{name} imports {dotted}")
    assert not wrong, "\n".join(wrong)


def written_by(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line of each call that writes a file, and what it does."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=attribute)) if attribute in WRITES:
                yield node.lineno, f"calls {attribute}"
            case ast.Call(func=ast.Name(id="open") | ast.Attribute(attr="open")):
                modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
                if any(
                    isinstance(mode, ast.Constant) and set(str(mode.value)) & set("wax+") for mode in modes
                ):
                    yield node.lineno, "opens a file to write it"


def test_only_the_writer_and_the_output_write() -> None:
    wrong = [
        f"{name}:{line} {what}"
        for path in MODULES
        if not ((name := name_of(path)) in MAY_WRITE or name.startswith("live/"))
        for line, what in written_by(parsed(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_module_is_short_and_says_what_it_is() -> None:
    long = [name_of(path) for path in MODULES if len(path.read_bytes().splitlines()) > 300]
    assert not long
    vague = [
        name_of(path)
        for path in MODULES
        if set(name_of(path).removesuffix(".py").replace("/", "_").split("_")) & FORBIDDEN_NAMES
    ]
    assert not vague
    endings = ("Manager", "Helper", "Handler", "Util", "Utils")
    classes = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(endings)
    ]
    assert not classes


def test_the_package_holds_only_what_the_table_names() -> None:
    found = {layer_of(name_of(path)) for path in MODULES}
    assert found <= MAY_IMPORT.keys()


def test_nobody_imports_the_command_line() -> None:
    allowed = {layer for layer, others in MAY_IMPORT.items() if "cli" in others}
    assert allowed == {"cli", "__main__"}


def modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted(name.partition('.')[0] for name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


def test_the_checklist_loads_without_what_only_writing_needs() -> None:
    loaded = modules_after(
        "from celerify.discover import all_rules; all_rules(); import celerify.engine, celerify.project"
    )
    assert not loaded & {
        "libcst",
        "tomlkit",
        "jinja2",
        "rich",
        "typer",
        "click",
        "copier",
        "yaml",
        "subprocess",
    }


def test_the_command_line_starts_without_what_single_commands_need() -> None:
    loaded = modules_after("import celerify.cli.app")
    assert not loaded & {"libcst", "tomlkit", "jinja2", "rich", "copier", "yaml", "tempfile"}
