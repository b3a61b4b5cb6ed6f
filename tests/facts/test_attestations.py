from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from celerify.errors import UsageError
from celerify.facts.choices import read_choices
from celerify.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from celerify.facts.attestations import Attestation

NOW = datetime(2026, 12, 1, tzinfo=UTC).timestamp()
WHOLE = {"by": '"Ada  Byron"', "on": "2026-11-01", "expires": "2027-05-01", "evidence": '"docs/load.md"'}


def read(folder: Path, line: str) -> tuple[Tree, dict[str, Attestation]]:
    text = f"[project]\nname = 'x'\n\n[tool.celerify.attestations]\n# who vouches\n{line}\n"
    tree = Tree.at(folder).write("pyproject.toml", text.encode()).write("docs/load.md", b"it held\n")
    return tree, dict(read_choices(tree).attestations)


def refusal(folder: Path, **changed: str | None) -> str:
    entry = {key: value for key, value in (WHOLE | changed).items() if value is not None}
    line = '"7.2.6" = {' + ", ".join(f"{key} = {value}" for key, value in entry.items()) + "}"
    tree, found = read(folder, line)
    return found["7.2.6"].refused(tree, NOW)


def test_a_whole_attestation_counts_and_knows_its_line(tmp_path: Path) -> None:
    assert refusal(tmp_path) == ""
    line = '"7.2.6" = {by = " Ada  Byron", on = 2026-11-01, expires = 2027-05-01, evidence = "docs/load.md"}'
    found = read(tmp_path, line)[1]["7.2.6"]
    assert (found.by, str(found.on), str(found.expires), found.evidence) == (
        "Ada Byron", "2026-11-01", "2027-05-01", "docs/load.md"
    )  # fmt: skip
    assert str(found.at) == "pyproject.toml:6"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("on", '"2026-11-01"'),
        ("on", "2026-11-01T10:00:00Z"),
        ("expires", '"2026-12-02T00:00:00+02:00"'),
        ("evidence", '"https://ci.example.org/runs/7"'),
        ("evidence", '"docs"'),
        ("evidence", '"./docs/load.md#results"'),
    ],
)
def test_other_spellings_count(tmp_path: Path, key: str, value: str) -> None:
    assert refusal(tmp_path, **{key: value}) == ""


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"by": '" "'}, "`by` is empty"),
        ({"by": "7"}, "`by` is empty or no text"),
        ({"evidence": '""'}, "`evidence` is empty"),
        ({"evidence": None}, "it lacks evidence"),
        ({"by": None, "on": None}, "it lacks by and on"),
        ({"until": '"x"'}, "unknown key until"),
        ({"on": '"last week"'}, "`on` is no date"),
        ({"expires": "true"}, "`expires` is no date"),
        ({"expires": "2026-11-01"}, "not after 2026-11-01"),
        ({"expires": "2026-12-01"}, "it expired on 2026-12-01"),
        ({"on": "2026-12-02"}, "dated 2026-12-02, which is not yet"),
        ({"evidence": '"docs/other.md"'}, "neither a URL nor a file"),
        ({"evidence": '"../docs/load.md"'}, "neither a URL nor a file"),
        ({"evidence": '"/etc/hosts"'}, "neither a URL nor a file"),
        ({"evidence": '"a ticket"'}, "neither a URL nor a file"),
    ],
)
def test_what_does_not_count_says_why(tmp_path: Path, changed: dict[str, str | None], says: str) -> None:
    assert says in refusal(tmp_path, **changed)


def test_no_table_is_malformed_and_no_error(tmp_path: Path) -> None:
    tree, found = read(tmp_path, 'load-tested = "yes"')
    assert "it is no table with the keys by, on" in found["load-tested"].refused(tree, NOW)


def test_a_table_of_its_own_knows_its_line(tmp_path: Path) -> None:
    line = '\n[tool.celerify.attestations."7.2.6"]\nby = "Ada"\non = 2026-11-01'
    assert str(read(tmp_path, line)[1]["7.2.6"].at) == "pyproject.toml:7"


def test_all_of_them_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`attestations` in"):
        read_choices(Tree.at(tmp_path).write(".celerify.toml", b"attestations = 1\n"))
