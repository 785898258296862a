"""Workers that write plans are killed anywhere, or work at the same time: no gap and no duplicate afterwards."""

import os
import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils.timezone import now

from production.models import Station
from production.windows import Window
from scheduling.expansion import expand
from scheduling.models import EventInstance, PlannedShift, StationPlan
from scheduling.planned import plans
from scheduling.rules import rules_of
from scheduling.writing import HORIZON, rules_changed, write_ahead
from tests.make import make_company, make_event_assignment, make_group, make_pattern, make_station
from tests.production.processes import CHECKOUT, database_url

pytestmark = pytest.mark.django_db(transaction=True)

STATIONS = 120
# What the worker's task does, told when it has begun: starting Python takes longer than the work.
WORKER = """
from django.utils.timezone import now
from scheduling.writing import write_ahead
print("at work", flush=True)
while write_ahead(now=now()):
    pass
"""


@pytest.fixture
def pattern():
    """120 stations on two lines that follow one pattern with two breaks."""
    company = make_company()
    found = make_pattern(("Early", 360, 480), ("Late", 840, 480), ("Night", 1320, 480), company=company)
    for _ in range(2):
        group = make_group(company=company)
        found.assignments.create(group=group, valid_from="2020-01-01")
        for _ in range(STATIONS // 2):
            make_station(group=group)
    for at in ("100000", "020000"):
        make_event_assignment(found, f"DTSTART:20200101T{at}\nRRULE:FREQ=DAILY", minutes=30)
    return found


def start_a_worker():
    env = os.environ | {"DATABASE_URL": database_url()}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", WORKER],
        cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "at work\n"
    return process


def assert_whole():
    """Each station's plan is written to the horizon, says what the rules say, and overlaps nowhere."""
    stations = list(Station.objects.in_place())
    assert (
        StationPlan.objects.filter(written_until__gt=now() + HORIZON - timedelta(days=2)).count() == STATIONS
    )
    whole = Window(now(), now() + HORIZON - timedelta(days=2))
    found, rules = plans(stations, whole), rules_of(stations)
    shifts, events = expand(rules[stations[0].pk], whole)
    for station in stations:
        assert found[station.pk].shifts == shifts
        assert found[station.pk].events == events
    rows = PlannedShift.objects.order_by("station_id", "start_at").values_list(
        "station_id", "start_at", "end_at"
    )
    for (one, _, end), (other, start, _) in pairwise(rows):
        assert one != other or end <= start
    keys = EventInstance.objects.values_list("station_id", "assignment_id", "start_at")
    assert max(Counter(keys).values()) == 1


def test_a_worker_killed_at_ten_points_leaves_no_gap_and_no_duplicate(pattern):
    dice = random.Random(3)
    for kill in range(10):
        worker = start_a_worker()
        try:
            worker.wait(timeout=dice.uniform(0.0, 1.2))
        except subprocess.TimeoutExpired:
            worker.kill()
        worker.wait()
        worker.stdout.close()
        # In between, somebody edits: there is always something to write.
        pattern.shifts.filter(name="Late", day=kill % 7).update(minutes=450 - kill * 5)
        rules_changed(Station.objects.values_list("pk", flat=True), at=now())
    while write_ahead(now=now()):
        pass
    assert_whole()


def test_two_workers_at_once_write_each_row_once(pattern):
    workers = [start_a_worker() for _ in range(2)]
    for worker in workers:
        assert worker.wait(timeout=120) == 0
        worker.stdout.close()
    assert_whole()
