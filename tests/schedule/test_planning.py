"""What people who plan do on the schedule screen: they move runs, and say what they are; and who may."""

from datetime import UTC, datetime

import pytest
from django.utils.timezone import now

from mesproject.busroot import ms
from production.models import JobRun, Station
from tests.make import make_job, make_job_run, make_pattern, make_sku, make_station
from tests.schedule.plans import HOUR, hour, make_plan, move, page
from tests.screens import SCRIPT, person

pytestmark = pytest.mark.django_db


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


# What is said of a run


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


def test_a_run_of_a_job_without_a_product_tells_the_jobs_part(planner, station):
    run = make_job_run(station, job=make_job(company=station.company, part="B-7"))
    assert "<dd>B-7</dd>" in planner.get(f"/schedule/runs/{run.pk}/").content.decode()


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
