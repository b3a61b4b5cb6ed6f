from __future__ import annotations

import tomllib

import pytest

from celerify.edits.splice import BOM, is_subsequence
from celerify.edits.toml_table import with_keys
from celerify.errors import CannotWriteError

TABLE = ("tool", "celerify")
FILES = {
    "empty": b"",
    "no tool": b'[project]\nname = "x"\n',
    "another tool": b"[tool.ruff]\nline-length = 100\n",
    "the table": b'[tool.celerify]\nbroker = "redis"  # ours\n\n[tool.ruff]\nline-length = 100\n',
    "out of order": b"[tool.ruff]\na = 1\n\n[build-system]\nrequires = []\n\n[tool.mypy]\nstrict = true\n",
    "waivers only": b'[tool.celerify.waivers]\n"2.1.3" = "why"\n',
    "no final newline": b"[tool.ruff]\na = 1",
    "crlf": b"[tool.ruff]\r\na = 1\r\n",
    "mark": BOM + b"[tool.ruff]\na = 1\n",
    "comment last": b"[tool.ruff]\na = 1\n\n# the end\n",
}


@pytest.mark.parametrize("raw", FILES.values(), ids=FILES)
def test_only_the_keys_change_and_only_bytes_are_inserted(raw: bytes) -> None:
    after = with_keys(raw, TABLE, {"beat": False, "monitoring": "none"}, "pyproject.toml")
    read = tomllib.loads(after.removeprefix(BOM).decode())
    assert read["tool"]["celerify"]["beat"] is False
    assert read["tool"]["celerify"]["monitoring"] == "none"
    assert is_subsequence(raw, after)
    assert after.count(b"\r\n") == (after.count(b"\n") if b"\r\n" in raw else 0)


@pytest.mark.parametrize("raw", [b"[tool\n", b"tool = 1\n", b"[tool]\ncelerify = 3\n"])
def test_what_is_no_table_is_left_to_a_person(raw: bytes) -> None:
    with pytest.raises(CannotWriteError) as caught:
        with_keys(raw, TABLE, {"beat": False}, "pyproject.toml")
    assert "beat = false" in caught.value.snippet


def test_a_file_of_its_own_has_no_table() -> None:
    assert with_keys(b"", (), {"beat": False}, ".celerify.toml") == b"beat = false\n"
