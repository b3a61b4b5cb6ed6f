from __future__ import annotations

import pytest

from celerify.facts.packages.versions import allows, as_pep440, is_bounded, lowest, overlap, read_requirement


@pytest.mark.parametrize(
    ("written", "pep440"),
    [
        ("^5.3", ">=5.3,<6"),
        ("^0.3.1", ">=0.3.1,<0.4"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("~5.3", ">=5.3,<5.4"),
        ("~5", ">=5,<6"),
        ("~=5.3", "~=5.3"),
        ("5.3.1", "==5.3.1"),
        ("5.3.*", "==5.3.*"),
        ("*", ""),
        (">=5, <6", ">=5,<6"),
        ("^5 || ^6", None),
        ("@ git", None),
    ],
)
def test_every_style_becomes_pep440(written: str, pep440: str | None) -> None:
    assert as_pep440(written) == pep440


@pytest.mark.parametrize(
    "written", ["==5", "===5", "~=5.3", "^5", "~5", "5.3.1", "<6", ">=5,<6", "@ git+x", "^5 || ^6"]
)
def test_bounded(written: str) -> None:
    assert is_bounded(written)


@pytest.mark.parametrize("written", ["", "*", ">=5", ">5", "!=5", "nonsense"])
def test_not_bounded(written: str) -> None:
    assert not is_bounded(written)


def test_questions_about_constraints() -> None:
    assert lowest(">=3.11,<4") == (3, 11)
    assert lowest("<6") is None
    assert allows("~=26.2", "26.3") is True
    assert allows("^5 || ^6", "5.1") is None
    assert overlap("~=8.0.0", ">=6.4,<9") is True
    assert overlap("==5.0.4", ">=6.4,<9", ("7.0.1",)) is False


@pytest.mark.parametrize(
    "text", ["", "./here", "-r x", "=5", "name (broken", "${NAME}", "http://example.org/x.zip"]
)
def test_what_is_no_requirement(text: str) -> None:
    assert read_requirement(text) is None


def test_old_parentheses_and_markers() -> None:
    found = read_requirement('celery (>=5,<6) ; extra == "x"')
    assert found is not None
    assert (found.specifier, found.marker) == (">=5,<6", 'extra == "x"')
