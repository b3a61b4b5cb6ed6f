"""Which files of the project a file imports when it is itself imported. Read from bytes, without parsing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.layout import Layout
    from celerify.facts.sources import Sources

STATEMENT = re.compile(
    rb"^([ \t]*)(?:from[ \t]+(\.*[ \t]*[\w.]*)[ \t]+import\b[ \t]*(\([^)]*\)|(?:\\\n|[^\n#;])*)"
    rb"|import[ \t]+((?:\\\n|[^\n#;])+))",
    re.MULTILINE,
)
COMPUTED = re.compile(rb"\b(?:import_module|__import__|autodiscover_modules)\(\s*[^\s'\"]")
NAMED = re.compile(rb"\b(?:import_module|__import__)\(\s*['\"]([\w.]+)['\"]\s*\)")


DOTTED = re.compile(rb"['\"]((?:[A-Za-z_]\w*\.)+[A-Za-z_]\w*)['\"]")


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One import statement that runs when its file is imported.

    Attributes:
        module: what stands after `from` or `import`, leading dots kept.
        names: what is taken from it; empty for `import module`.
    """

    module: str
    names: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def import_lines(raw: bytes) -> tuple[ImportLine, ...]:
    """Return the imports that run with a file: those in functions (`ready` apart) or for types do not."""
    found: list[ImportLine] = []
    for match in STATEMENT.finditer(raw):
        if match[1] and _is_deferred(raw, match.start(), len(match[1].expandtabs())):
            continue
        if match[4] is not None:
            parts = (part.split() for part in match[4].replace(b"\\\n", b" ").split(b","))
            found += [ImportLine(part[0].decode("utf-8", "replace")) for part in parts if part]
        else:
            module = match[2].replace(b" ", b"").decode("utf-8", "replace")
            found.append(ImportLine(module, _names(match[3])))
    found += [ImportLine(name.decode()) for name in NAMED.findall(raw)]
    return tuple(found)


@lru_cache(maxsize=8192)
def dotted_strings(raw: bytes) -> tuple[str, ...]:
    """Return the strings of a file that look like a dotted name, as in `include("orders.urls")`."""
    return tuple(dict.fromkeys(name.decode() for name in DOTTED.findall(raw)))


def _names(written: bytes) -> tuple[str, ...]:
    bare = re.sub(rb"#[^\n]*|[()\\]", b" ", written)
    parts = (part.split() for part in bare.split(b","))
    return tuple(part[0].decode("utf-8", "replace") for part in parts if part)


def _is_deferred(raw: bytes, start: int, indent: int) -> bool:
    """Tell whether the block around an indented import runs later than the import of the file, or never."""
    for line in reversed(raw[:start].split(b"\n")):
        text = line.expandtabs()
        stripped = text.strip()
        width = len(text) - len(text.lstrip())
        if not stripped or stripped.startswith((b"#", b")")) or width >= indent:
            continue
        indent = width
        if stripped.startswith((b"def ready(", b"async def ready(")):
            return False
        if stripped.startswith((b"def ", b"async def ")) or re.match(rb"if .*TYPE_CHECKING", stripped):
            return True
        if indent == 0:
            break
    return False


class ImportGraph:
    """The imports among the files of a project, followed on demand."""

    def __init__(self, sources: Sources, layout: Layout) -> None:
        self._tree = sources.tree
        self._roots = tuple(dict.fromkeys((*layout.roots, layout.base)))
        self._paths = frozenset(sources.tree.paths)
        self._edges: dict[str, tuple[str, ...]] = {}

    def file_of(self, module: str) -> str | None:
        """Return the file of a dotted module: a package's `__init__.py` before a module of that name."""
        below = module.replace(".", "/")
        for root in self._roots:
            start = f"{root}/{below}" if root else below
            for path in (f"{start}/__init__.py", f"{start}.py"):
                if path in self._paths:
                    return path
        return None

    def files_of(self, module: str) -> tuple[str, ...]:
        """Return the files that `import module` runs: each package above it, then its own."""
        parts = module.split(".")
        dotted = (".".join(parts[: count + 1]) for count in range(len(parts)))
        return tuple(path for name in dotted if (path := self.file_of(name)))

    def module_of(self, path: str) -> str:
        """Return the dotted name under which a file is imported: that of the longest root above it."""
        above = [root for root in self._roots if not root or path.startswith(f"{root}/")]
        root = max(above, key=len, default="")
        below = path[len(root) + 1 :] if root else path
        return below.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def imported_by(self, path: str) -> tuple[str, ...]:
        """Return the files of the project that importing this one runs, itself left out."""
        if path not in self._edges:
            self._edges[path] = self._read_edges(path)
        return self._edges[path]

    def _read_edges(self, path: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for line in import_lines(self._tree.read(path)):
            module = self._absolute(path, line.module)
            for name in (module, *(f"{module}.{name}" for name in line.names if name != "*")):
                found |= dict.fromkeys(self.files_of(name))
        found.pop(path, None)
        return tuple(found)

    def named_by(self, path: str) -> tuple[str, ...]:
        """Return the files that a file names in a string, as a module or as a class in one.

        Django imports much by such strings; the name of a task, which imports nothing, is neither.
        """
        found: dict[str, None] = {}
        for name in dotted_strings(self._tree.read(path)):
            module, _, last = name.rpartition(".")
            if self.file_of(name):
                found |= dict.fromkeys(self.files_of(name))
            elif last[0].isupper():
                found |= dict.fromkeys(self.files_of(module))
        return tuple(found)

    def computes_imports(self, path: str) -> bool:
        """Tell whether the file imports modules by a name that is computed."""
        return COMPUTED.search(self._tree.read(path)) is not None

    def _absolute(self, path: str, module: str) -> str:
        bare = module.lstrip(".")
        dots = len(module) - len(bare)
        if not dots:
            return module
        package = self.module_of(path).split(".")
        if not path.endswith("__init__.py"):
            package = package[:-1]
        kept = package[: len(package) - dots + 1]
        return ".".join([*kept, bare] if bare else kept)

    def closure(self, seeds: Iterable[str], *, strings: bool = False) -> Iterator[str]:
        """Yield the seeds and all they import, nearest first; with `strings`, what they name in one too."""
        waiting = list(dict.fromkeys(seeds))
        seen = set(waiting)
        for path in waiting:
            yield path
            edges = (*self.imported_by(path), *(self.named_by(path) if strings else ()))
            new = [item for item in dict.fromkeys(edges) if item not in seen]
            seen.update(new)
            waiting.extend(new)


@lru_cache(maxsize=2)
def graph_of(sources: Sources, layout: Layout) -> ImportGraph:
    """Return the imports among the files of these sources, one graph for all who ask."""
    return ImportGraph(sources, layout)
