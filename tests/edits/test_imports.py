from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celerify.edits.imports import with_export, with_import
from celerify.edits.splice import is_subsequence
from celerify.errors import CannotWriteError

IMPORT = "from .celery import app as celery_app"
LINE = f"{IMPORT}\n"

PLACES = {
    "empty": ("", LINE),
    "only a comment": ("# licence\n", f"# licence\n\n{LINE}"),
    "no last line end": ("# licence", f"# licence\n\n{IMPORT}"),
    "docstring": ('"""doc"""\n', f'"""doc"""\n\n{LINE}'),
    "version": ('__version__ = "1"\n', f'{LINE}\n__version__ = "1"\n'),
    "docstring and version": ('"""d"""\n\n__version__ = "1"\n', f'"""d"""\n\n{LINE}\n__version__ = "1"\n'),
    "header and version": ('# licence\n__version__ = "1"\n', f'# licence\n\n{LINE}\n__version__ = "1"\n'),
    "a comment of its own": (
        '# coding: utf-8\n\n# read by setup.py\n__version__ = "1"\n',
        f'# coding: utf-8\n\n{LINE}\n# read by setup.py\n__version__ = "1"\n',
    ),
    "side effect": (
        "import pymysql\n\npymysql.install_as_MySQLdb()\n",
        f"import pymysql\n\npymysql.install_as_MySQLdb()\n\n{LINE}",
    ),
    "side effect under a condition": (
        "import os\nif os.name:\n    import gevent.monkey\n    gevent.monkey.patch_all()\nX = 1\n",
        f"import os\nif os.name:\n    import gevent.monkey\n    gevent.monkey.patch_all()\n\n{LINE}\nX = 1\n",
    ),
    "future": ("from __future__ import annotations\n", f"from __future__ import annotations\n\n{LINE}"),
    "beside another of the package": ("from .a import b\n", f"from .a import b\n{LINE}"),
    "behind a version in the middle": (
        '__version__ = "1"\nimport os\n',
        f'__version__ = "1"\nimport os\n\n{LINE}',
    ),
    "a function": ("def f(): pass\n", f"{LINE}\n\ndef f(): pass\n"),
    "CRLF": ('"""d"""\r\n\r\nA = 1\r\n', f'"""d"""\r\n\r\n{IMPORT}\r\n\r\nA = 1\r\n'),
    "default_app_config": ('default_app_config = "a"', f'{LINE}\ndefault_app_config = "a"'),
}


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
def test_an_import_goes_behind_what_must_run_first(before: str, after: str) -> None:
    done = with_import(before.encode(), IMPORT)
    assert done.decode() == after
    assert with_import(done, IMPORT) == done


def test_the_same_line_is_not_repeated() -> None:
    raw = f"try:\n    {IMPORT}  # noqa: F401\nexcept ImportError:\n    pass\n".encode()
    assert with_import(raw, f"{IMPORT}  # noqa: F401") == raw


EXPORTS = {
    "new": (LINE, f'{LINE}\n__all__ = ("celery_app",)\n'),
    "in front of the version": (
        f'{LINE}\n__version__ = "1"\n',
        f'{LINE}\n__all__ = ("celery_app",)\n\n__version__ = "1"\n',
    ),
    "a module imported whole": (
        f"import pymysql\n{LINE}",
        f'import pymysql\n{LINE}\n__all__ = ("celery_app",)\n',
    ),
    "list": ('__all__ = ["z"]\n', '__all__ = ["z", "celery_app"]\n'),
    "tuple": ("__all__ = ('z',)\n", "__all__ = ('z', 'celery_app')\n"),
    "sorted": ('__all__ = ["a", "z"]\n', '__all__ = ["a", "celery_app", "z"]\n'),
    "sorted as ruff does": (
        '__all__ = ["VERSION", "Thing", "z"]\n',
        '__all__ = ["VERSION", "Thing", "celery_app", "z"]\n',
    ),
    "added to": (
        'from .a import *\n__all__ += ["z"]\n',
        'from .a import *\n__all__ += ["z", "celery_app"]\n',
    ),
    "a sum": ('__all__ = a.__all__ + ["z"]\n', '__all__ = a.__all__ + ["z", "celery_app"]\n'),
    "annotated": ("__all__: list[str] = []\n", '__all__: list[str] = ["celery_app"]\n'),
}


@pytest.mark.parametrize(("before", "after"), EXPORTS.values(), ids=EXPORTS)
def test_a_name_is_exported_in_the_style_of_the_file(before: str, after: str) -> None:
    done = with_export(before.encode(), "celery_app", "p/__init__.py")
    assert done.decode() == after
    assert with_export(done, "celery_app", "p/__init__.py") == done


@pytest.mark.parametrize(
    ("text", "names", "kept"),
    [
        (f"{LINE}VERSION = 1\n", "VERSION", '"VERSION", "celery_app"'),
        (f"{LINE}from .a import *\n", r"\*", '"celery_app",'),
        (f"{LINE}def f(): pass\nclass C: pass\n", "C, f", '"C", "f", "celery_app"'),
        (f"{LINE}if X:\n    Y = 1\n", "Y", '"Y", "celery_app"'),
        (f"{LINE}a, (b, c) = 1, (2, 3)\n", "a, b, c", '"a", "b", "c", "celery_app"'),
    ],
)
def test_an_all_that_would_hide_other_names_is_not_written(text: str, names: str, kept: str) -> None:
    with pytest.raises(CannotWriteError, match=rf"would hide its other names \({names}\)") as caught:
        with_export(text.encode(), "celery_app", "p/__init__.py")
    assert caught.value.snippet == f"__all__ = ({kept})"


def test_a_computed_all_is_not_touched() -> None:
    with pytest.raises(CannotWriteError, match="binds no list or tuple to __all__"):
        with_export(b"__all__ = dir()\n", "celery_app", "p/__init__.py")


PARTS = st.sampled_from(
    [
        "import pymysql\npymysql.install_as_MySQLdb()",
        "from .a import b",
        "import os",
        '__version__ = "1"',
        "default_app_config = 'a.b'",
        "# a comment",
        "",
        "if os.name:\n    import c\nelse:\n    d()",
        "try:\n    import e\nexcept ImportError:\n    e = None",
        "X = {'a': 1}  # \u00e9",
        "def f():\n    import g\n    return g",
        "__all__ = ['X']",
    ]
)
HEADS = st.sampled_from(
    ["", "# -*- coding: utf-8 -*-\n", '"""doc\n\nmore"""\n', "#!/usr/bin/env python\n# licence\n\n"]
)


@given(HEADS, st.lists(PARTS, max_size=6), st.sampled_from(["", "\n"]), st.sampled_from(["\n", "\r\n"]))
def test_any_module_keeps_its_bytes_and_gets_the_import(
    head: str, parts: list[str], end: str, newline: str
) -> None:
    text = head + "\n".join(parts) + end
    before = text.replace("\n", newline).encode()
    after = with_import(before, IMPORT)
    assert is_subsequence(before, after)
    assert with_import(after, IMPORT) == after
    body = ast.parse(after).body
    mine = [node for node in body if isinstance(node, ast.ImportFrom) and node.module == "celery"]
    assert len(mine) == 1
    calls = [node for node in body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert all(call.lineno < mine[0].lineno for call in calls)
    assert ast.get_docstring(ast.parse(after)) == ast.get_docstring(ast.parse(before))
    assert after.split(b"\n")[0].strip() == before.split(b"\n")[0].strip() or not head
    if text:
        assert after.endswith((b"\n", b"\r\n")) == before.endswith((b"\n", b"\r\n"))
