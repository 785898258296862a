"""Whatever people, plans and programs do in whatever order: one run at a time, and each unit is somebody's, once."""

import random
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest

from mesproject.reports.asking import Question, production
from mesproject.schedule.turning import turn_over
from production import planning, runs
from production.errors import DomainError
from production.models import JobRun, Station
from production.windows import Window
from tests.make import NOON, make_pattern, make_sku, make_station
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
MINUTES, STEPS = 60, 40
NOW = NOON + MINUTES * MINUTE


class Hands:
    """Somebody who does anything, at any time, to any run."""

    def __init__(self, station, seed):
        self.station, self.chance = station, random.Random(seed)
        self.skus = [make_sku(company=station.company, units_per_count=n) for n in (1, 1, 3)]

    def at(self):
        # Between units and on them, before the first one and after now.
        return NOON + timedelta(seconds=self.chance.randrange(-300, MINUTES * 60 + 300, 30))

    def run(self):
        return self.chance.choice(list(JobRun.objects.order_by("pk")) or [None])

    def plan(self):
        start = self.chance.choice([None, self.at()])
        run = JobRun(station=self.station, sku=self.chance.choice(self.skus), planned_start=start)
        run.starts_by_plan = start is not None and self.chance.random() < 0.3
        run.planned_quantity = self.chance.choice([None, 5, 10])
        run.ends_on_quantity = bool(run.planned_quantity) and self.chance.random() < 0.5
        planning.put(run, at=NOW)

    def record(self):
        run = JobRun(station=self.station, sku=self.chance.choice(self.skus))
        start, end = sorted([self.at(), self.at()])
        planning.record(run, start=start, end=end, at=NOW)

    def change(self):
        if run := self.run():
            planning.product(self.station.company, run, of=self.chance.choice(self.skus))
            planning.put(run, at=NOW)

    def withdraw(self):
        if run := self.run():
            planning.withdraw(run)

    def turn(self):
        if run := self.run():
            verb = self.chance.choice(
                [runs.start, runs.end, runs.start, runs.end, runs.tell_start, runs.tell_end]
            )
            verb(run, at=self.at(), now=NOW)

    def look(self):
        settle(now=NOW)
        turn_over(now=NOW)

    def do(self):
        verbs = [self.plan, self.turn, self.turn, self.record, self.change, self.withdraw, self.look]
        with suppress(DomainError):
            self.chance.choice(verbs)()


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 30))]
)
def test_no_unit_is_lost_or_counted_twice(seed):
    station = make_station(stop_multiplier=100)
    make_pattern(follows=station)
    say(station, *(NOON + minute * MINUTE for minute in range(MINUTES)), good=1.0)
    hands = Hands(station, seed)
    for _ in range(STEPS):
        hands.do()
    settle(now=NOW)
    there = list(
        JobRun.objects.filter(actual_start__isnull=False).select_related("sku").order_by("actual_start")
    )
    assert there
    for one, other in pairwise(there):
        assert one.actual_end is not None
        assert one.actual_end <= other.actual_start
    asked = Question(list(Station.objects.in_place()), Window(NOON, NOW), ("run",), now=NOW)
    told = {run: sums.good for (run,), sums in production(asked) if sums.good}
    assert told == counted(there)


def counted(there):
    """Each unit by hand: it is that of the run of its instant, in the units that a count of it means."""
    found = {}
    for minute in range(MINUTES):
        at = NOON + minute * MINUTE
        here = [
            run for run in there if run.actual_start <= at and (run.actual_end is None or at < run.actual_end)
        ]
        assert len(here) < 2
        key, units = (here[0].pk, here[0].sku.units_per_count) if here else (0, 1)
        found[key] = found.get(key, 0) + units
    return found
