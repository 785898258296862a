"""The event stream, against a real process and a real database."""

from __future__ import annotations

import http.client
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from django.core import signing
from django.db import connection

from mesproject.tickets import stations_of, ticket
from production.nudges import announce
from tests.live import LiveProcess, listening, live_process
from tests.production.processes import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def live(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveProcess]:
    with django_db_blocker.unblock(), live_process() as process:
        yield process


@pytest.fixture
def opened(live: LiveProcess) -> Iterator[Callable[..., Stream]]:
    """Opens streams, and closes them after the test."""
    with ExitStack() as stack:

        def open_stream(stations: list[int], at: LiveProcess = live, more: str = "") -> Stream:
            stream = Stream(at.port, stations, more)
            stack.callback(stream.close)
            assert stream.next_block() == "retry: 3000"
            return stream

        yield open_stream


class Stream:
    """A page's side of the stream."""

    def __init__(self, port: int, stations: list[int], more: str = "") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        headers = {"Origin": "http://hall:8000"}
        self.connection.request("GET", f"/live/?token={ticket(stations)}{more}", headers=headers)
        self.answer = self.connection.getresponse()

    def close(self) -> None:
        """The page goes away."""
        self.answer.close()
        self.connection.close()

    def next_block(self) -> str:
        """What comes up to the next empty line."""
        lines = []
        while line := self.answer.readline().decode().strip():
            lines.append(line)
        return "\n".join(lines)


def test_a_page_hears_of_its_own_stations_and_of_no_others(opened):
    stream = opened([1, 3])
    announce([2])
    announce([1, 2])
    assert stream.next_block() == "event: changed\ndata: 1"


def test_only_who_asks_for_it_hears_that_nothing_but_units_is_new(opened):
    wall, tablet = opened([1]), opened([1], more="&counts=1")
    announce([1], counted=True)
    assert tablet.next_block() == "event: changed\ndata: 1"
    announce([1, 3])
    assert wall.next_block() == tablet.next_block() == "event: changed\ndata: 1"


def test_any_origin_may_listen_because_the_ticket_says_what_it_may_hear(opened):
    stream = opened([1])
    assert stream.answer.headers["Access-Control-Allow-Origin"] == "http://hall:8000"
    assert stream.answer.headers["Content-Type"] == "text/event-stream"


@pytest.mark.parametrize(
    "path",
    ["/live/", "/live/?token=", "/live/?token=nonsense", "/", "/admin/", "/live/?token=" + "x" * 5000],
)
def test_without_a_ticket_there_is_nothing_to_listen_to(live, path):
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=5)) as page:
        page.request("GET", path)
        with closing(page.getresponse()) as answer:
            assert answer.status == 404


def test_it_comes_back_after_the_database_does_and_lets_every_page_ask(opened):
    stream = opened([7])
    before = listening()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [before])
    wait_for(lambda: set(listening()) - set(before), "it to come back")
    assert stream.next_block() == "event: changed\ndata: 7"
    announce([7])
    assert stream.next_block() == "event: changed\ndata: 7"


def test_it_ends_at_once_although_pages_are_open(opened):
    with live_process() as another:
        streams = [opened([1], at=another) for _ in range(3)]
        another.process.send_signal(signal.SIGTERM)
        assert another.process.wait(3) is not None
        assert [stream.next_block() for stream in streams] == ["", "", ""]


def test_a_ticket_of_another_hand_or_of_last_week_is_none(monkeypatch):
    assert stations_of(ticket([5, 3])) == {3, 5}
    assert stations_of(signing.dumps([3], salt="another")) is None
    old = ticket([3])
    next_week = time.time() + 7 * 86_400
    monkeypatch.setattr(time, "time", lambda: next_week)
    assert stations_of(old) is None


def test_a_ticket_for_two_hundred_stations_is_a_short_address():
    assert len(ticket(range(1000, 1200))) < 1000
