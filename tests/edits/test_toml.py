from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from celerify.edits.toml import add_key, add_key_extra, add_string, add_string_extra
from celerify.errors import CannotWriteError

PROJECT = ("project", "dependencies")
POETRY = ("tool", "poetry", "dependencies")
NEW = "celery[redis]>=5.7,<5.8"


def is_subsequence(before: bytes, after: bytes) -> bool:
    rest = iter(after)
    return all(byte in rest for byte in before)


def added(text: str, requirement: str = NEW) -> str:
    raw = text.encode()
    after = add_string(raw, PROJECT, requirement)
    assert is_subsequence(raw, after)
    return after.decode()


def test_sorted_array_stays_sorted_and_comments_stay_with_their_lines() -> None:
    text = (
        '[project]\ndependencies = [\n  "attrs>=1", # a\n  # about django\n  "django>=5",\n\n  "zeep",\n]\n'
    )
    assert added(text) == (
        '[project]\ndependencies = [\n  "attrs>=1", # a\n  "celery[redis]>=5.7,<5.8",\n'
        '  # about django\n  "django>=5",\n\n  "zeep",\n]\n'
    )


def test_unsorted_array_gets_it_last_before_trailing_comments() -> None:
    text = '[project]\ndependencies = [\n\t"django",\n\t"attrs", # last\n\t# nothing below\n]\nname = "x"\n'
    assert added(text) == (
        '[project]\ndependencies = [\n\t"django",\n\t"attrs", # last\n\t"celery[redis]>=5.7,<5.8",\n'
        '\t# nothing below\n]\nname = "x"\n'
    )


def test_missing_trailing_comma_is_completed_and_not_introduced() -> None:
    text = "[project]\ndependencies = [\n    'django',\n    'attrs' # last\n]\n"
    assert added(text) == (
        "[project]\ndependencies = [\n    'django',\n    'attrs', # last\n    'celery[redis]>=5.7,<5.8'\n]\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[]", '[\n    "celery[redis]>=5.7,<5.8",\n]'),
        ("[\n]", '[\n    "celery[redis]>=5.7,<5.8",\n]'),
        ('["django"]', '["django", "celery[redis]>=5.7,<5.8"]'),
        ('["attrs", "django",]', '["attrs", "celery[redis]>=5.7,<5.8", "django",]'),
        ('["django",\n "attrs"]', '["django",\n "attrs",\n "celery[redis]>=5.7,<5.8"]'),
        ('["django",\n "attrs",]', '["django",\n "attrs",\n "celery[redis]>=5.7,<5.8",]'),
    ],
)
def test_array_shapes(before: str, after: str) -> None:
    assert added(f"[project]\ndependencies = {before}\n") == f"[project]\ndependencies = {after}\n"


def test_array_is_made_in_a_project_table_without_one() -> None:
    text = '[project]\nname = "x"\n\n[tool.ruff]\nline-length = 99\n'
    assert added(text) == (
        '[project]\nname = "x"\ndependencies = [\n    "celery[redis]>=5.7,<5.8",\n]\n\n'
        "[tool.ruff]\nline-length = 99\n"
    )


def test_dynamic_dependencies_are_refused() -> None:
    with pytest.raises(CannotWriteError) as caught:
        add_string(b'[project]\nname = "x"\ndynamic = ["dependencies"]\n', PROJECT, NEW)
    assert NEW in caught.value.snippet


def test_crlf_bom_and_missing_final_newline_stay() -> None:
    raw = b'\xef\xbb\xbf[project]\r\ndependencies = [\r\n    "django",\r\n]\r\nname = "x"'
    after = add_string(raw, PROJECT, NEW)
    assert after == raw.replace(b'"django",\r\n', b'"django",\r\n    "celery[redis]>=5.7,<5.8",\r\n')


def test_key_goes_to_the_end_of_its_table_or_to_its_place() -> None:
    raw = (
        b'[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5.2"\nattrs = "*" # c\n\n[tool.x]\na = 1\n'
    )
    after = add_key(raw, POETRY, "celery", "~5.7", ("redis",))
    line = b'celery = {extras = ["redis"], version = "~5.7"}\n'
    assert after == raw.replace(b"# c\n", b"# c\n" + line)
    ordered = b'[packages]\nattrs = "*"\ndjango = "~=5.2"\n'
    assert add_key(ordered, ("packages",), "celery", "~=5.7.0") == (
        b'[packages]\nattrs = "*"\ncelery = "~=5.7.0"\ndjango = "~=5.2"\n'
    )


