"""Any mixture of starts, stops and late starts: one run a station at a time, output neither lost nor counted twice."""

import os
from datetime import timedelta
from random import Random

import pytest
from django.db.models import F

from downtime import engine
from mesproject.erp.views import told
from mesproject.reports.asking import Question, production
from mesproject.reports.facts import refresh
from mesproject.reports.measures import total
from mesproject.reports.models import FactMark
from production import dispatch, runs
from production.ingest import Parcel, record
from production.messages import Message
from production.models import ErpRun, JobRun, Station
from production.windows import Window
from tests.make import NOON, make_job, make_job_run, make_pattern, make_station

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LENGTH = 5 * HOUR
END = NOON + LENGTH
FEW, MANY = 6, int(os.environ.get("HISTORIES", "200"))
MADE = [NOON + n * 7 * MINUTE for n in range(1, 42)]


class Ledger:
    """What an ERP said, and what must follow, worked out as plainly as can be."""

    def __init__(self, dice, stations):
        self.dice, self.stations = dice, stations
        self.starts, self.stops, self.said = {}, {}, {}

    def say(self, now):
        """Something that an ERP says now, of any time before."""
        if self.starts and self.dice.random() < 0.4:
            self.stop(self.dice.choice(sorted(self.starts)), self.any_time(now), now)
        elif self.said and self.dice.random() < 0.2:
            dispatch.start(self.dice.choice(list(self.said.values())), now=now)
        else:
            self.start(f"run {len(self.said)}", self.any_time(now), now)

    def any_time(self, now):
        return NOON + MINUTE * self.dice.randrange(int((now - NOON) / MINUTE))

    def start(self, id_, at, now):
        station = self.dice.choice(self.stations)
        job = dispatch.JobTold(
            self.dice.choice("JKL"), ideal_part_time_ms=self.dice.choice([None, 60_000, 90_000])
        )
        said = dispatch.Start(id_, station, job, in_setup=self.dice.random() < 0.3, at=at)
        if (station.pk, at) in self.starts.values():
            with pytest.raises(runs.SameStart):
                dispatch.start(said, now=now)
            return
        dispatch.start(said, now=now)
        self.starts[id_], self.said[id_] = (station.pk, at), said

    def stop(self, id_, at, now):
        run = ErpRun.objects.get(erp_run_id=id_)
        if at <= self.starts[id_][1]:
            with pytest.raises(runs.EndBeforeStart):
                dispatch.stop(run, at=at, now=now)
            return
        dispatch.stop(run, at=at, now=now)
        self.stops[id_] = at

    def spans(self):
        """By id: station, start, end."""
        found = {}
        for id_, (station, at) in self.starts.items():
            later = [other for where, other in self.starts.values() if where == station and other > at]
            ends = [*later, *([self.stops[id_]] if id_ in self.stops else [])]
            found[id_] = (station, at, min(ends) if ends else None)
        return found


def settle(now):
    while engine.tick(now=now):
        pass
    FactMark.objects.update(summed_until=F("settled_until"))
    while refresh(now=now):
        pass


def check(seed):
    dice = Random(seed)
    stations = [make_station(counter="delta")]
    stations.append(make_station(counter="delta", company=stations[0].company))
    for station in stations:
        make_pattern(follows=station)
        for n, at in enumerate(MADE):
            message = Message(at=at, good=1 + n % 3, bad=float(n % 5 == 0))
            record(
                [Parcel(station.company_id, station.code, message, "mqtt")], received_at=at, quarantine=False
            )
    for name in "JK":
        job = make_job(company=stations[0].company, name=name, part="", operation="")
        make_job_run(dice.choice(stations), job=job, actual_start=None, planned_start=NOON)
    ledger = Ledger(dice, stations)
    for n in range(14):
        now = END - 2 * HOUR + n * 8 * MINUTE
        ledger.say(now)
        if dice.random() < 0.3:
            settle(now)
    settle(END)
    rows = ErpRun.objects.values_list("erp_run_id", "run__station", "run__actual_start", "run__actual_end")
    assert {id_: span for id_, *span in rows} == {id_: list(span) for id_, span in ledger.spans().items()}
    for station in Station.objects.in_place():
        made = _made(station, NOON, END)
        whole = Question([station], Window(NOON, END), now=END)
        assert _sum(whole) == made
        by_run = dict(production(Question([station], Window(NOON, END), ("run",), now=END)))
        assert sum(sums.good + sums.bad for sums in by_run.values()) == sum(made)
        for run in JobRun.objects.filter(station=station, actual_start__isnull=False):
            answer = told(run.erp, at=END).metrics
            assert (answer.good_parts, answer.nonconform_parts) == _made(
                station, run.actual_start, run.actual_end or END
            )
            assert _sum(Question([station], Window(run.actual_start, run.actual_end or END), now=END)) == (
                answer.good_parts, answer.total_parts - answer.good_parts,
            )  # fmt: skip


def _made(station, start, end):
    found = [(1 + n % 3, n % 5 == 0) for n, at in enumerate(MADE) if start <= at < end]
    return sum(good for good, _ in found), sum(bad for _, bad in found)


def _sum(question):
    sums = total(part for _, part in production(question))
    return sums.good, sums.bad


@pytest.mark.parametrize("seed", range(FEW))
def test_any_mixture_keeps_one_run_at_a_time_and_all_output(seed):
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1000 + MANY))
def test_many_mixtures_do(seed):
    check(seed)
