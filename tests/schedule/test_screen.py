"""The schedule screen, as the server draws it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from production.models import JobRun, Station
from tests.make import (
    make_event,
    make_event_assignment,
    make_group,
    make_pattern,
    make_plant,
    make_station,
)
from tests.schedule.plans import HOUR, hour, make_plan, page
from tests.screens import person

pytestmark = pytest.mark.django_db


def bar(text, run):
    """The class of a run's bar, and what it says in words."""
    found = re.search(rf'<a class="bar ([^"]*)" href="/schedule/runs/{run.pk}/".*?<title>([^<]*)<', text)
    return found and found.groups()


def test_a_plan_is_a_bar_with_its_time_and_quantity_in_words(planner, station):
    run = make_plan(station, hour(6))
    kind, said = bar(page(planner, hour(6)), run)
    assert kind == "on-time moves"
    assert "WO-1" in said
    assert "06:00" in said
    assert "08:00" in said
    assert "120 units" in said


def test_what_ran_is_drawn_below_what_was_planned(planner, station):
    start = now() - 3 * HOUR
    run = make_plan(station, start, actual_start=start + HOUR / 6, actual_end=now() - HOUR)
    text = page(planner, run.actual_start)
    assert bar(text, run)[0] == "done"
    planned_y = int(re.search(rf'class="bar[^>]*data-run="{run.pk}".*?<svg [^>]*y="(\d+)"', text)[1])
    ran_y = int(re.search(rf'class="ran ended"[^>]*data-run="{run.pk}".*?<svg [^>]*y="(\d+)"', text)[1])
    assert ran_y > planned_y


def test_who_runs_late_is_at_risk_and_its_expected_end_a_shadow(planner, station):
    start = now() - 3 * HOUR
    run = make_plan(station, start, hours=3.5, actual_start=now() - HOUR)
    text = planner.get("/schedule/").content.decode()
    kind, said = bar(text, run)
    assert (kind, "at risk" in said) == ("at-risk", True)
    assert 'class="ghost"' in text


def test_bars_stand_where_their_time_is(planner, station):
    run = make_plan(station, hour(6))
    found = re.search(rf'data-run="{run.pk}".*?<svg x="([\d.]+)%" width="([\d.]+)%"', page(planner, hour(6)))
    assert [float(share) for share in found.groups()] == [25.0, 8.333]


def test_two_plans_at_once_are_both_red_and_say_of_each_other(planner, station):
    one, other = make_plan(station, hour(6)), make_plan(station, hour(7), order="WO-2")
    text = page(planner, hour(6))
    assert bar(text, one)[0] == bar(text, other)[0] == "cannot moves"
    assert "WO-2 is planned on this station from" in bar(text, one)[1]
    assert "WO-1 is planned on this station until" in bar(text, other)[1]
    assert "2 to mend" in text


def test_what_begins_outside_of_shifts_says_when_the_station_works(client, station):
    alone = make_station("N1", company=station.company)
    make_pattern(("Day", 480, 480), follows=alone)
    planner = person(station.company, "supervisor")
    run = make_plan(alone, hour(3))
    kind, said = bar(page(planner, hour(3)), run)
    assert kind == "cannot moves"
    assert re.search(r"has no shift at .* 03:00; it works from .* 08:00 on", said)


def test_what_ends_after_the_shift_says_so(station):
    alone = make_station("N1", company=station.company)
    make_pattern(("Day", 480, 480), follows=alone)
    run = make_plan(alone, hour(14), planned_end=hour(18))
    said = bar(page(person(station.company, "member"), hour(14)), run)[1]
    assert re.search(r"It ends at .* 18:00, after the end of the shift at .* 16:00", said)


