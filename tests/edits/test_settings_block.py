"""Settings are added in place: only inserts, in effect, once, whatever the module looks like."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from celerify.edits.settings_block import HEADER, Setting, names_above, rendered, with_setting
from celerify.edits.splice import BOM, is_subsequence
from celerify.errors import CannotWriteError

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = Setting(
    "CELERY_BROKER_URL",
    'os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")',
    "Celery reads the variable itself.",
    "os",
)
OPTIONS = Setting("CELERY_BROKER_TRANSPORT_OPTIONS", '{\n    "visibility_timeout": 21600,\n}', "Seconds.")

TOPS = (
    "",
    '"""Settings."""\n',
    "# -*- coding: utf-8 -*-\n",
    "from __future__ import annotations\n",
    '"""Settings."""\n\nfrom __future__ import annotations\n\n',
)
IMPORTS = (
    "",
    "import os\n",
    "import json\nimport sys\n",
    "from pathlib import Path\n",
    "import zipfile\n",
    "import json\n\nimport ast as tree\n",
    "from os import environ, path\n",
)
BODIES = (
    "DEBUG = False\n",
    "INSTALLED_APPS = [\n    'a',\n    'b',\n]\nTIME_ZONE = 'UTC'\n",
    'INSTALLED_APPS = ["a"]\nTIME_ZONE = "UTC"\n\n\ndef helper():\n\treturn 1\n',
    'A = "é"\nif DEBUG_ := True:\n    INSTALLED_APPS = ()\n',
    "DEBUG = True\nCELERY_TASK_TRACK_STARTED = True\nOTHER = 1\n",
    "TEXT = '''\n# not a comment\n'''\nINSTALLED_APPS = []; X = 1\n",
)
ENDS = (
    "",
    "\n\n\n",
    "# the end",
    "\n# overrides of this machine\ntry:\n    from .local_settings import *\nexcept ImportError:\n    pass\n",
    "\nimport os.path as there\nif there.exists('nowhere.py'):\n    exec(open('nowhere.py').read())\n",
    "\ndef hook(scope):\n    scope['HOOKED'] = 1\n\n\nhook(locals())\n",
    "\nif 'test' in __name__:\n    CELERY_BROKER_URL = 'memory://'\n",
)


@st.composite
def modules(draw: st.DrawFn) -> bytes:
    text = "".join(draw(st.sampled_from(part)) for part in (TOPS, IMPORTS, BODIES, ENDS))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    raw = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode()
    return (BOM + raw) if draw(st.booleans()) else raw


def executed(raw: bytes) -> Mapping[str, object]:
    names: dict[str, object] = {"__name__": "config.settings", "__package__": "config"}
    exec(compile(raw, "settings.py", "exec", dont_inherit=True), names)  # noqa: S102 - text of this test
    return names


@given(modules())
def test_a_setting_takes_effect_and_nothing_else_changes(raw: bytes) -> None:
    after = with_setting(with_setting(raw, URL, "CELERY_"), OPTIONS, "CELERY_")
    assert is_subsequence(raw, after)
    before, names = executed(raw), executed(after)
    assert names["CELERY_BROKER_URL"] == "redis://localhost:6379/0"
    assert names["CELERY_BROKER_TRANSPORT_OPTIONS"] == {"visibility_timeout": 21600}
    assert before.keys() - {"__builtins__"} <= names.keys()
    assert all(names[name] == before[name] for name in before if name.isupper())


@given(modules())
def test_line_ends_mark_and_blank_lines_stay_tidy(raw: bytes) -> None:
    after = with_setting(with_setting(raw, URL, "CELERY_"), OPTIONS, "CELERY_")
    assert after.startswith(BOM) == raw.startswith(BOM)
    if b"\r\n" in raw:
        assert after.count(b"\n") == after.count(b"\r\n")
    end = b"\r\n" if b"\r\n" in raw else b"\n"
    assert after.count(end * 4) == raw.count(end * 4)
    assert after.count(HEADER.encode().split(b"\n")[0]) == (b"CELERY_TASK" not in raw)


@given(modules())
def test_the_second_setting_joins_the_block_of_the_first(raw: bytes) -> None:
    after = with_setting(with_setting(raw, URL, "CELERY_"), OPTIONS, "CELERY_")
    module = ast.parse(after)
    names = [target.id for node in module.body if isinstance(node, ast.Assign) for target in node.targets
             if isinstance(target, ast.Name)]  # fmt: skip
    first = names.index("CELERY_BROKER_URL")
    assert names[first + 1] == "CELERY_BROKER_TRANSPORT_OPTIONS"


@pytest.mark.parametrize("hook", ["try:", "if there.exists", "hook(locals())", "if 'test'"])
def test_a_hook_that_overrides_stays_last(hook: str) -> None:
    end = next(end for end in ENDS if hook in end)
    after = with_setting(f"INSTALLED_APPS = []\n{end}".encode(), OPTIONS, "CELERY_").decode()
    assert after.index("CELERY_BROKER_TRANSPORT_OPTIONS") < after.index(f"\n{hook}")


def test_the_comment_of_a_hook_stays_with_it() -> None:
    raw = b"X = 1\n\n# this machine\ntry:\n    from .local import *\nexcept ImportError:\n    pass\n"
    after = with_setting(raw, OPTIONS, "CELERY_").decode()
    assert "}\n\n# this machine\ntry:" in after


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import json\nimport sys\n", "import json\nimport os\nimport sys\n"),
        ("from pathlib import Path\n", "import os\nfrom pathlib import Path\n"),
        ("import environ\n", "import os\n\nimport environ\n"),
        ("", "import os\n\nX = 1\n"),
        ('"""Doc."""\n\nfrom __future__ import annotations\n\nimport sys\n', "\n\nimport os\nimport sys\n"),
    ],
)
def test_an_import_goes_where_sorters_want_it(imports: str, expected: str) -> None:
    after = with_setting(f"{imports}X = 1\n".encode(), URL, "CELERY_").decode()
    assert expected in after


def test_quotes_are_those_of_the_file() -> None:
    after = with_setting(b"import os\nA = 'a'\nB = 'b'\nC = \"c\"\n", URL, "CELERY_").decode()
    assert "os.environ.get('CELERY_BROKER_URL', 'redis://localhost:6379/0')" in after


def test_a_class_of_settings_is_filled_inside() -> None:
    raw = (
        b"import os\n\nfrom configurations import Configuration\n\n\nclass Base(Configuration):\n"
        b"\tINSTALLED_APPS = []\n\tTIME_ZONE = 'UTC'\n\n\t@property\n\tdef X(self):\n\t\treturn 1\n\n\n"
        b"class Prod(Base):\n\tDEBUG = False\n"
    ).replace(b"\n", b"\r\n")
    after = with_setting(with_setting(raw, URL, "CELERY_", "Base"), OPTIONS, "CELERY_", "Base")
    base = next(node for node in ast.parse(after).body if isinstance(node, ast.ClassDef))
    names = [target.id for node in base.body if isinstance(node, ast.Assign) for target in node.targets
             if isinstance(target, ast.Name)]  # fmt: skip
    assert names == ["INSTALLED_APPS", "TIME_ZONE", "CELERY_BROKER_URL", "CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert b"\r\n\t\t'visibility_timeout': 21600,\r\n\t}" in after
    assert {"TIME_ZONE", "os"} <= names_above(raw, "CELERY_", "Base")
    assert "DEBUG" not in names_above(raw, "CELERY_", "Base")


def test_names_bound_below_the_block_are_not_above() -> None:
    raw = b"import os\nCELERY_X = 1\nTIME_ZONE = 'UTC'\n"
    assert names_above(raw, "CELERY_") == {"os", "CELERY_X"}


def test_a_long_call_is_wrapped() -> None:
    setting = Setting("CELERY_RESULT_BACKEND", f'os.environ.get("CELERY_RESULT_BACKEND", "{"x" * 30}")')
    assert rendered(setting) == (
        f'CELERY_RESULT_BACKEND = os.environ.get(\n    "CELERY_RESULT_BACKEND", "{"x" * 30}"\n)\n'
    )


@pytest.mark.parametrize("raw", [b"X = (\n", b"print 'two'\n"])
def test_what_does_not_parse_is_refused(raw: bytes) -> None:
    with pytest.raises(CannotWriteError):
        with_setting(raw, URL, "CELERY_", path="settings.py")
