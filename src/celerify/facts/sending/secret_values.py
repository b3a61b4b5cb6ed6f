"""What a message carries: the secrets among the arguments of a call, and objects that may hold some."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from celerify.facts.secret_names import is_secret_text, names_identity, names_secret, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from celerify.facts.calls import TaskCall

_THROUGH = frozenset(
    {
        "str", "bytes", "repr", "force_str", "force_text", "force_bytes", "smart_str", "dumps", "dict",
        "list", "tuple", "strip", "lower", "upper", "encode", "decode", "format", "join", "quote",
        "b64encode",
    }
)  # fmt: skip
"""Functions and methods whose result still holds what was put in."""
_LOOKUPS = frozenset({"get", "pop", "getenv", "env", "config", "getattr", "setdefault", "getlist", "str"})
_MAKERS = frozenset(
    {"get", "make", "create", "generate", "gen", "build", "new", "issue", "read", "load", "fetch", "token",
     "random", "decrypt", "obtain", "password", "secret"}
)  # fmt: skip
"""First words of a function that gives what the rest of its name says."""
_NO_TEXT = frozenset({"len", "bool", "int", "sum", "exists", "now", "startswith"})
"""Functions that give a flag, a number or a time."""
_WHOLE = frozenset({"cleaned_data", "validated_data", "initial_data", "environ", "POST", "headers", "META"})
_SIGNATURES = frozenset({"s", "si", "signature", "subtask", "map", "starmap", "chunks"})
_REQUEST_PARTS = frozenset({"data", "POST", "GET", "body", "headers", "META", "COOKIES", "query_params"})


@dataclass(frozen=True, slots=True)
class Carried:
    """One thing that a message carries.

    Attributes:
        what: in a few words, as `the argument password`.
        whole: it is an object that may hold secrets, and none itself.
    """

    what: str
    whole: bool = False


def carried(call: TaskCall) -> Iterator[Carried]:
    """Yield the secrets that a call passes, and each object passed whole that may hold some."""
    for name, value in _passed(call):
        yield from _found(name, value)


def _passed(call: TaskCall) -> Iterator[tuple[str, ast.expr]]:
    """Yield each value that the task gets, with the name it goes by ("" where none can be told)."""
    node = call.node
    if call.method == "canvas":
        yield from _of_signatures(node)
        return
    if call.method.startswith("delay"):
        skipped = len(node.args) + len(node.keywords) - len(call.passed)
        yield from zip(_parameters(call), node.args[skipped:], strict=False)
        yield from ((word.arg or "", word.value) for word in node.keywords)
        return
    words = {word.arg: word.value for word in node.keywords}
    names = ("name", "args", "kwargs") if call.method == "send_task" else ("args", "kwargs")
    given = dict(zip(names, node.args, strict=False)) | words
    args = given.get("args")
    if isinstance(args, ast.List | ast.Tuple):
        yield from zip(_parameters(call), args.elts, strict=False)
    kwargs = given.get("kwargs")
    if kwargs is not None:
        yield "", kwargs


def _of_signatures(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _SIGNATURES:
                yield from (("", value) for value in part.args)
                yield from ((word.arg or "", word.value) for word in part.keywords)
            case _:
                continue


def _parameters(call: TaskCall) -> Iterator[str]:
    """Yield the names of the task's parameters in order, then nothing but empty ones."""
    node = call.task.node if call.task else None
    if call.task is not None and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        bound = getattr(call.task.options.get("bind"), "value", False) is True
        names = [item.arg for item in (*node.args.posonlyargs, *node.args.args)]
        yield from names[bound:]
    while True:
        yield ""


def _found(name: str, value: ast.expr) -> Iterator[Carried]:
    """Yield what one value carries; the name it goes by counts where the value says nothing itself."""
    own = list(_in_value(value))
    if own:
        yield from own
    elif names_secret(name) and not _harmless(value):
        yield Carried(f"the argument {name}")


def _in_value(node: ast.expr) -> Iterator[Carried]:
    match node:
        case ast.Constant(value=str() as text) if is_secret_text(text):
            yield Carried("a credential written out")
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield from _in_name(node, name)
        case ast.Subscript(value=owner, slice=ast.Constant(value=str() as key)):
            yield from _keyed(owner, key)
        case ast.Dict(keys=keys, values=values):
            for given, value in zip(keys, values, strict=True):
                named = given.value if isinstance(given, ast.Constant) else ""
                yield from _found(named if isinstance(named, str) else "", value)
        case ast.Call():
            yield from _in_call(node)
        case _:
            yield from _in_each(_parts(node))


def _parts(node: ast.expr) -> tuple[ast.expr, ...]:
    """Return the parts of an expression that its value is made of."""
    match node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return tuple(items)
        case ast.BoolOp(values=items) | ast.JoinedStr(values=items):
            return tuple(items)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            return (one, other)
        case ast.FormattedValue(value=inner) | ast.Starred(value=inner) | ast.Await(value=inner):
            return (inner,)
        case _:
            return ()


def _in_each(nodes: Iterable[ast.expr]) -> Iterator[Carried]:
    for node in nodes:
        yield from _in_value(node)


def _in_name(node: ast.expr, name: str) -> Iterator[Carried]:
    if names_secret(name):
        yield Carried(f"{ast.unparse(node)}")
    elif _is_whole(node, name):
        yield Carried(f"{ast.unparse(node)}", whole=True)


def _is_whole(node: ast.expr, name: str) -> bool:
    """Tell whether an object passed whole is a request, the data of a form, or the settings."""
    match node:
        case ast.Name():
            return name in {"request", "settings", "environ"}
        case ast.Attribute(value=owner):
            last = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            return (
                name in _WHOLE
                or name in {"request", "settings"}
                or (last == "request" and name in _REQUEST_PARTS)
            )
        case _:
            return False


def _keyed(owner: ast.expr, key: str) -> Iterator[Carried]:
    if names_secret(key):
        yield Carried(f"{_short(owner)}[{key!r}]")


def _in_call(node: ast.Call) -> Iterator[Carried]:
    """Yield what a call gives: what is looked up by a secret's name, made by one, or passed through."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    keys = [
        item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]
    if name in _LOOKUPS and any(map(names_secret, keys)):
        yield Carried(f"{_short(node.func)}({next(filter(names_secret, keys))!r})")
    elif names_secret(name) and words_of(name)[0] in _MAKERS:
        yield Carried(f"what {_short(node.func)}() gives")
    elif name in _THROUGH:
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        yield from _in_each((*owner, *node.args))
        for word in node.keywords:
            yield from _found(word.arg or "", word.value)
    elif name in {"copy", "dict", "model_to_dict"} and isinstance(node.func, ast.Attribute):
        yield from _in_value(node.func.value)


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else "..."  # noqa: PLR2004 - what fits into a sentence


def _harmless(node: ast.expr) -> bool:
    """Tell whether a value is no secret whatever it is called: a flag, a number, an id, a comparison."""
    match node:
        case ast.Constant(value=value):
            return not isinstance(value, str) or not value
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return names_identity(name)
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return names_identity(key)
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return _harmless(inner)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _NO_TEXT or names_identity(name)
        case _:
            return isinstance(node, ast.Compare | ast.UnaryOp)
