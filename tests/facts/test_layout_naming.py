from __future__ import annotations

import pytest

from celerify.facts.naming import namings
from celerify.facts.python import Module, parse

NAMINGS = {
    "assignment wins": (
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b"); os.environ["DJANGO_SETTINGS_MODULE"] = "c"',
        ["c"],
        [],
    ),
    "first default wins": (
        """os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "c.d")""",
        ["a.b"],
        [],
    ),
    "by a name": ('NAME = "a.b"\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", NAME)', ["a.b"], []),
    "put together": (
        'PROJECT = "shop"\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{PROJECT}.settings" + ".prod")',
        ["shop.settings.prod"],
        [],
    ),
    "default of a variable": (
        'os.environ["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE", "a.b")',
        ["a.b"],
        [],
    ),
    "default of decouple": (
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", config("SETTINGS", default="a.b"))',
        ["a.b"],
        [],
    ),
    "or": ('os.environ["DJANGO_SETTINGS_MODULE"] = os.getenv("SETTINGS") or "a.b"', ["a.b"], []),
    "computed": ('os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.{env}")', [None], []),
    "variable without default": ('os.environ["DJANGO_SETTINGS_MODULE"] = os.environ["X"]', [None], []),
    "one of two": (
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b" if DEBUG else "c.d")',
        ["a.b", "c.d"],
        [],
    ),
    "tests apart": (
        """if "test" in sys.argv:
    module = "a.test"
else:
    module = "a.b"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)""",
        ["a.b"],
        ["a.test"],
    ),
    "tests by branch": (
        """if "test" in sys.argv:
    os.environ["DJANGO_SETTINGS_MODULE"] = "a.test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")""",
        ["a.b"],
        ["a.test"],
    ),
    "no tests at all": (
        """if release == "latest":
    os.environ["DJANGO_SETTINGS_MODULE"] = "a.latest"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")""",
        ["a.latest", "a.b"],
        [],
    ),
    "guarded": (
        'if not os.environ.get("DJANGO_SETTINGS_MODULE"):\n    os.environ["DJANGO_SETTINGS_MODULE"] = "a.b"',
        ["a.b"],
        [],
    ),
    "in a function": (
        """def main():
    try:
        os.environ.update({"DJANGO_SETTINGS_MODULE": "a.b"})
    finally:
        pass""",
        ["a.b"],
        [],
    ),
    "commented out": ('# os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")', [], []),
}


@pytest.mark.parametrize(("code", "usual", "in_tests"), NAMINGS.values(), ids=NAMINGS)
def test_how_python_names_the_settings(
    code: str, usual: list[str | None], in_tests: list[str | None]
) -> None:
    module = parse("manage.py", f"import os, sys\n{code}\n".encode())
    assert isinstance(module, Module)
    found = namings(module)
    assert [naming.module for naming in found if not naming.testing] == usual
    assert [naming.module for naming in found if naming.testing] == in_tests
