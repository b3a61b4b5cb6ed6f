from __future__ import annotations

from celerify.live.versions import misfits

MARKER = {
    "python_version": "3.12",
    "python_full_version": "3.12.1",
    "sys_platform": "linux",
    "os_name": "posix",
}
BEAT = ("celery<6.0,>=5.2.3", "importlib-metadata<5.0; python_version < '3.8'", "Django<6.1,>=2.2")
OLD_BEAT = ("celery (<6.0,>=4.4)", "Django (>=2.2)")
KOMBU = (
    "amqp<6,>=5.1",
    'redis!=4.5.5,<=5.2.1,>=4.5.2; extra == "redis"',
    'packaging==26.3; extra == "redis"',
)


def said(
    packages: dict[str, str], requires: dict[str, tuple[str, ...]], *extras: str
) -> list[tuple[bool, str]]:
    found = misfits(packages, requires, MARKER, frozenset(extras))
    return [(misfit.certain, misfit.summary) for misfit in found]


def test_what_goes_together_is_not_told() -> None:
    packages = {"django-celery-beat": "2.9.0", "celery": "5.7.0", "django": "6.0.1"}
    assert not said(packages, {"django-celery-beat": BEAT})


def test_a_bound_that_is_broken_is_told_with_both_versions() -> None:
    packages = {"django-celery-beat": "2.9.0", "celery": "5.7.0", "django": "6.1"}
    assert said(packages, {"django-celery-beat": BEAT}) == [
        (True, "django-celery-beat 2.9.0 goes with Django <6.1,>=2.2, and 6.1 is installed")
    ]


def test_a_package_that_is_needed_and_missing_is_told() -> None:
    packages = {"django-celery-beat": "2.9.0", "django": "5.2"}
    assert said(packages, {"django-celery-beat": BEAT}) == [
        (True, "django-celery-beat 2.9.0 needs Celery, which is not installed")
    ]


def test_an_old_beat_without_a_bound_on_django_is_known_not_to_work_on_the_newest() -> None:
    packages = {"django-celery-beat": "2.1.0", "celery": "5.7.0", "django": "6.1"}
    ((certain, summary),) = said(packages, {"django-celery-beat": OLD_BEAT})
    assert certain
    assert "django-celery-beat 2.1.0 is older than Django 6.1 and does not work with it" in summary
    ((certain, _),) = said({**packages, "django": "5.2.1"}, {"django-celery-beat": OLD_BEAT})
    assert not certain


def test_the_bounds_of_an_extra_count_only_where_it_is_needed_and_are_less_certain() -> None:
    packages = {"kombu": "5.5.4", "amqp": "5.3", "redis": "6.4.0", "packaging": "25.0"}
    assert not said(packages, {"kombu": KOMBU})
    ((certain, summary),) = said(packages, {"kombu": KOMBU}, "redis")
    assert not certain
    assert "redis-py" in summary
    assert "6.4.0 is installed" in summary


def test_a_prerelease_counts_and_a_line_that_is_none_is_passed_over() -> None:
    packages = {"django-celery-beat": "2.9.0", "celery": "5.8.0rc1", "django": "6.0"}
    assert not said(packages, {"django-celery-beat": (*BEAT, "?? not a requirement")})
