"""What was made against what was to be, hour by hour, at the tablet."""

from datetime import timedelta

import pytest

from mesproject.reports.glance import glances
from mesproject.schedule import hours
from mesproject.schedule.hours import LENGTHS, intervals
from production.models import Station
from production.windows import Window
from scheduling.calendar import current
from scheduling.planned import plans
from tests.make import NOON, make_api_key, make_pattern, make_plant, make_station, make_user
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
AT = NOON + 2 * HOUR + 20 * MINUTE


@pytest.fixture
def station():
    """A shift from noon to eight, 60 units an hour; 45 were made in the first, 60 in the second, 10 in 20 minutes."""
    station = make_station("M1", plant=make_plant(code="lyon"))
    make_pattern(("Late", 720, 480), follows=station)
    say(station, NOON - MINUTE, rssi=-50.0)
    minutes = [*range(45), *range(60, 120), *range(120, 130)]
    say(station, *(NOON + (minute + 0.5) * MINUTE for minute in minutes), good=1.0)
    say(station, NOON + 10.7 * MINUTE, bad=2.0)
    settle(now=AT)
    return Station.objects.in_place().get(pk=station.pk)


@pytest.fixture
def at_that_time(monkeypatch):
    monkeypatch.setattr(hours, "now", lambda: AT)


def of_shift(station, minutes="60"):
    planned = plans([station], Window(AT - 36 * HOUR, AT + 24 * HOUR))
    shift = current(planned[station.pk].shifts, AT)
    return intervals(station, shift, LENGTHS[minutes], planned, now=AT)


def test_each_hour_has_its_target_and_the_difference_runs_on(station):
    found = of_shift(station)
    assert [one.window.start for one in found] == [NOON + n * HOUR for n in range(8)]
    assert [round(one.target) for one in found] == [60, 60, 20, 0, 0, 0, 0, 0]
    assert [round(one.whole) for one in found] == [60] * 8
    assert [one.made.good for one in found[:3]] == [45, 60, 10]
    assert [one.difference for one in found[:3]] == [-15, 0, -10]
    assert [one.running for one in found[:3]] == [-15, -15, -25]
    assert found[0].made.bad == 2


def test_half_hours_add_up_to_hours(station):
    halves = of_shift(station, "30")
    assert len(halves) == 16
    assert [one.made.good for one in halves[:5]] == [30, 15, 30, 30, 10]
    assert halves[-1].made_so_far == of_shift(station)[-1].made_so_far == 115


def test_what_was_made_while_the_shift_paused_is_not_of_it_as_on_the_tablet():
    station = make_station("M2")
    make_pattern(("Late", 720, 75), ("Late", 810, 390), follows=station)
    say(station, *(NOON + (minute + 0.5) * MINUTE for minute in range(140)), good=1.0)
    settle(now=AT)
    found = of_shift(Station.objects.in_place().get(pk=station.pk))
    [glance] = glances([Station.objects.in_place().get(pk=station.pk)], now=AT)
    assert [one.made.good for one in found] == [60, 45, 20, 0, 0, 0, 0, 0]
    assert [round(one.whole) for one in found] == [60, 45, *6 * [60]]
    assert sum(one.made.good for one in found) == glance.good == 125
    assert sum(one.whole for one in found) == pytest.approx(glance.due)


@pytest.mark.parametrize("minutes", ["60", "30"])
def test_they_are_the_numbers_of_the_interval_chart(client, station, minutes):
    key = make_api_key(company=station.company)[1]
    asked = {"plantcode": "lyon", "rangecode": f"{NOON:%Y-%m-%dT%H:%MZ}/{AT:%Y-%m-%dT%H:%MZ}"}
    answer = client.get(
        "/api/interval-chart", asked | {"intervalminutes": minutes}, headers={"X-API-KEY": key}
    )
    assert answer.status_code == 200, answer.content
    [row] = answer.json()["results"]
    mine = [one for one in of_shift(station, minutes) if one.window.start < AT]
    assert [
        (one["productionGoodCount"], one["productionBadCount"], pytest.approx(one["productionIdealCount"]))
        for one in row["intervals"]
    ] == [(one.made.good, one.made.bad, one.target) for one in mine]


def test_the_page_marks_the_hour_that_goes_on_and_tells_what_is_to_come(client, station, at_that_time):
    client.force_login(make_user(company=station.company))
    page = client.get(f"/schedule/of/{station.uuid}/hours/").content.decode()
    assert page.count('class="to-come"') == 5
    assert page.count('aria-current="time"') == 1
    assert "of 60" in page
    assert "−25" in page
    halves = client.get(f"/schedule/of/{station.uuid}/hours/?minutes=30", headers={"HX-Request": "true"})
    assert halves.content.decode().count("<tr") == 18
    again = client.get(
        f"/schedule/of/{station.uuid}/hours/?minutes=30",
        headers={"X-Poll": "1", "If-None-Match": halves["ETag"]},
    )
    assert again.status_code == 304


def test_without_a_shift_there_is_no_target(client):
    station = make_station()
    client.force_login(make_user(company=station.company))
    assert "No shift, no target" in client.get(f"/schedule/of/{station.uuid}/hours/").content.decode()
