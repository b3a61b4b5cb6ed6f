from __future__ import annotations

import pytest

from celerify.compatibility import CELERY, Bounds, assumed_python, bounds, celery_lines
from celerify.facts.packages.versions import as_pep440, specifiers

OPERATORS = ["==", "~=", "^", "~", ">="]
ALL = [
    found
    for package in ("celery", "django-celery-beat", "django-celery-results", "flower", "redis")
    for python in ((3, 8), (3, 9), (3, 12))
    if (found := bounds(package, python))
]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("found", [*ALL, *(line.bounds for line in CELERY)], ids=str)
def test_every_spelling_means_the_same_bounds(found: Bounds, operator: str) -> None:
    text = as_pep440(found.written(operator))
    assert text is not None
    allowed = specifiers(text)
    assert allowed is not None
    assert allowed.contains(found.exact)
    if operator != "==":
        below = f"{found.below}.0" if "." not in found.below else found.below
        assert allowed.contains(found.low)
        assert not allowed.contains(below)


def test_the_table() -> None:
    assert [line.bounds.low for line in celery_lines(None)] == ["5.7", "5.6", "5.5"]
    assert [line.bounds.low for line in celery_lines((3, 9))] == ["5.6", "5.5"]
    assert celery_lines((3, 7)) == ()
    assert bounds("celery", (3, 7)) is None
    assert bounds("celery", None, (2, 1)) is None
    assert bounds("django-celery-beat", django=(6, 1)) is None
    old = bounds("django-celery-beat", django=(2, 2, 14))
    assert old is not None
    assert old.range == ">=2.5,<2.6"  # later ones call admin.action, which Django 3.2 brought
    assert bounds("django-celery-beat", django=(6, 0, 10)) is not None
    assert bounds("django-celery-results", django=(2, 2)) is None
    assert bounds("flower", (3, 9)) == Bounds("2.0.1", "3", "2.0.1")
    assert bounds("numpy") is None
    assert assumed_python(None, (2, 2)) == (3, 8)
    assert assumed_python((3, 12), (2, 2)) == (3, 12)