def test_what_begins_in_maintenance_names_it_and_a_break_is_no_fault(station):
    alone = make_station("N1", company=station.company)
    pattern = make_pattern(follows=alone)
    event = make_event(company=station.company, name="Oil change", event_type="maintenance", minutes=60)
    make_event_assignment(pattern, event=event)
    pause = make_event(company=station.company, minutes=60)
    make_event_assignment(pattern, "DTSTART:20260101T140000\nRRULE:FREQ=DAILY", event=pause)
    first, second = make_plan(alone, hour(10)), make_plan(alone, hour(14), order="WO-2")
    text = page(person(station.company, "supervisor"), hour(10))
    assert "Oil change is planned at" in bar(text, first)[1]
    assert bar(text, second)[0] == "on-time moves"
    assert "Oil change</title>" in text


def test_what_is_overdue_and_what_its_order_needs_sooner_is_red(planner, station):
    overdue = make_plan(station, now() - 5 * HOUR)
    late = make_plan(station, now() + HOUR, order="WO-2")
    late.job.due_on = now().date() - timedelta(days=1)
    late.job.save()
    text = page(planner, now(), range="week")
    assert "It was due at" in bar(text, overdue)[1]
    assert "The order is due on" in bar(text, late)[1]


def test_a_station_out_of_use_is_shown_while_something_is_planned_on_it(planner, station, other):
    run = make_plan(other, hour(6))
    Station.objects.filter(pk=other.pk).update(archived_at=now())
    text = page(planner, hour(6))
    assert "is out of use" in bar(text, run)[1]
    JobRun.objects.all().delete()
    assert f'id="s-{other.pk}"' not in page(planner, hour(6))


def test_what_has_no_time_yet_waits_in_a_list(planner, station):
    run = make_plan(station, None)
    assert re.search(rf'class="chip moves" href="/schedule/runs/{run.pk}/"', page(planner, hour(6)))


def test_filters_and_days_stay_in_the_address(planner, station):
    elsewhere = make_station("P9", group=make_group(plant=make_plant("Asia/Tokyo", company=station.company)))
    text = page(planner, datetime(2026, 6, 3, tzinfo=UTC), range="week", plant=elsewhere.plant.code)
    assert f'id="s-{elsewhere.pk}"' in text
    assert f'id="s-{station.pk}"' not in text
    assert f"?range=week&amp;on=2026-06-08&amp;plant={elsewhere.plant.code}" in text
    assert "On the clock of Asia/Tokyo" in text


@pytest.mark.parametrize(
    "query",
    [
        "range=year",
        "on=2026-02-31",
        "on=9999-12-31",
        "on=0001-01-01",
        "plant=none",
        "group=%00",
        "range=week&on=1",
    ],
)
def test_nonsense_in_the_address_shows_the_present(planner, query):
    assert planner.get(f"/schedule/?{query}").status_code == 200


@pytest.mark.parametrize("night", ["2027-03-28", "2026-10-25"])
def test_a_day_of_the_clock_change_is_as_long_as_it_is(night):
    station = make_station("B1", group=make_group(plant=make_plant("Europe/Berlin")))
    text = person(station.company, "supervisor").get(f"/schedule/?on={night}").content.decode()
    begin, end = map(int, re.search(r'data-from="(\d+)" data-until="(\d+)"', text).groups())
    assert (end - begin) / 3600 == (23 if night == "2027-03-28" else 25)


def test_an_empty_schedule_says_what_to_do(planner, station):
    assert "Click in the row of a station" in page(planner, hour(6))
    assert "Supervisors plan here" in page(person(station.company, "read_only"), hour(6))


def test_names_are_no_markup(planner, station):
    make_plan(station, hour(6), order='<script>"x"&')
    text = page(planner, hour(6))
    assert "<script>&quot;" not in text.replace("&lt;", "")
    assert "&lt;script&gt;&quot;x&quot;&amp;" in text


def test_many_stations_cost_as_many_queries_as_one(planner, station, django_assert_num_queries):
    for number in range(4):
        alone = make_station(f"X{number}", group=station.group)
        make_pattern(follows=alone)
        make_plan(alone, hour(6), order=f"WO-{number}")
        make_plan(
            alone, hour(1), order=f"WN-{number}", actual_start=now() - 2 * HOUR, actual_end=now() - HOUR
        )
    page(planner, now(), range="week")
    with django_assert_num_queries(13):
        page(planner, now(), range="week")
