"""/statusz tells how the installation is doing, and tells the truth when parts of it are not."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from mesproject.accounts.models import OutboxMessage, ProcessLife
from mesproject.reports.models import FactMark
from production.models import StationLive
from scheduling.writing import write_ahead
from tests.make import make_company, make_station

pytestmark = pytest.mark.django_db


def figures(client):
    return client.get("/statusz").json()


def test_it_tells_how_long_ago_each_process_worked(client):
    ProcessLife.note("tick", now() - timedelta(seconds=30))
    assert 29 < figures(client)["processes_s"]["tick"] < 60


def test_it_tells_which_stations_the_tick_owes_a_look(client):
    StationLive.objects.create(station=make_station(), deadline=now() - timedelta(seconds=9))
    told = figures(client)["tick"]
    assert told["overdue"] == 1
    assert told["worst_s"] >= 9


def test_it_tells_how_long_the_oldest_mail_has_waited(client):
    due = now() - timedelta(minutes=5)
    OutboxMessage.objects.create(company=make_company(), key="a", recipient="a@example.com", due_at=due)
    assert figures(client)["outbox"]["due"] == 1
    assert figures(client)["outbox"]["oldest_s"] >= 300


def test_a_reader_that_never_ran_is_told_so(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert "error" in figures(client)["ingest"]


def test_a_reader_tells_its_lag(client, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ingest.json").write_text(f'{{"at": "{now().isoformat()}", "lag_ms": 12}}')
    assert figures(client)["ingest"]["lag_ms"] == 12
    assert figures(client)["ingest"]["age_s"] < 5


def test_it_tells_how_far_facts_are_behind_and_where_the_past_has_changed(client):
    station = make_station()
    at = now()
    StationLive.objects.create(station=station, settled_at=at, sums_from=at)
    assert figures(client)["facts"] == {"behind": 1, "oldest_s": 0, "changed": 1}
    FactMark.objects.create(
        station=station, summed_until=at - timedelta(hours=1), settled_until=at, hour=at, counters={}
    )
    told = figures(client)["facts"]
    assert (told["behind"], told["oldest_s"] >= 3600) == (1, True)
    FactMark.objects.update(summed_until=at)
    assert figures(client)["facts"]["behind"] == 0


def test_it_tells_how_far_plans_are_written_ahead(client):
    make_station()
    assert client.get("/statusz").json()["plans"] == {"ahead_days": None, "unwritten": 1}
    write_ahead(now=now())
    told = client.get("/statusz").json()["plans"]
    assert (told["unwritten"], round(told["ahead_days"])) in {(0, 399), (0, 400)}
