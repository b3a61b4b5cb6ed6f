from __future__ import annotations

import pytest

from celerify.errors import UsageError
from celerify.live.brokers import Broker, check_url
from celerify.live.environment import addresses


@pytest.mark.parametrize("url", ["redis://h/0", "rediss://h", "amqp://u:p@h//", "sentinel://a;sentinel://b"])
def test_a_redis_and_a_rabbitmq_can_be_named(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("sqs://key:secret@", "a broker of the kind sqs"),
        ("localhost:6379", "no URL"),
        ("", "no URL"),
        ("filesystem://", "the file system"),
        ("memory://", "a broker of the kind memory"),
    ],
)
def test_what_cannot_be_verified_on_is_a_fault_of_the_call(url: str, part: str) -> None:
    with pytest.raises(UsageError) as raised:
        check_url(url)
    assert part in raised.value.what
    assert "secret" not in raised.value.what + str(raised.value.advice)
    assert "--embedded" in str(raised.value.advice)


def test_another_broker_takes_the_place_of_each_address_that_celery_knows() -> None:
    found = addresses(Broker("redis", "redis://here/0", None, ours=True, source=""))
    assert set(found) == {"CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL"}
    own = Broker("redis", "redis://a/0", "db+sqlite:///x", ours=False, source="", own=True)
    assert addresses(own) == {"CELERY_RESULT_BACKEND": "db+sqlite:///x"}
