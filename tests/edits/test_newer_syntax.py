"""Files in a syntax that this interpreter may not know are edited all the same."""

from __future__ import annotations

from celerify.edits.dicts import with_entry
from celerify.edits.settings_block import Setting, with_setting
from celerify.edits.splice import is_subsequence
from celerify.edits.task_module import extended_module

NEWER = b"try:\n    import local\nexcept ImportError, ValueError:\n    local = None\n"  # PEP 758, Python 3.14
SETTING = Setting("CELERY_TASK_ACKS_LATE", "True", "Why.")


def test_a_setting() -> None:
    after = with_setting(NEWER, SETTING, "CELERY_", path="settings.py")
    assert after.endswith(b"CELERY_TASK_ACKS_LATE = True\n")
    assert is_subsequence(NEWER, after)


def test_a_setting_behind_generics() -> None:
    raw = (
        b"def first[T](items: list[T]) -> T:\n    return items[0]\n\n\n"
        b"CELERY_BROKER_URL = 'x'\nDEBUG = False\n"
    )
    after = with_setting(raw, SETTING, "CELERY_", path="settings.py")
    assert after.index(b"CELERY_TASK_ACKS_LATE") < after.index(b"DEBUG")


def test_an_entry_of_a_dict() -> None:
    raw = NEWER + b'ROUTES = {"a": 1}\n'
    assert with_entry(raw, "settings.py", 5, '"b": 2') == raw.replace(b"1}", b'1, "b": 2}')


def test_a_task() -> None:
    after = extended_module(NEWER, "tasks.py", (), "def work():\n    return 1\n")
    assert after.startswith(NEWER)
    assert after.endswith(b"def work():\n    return 1\n")
