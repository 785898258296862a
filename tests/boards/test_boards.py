"""The wall, and the numbers and words on it."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from downtime import engine
from downtime.calls import call
from downtime.models.issues import Who
from mesproject.boards.layout import grid_for
from mesproject.boards.templatetags import floor
from mesproject.reports import facts, tails
from production.models import StationLive
from scheduling.writing import write_ahead
from tests.make import (
    NOON,
    make_cause,
    make_company,
    make_group,
    make_issue,
    make_job_run,
    make_operator,
    make_pattern,
    make_plant,
    make_reject,
    make_shift_note,
    make_sign_on,
    make_sku,
    make_station,
)
from tests.pages import MOST_QUERIES
from tests.reports.test_facts import say
from tests.screens import POLL, enrolled, person, within_a_minute

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    station = make_station(name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="stopped", since=now() - 5 * MINUTE)
    return station


@pytest.fixture
def wall(station):
    return enrolled(station.company, "display")


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_who_was_asked_and_what_he_said_is_on_the_wall(station, wall):
    issue = make_issue(station, started_at=now() - 5 * MINUTE)
    assert "Nobody on it" in text(wall.get("/board/"))
    issue.acknowledged_at = now()
    issue.save()
    assert "In hand" in text(wall.get("/board/"))
    issue.owner = make_operator(company=station.company, initials="MK")
    issue.acknowledged_at, issue.estimated_end_at = now(), now() + 10 * MINUTE
    issue.save()
    page = text(wall.get("/board/"))
    assert "In hand of MK, back in 10 min" in page
    assert "need somebody" not in page
    issue.estimated_end_at = now() - MINUTE
    issue.save()
    assert "In hand of MK, overdue by 2 min" in text(wall.get("/board/"))


def test_what_has_no_answer_is_a_dash(wall):
    page = text(wall.get("/board/"))
    assert "<b>–</b>" in page
    assert "0 %" not in page


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (None, "–"), (4_254, "4.25 s"), (52_340, "52.3 s"), (99_900, "99.9 s"), (100_000, "1.67 min"),
        (493_000, "8.22 min"), (1_236_000, "20.6 min"), (7_200_000, "120 min"), (72_000_000, "1,200 min"),
    ],
)  # fmt: skip
def test_how_long_a_unit_takes_has_three_digits(ms, said):
    assert floor.pace(ms) == said


def test_numbers_that_are_being_summed_are_dashes_and_say_so(station, wall, monkeypatch):
    at = now()
    StationLive.objects.all().delete()
    say(station, *(at - minute * MINUTE for minute in range(90)), good=1.0)
    engine.tick(now=at)
    line, one = f"/board/line/{station.group_id}/", f"/board/station/{station.uuid}/"
    tablet, boss = enrolled(station.company, "tablet"), person(station.company)
    summed = "The numbers of this shift are being summed."
    assert summed not in text(tablet.get(f"/tablet/{station.uuid}/"))
    monkeypatch.setattr(tails, "MOST", timedelta())
    page = text(tablet.get(f"/tablet/{station.uuid}/"))
    assert summed in page
    assert "nothing planned yet" not in page
    assert [text(wall.get(address)).count("<b>–</b>") for address in ("/board/", line, one)] == [4, 3, 4]
    assert text(boss.get("/analysis/")).count(">–</a>") == 4
    assert summed in text(wall.get(one))


def test_a_station_has_a_screen_of_its_own_with_its_timeline(station, wall):
    page = text(wall.get(f"/board/station/{station.uuid}/"))
    assert "Press 4" in page
    assert "Timeline of the shift" in page


def test_a_plant_has_a_board_of_its_own(station, wall):
    make_station(name="Elsewhere", company=station.company)
    assert "Elsewhere" in text(wall.get("/board/"))
    assert "Elsewhere" not in text(wall.get(f"/board/{station.plant.code}/"))
    assert wall.get("/board/nowhere/").status_code == 404


def test_a_plant_of_the_same_code_in_another_company_is_not_meant(station, wall):
    theirs = make_plant(code=station.plant.code)
    make_station(name="Theirs", plant=theirs)
    assert "Theirs" not in text(wall.get(f"/board/{station.plant.code}/"))


def test_a_company_without_stations_has_an_empty_board():
    assert "no stations" in text(enrolled(make_company(), "display").get("/board/"))


def test_a_display_looks_and_does_not_act(station, wall):
    make_issue(station, started_at=now() - MINUTE)
    page = text(wall.get(f"/tablet/{station.uuid}/"))
    assert "I am on it" not in page
    assert wall.post(f"/rejects/of/{station.uuid}/", {}).status_code == 403


def test_a_page_may_connect_to_the_live_process_and_to_nothing_else(station, wall, settings):
    policy = wall.get("/board/")["Content-Security-Policy"]
    assert f"connect-src 'self' http://testserver:{settings.LIVE_PORT};" in f"{policy};"
    settings.LIVE_URL = "https://live.example/"
    answer = wall.get("/board/")
    assert "connect-src 'self' https://live.example;" in f"{answer['Content-Security-Policy']};"
    assert 'data-live="https://live.example/live/?token=' in text(answer)


class TestPolls:
    """A screen asks every five seconds; mostly nothing has changed."""

    PATHS = ("/board/", "/tablet/", "/tablet/{}/live/", "/board/station/{}/", "/stops/of/{}/")

    @pytest.fixture(params=PATHS)
    def ask(self, request, station, monkeypatch):
        client = person(station.company)
        at = now()
        for module in ("mesproject.boards.views", "mesproject.boards.walls", "downtime.views"):
            monkeypatch.setattr(f"{module}.now", lambda: at)
        each = count()
        monkeypatch.setattr("mesproject.boards.hall.moment", lambda at: next(each))

        def ask(etag=None):
            seen = {"If-None-Match": etag} if etag else {}
            return client.get(request.param.format(station.uuid), headers={**POLL, **seen})

        ask.shows_counts = "stops" not in request.param
        return ask

    def test_what_has_not_changed_is_not_sent_again(self, ask):
        first = ask()
        again = ask(first["ETag"])
        assert (first.status_code, again.status_code) == (200, 304)
        assert again.content == b""
        assert abs(int(again["X-As-Of"]) - now().timestamp() * 1000) < 60_000
        assert "no-store" in again["Cache-Control"]
        assert b"<html" not in first.content

    def test_every_change_that_a_screen_shows_is_sent(self, ask, station):
        etags = [ask()["ETag"]]
        issue = make_issue(station, started_at=now() - MINUTE, updated_at=now())
        etags.append(ask()["ETag"])
        issue.updated_at = now()
        issue.save()
        etags.append(ask()["ETag"])
        if ask.shows_counts:
            StationLive.objects.update(version=7)
            etags.append(ask()["ETag"])
            reject = make_reject(station, at=now())
            etags.append(ask()["ETag"])
            reject.undone_at = now()
            reject.save()
            etags.append(ask()["ETag"])
        assert len(set(etags)) == len(etags)


def test_the_page_names_the_version_it_shows_so_that_its_first_poll_is_quiet(station, wall, monkeypatch):
    at = now()
    monkeypatch.setattr("mesproject.boards.walls.now", lambda: at)
    etag = wall.get("/board/", headers=POLL)["ETag"].strip('"')
    assert f'data-etag="&quot;{etag}&quot;"' in text(wall.get("/board/"))


@pytest.mark.parametrize("number", [1, 40])
def test_a_board_of_forty_takes_as_many_queries_as_one(number, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr("mesproject.boards.hall.moment", lambda at: 0)
    company = make_company()
    group = make_group(company=company)
    make_pattern(follows=group)
    for _ in range(number):
        station = make_station(group=group)
        make_issue(station, started_at=now() - MINUTE)
        StationLive.objects.create(station=station)
    write_ahead(now=now())
    client = enrolled(company, "display")
    # One station alone has its hours and timeline as well. One query asks which board's turn it is, one what all
    # have counted in these few seconds.
    with django_assert_num_queries(14 + (number == 1)):
        answer = client.get("/board/")
    assert answer.content.count(b'<a class="tv ') == (number if number > 1 else 0)
    within_a_minute()
    etag = client.get("/board/", headers=POLL)["ETag"]
    with django_assert_num_queries(1):
        assert client.get("/board/", headers={**POLL, "If-None-Match": etag}).status_code == 304


def test_a_tablet_takes_a_bounded_number_of_queries(station, monkeypatch):
    """Somebody is there, it stands, and why it stood in the same hour was just said; facts know the hours before."""
    at = NOON + 55 * MINUTE
    monkeypatch.setattr("mesproject.boards.views.now", lambda: at)
    StationLive.objects.all().delete()
    said = [at - minutes * MINUTE for minutes in (*range(240, 45, -1), *range(30, 10, -1))]
    say(station, *said, good=1.0, now=at)
    make_job_run(station, sku=make_sku(company=station.company), actual_start=at - 60 * MINUTE)
    make_sign_on(station, started_at=at - 60 * MINUTE, ends_at=at + 60 * MINUTE)
    make_shift_note(station)
    write_ahead(now=at)
    engine.tick(now=at)
    facts.refresh(now=at)
    explained, asked = station.issues.order_by("started_at")
    explained.explain(make_cause(company=station.company, kind="planned"), by=Who(), at=at)
    asked.acknowledge(by=Who(), at=at)
    client = enrolled(station.company)
    client.get(f"/tablet/{station.uuid}/")
    with CaptureQueriesContext(connection) as found:
        page = client.get(f"/tablet/{station.uuid}/").content.decode()
    assert asked.ended_at is None
    assert f"/stops/{asked.uuid}/" in page
    assert len(found) <= MOST_QUERIES, [query["sql"][:150] for query in found.captured_queries]


def test_stops_of_the_shift_before_are_asked_about_under_a_heading_of_their_own(station, monkeypatch):
    monkeypatch.setattr("mesproject.boards.views.now", lambda: NOON)
    for hours in (2, 16, 30):
        began = NOON - (hours * 60 - 7) * MINUTE
        make_issue(station, started_at=began, ended_at=began + 10 * MINUTE)
    page = text(enrolled(station.company).get(f"/tablet/{station.uuid}/"))
    assert (
        page.index("Not explained <small>2 in 24 h")
        < page.index(">10:07<")
        < page.index("Before this shift <small>1")
    )
    assert page.index("Before this shift") < page.index(">20:07<")
    assert ">06:07<" not in page


def test_between_shifts_the_tablet_says_that_its_stops_are_of_earlier_ones(station, monkeypatch):
    monkeypatch.setattr("mesproject.boards.views.now", lambda: NOON)
    station.patterns.all().delete()
    make_pattern(("Early", 360, 240), follows=station)
    assert "none in 24 h" in text(enrolled(station.company).get(f"/tablet/{station.uuid}/"))
    make_issue(station, started_at=NOON - 20 * 60 * MINUTE, ended_at=NOON - 19 * 60 * MINUTE)
    assert "Earlier <small>1" in text(enrolled(station.company).get(f"/tablet/{station.uuid}/"))


def test_a_wall_counts_what_nobody_has_explained_in_24_hours(station, wall):
    for hours in (2, 16, 30):
        began = now() - timedelta(hours=hours)
        make_issue(station, started_at=began, ended_at=began + 10 * MINUTE)
    make_station(group=station.group)
    assert ">2 ?<" in text(wall.get("/board/"))
    assert "2 not explained in 24 h" in text(wall.get("/tablet/"))


def test_what_was_raised_by_hand_is_on_the_wall_and_needs_somebody(station, wall):
    StationLive.objects.update(status="running")
    issue = call(station, "material", started_at=now(), by=Who(), at=now())
    page = text(wall.get("/board/"))
    assert "<b>Material</b> Nobody on it" in page
    assert "one running needs" in page
    issue.acknowledge(by=Who(operator=make_operator(company=station.company, initials="MK")), at=now())
    page = text(wall.get("/board/"))
    assert "<b>Material</b> In hand of MK" in page
    assert "one running needs" not in page


@pytest.mark.parametrize(
    ("tiles", "columns", "density"),
    [
        (0, 1, 1),
        (1, 1, 1),
        (2, 2, 2),
        (3, 2, 4),
        (6, 3, 6),
        (7, 3, 9),
        (12, 4, 12),
        (40, 8, 56),
        (500, 8, 56),
    ],
)
def test_tiles_fill_the_screen_in_the_least_dense_grid(tiles, columns, density):
    assert (grid_for(tiles).columns, grid_for(tiles).density) == (columns, density)


@pytest.mark.parametrize(
    ("seconds", "watched", "told"),
    [
        (0, "0:00", "0 min"), (41, "0:41", "41 s"), (761, "12:41", "12 min"), (3600, "1:00 h", "1:00 h"),
        (3900, "1:05 h", "1:05 h"), (100_000, "1 d 3 h", "1 d 3 h"), (-5, "0:00", "0 min"),
    ],
)  # fmt: skip
def test_durations_cannot_be_misread(seconds, watched, told):
    length = timedelta(seconds=seconds)
    assert (floor.clock(length), floor.lasting(length)) == (watched, told)


def test_numbers_are_whole_and_never_rounded_up():
    assert floor.quantity(1234.9) == "1,234"
    assert [floor.goal(value) for value in (2.98, 2.0, 0.0, 12.9)] == ["2.9", "2", "0", "12"]
    assert floor.quantity(None) == floor.goal(None) == floor.percent(None) == floor.hours(None) == "–"
    assert [floor.brief(value) for value in (None, 9999.9, 10_000, 1_234_567)] == [
        "–",
        "9,999",
        "10k",
        "1.2M",
    ]
    assert [floor.percent(value) for value in (0.905, 1.2, 33.4)] == ["90 %", "120 %", "> 999 %"]
    assert floor.amount(0.25) == "0.25"
    assert floor.hours(timedelta(minutes=46)) == "0:46 h"
