"""What takes long is worked out in the background: it shows how far it is, can be left, cancelled, and told anew."""

from datetime import UTC, datetime, timedelta

import pytest

from mesproject.accounts.models import Role
from mesproject.analysis.builder import running
from mesproject.analysis.builder.answering import asked_now, prepared
from mesproject.analysis.builder.models import Run
from mesproject.analysis.builder.question import read
from tests.make import NOON, make_report_run, make_user
from tests.reports.machinemetrics import Reader, store

pytestmark = pytest.mark.django_db
ASKS = "metric=good_parts&metric=oee&by=month&by=machine&from=2017-01-01&to=2017-12-31"
RUNS = "/analysis/report/runs/"


@pytest.fixture
def user():
    reader = Reader().settle()
    for n, machine in enumerate(reader.machines.values()):
        for month in range(1, 13):
            sums = {
                "good": 10.25 * month + n,
                "planned_ms": 3_600_000,
                "run_ms": 1_800_000,
                "ideal_ms": 900_000.1,
            }
            for day, shift in ((3, "Early"), (28, "Late")):
                hour = datetime(2017, month, day, 16, tzinfo=UTC)
                store(machine, hour.date(), shift=shift, hour=hour, **sums)
    return make_user(Role.SUPERVISOR, company=reader.company)


def always(at):
    return lambda: at


def test_in_steps_it_is_the_same_report(user, monkeypatch):
    for asks in (
        ASKS,
        ASKS.replace("2017-01-01", "2017-01-01T05:30Z").replace("2017-12-31", "2017-12-30T12:10Z"),
    ):
        ready = prepared(user.company, read(asks), at=NOON)
        at_once = asked_now(ready)
        monkeypatch.setattr(running, "STEP", ready.question.cost // 30)
        assert len(list(running.steps_of(ready))) > 20
        assert running.in_turns(user, ready.report, at=NOON) is None
        assert running.work(clock=always(NOON))
        steps = running.in_turns(user, ready.report, at=NOON)
        assert (steps.ids, steps.names) == (at_once.ids, at_once.names)
        for one, other in zip(steps.values, at_once.values, strict=True):
            assert one == pytest.approx(other)


def test_what_takes_long_leads_to_a_page_of_its_own(client, user, monkeypatch):
    monkeypatch.setattr(running, "LONG", 0)
    client.force_login(user)
    answer = client.get(f"/analysis/report/?{ASKS}")
    run = Run.objects.get()
    assert answer["Location"] == f"{RUNS}{run.uuid}/"
    # Asked again it is the same one.
    assert client.get(f"/analysis/report/?{ASKS}")["Location"] == f"{RUNS}{run.uuid}/"
    assert b"Waiting for a worker" in client.get(answer["Location"]).content
    assert running.work(clock=always(run.asked_at))
    assert not running.work(clock=always(run.asked_at))
    page = client.get(answer["Location"])
    assert page.context["answer"].count == 36
    file = b"".join(client.get(f"{answer['Location']}?format=csv")).decode()
    assert len(file.splitlines()) == 37


def test_what_the_database_takes_long_for_is_worked_out_in_the_background_too(client, user, monkeypatch):
    def slow():
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(running, "PATIENCE_MS", 50)
    assert running.within_patience(slow) is None
    assert running.within_patience(lambda: 7) == 7


def test_somebody_has_three_at_once_and_cancels_one(client, user):
    for year in (2015, 2016, 2017):
        running.begin(user, read(ASKS.replace("2017", str(year))), at=NOON)
    with pytest.raises(running.TooManyRuns):
        running.begin(user, read(ASKS.replace("2017", "2014")), at=NOON)
    client.force_login(user)
    run = Run.objects.first()
    assert client.post(f"{RUNS}{run.uuid}/cancel/").status_code == 302
    assert b"It was cancelled." in client.get(f"{RUNS}{run.uuid}/").content
    running.begin(user, read(ASKS.replace("2017", "2014")), at=NOON)


def test_what_is_cancelled_while_it_is_worked_out_stops(user, monkeypatch):
    run = make_report_run(user, asks=ASKS)
    monkeypatch.setattr(running, "STEP", 10)
    times = iter(range(1000))

    def clock():
        if next(times) == 3:
            run.cancel(at=NOON)
        return NOON

    assert running.work(clock=clock)
    run.refresh_from_db()
    assert (run.state, run.result) == ("cancelled", None)
    assert next(times) < 10


@pytest.mark.parametrize(
    "by", ["month&by=machine", "hour&by=part", "day&by=shift&by=week&by=job&by=operator&by=run"]
)
def test_in_turns_it_is_the_same_report_and_others_have_the_worker_meanwhile(user, monkeypatch, by):
    asks = ASKS.replace("month&by=machine", by)
    at_once = asked_now(prepared(user.company, read(asks), at=NOON))
    run = make_report_run(user, asks=asks)
    monkeypatch.setattr(running, "STEP", 60)
    monkeypatch.setattr(running, "TURN_S", 0)
    turns = 0
    while running.work(clock=always(NOON + timedelta(minutes=turns))):
        turns += 1
        run.refresh_from_db()
        assert run.done in (turns, run.steps)
    assert turns > 5
    answer = running.result_of(run)
    assert (answer.ids, answer.names) == (at_once.ids, at_once.names)
    for one, other in zip(answer.values, at_once.values, strict=True):
        assert one == pytest.approx(other)


def test_another_worker_goes_on_where_one_was_lost_and_not_for_ever(user):
    run = make_report_run(user, asks=ASKS)
    for turn in range(1, 4):
        at = NOON + timedelta(hours=turn)
        assert running._claimed(at).pk == run.pk
        assert running._claimed(at + timedelta(seconds=30)) is None
    assert not running.work(clock=always(NOON + timedelta(hours=9)))
    run.refresh_from_db()
    assert run.state == "failed"
    assert "three times" in run.error


def test_a_run_is_its_owner_s(client, user):
    run = make_report_run(user)
    client.force_login(make_user(company=user.company))
    assert client.get(f"{RUNS}{run.uuid}/").status_code == 404
    assert client.post(f"{RUNS}{run.uuid}/cancel/").status_code == 404


def test_a_day_later_it_is_forgotten(user):
    make_report_run(user)
    running.forget(now=NOON + timedelta(hours=23))
    assert Run.objects.exists()
    running.forget(now=NOON + timedelta(hours=25))
    assert not Run.objects.exists()
