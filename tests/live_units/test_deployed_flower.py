from __future__ import annotations

import pytest

from celerify.live.deployed.flower import beside, closed, opened, own_port, plain
from celerify.live.deployed.web import Answer

PAGE = Answer(200, {"content-type": "text/html"}, "<title>Flower</title>")
JSON = Answer(200, {"content-type": "application/json; charset=UTF-8"}, "{}")
REFUSED = Answer(401, {}, "")
LOGIN = Answer(302, {"location": "/login?next=/"}, "")
GONE = Answer(404, {}, "nothing here")
SILENT = Answer(0, {}, "", "does not listen there: connection refused")
PROMPT = Answer(200, {"content-type": "text/html"}, "<title>Sign in</title>")


@pytest.mark.parametrize(
    ("page", "interface", "holds"),
    [
        (REFUSED, REFUSED, True),
        (LOGIN, REFUSED, True),
        (PAGE, REFUSED, False),
        (REFUSED, JSON, False),
        (PROMPT, PROMPT, None),
        (GONE, GONE, None),
        (Answer(302, {"location": "/flower/"}, ""), REFUSED, None),
    ],
)
def test_flower_is_guarded_where_it_refuses_and_open_where_it_shows(
    page: Answer, interface: Answer, holds: bool | None
) -> None:
    assert opened(page, interface).holds is holds


def test_open_metrics_are_told_and_closed_ones_are_right() -> None:
    assert closed(Answer(200, {}, "# HELP flower_events_total")).holds is None
    assert closed(GONE).holds is True


@pytest.mark.parametrize(
    ("answer", "holds"),
    [
        (SILENT, True),
        (Answer(301, {"location": "https://flower.example.com/"}, ""), True),
        (Answer(301, {"location": "http://flower.example.com/"}, ""), None),
        (REFUSED, False),
        (PAGE, False),
        (GONE, None),
    ],
)
def test_plain_http_may_only_lead_away(answer: Answer, holds: bool | None) -> None:
    assert plain(answer).holds is holds


def test_flowers_own_port_may_not_be_open_beside_the_proxy() -> None:
    assert own_port(SILENT).holds is True
    assert own_port(Answer(200, {}, "OK")).holds is False
    assert own_port(GONE).holds is None


def test_ports_beside_are_not_asked_on_this_machine() -> None:
    assert list(beside("https://localhost:8443")) == []
    assert list(beside("http://flower.example.com")) == []
