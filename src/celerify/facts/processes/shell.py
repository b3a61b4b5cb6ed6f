"""Shell text taken apart into simple commands, as far as finding the programs in it needs."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPERATORS = re.compile(r"^[;&|]+$")
_ASSIGNMENT = re.compile(r"^(?:export\s+)?([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_DEFAULT = re.compile(r"\$\{(\w+):?[-=]([^{}]*)\}")
_NAME = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_SUBSTITUTION = re.compile(r"\$\([^()]*\)|`[^`\n]*`")
_BRANCH = re.compile(
    r"^\s*\(?\s*([\"']?[\w*?./-]+[\"']?(?:\s*\|\s*[\"']?[\w*?./-]+[\"']?)*)\s*\)\s*(.*)$", re.DOTALL
)
_FUNCTION = re.compile(r"^\s*(?:function\s+)?([\w:-]+)\s*\(\s*\)\s*\{?\s*(.*)$", re.DOTALL)
_KEYWORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "{", "!", "time", "("})
_MOST_NESTED = 6
_LONGEST_QUOTE = 40


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command.

    Attributes:
        words: its words, quotes removed.
        line: the line it starts on, counted from 1.
        labels: the function or `case` branches it stands in: `worker|celery` for a branch.
    """

    words: tuple[str, ...]
    line: int = 1
    labels: tuple[str, ...] = ()


def expanded(text: str, environment: Mapping[str, str]) -> str:
    """Return the text with variables filled in; `${X:-y}` gives y without X, an unknown $X stays."""
    for _ in range(_MOST_NESTED):
        named = _NAME.sub(lambda match: environment.get(match[1] or match[2], match[0]), text)
        replaced = _DEFAULT.sub(lambda match: environment.get(match[1]) or match[2], named)
        if replaced == text:
            break
        text = replaced
    return text


def assignments(text: str) -> dict[str, str]:
    """Return the variables that lines as `NAME=value` give: a dotenv file, or the head of a script."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.match(line.strip())
        if match and not line.lstrip().startswith("#"):
            value = match[2].strip()
            quoted = value[:1] in {'"', "'"} and value.endswith(value[0]) and len(value) > 1
            value = value[1:-1] if quoted else value.split(" #", 1)[0].strip()
            found[match[1]] = expanded(value, found)
    return found


def commands(text: str) -> tuple[Command, ...]:
    """Return the simple commands of a shell text, in order, with the branch each one stands in."""
    found: list[Command] = []
    labels: list[str] = []
    for number, line in _logical_lines(_SUBSTITUTION.sub("${substituted}", text)):
        rest = line
        if re.match(r"^\s*(?:;;|esac\b|\})", rest):
            labels = labels[:-1]
        elif match := _FUNCTION.match(rest):
            labels, rest = [match[1]], match[2]
        elif match := _BRANCH.match(rest):
            labels, rest = [*labels, re.sub(r"[\s\"']", "", match[1])], match[2]
        words = _words(rest)
        found += [Command(part, number, tuple(labels)) for part in _split(words)]
        if labels and words[-1:] in ([";;"], ["}"]):
            labels = labels[:-1]
    return tuple(found)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; a continued line and a quote over several lines are one."""
    held, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not held and line.lstrip().startswith("#"):
            continue
        start = start if held else number
        held += line
        if line.rstrip().endswith("\\"):
            held = held.rstrip()[:-1] + " "
        elif _open_quote(held) and number - start < _LONGEST_QUOTE:
            held += "\n"
        else:
            yield start, held
            held = ""
    if held:
        yield start, held


def _open_quote(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        words = line.split(" #", 1)[0].split()
    comment = next((index for index, word in enumerate(words) if word.startswith("#")), None)
    return words[:comment]


def _split(words: list[str]) -> Iterator[tuple[str, ...]]:
    part: list[str] = []
    for word in [*words, ";"]:
        if not _OPERATORS.match(word):
            part.append(word)
            continue
        while part and part[0] in _KEYWORDS:
            part = part[1:]
        if part:
            yield tuple(part)
        part = []


def without_assignments(words: tuple[str, ...]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the assignments in front of a command, and the command itself."""
    given: dict[str, str] = {}
    for index, word in enumerate(words):
        match = _ASSIGNMENT.match(word)
        if match:
            given[match[1]] = match[2]
        elif word not in {"env", "export"}:
            return given, words[index:]
    return given, ()
