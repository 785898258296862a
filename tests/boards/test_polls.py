"""Polls with nothing new: one question to the database, and nobody is answered who would not be let in."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from mesproject import polls
from mesproject.accounts.models import Device, User
from mesproject.boards import walls
from mesproject.boards.models import Turn
from mesproject.memory import Memory
from production.ingest import Parcel, record
from production.messages import Message
from production.models import StationLive
from tests.make import make_operator, make_pattern, make_sign_on, make_station
from tests.screens import POLL, enrolled, person

pytestmark = pytest.mark.django_db
# What a row was is told by the transaction that wrote it.
written = pytest.mark.django_db(transaction=True)


@pytest.fixture
def station(valkey):
    station = make_station(name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="running", since=now())
    return station


class Screen:
    """A page that polls as live.js does: what it was answered last it need not be sent again."""

    def __init__(self, client, address):
        self.client, self.address, self.etag = client, address, ""

    def asks(self):
        answer = self.client.get(self.address, headers=POLL | {"If-None-Match": self.etag})
        self.etag = answer.headers.get("ETag", self.etag)
        return answer

    def knows(self):
        """It has shown everything; the minute in which it did may just have ended."""
        while self.asks().status_code != 304:
            pass
        return self


def asked_of(screen):
    with CaptureQueriesContext(connection) as seen:
        answer = screen.asks()
    assert answer.status_code == 304
    return len(seen)


def display(station):
    return Screen(enrolled(station.company, Device.Kind.DISPLAY), "/board/")


def tablet(station):
    return Screen(enrolled(station.company), f"/tablet/{station.uuid}/live/")


def work(station):
    record([Parcel(station.company_id, station.code, Message(at=now(), good=1.0), "mqtt")],
           received_at=now(), quarantine=False)  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "/board/",
        "/board/station/{}/",
        "/board/needed/",
        "/board/utilisation/",
        "/tablet/{}/live/",
        "/stops/of/{}/",
    ],
)
def test_a_poll_with_nothing_new_is_answered_for_one_question(address, station):
    for client in (enrolled(station.company), person(station.company, "supervisor")):
        screen = Screen(client, address.format(station.uuid)).knows()
        assert min(asked_of(screen) for _ in range(3)) == 1


def test_what_is_new_is_sent_at_once(station):
    screens = [display(station).knows(), tablet(station).knows()]
    StationLive.objects.update(status="stopped", version=1)
    assert [screen.asks().status_code for screen in screens] == [200, 200]


def test_a_count_is_on_the_tablet_at_once(station):
    screen = tablet(station).knows()
    work(station)
    assert screen.asks().status_code == 200


@written
def test_a_sign_on_is_on_the_tablet_at_once_and_in_the_language_of_who_came(station):
    screen = tablet(station).knows()
    make_sign_on(station, make_operator(company=station.company, language="de"), started_at=now())
    answer = screen.asks()
    assert answer.status_code == 200
    assert answer.headers["Content-Language"] == "de"


@written
def test_a_revoked_display_is_turned_away_by_its_next_poll(station):
    screen = display(station).knows()
    Device.objects.get(kind=Device.Kind.DISPLAY).revoke(at=now())
    assert screen.asks().status_code == 401


@written
@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "another"}])
def test_a_user_who_may_not_any_more_is_turned_away_by_the_next_poll(change, station):
    screen = Screen(person(station.company, "supervisor"), "/analysis/").knows()
    User.objects.update(**change)
    assert screen.asks().status_code == 401


@written
def test_whoever_logs_out_in_one_window_is_logged_out_in_all(station):
    client = person(station.company, "supervisor")
    window = Screen(client, "/analysis/").knows()
    cookie = client.cookies["sessionid"].value
    client.post("/logout/")
    client.cookies["sessionid"] = cookie
    assert window.asks().status_code == 401


@written
def test_a_session_that_has_run_out_is_over(station):
    client = person(station.company, "supervisor")
    screen = Screen(client, "/analysis/").knows()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_session SET expire_date = now() - interval '1 second'")
    assert screen.asks().status_code == 401


@written
def test_a_connection_that_was_cut_is_made_anew(station):
    screen = display(station).knows()
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert screen.asks().status_code in (200, 304)


def test_what_one_screen_has_seen_is_not_told_to_another(station):
    shown = display(station).knows()
    stranger = display(make_station(name="Theirs"))
    stranger.etag = shown.etag
    assert stranger.asks().status_code == 200


def later(monkeypatch, **time):
    monkeypatch.setattr(polls, "now", lambda: now() + timedelta(**time))


def test_what_screens_are_asked_for_in_which_words_is_looked_up_again_after_a_minute(station, monkeypatch):
    screen = tablet(station).knows()
    later(monkeypatch, seconds=61)
    assert asked_of(screen) > 1


def test_a_display_that_only_polls_shows_a_sign_of_life_each_minute_and_costs_no_more_for_it(
    station, monkeypatch
):
    screen, device = display(station).knows(), Device.objects.get(kind=Device.Kind.DISPLAY)
    Device.objects.update(last_seen_at=now() - timedelta(hours=1))
    later(monkeypatch, seconds=61)
    screen.asks()
    device.refresh_from_db()
    assert device.is_awake(at=now() + timedelta(seconds=61))
    monkeypatch.undo()
    assert min(asked_of(screen.knows()) for _ in range(3)) == 1


@written
def test_a_display_speaks_another_language_at_its_next_poll(station):
    screen = display(station).knows()
    Device.objects.update(language="de")
    assert screen.asks().headers["Content-Language"] == "de"


def test_a_board_with_news_is_drawn_without_its_view_and_is_what_the_view_would_show(station):
    screen = display(station).knows()
    StationLive.objects.update(status="no_signal", version=1)
    with CaptureQueriesContext(connection) as seen:
        answer = screen.asks()
    assert answer.status_code == 200
    assert not [one for one in seen if "accounts_device" in one["sql"] and "let_in" not in one["sql"]]
    assert display(station).asks().content == answer.content
    assert b"No signal" in answer.content


def test_another_turn_is_shown_as_soon_as_it_is_known(station):
    screen = display(station).knows()
    device = Device.objects.get(kind=Device.Kind.DISPLAY)
    Turn.objects.create(device=device, board=Turn.Board.NEEDED, seconds=3600)
    walls.TURNS.forget(device.pk)
    assert b"who is needed where" in screen.asks().content


def test_a_second_station_makes_another_board_of_the_first_one_s(station, monkeypatch):
    screen = display(station).knows()
    make_station(group=station.group, name="Press 5")
    monkeypatch.setattr(walls, "IDS", Memory(8))
    assert b"Press 5" in screen.asks().content


def test_a_station_that_has_gone_has_no_board_any_more(station, monkeypatch):
    screen = Screen(enrolled(station.company, Device.Kind.DISPLAY), f"/board/station/{station.uuid}/").knows()
    type(station).objects.update(archived_at=now())
    monkeypatch.setattr(walls, "IDS", Memory(8))
    assert screen.asks().status_code == 404


def test_the_end_of_a_turn_is_told_by_every_answer_and_ends_it(station):
    screen = display(station)
    device = Device.objects.get(kind=Device.Kind.DISPLAY)
    for place, board in enumerate((Turn.Board.ALL, Turn.Board.NEEDED)):
        Turn.objects.create(device=device, board=board, position=place, seconds=3600)
    left = [int(answer["X-Next"]) for answer in (screen.knows().asks(), screen.asks())]
    assert 0 < left[1] <= left[0] <= 3_600_000
