"""The boards of one station, of a line and of utilisation, and what every wall carries."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.timezone import now

from mesproject.accounts.models import Device
from mesproject.boards.heat import heat_of_a_day, paths
from mesproject.boards.hour_rows import hour_rows
from mesproject.boards.lines import line_of
from mesproject.boards.models import Turn
from mesproject.boards.nights import night_after
from mesproject.reports.glance import glances
from mesproject.reports.intervals import intervals
from mesproject.reports.utilisation import Cell, Look
from production.models import StationLive
from production.windows import Window
from scheduling.planned import plans
from scheduling.writing import write_ahead
from tests.make import NOON, make_group, make_station
from tests.reports.busroot import HOUR, MINUTE, SIX, Floor
from tests.reports.test_facts import settle
from tests.screens import POLL, enrolled, person

pytestmark = pytest.mark.django_db


def text(answer):
    return re.sub(r"[ \n]+", " ", answer.content.decode())


@pytest.fixture
def floor():
    return Floor().work()


class TestHours:
    def test_each_hour_of_the_shift_has_its_plan_what_was_made_and_why_not_more(self, floor):
        [glance, _] = glances(floor.stations, now=NOON - MINUTE)
        rows = hour_rows(glance)
        assert [row.window.start for row in rows] == [SIX + n * HOUR for n in range(6)]
        assert (int(rows[0].plan), int(rows[0].made), rows[0].difference, rows[0].mostly) == (60, 60, 0, None)
        assert (rows[2].made, rows[2].difference, rows[2].mostly) == (0, -60, "Cause JAM")
        assert [row.is_now for row in rows] == [False] * 5 + [True]

    def test_they_are_those_of_the_tablet(self, floor):
        [glance, _] = glances(floor.stations, now=NOON - 20 * MINUTE)
        planned = plans([glance.station], Window(SIX, NOON))
        of_tablet = intervals(glance.station, glance.shift, HOUR, planned, now=glance.now)
        assert [(row.plan, row.made) for row in hour_rows(glance)] == [
            (pytest.approx(one.target), pytest.approx(one.made.good)) for one in of_tablet[:6]
        ]

    def test_without_a_shift_there_are_none(self):
        station = make_station()
        [glance] = glances([station], now=NOON)
        assert hour_rows(glance) == []


class TestLine:
    def test_a_station_that_stands_still_holds_up_the_line_the_longest_first(self, floor):
        for station, minutes in zip(floor.stations, (5, 9), strict=True):
            StationLive.objects.filter(station=station).update(
                status="stopped", since=NOON - minutes * MINUTE
            )
        line = line_of(glances(floor.stations, now=NOON))
        assert line.held_up_by.glance.station == floor.stations[1]
        assert [(place.blocks, place.slowest) for place in line.places] == [(False, False), (True, False)]

    def test_where_all_run_the_slowest_does(self, floor):
        StationLive.objects.update(status="running")
        line = line_of(glances(floor.stations, now=NOON))
        slow = min(line.places, key=lambda place: place.pace)
        assert (line.held_up_by, slow.slowest) == (slow, True)
        assert max(place.asked for place in line.places) == 100

    def test_its_units_are_those_of_the_last_station_that_counts(self, floor):
        make_station("M3", group=floor.group, position=9)
        found = [*floor.stations, floor.group.stations.in_place().get(code="M3")]
        assert line_of(glances(found, now=NOON)).end.station == floor.stations[1]

    def test_one_station_alone_holds_up_nobody(self, floor):
        StationLive.objects.update(status="running")
        assert line_of(glances(floor.stations[:1], now=NOON)).held_up_by is None

    def test_its_board_has_the_stations_of_the_group_and_no_others(self, floor):
        make_station(name="Elsewhere", group=make_group(plant=floor.plant))
        page = text(enrolled(floor.company, "display").get(f"/board/line/{floor.group.pk}/"))
        assert "Machine M1" in page
        assert "Elsewhere" not in page
        assert enrolled(floor.company, "display").get("/board/line/0/").status_code == 404


class TestUtilisation:
    def test_the_last_day_ends_with_this_hour(self, floor):
        drawn = heat_of_a_day(floor.stations, now=NOON + 20 * MINUTE)
        cells = drawn.lines[0].row.cells
        assert (cells[0].window.start, cells[-1].window.end) == (NOON - 23 * HOUR, NOON + HOUR)
        assert drawn.marks[0].label == "13:00"

    def test_neighbours_that_look_alike_are_one_box(self):
        day = Window(SIX, SIX + HOUR)
        quarters = [Window(SIX + n * 15 * MINUTE, SIX + (n + 1) * 15 * MINUTE) for n in range(4)]
        shares = (1.0, 0.9, 0.0, 0.3)
        cells = [Cell(q, Look.PRODUCTIVE, share) for q, share in zip(quarters, shares, strict=True)]
        assert paths(cells, day) == [
            ("h-2", "M750 5H1000V10H750z"),
            ("h-4", "M0 0H500V10H0z"),
            ("h-idle", "M500 0H750V10H500z"),
        ]

    def test_its_board_has_each_station_with_its_share(self, floor, monkeypatch):
        monkeypatch.setattr("mesproject.boards.walls.now", lambda: NOON)
        page = text(enrolled(floor.company, "display").get("/board/utilisation/"))
        assert page.count('class="heat-line"') == 2
        assert "no signal" in page

    def test_without_stations_it_says_what_to_do(self):
        assert "An administrator adds them" in text(
            person(make_group().plant.company).get("/board/utilisation/")
        )


class TestTurns:
    def test_a_screen_is_told_when_the_next_board_is_due(self, floor):
        wall = enrolled(floor.company, "display")
        for board in ("needed", "heat"):
            Turn.objects.create(device=Device.objects.get(), board=board, seconds=30)
        left = int(wall.get("/board/", headers=POLL)["X-Next"])
        assert 0 < left <= 30_000

    @pytest.mark.parametrize("board", ["line", "heat", "all", "needed"])
    def test_every_board_can_be_of_one_line(self, floor, board):
        make_station(name="Elsewhere", group=make_group(plant=floor.plant))
        wall = enrolled(floor.company, "display")
        Turn.objects.create(device=Device.objects.get(), board=board, group=floor.group)
        assert "Elsewhere" not in text(wall.get("/board/"))

    def test_a_person_can_look_at_what_a_display_shows_and_at_none_of_others(self, floor):
        enrolled(floor.company, "display")
        display = Device.objects.get()
        Turn.objects.create(device=display, board="needed")
        boss, address = person(floor.company, "administrator"), f"/board/?display={display.pk}"
        page = text(boss.get(address))
        assert "who is needed where" in page
        assert f'data-poll="{address}"' in page
        assert address in text(boss.get(f"/admin/accounts/device/{display.pk}/change/"))
        assert person(make_group().plant.company).get(address).status_code == 404
        for nonsense in ("²", "9" * 40, "x"):
            assert boss.get("/board/", {"display": nonsense}).status_code == 404

    def test_an_administrator_sees_which_displays_are_silent(self, floor):
        enrolled(floor.company, "display")
        boss = person(floor.company, "administrator")
        assert '<span class="fl-state fl-running">awake</span>' in text(boss.get("/admin/accounts/device/"))
        Device.objects.update(last_seen_at=now() - timedelta(hours=3))
        assert '<b class="fl-state fl-stopped">silent for 3\xa0hours</b>' in text(
            boss.get("/admin/accounts/device/")
        )

    def test_while_it_shows_one_station_it_hears_of_all(self, floor):
        wall = enrolled(floor.company, "display")
        alone = text(wall.get("/board/")).split("token=")[1].split('"')[0]
        Turn.objects.create(device=Device.objects.get(), board="station", station=floor.stations[0])
        assert len(text(wall.get("/board/")).split("token=")[1].split('"')[0]) == len(alone)


class TestPages:
    BOARDS = (
        "/board/",
        "/board/needed/",
        "/board/utilisation/",
        "/board/line/{line}/",
        "/board/station/{station}/",
    )

    @pytest.mark.parametrize("address", BOARDS)
    def test_each_shows_a_station_that_has_just_been_made(self, address):
        station = make_station(name="Lathe")
        address = address.format(line=station.group_id, station=station.uuid)
        assert "Lathe" in text(enrolled(station.company, "display").get(address)) or "needed" in address

    @pytest.mark.parametrize("address", BOARDS)
    def test_each_can_mark_itself_and_come_back(self, floor, address):
        address = address.format(line=floor.group.pk, station=floor.stations[0].uuid)
        page = text(enrolled(floor.company, "display").get(address))
        assert '<div class="dead"' in page
        assert '<meta http-equiv="refresh"' in page
        assert 'data-door="/pair/"' in page
        assert page.count("<h1") == 1

    @pytest.mark.parametrize("address", BOARDS)
    def test_each_takes_a_bounded_number_of_queries(self, floor, address, django_assert_max_num_queries):
        address = address.format(line=floor.group.pk, station=floor.stations[0].uuid)
        wall = enrolled(floor.company, "display")
        # Nobody has summed anything nor written plans since that noon.
        with django_assert_max_num_queries(26):
            wall.get(address)
        write_ahead(now=now())
        settle(now=now())
        with django_assert_max_num_queries(21):
            wall.get(address)

    def test_the_page_of_a_person_leads_to_no_pairing(self, floor):
        assert "data-door" not in text(person(floor.company).get("/board/"))

    def test_it_goes_back_to_boards_and_nowhere_else(self, floor):
        wall, path = enrolled(floor.company, "display"), f"/board/station/{floor.stations[0].uuid}/"
        assert 'data-back="/board/needed/"' in text(wall.get(path, {"from": "/board/needed/"}))
        for elsewhere in ("https://example.com/", "//example.com/", "/admin/", "javascript:alert(1)"):
            assert "data-back" not in text(wall.get(path, {"from": elsewhere}))

    def test_the_same_board_on_another_screen_is_not_drawn_again(self, floor, django_assert_max_num_queries):
        first, second = enrolled(floor.company, "display"), enrolled(floor.company, "display")
        body = first.get("/board/", headers=POLL).content
        with django_assert_max_num_queries(5):
            assert second.get("/board/", headers=POLL).content == body


class TestNews:
    """What a machine does is on the wall at once; that it counted one more, within five seconds."""

    @pytest.fixture
    def clock(self, monkeypatch):
        def set_to(at):
            for asked in ("mesproject.boards.walls.now", "mesproject.polls.now"):
                monkeypatch.setattr(asked, lambda: at)

        return set_to

    @pytest.fixture
    def ask(self, floor, clock):
        clock(NOON)
        wall = enrolled(floor.company, "display")
        return lambda: wall.get("/board/", headers=POLL)["ETag"]

    def test_a_count_alone_waits_a_little(self, ask):
        before = ask()
        StationLive.objects.update(version=99)
        assert ask() == before

    def test_it_is_news_a_few_seconds_later(self, ask, clock):
        before = ask()
        StationLive.objects.update(version=99)
        clock(NOON + timedelta(seconds=5))
        assert ask() != before

    def test_a_state_does_not(self, ask):
        before = ask()
        StationLive.objects.update(version=99, status="no_signal")
        assert ask() != before

    def test_utilisation_is_drawn_once_a_minute(self, floor, clock):
        wall, seen = enrolled(floor.company, "display"), []
        for minutes, status in ((0, "running"), (0, "stopped"), (1, "stopped")):
            StationLive.objects.update(status=status)
            clock(NOON + minutes * MINUTE)
            seen.append(wall.get("/board/utilisation/", headers=POLL)["ETag"])
        assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize(
    ("at", "zone", "night"),
    [
        (datetime(2026, 3, 11, 12, tzinfo=UTC), "UTC", datetime(2026, 3, 12, 3, 30, tzinfo=UTC)),
        (datetime(2026, 3, 12, 2, 0, tzinfo=UTC), "UTC", datetime(2026, 3, 12, 3, 30, tzinfo=UTC)),
        (datetime(2026, 3, 12, 3, 0, tzinfo=UTC), "UTC", datetime(2026, 3, 13, 3, 30, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), "Europe/Berlin", datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
    ],
)
def test_walls_begin_anew_at_half_past_three_on_the_plant_s_clock(at, zone, night):
    assert night_after(at, ZoneInfo(zone)) == night
    assert night_after(at, ZoneInfo(zone)) - at >= timedelta(hours=1)
