"""What is made is made on runs, and their totals are those of the reports."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils.timezone import now

from downtime import engine
from mesproject.reports import tails
from mesproject.reports.facts import refresh
from mesproject.reports.models import FactMark
from production.models import JobDispatch
from production.windows import Window
from tests.erp.calls import HOUR, MINUTE, RUN, iso
from tests.make import make_job, make_reject, make_sku
from tests.reports import naive
from tests.reports.test_facts import say

pytestmark = pytest.mark.django_db


def settle(at):
    while engine.tick(now=at):
        pass
    FactMark.objects.update(summed_until=F("settled_until"))
    while refresh(now=at):
        pass


@pytest.mark.parametrize("settled", [False, True])
def test_run_totals_equal_the_report_of_the_same_hours(erp, at, settled):
    station = erp.station
    station.counter = "delta"
    station.save()
    begun = at + timedelta(seconds=7)
    say(station, *(begun + minute * MINUTE for minute in range(5 * 60)), good=1.0)
    say(station, *(begun + minute * MINUTE + MINUTE / 2 for minute in range(0, 5 * 60, 50)), bad=1.0)
    erp.start("1", startAt=iso(at + 37 * MINUTE))
    erp.start("2", startAt=iso(at + 190 * MINUTE))
    make_reject(station, at=at + 100 * MINUTE, quantity=4)
    while engine.tick(now=now()):
        pass
    if settled:
        settle(now())
    told = erp.does("GET", f"{RUN}/1")
    assert (told["startAt"], told["endAt"]) == (
        (at + 37 * MINUTE).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        (at + 190 * MINUTE).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
    asked = {
        "start": told["startAt"], "end": told["endAt"],
        "data": [{"metric": name} for name in ("totalParts", "goodParts", "scrapParts", "nonconformParts")],
    }  # fmt: skip
    assert told["metrics"] == erp.does("POST", "/reports/production", asked)["aggregate"]
    assert told["metrics"]["totalParts"] == 153 + 3
    assert told["metrics"]["scrapParts"] == 4
    assert type(told["metrics"]["goodParts"]) is int


def test_totals_that_are_being_summed_anew_are_null_and_not_nothing(erp, at, monkeypatch):
    say(erp.station, *(at + minute * MINUTE for minute in range(5 * 60)), good=1.0)
    erp.start("1", startAt=iso(at))
    engine.tick(now=now())
    assert erp.does("GET", f"{RUN}/1")["metrics"] is not None
    monkeypatch.setattr(tails, "LONGEST", HOUR)
    assert erp.does("GET", f"{RUN}/1")["metrics"] is None
    settle(now())
    assert erp.does("GET", f"{RUN}/1")["metrics"] is not None


def test_a_start_in_the_past_takes_what_was_made_since(erp, at):
    station = erp.station
    station.counter = "delta"
    station.save()
    say(station, *(at + minute * MINUTE for minute in range(5 * 60)), good=1.0)
    erp.start("1", startAt=iso(at))
    settle(now())
    assert erp.does("GET", f"{RUN}/1")["metrics"]["totalParts"] == 300
    erp.start("2", startAt=iso(at + 100 * MINUTE))
    for _ in range(2):
        assert erp.does("GET", RUN, erpRunId="1")["metrics"]["totalParts"] == 100
        assert erp.does("GET", RUN, erpRunId="2")["metrics"]["totalParts"] == 200
        settle(now())


@pytest.mark.parametrize(
    ("of_run", "of_job", "of_sku", "made"),
    [(None, None, 2, 40), (None, 3, 2, 60), (4, 3, 2, 80), (None, None, None, 20)],
)
def test_a_count_means_as_many_units_as_the_run_says_else_the_job_else_the_sku(
    erp, at, of_run, of_job, of_sku, made
):
    sku = make_sku(company=erp.company, units_per_count=of_sku) if of_sku else None
    job = make_job(company=erp.company, name="J", part="", operation="", units_per_count=of_job, sku=sku)
    JobDispatch.objects.create(job=job, station=erp.station, units_per_count=of_run)
    erp.station.counter = "delta"
    erp.station.save()
    say(erp.station, *(at + minute * MINUTE for minute in range(20)), good=1.0)
    erp.start("1", startAt=iso(at), jobName="J", partName=None)
    settle(now())
    assert erp.does("GET", f"{RUN}/1")["metrics"]["totalParts"] == made
    assert total(naive.atoms(erp.station, Window(at, at + HOUR))) == made


def total(atoms):
    return sum(atom.sums["good"] for atom in atoms if atom.kind == "units")
