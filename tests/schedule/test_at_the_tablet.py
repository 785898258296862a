"""Runs started, switched and ended at the tablet."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime import engine
from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.reports import tails
from mesproject.schedule.forecasting import refresh
from production.models import JobRun
from tests.make import (
    make_device,
    make_job_run,
    make_operator,
    make_pattern,
    make_sign_on,
    make_sku,
    make_station,
)
from tests.reports.test_facts import say

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def station():
    station = make_station("M1", allow_ad_hoc=True)
    make_pattern(follows=station)
    return station


@pytest.fixture
def tablet(client, station):
    """An enrolled tablet: what it is shown, or what is answered to a choice."""
    client.cookies[DEVICE_COOKIE] = make_device("tablet", company=station.company)[1]

    def asked(query="", *, htmx=True, **said):
        address, headers = f"/schedule/of/{station.uuid}/{query}", {"HX-Request": "true"} if htmx else {}
        return client.post(address, said, headers=headers) if said else client.get(address, headers=headers)

    return asked


def queued(station, **kwargs):
    return make_job_run(station, actual_start=None, **kwargs)


def text(answer):
    return answer.content.decode()


def test_the_list_tells_what_runs_what_is_to_come_and_when_it_ends(tablet, station):
    at = now()
    running = make_job_run(station, actual_start=at - HOUR, planned_quantity=90)
    later = queued(station, planned_start=at + HOUR, planned_quantity=30)
    refresh(now=at)
    shown = text(tablet())
    assert str(running) in shown
    assert "0 of 90 good" in shown
    assert "ends about" in shown
    assert str(later) in shown
    assert "30 units" in shown


def test_it_tells_who_worked_on_what_runs(tablet, station):
    make_job_run(station, actual_start=now() - HOUR)
    make_sign_on(station, make_operator(company=station.company, initials="ANN"), started_at=now() - HOUR / 2)
    assert "by ANN</span>" in text(tablet())


def test_a_run_of_the_list_is_started_in_two_taps_and_ends_the_one_before(tablet, station):
    running = make_job_run(station, actual_start=now() - HOUR)
    later = queued(station)
    asked = text(tablet(f"?run={later.pk}"))
    assert "Start now" in asked
    assert f"{running} ends with it." in asked
    answer = tablet(verb="start", chosen=later.pk)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "changed")
    running.refresh_from_db()
    later.refresh_from_db()
    assert running.actual_end == later.actual_start


def test_the_same_tap_again_changes_nothing(tablet, station):
    run = queued(station)
    tablet(verb="start", chosen=run.pk)
    run.refresh_from_db()
    begun = run.actual_start
    assert tablet(verb="start", chosen=run.pk).status_code == 200
    tablet(verb="end", chosen=run.pk)
    run.refresh_from_db()
    ended = run.actual_end
    assert tablet(verb="end", chosen=run.pk).status_code == 200
    run.refresh_from_db()
    assert (run.actual_start, run.actual_end) == (begun, ended)


def test_something_that_nobody_planned_is_made_where_it_is_allowed(tablet, station):
    sku, other = (
        make_sku("A-1", company=station.company),
        make_sku("B-1", company=station.company, allow_ad_hoc=False),
    )
    tiles = text(tablet("?make=1"))
    assert "A-1" in tiles
    assert "B-1" not in tiles
    tablet(verb="make", chosen=sku.pk)
    tablet(verb="make", chosen=sku.pk)
    assert JobRun.objects.get().sku == sku
    refused = tablet(verb="make", chosen=other.pk)
    assert refused.status_code == 409
    assert "must be planned" in text(refused)
    assert JobRun.objects.count() == 1


def test_where_it_is_not_allowed_nobody_is_offered_it(tablet, station):
    station.allow_ad_hoc = False
    station.save()
    sku = make_sku(company=station.company)
    assert "Something else" not in text(tablet())
    assert tablet(verb="make", chosen=sku.pk).status_code == 409
    assert not JobRun.objects.exists()


def test_runs_of_other_stations_are_not_there(tablet, station):
    other = queued(make_station(company=station.company))
    assert tablet(verb="start", chosen=other.pk).status_code == 404
    assert tablet(verb="start", chosen="x").status_code == 404


def test_without_a_script_the_tablet_is_shown_again(tablet, station):
    run, page = queued(station), f"/tablet/{station.uuid}/"
    answer = tablet(htmx=False, verb="start", chosen=run.pk, next=page)
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "<html" in text(tablet(htmx=False))


def test_what_a_run_has_made_is_not_known_while_its_time_is_summed_anew_and_is_not_nothing(
    tablet, station, monkeypatch
):
    run = queued(station, planned_quantity=500)
    at = now()
    JobRun.objects.filter(pk=run.pk).update(actual_start=at - 2 * HOUR)
    say(station, *(at - minute * MINUTE for minute in range(90)), good=1.0)
    engine.tick(now=at)
    assert "90 of 500 good" in text(tablet())
    monkeypatch.setattr(tails, "LONGEST", MINUTE)
    assert "– of 500 good" in text(tablet())
