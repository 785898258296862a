"""The schedule screen, as the server draws it and judges what is moved."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from mesproject.busroot import ms
from mesproject.schedule import forecasting
from production.models import JobRun, Sku, Station
from tests.make import (
    make_event,
    make_event_assignment,
    make_group,
    make_job,
    make_job_run,
    make_pattern,
    make_plant,
    make_sku,
    make_station,
)
from tests.screens import SCRIPT, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def planner(station):
    """Somebody who plans, with his browser."""
    return person(station.company, "supervisor")


@pytest.fixture
def other(station):
    """A second station beside the first."""
    return make_station("M2", group=station.group)


def hour(later):
    """A full hour of tomorrow."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) + later * HOUR


def make_plan(station, start, hours=2, **kwargs):
    """A run that is to come, of a product that takes a minute."""
    sku = kwargs.pop("sku", None) or Sku.objects.of(station.company).get(code="A-100")
    order = make_job(company=station.company, name=kwargs.pop("order", "WO-1"), part=sku.code, operation="")
    defaults = {"actual_start": None, "planned_start": start, "planned_quantity": 60.0 * hours}
    run = make_job_run(station, job=order, sku=sku, **defaults | kwargs)
    forecasting.refresh([station.pk], now=now())
    return run


def page(client, on, **asked):
    answer = client.get("/schedule/", {"on": f"{on:%Y-%m-%d}", **asked})
    assert answer.status_code == 200
    return answer.content.decode()


def bar(text, run):
    """The class of a run's bar, and what it says in words."""
    found = re.search(rf'<a class="bar ([^"]*)" href="/schedule/runs/{run.pk}/".*?<title>([^<]*)<', text)
    return found and found.groups()


def move(client, run, station=None, start=None, **values):
    """Move a run from where it is."""
    said = {
        "station": (station or run.station).pk, "start": "" if start is None else ms(start),
        "seen_station": run.station_id,
        "seen_start": ms(run.planned_start) if run.planned_start else "",
    }  # fmt: skip
    return client.post(f"/schedule/runs/{run.pk}/move/", said | values)


# What is drawn


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
    text = planner.get("/schedule/").content.decode()
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


# What is moved


def test_a_run_moves_to_another_time_and_station_and_back(planner, station, other):
    make_pattern(follows=other)
    run = make_plan(station, hour(6))
    answer = move(planner, run, other, hour(9))
    assert answer.status_code == 200
    assert answer.json()["said"].startswith("WO-1 · A-100")
    assert answer.json()["back"] == {"station": station.pk, "start": ms(hour(6)), "end": None}
    run.refresh_from_db()
    assert (run.station, run.planned_start) == (other, hour(9))
    assert run.forecast.due == hour(11)
    back = answer.json()["back"]
    assert move(planner, run, station, hour(6), end=back["end"] or "").status_code == 200
    run.refresh_from_db()
    assert (run.station, run.planned_start) == (station, hour(6))


def test_a_fixed_end_moves_along(planner, station):
    run = make_plan(station, hour(6), planned_end=hour(9))
    move(planner, run, start=hour(10))
    run.refresh_from_db()
    assert (run.planned_start, run.planned_end) == (hour(10), hour(13))


def test_a_look_ahead_stores_nothing_and_says_what_cannot_be_done(planner, station):
    make_plan(station, hour(10), order="WO-2")
    run = make_plan(station, hour(6))
    answer = move(planner, run, start=hour(9), check=1).json()
    assert answer["end"] == ms(hour(11))
    assert "WO-2 is planned on this station from" in answer["faults"][0]
    assert move(planner, run, start=hour(12), check=1).json()["faults"] == []
    run.refresh_from_db()
    assert run.planned_start == hour(6)


def test_who_moves_what_somebody_else_has_moved_is_told(planner, station):
    run = make_plan(station, hour(6))
    assert move(planner, run, start=hour(8)).status_code == 200
    answer = move(planner, run, start=hour(12))
    assert (answer.status_code, "Somebody has changed this" in answer.json()["said"]) == (409, True)
    run.refresh_from_db()
    assert run.planned_start == hour(8)


def test_what_has_begun_the_same_twice_and_what_is_out_of_use_stay_where_they_are(planner, station, other):
    begun = make_plan(station, hour(-30), actual_start=now() - HOUR)
    assert move(planner, begun, start=hour(6)).json()["said"].startswith("This run has begun")
    sku = make_sku("B-200", company=station.company)
    run = make_plan(station, hour(6), sku=sku)
    make_plan(station, hour(12), sku=sku, order="WO-2")
    assert move(planner, run, start=hour(12)).status_code == 409
    Station.objects.filter(pk=other.pk).update(archived_at=now())
    assert "out of use" in move(planner, run, other, hour(6)).json()["said"]