def test_key_is_refused_in_an_inline_table() -> None:
    with pytest.raises(CannotWriteError):
        add_key(b'[tool.poetry]\ndependencies = { django = "^5" }\n', POETRY, "celery", "~5.7")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("celery~=5.3", "celery[redis]~=5.3"),
        ("Celery >= 5.3, < 6", "Celery[redis] >= 5.3, < 6"),
        ("celery[gevent]==5.4.0", "celery[gevent,redis]==5.4.0"),
        ("celery[gevent, sqs]", "celery[gevent, sqs, redis]"),
    ],
)
def test_extra_goes_into_the_string_and_the_constraint_stays(before: str, after: str) -> None:
    raw = f'[project]\ndependencies = ["celery-types", "{before}"]\n'.encode()
    expected = f'[project]\ndependencies = ["celery-types", "{after}"]\n'.encode()
    assert add_string_extra(raw, PROJECT, "celery", "redis") == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('celery = "^5.3"', 'celery = {extras = ["redis"], version = "^5.3"}'),
        ('celery = {version = "^5.3"}', 'celery = {version = "^5.3", extras = ["redis"]}'),
        ('celery = {extras = ["sqs"], version = "5"}', 'celery = {extras = ["sqs", "redis"], version = "5"}'),
        ('celery = {extras = [], version = "5"}', 'celery = {extras = ["redis"], version = "5"}'),
        ('celery.version = "5"', None),
    ],
)
def test_extra_of_a_key(before: str, after: str | None) -> None:
    raw = f"[tool.poetry.dependencies]\n{before}\n".encode()
    if after is None:
        with pytest.raises(CannotWriteError):
            add_key_extra(raw, POETRY, "celery", "redis")
        return
    assert add_key_extra(raw, POETRY, "celery", "redis") == f"[tool.poetry.dependencies]\n{after}\n".encode()


def test_extra_of_a_table_of_its_own() -> None:
    raw = b'[tool.poetry.dependencies.celery]\nversion = "^5.3"\n\n[tool.x]\n'
    after = add_key_extra(raw, POETRY, "celery", "redis")
    assert after == b'[tool.poetry.dependencies.celery]\nversion = "^5.3"\nextras = ["redis"]\n\n[tool.x]\n'


def test_several_constraints_are_refused() -> None:
    raw = b'[tool.poetry.dependencies]\ncelery = [{version = "^5", python = "<3.12"}, {version = "^6"}]\n'
    with pytest.raises(CannotWriteError):
        add_key_extra(raw, POETRY, "celery", "redis")


def test_strings_with_brackets_quotes_and_comments_do_not_mislead() -> None:
    text = (
        'a = """\n[project]\ndependencies = []\n"""\nb = \'# ] "\'\nc = {x = "}", y = [1, 2]}\n'
        '[project] # ]\n"dependencies" = [ # [\n  "x[y]; python_version < \'3\'", # ]\n]\n'
        "[[tool.z]]\nq = 1\n[[tool.z]]\nq = 2\n"
    )
    assert added(text) == text.replace("# ]\n]\n", '# ]\n  "celery[redis]>=5.7,<5.8",\n]\n')


def test_broken_toml_is_refused() -> None:
    with pytest.raises(CannotWriteError):
        add_string(b"[project\n", PROJECT, NEW)


NAMES = st.lists(
    st.sampled_from(["attrs", "Django>=5", "zeep[x]~=1.0", "Flask ; python_version>'3'", "b_c"]), unique=True
)


@settings(max_examples=150, deadline=None)
@given(
    names=NAMES,
    indent=st.sampled_from(["", "  ", "\t"]),
    quote=st.sampled_from(['"', "'"]),
    comma=st.booleans(),
    lines=st.booleans(),
    comment=st.sampled_from(["", " # why", " # ]"]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_only_inserts_and_only_the_requirement(
    *,
    names: list[str],
    indent: str,
    quote: str,
    comma: bool,
    lines: bool,
    comment: str,
    end: str,
    mark: bytes,
) -> None:
    quoted = [f'"{name}"' if "'" in name else f"{quote}{name}{quote}" for name in names]
    joint = f",{comment}\n{indent}" if lines else ", "
    body = joint.join(quoted) + ("," if comma and quoted else "") + (comment if lines and quoted else "")
    inside = f"\n{indent}{body}\n" if lines else body
    text = f"[project]\nname = 'x'\ndependencies = [{inside}]\n[tool.a]\nb = 1"
    raw = mark + text.replace("\n", end).encode()
    after = add_string(raw, PROJECT, NEW)
    assert is_subsequence(raw, after)
    dependencies = tomllib.loads(after.decode("utf-8-sig"))["project"]["dependencies"]
    assert sorted(dependencies) == sorted([*names, NEW])
    assert [name for name in dependencies if name != NEW] == names
    assert after.count(b"\r") == (after.count(b"\n") if end == "\r\n" else 0)
