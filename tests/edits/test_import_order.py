"""Where a new import goes among those that a module has."""

from __future__ import annotations

import ast

import pytest

from celerify.edits.import_order import Needed, with_needed_import
from celerify.edits.splice import is_subsequence

LOGGING = Needed("logging")
SHARED_TASK = Needed("celery", "shared_task")
FORMS = Needed("django", "forms")
TASK = Needed("blog.tasks", "publish", own=True)
OWN = frozenset({"blog"})

CASES = {
    "beside its own kind": (
        "import os\n\nimport django\n",
        (LOGGING,),
        "import logging\nimport os\n\nimport django\n",
    ),
    "whole modules first": (
        "from celery import shared_task\n",
        (Needed("pytest"), FORMS),
        "import pytest\nfrom celery import shared_task\nfrom django import forms\n",
    ),
    "among the names from the same module": (
        "from blog.tasks import archive, trim  # noqa: F401\n",
        (TASK, Needed("blog.tasks", "Post", own=True)),
        "from blog.tasks import Post, archive, publish, trim  # noqa: F401\n",
    ),
    "no blank line within a group": (
        f"from blog.tasks import {'a' * 60}\n\n\nclass TestArchive: ...\n",
        (TASK,),
        f"from blog.tasks import {'a' * 60}\nfrom blog.tasks import publish\n\n\nclass TestArchive: ...\n",
    ),
    "new groups in front, above the comment of the first import": (
        "# huey\nimport blog.old\n",
        (LOGGING, SHARED_TASK),
        "import logging\n\nfrom celery import shared_task\n\n# huey\nimport blog.old\n",
    ),
    "a licence stays on top": (
        "# Copyright 2024\nimport django\n",
        (LOGGING,),
        "# Copyright 2024\nimport logging\n\nimport django\n",
    ),
    "the heading of a group stays in front of it": (
        "import os\n\n# third party\nimport django\n",
        (SHARED_TASK, Needed("attrs")),
        "import os\n\n# third party\nimport django\nimport attrs\nfrom celery import shared_task\n",
    ),
    "behind the docstring and the future": (
        '"""Tasks."""\n\nfrom __future__ import annotations\n\nfrom .models import Post\n',
        (LOGGING,),
        '"""Tasks."""\n\nfrom __future__ import annotations\n\nimport logging\n\nfrom .models import Post\n',
    ),
    "never in front of a monkey patch": (
        "import gevent.monkey\ngevent.monkey.patch_all()\n",
        (LOGGING,),
        "import gevent.monkey\ngevent.monkey.patch_all()\n\nimport logging\n",
    ),
    "among the imports behind the environment": (
        "import os\n\nos.environ.update(A='b')\n\nfrom django.test import TestCase\n",
        (SHARED_TASK, Needed("django.test", "override_settings"), TASK),
        (
            "import os\n\nos.environ.update(A='b')\n\nfrom celery import shared_task\n"
            "from django.test import TestCase, override_settings\n\nfrom blog.tasks import publish\n"
        ),
    ),
    "behind a call further down": (
        "import django\n\nX = 1\nsetup()\n",
        (LOGGING,),
        "import django\n\nX = 1\nsetup()\n\nimport logging\n",
    ),
    "an import over several lines": (
        "from blog.models import (\n    Post,\n)\n",
        (TASK,),
        "from blog.models import (\n    Post,\n)\nfrom blog.tasks import publish\n",
    ),
    "no final newline": ("import os", (SHARED_TASK,), "import os\n\nfrom celery import shared_task"),
}


@pytest.mark.parametrize(("before", "needed", "after"), CASES.values(), ids=CASES)
def test_an_import_goes_where_isort_would_put_it(before: str, needed: tuple[Needed, ...], after: str) -> None:
    raw = before.encode()
    for item in needed:
        raw = with_needed_import(raw, "blog/tasks.py", item, OWN)
    assert raw.decode() == after
    assert is_subsequence(before.encode(), raw)
    ast.parse(raw)


def test_line_ends_stay() -> None:
    after = with_needed_import(b"import os\r\n\r\nX = 1\r\n", "x.py", SHARED_TASK)
    assert after == b"import os\r\n\r\nfrom celery import shared_task\r\n\r\nX = 1\r\n"
