"""The wall of who is needed where, and displays that show several boards in turn."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils.timezone import now

from downtime.calls import call
from downtime.models.issues import Who
from mesproject.accounts.models import Device
from mesproject.boards.models import Turn, turn_at, turns_of
from production.models import StationLive
from tests.make import NOON, make_cause, make_device, make_issue, make_operator, make_pattern, make_station
from tests.screens import POLL, enrolled, person, within_a_minute

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def station():
    station = make_station(name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="stopped", since=now() - 5 * MINUTE)
    return station


@pytest.fixture
def wall(station):
    return enrolled(station.company, "display")


def text(answer):
    return " ".join(answer.content.decode().split())


def turns(station, *boards, seconds=20):
    """A display of the station's company that shows these boards."""
    device, _ = make_device(Device.Kind.DISPLAY, company=station.company)
    return device, [
        Turn.objects.create(
            device=device, position=position, board=board, seconds=seconds,
            station=station if board == "station" else None,
        )
        for position, board in enumerate(boards)
    ]  # fmt: skip


class TestNeeds:
    def test_where_nothing_goes_on_nobody_is_needed(self, wall):
        assert "Nobody is needed" in text(wall.get("/board/needed/"))

    def test_it_says_where_since_when_who_and_until_when(self, station, wall):
        issue = make_issue(station, started_at=now() - 5 * MINUTE)
        page = text(wall.get("/board/needed/"))
        assert "Press 4" in page
        assert "Nobody on it" in page
        assert "1 needs somebody" in page
        issue.owner = make_operator(company=station.company, initials="MK")
        issue.acknowledged_at, issue.estimated_end_at = now(), now() + 10 * MINUTE
        issue.cause = make_cause("TOOL", company=station.company, description="Tool change")
        issue.save()
        page = text(wall.get("/board/needed/"))
        assert "In hand of MK, back in 10 min · Tool change" in page
        assert "need somebody" not in page

    def test_red_comes_before_amber_and_the_longest_first(self, station, wall):
        others = [make_station(name=name, group=station.group) for name in ("Saw", "Mill", "Oven")]
        for other in others:
            make_pattern(follows=other)
        make_issue(others[0], started_at=now() - 50 * MINUTE, acknowledged_at=now())
        make_issue(others[1], started_at=now() - 5 * MINUTE)
        make_issue(others[2], started_at=now() - 9 * MINUTE)
        page = text(wall.get("/board/needed/"))
        assert page.index("Oven") < page.index("Mill") < page.index("Saw")

    def test_calls_by_hand_are_there_by_their_name(self, station, wall):
        call(station, "material", started_at=now(), by=Who(), at=now())
        assert "Material" in text(wall.get("/board/needed/"))

    def test_every_board_counts_the_stations_that_need_somebody_and_not_the_reasons(self, station, wall):
        make_pattern(follows=make_station(name="Saw", group=station.group))
        make_issue(station, started_at=now() - 5 * MINUTE)
        call(station, "material", started_at=now(), by=Who(), at=now())
        needed, hall = wall.get("/board/needed/").content.decode(), wall.get("/board/").content.decode()
        assert needed.count('<li class="red"') == 2
        assert "1 needs somebody" in needed
        assert "1 needs somebody" in hall

    def test_what_does_not_fit_is_counted(self, station, wall):
        for number in range(9):
            other = make_station(name=f"Saw {number}", group=station.group)
            make_pattern(follows=other)
            make_issue(other, started_at=now() - number * MINUTE)
        page = text(wall.get("/board/needed/"))
        assert page.count('<li class="red"') == 6
        assert "and 3 more" in page

    def test_what_has_not_changed_is_not_sent_again(self, wall):
        within_a_minute()
        answer = wall.get("/board/needed/", headers=POLL)
        again = wall.get("/board/needed/", headers=POLL | {"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


class TestTurns:
    def test_each_board_has_its_time_and_then_it_begins_anew(self, station):
        device, [first, second] = turns(station, "all", "needed", seconds=30)
        begin = NOON  # a whole number of minutes since 1970
        shown = [turn_at(turns_of(device), begin + n * 10 * SECOND).turn for n in range(7)]
        assert shown == [first, first, first, second, second, second, first]

    def test_a_display_without_turns_shows_all_stations(self, station, wall):
        assert turn_at(turns_of(Device.objects.get()), now()) is None
        assert "Press 4" in text(wall.get("/board/"))

    def test_a_display_shows_the_board_whose_turn_it_is(self, station, wall, monkeypatch):
        monkeypatch.setattr("mesproject.boards.walls.KNOWN", 0)  # else a few seconds later
        device = Device.objects.get()
        Turn.objects.create(device=device, board=Turn.Board.NEEDED)
        assert "who is needed where" in text(wall.get("/board/"))
        Turn.objects.update(board=Turn.Board.STATION, station=station)
        polled = text(wall.get("/board/", headers=POLL))
        assert "who is needed where" not in polled
        assert "Press 4" in polled

    def test_when_the_turn_changes_so_does_what_is_polled(self, station, wall, monkeypatch):
        monkeypatch.setattr("mesproject.boards.walls.KNOWN", 0)  # else a few seconds later
        Turn.objects.create(device=Device.objects.get(), board=Turn.Board.NEEDED)
        tag = wall.get("/board/", headers=POLL).headers["ETag"]
        Turn.objects.update(board=Turn.Board.ALL)
        assert wall.get("/board/", headers=POLL | {"If-None-Match": tag}).status_code == 200

    def test_the_turn_of_a_station_that_is_archived_is_left_out(self, station):
        device, [first, _] = turns(station, "all", "station", seconds=30)
        station.archived_at = now()
        station.save()
        assert {turn_at(turns_of(device), NOON + n * 10 * SECOND).turn for n in range(7)} == {first}

    def test_a_person_sees_all_stations_whatever_displays_show(self, station):
        turns(station, "needed")
        assert "who is needed where" not in text(person(station.company).get("/board/"))

    @pytest.mark.parametrize(
        ("board", "names_station", "field"), [("station", False, "station"), ("all", True, "station")]
    )
    def test_only_the_board_of_one_station_names_one(self, station, board, names_station, field):
        device, _ = make_device(Device.Kind.DISPLAY, company=station.company)
        turn = Turn(device=device, board=board, station=station if names_station else None)
        with pytest.raises(ValidationError) as refused:
            turn.full_clean()
        assert list(refused.value.message_dict) == [field]

    @pytest.mark.parametrize("seconds", [0, 9, 3601])
    def test_a_board_stays_ten_seconds_to_an_hour(self, station, seconds):
        device, _ = make_device(Device.Kind.DISPLAY, company=station.company)
        with pytest.raises(ValidationError) as refused:
            Turn(device=device, seconds=seconds).full_clean()
        assert list(refused.value.message_dict) == ["seconds"]