def test_nonsense_moves_nothing(planner, station):
    run = make_plan(station, hour(6))
    right = {
        "station": station.pk,
        "start": ms(hour(8)),
        "seen_station": station.pk,
        "seen_start": ms(hour(6)),
    }
    for wrong in ({"start": "soon"}, {"start": -5}, {"station": ""}, {"start": 2**70}, {"seen_station": "x"}):
        assert planner.post(f"/schedule/runs/{run.pk}/move/", right | wrong).status_code == 422
    assert move(planner, run, start=datetime(2190, 1, 1, tzinfo=UTC)).status_code == 409
    assert move(planner, run, start=datetime(2190, 1, 1, tzinfo=UTC), check=1).status_code == 409
    assert move(planner, run, make_station(), hour(8)).status_code == 404
    run.refresh_from_db()
    assert run.planned_start == hour(6)


def test_what_waits_gets_a_time_and_can_wait_again(planner, station):
    run = make_plan(station, None)
    back = move(planner, run, start=hour(6)).json()["back"]
    run.refresh_from_db()
    assert run.planned_start == hour(6)
    assert back["start"] is None
    assert "waits again" in move(planner, run).json()["said"]
    run.refresh_from_db()
    assert run.planned_start is None


# Details


def test_an_empty_spot_is_the_place_of_a_new_run(planner, station):
    text = planner.get("/schedule/runs/new/", {"station": station.pk, "start": ms(hour(6))}).content.decode()
    assert f'value="{hour(6):%Y-%m-%dT%H:%M}"' in text
    sent = {"station": station.pk, "product": "A-100", "order": "WO-9", "planned_start": f"{hour(6):%Y-%m-%dT%H:%M}",
            "planned_quantity": 30, "verb": "save"}  # fmt: skip
    answer = planner.post("/schedule/runs/new/", sent, headers=SCRIPT)
    assert "WO-9" in answer["HX-Trigger"]
    run = JobRun.objects.get()
    assert (run.planned_start, run.planned_quantity, run.job.name, run.sku.code) == (
        hour(6),
        30,
        "WO-9",
        "A-100",
    )
    assert run.forecast.due == hour(6.5)
    again = planner.post("/schedule/runs/new/", sent, headers=SCRIPT)
    assert (again.status_code, "planned on this station at the same time" in again.content.decode()) == (
        422,
        True,
    )


def test_what_is_wrong_in_the_form_is_said_at_its_field(planner, station):
    sent = {"station": station.pk, "product": "NONE", "planned_start": "soon", "planned_quantity": -1}
    text = planner.post("/schedule/runs/new/", sent).content.decode()
    for words in ("There is no SKU or SKU group NONE.", "Give a date and a time", "greater than or equal"):
        assert words in text
    assert not JobRun.objects.exists()


def test_a_run_is_planned_otherwise_started_ended_and_withdrawn(planner, station):
    run = make_plan(station, hour(6))
    path = f"/schedule/runs/{run.pk}/"
    sent = {"station": station.pk, "product": "A-100", "order": "WO-1", "planned_quantity": 10, "verb": "save",
            "planned_start": f"{hour(7):%Y-%m-%dT%H:%M}", "is_prioritised": "on"}  # fmt: skip
    assert planner.post(path, sent).status_code == 302
    run.refresh_from_db()
    assert (run.planned_start, run.planned_quantity, bool(run.prioritised_at)) == (hour(7), 10, True)
    assert planner.post(path, {"verb": "start"}, follow=True).status_code == 200
    assert planner.post(path, {"verb": "withdraw"}).status_code == 409
    assert planner.post(path, {"verb": "end"}).status_code == 302
    run.refresh_from_db()
    assert run.actual_end
    spare = make_plan(station, hour(9), order="WO-2")
    planner.post(f"/schedule/runs/{spare.pk}/", {"verb": "withdraw"})
    assert not JobRun.objects.filter(pk=spare.pk).exists()


# Who may


@pytest.mark.parametrize(
    ("role", "looks", "plans"),
    [("operator", 403, 403), ("read_only", 200, 403), ("supervisor", 200, 200), ("member", 200, 200),
     ("administrator", 200, 200)],
)  # fmt: skip
def test_who_plans_may_move_and_who_looks_may_look(station, role, looks, plans):
    run, client = make_plan(station, hour(6)), person(station.company, role)
    assert client.get("/schedule/").status_code == looks
    assert client.get(f"/schedule/runs/{run.pk}/").status_code == looks
    assert move(client, run, start=hour(8)).status_code == plans
    assert client.get("/schedule/runs/new/").status_code == plans
    assert client.post(f"/schedule/runs/{run.pk}/", {"verb": "start"}).status_code == (
        302 if plans == 200 else 403
    )


def test_nobody_sees_or_moves_what_is_another_companys(station):
    run, stranger = make_plan(station, hour(6)), person(make_station().company, "administrator")
    text = page(stranger, hour(6))
    assert f"s-{station.pk}" not in text
    assert stranger.get(f"/schedule/runs/{run.pk}/").status_code == 404
    assert move(stranger, run, start=hour(8)).status_code == 404
    mine = make_station(company=run.station.company)
    own = person(run.station.company, "supervisor")
    assert move(own, run, make_station(), hour(8)).status_code == 404
    assert move(own, run, mine, hour(8)).status_code == 200
