"""Recordings of real machines: what reports say of a day is what a plain script finds in the file."""

import csv
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from downtime import engine
from mesproject.reports.asking import Days, Question, production
from mesproject.reports.definition import DEFAULT
from mesproject.reports.facts import refresh
from mesproject.reports.metrics import METRICS
from production.ingest import Parcel
from production.models import Station
from production.mtconnect import shdr
from production.mtconnect.mapping import Names, Reader
from tests.downtime.test_recordings_in_the_tables import send
from tests.make import make_pattern, make_plant, make_station
from tests.production import recordings
from tests.production.recordings import HURCO_02, MAZAK
from tests.production.test_recordings_of_real_machines import micros

pytestmark = pytest.mark.django_db
DAY = 86_400_000
# What the machine's own counter counts as work beside ACTIVE, and how far it is off on a day (data/README).
HELD = ("FEED_HOLD", "INTERRUPTED")
TOLERANCE = timedelta(hours=0.1)


def plainly(patterns, execution):
    """Milliseconds of each state by day, by loops over lines."""
    states, found = [], {}
    for line in recordings.lines(patterns):
        cells = line.rstrip("\r\n").split("|")
        for position in range(1, len(cells) - 1, 2):
            if cells[position] == execution:
                states.append(
                    ((micros(cells[0]) - micros("1970-01-01T00:00:00Z")) // 1000, cells[position + 1])
                )
    states.sort(key=lambda row: row[0])
    for (begin, state), (end, _) in pairwise(states):
        while begin < end:
            day, until = begin // DAY, min(end, (begin // DAY + 1) * DAY)
            found[state, day] = found.get((state, day), 0) + until - begin
            begin = until
    return found


def replayed(patterns, count_by, *, shuffled=False):
    """The station whose signals these are, and when the last of them was."""
    station = make_station(
        detection="utilisation", utilisation_threshold_ms=0, plant=make_plant("UTC", day_start="00:00")
    )
    make_pattern(("Day", 0, 1440), follows=station)
    messages = Reader(Names(count_by=count_by)).read(shdr.read(recordings.lines(patterns)))
    parcels = [Parcel(station.company_id, station.code, message, "file") for message in messages]
    last = max(parcel.message.at for parcel in parcels)
    send(random.Random(1).sample(parcels, len(parcels)) if shuffled else parcels, last)
    now = last
    while engine.tick(now=now):
        now += timedelta(milliseconds=1)
    # All but the last half of an hour, which the question sums.
    while refresh(now=last - timedelta(minutes=30)):
        pass
    return Station.objects.in_place().get(pk=station.pk), last


def reported(station, now):
    """Time in cycle by day."""
    days = Days(datetime(2010, 1, 1, tzinfo=UTC).date(), now.date())
    answer = production(Question([station], days, ("day",), now=now))
    return {day: METRICS["time_in_cycle"].compute(sums, DEFAULT) for (day,), sums in answer}


def days_since_1970(day):
    return (day - datetime(1970, 1, 1, tzinfo=UTC).date()).days


@pytest.mark.parametrize(
    ("recording", "execution", "count_by"),
    [
        (HURCO_02, "Program_Status", "part_count"),
        pytest.param(MAZAK, "execution", "cycle_end", marks=pytest.mark.long),
    ],
    ids=["Hurco 02", "a Mazak's fortnight"],
)
def test_time_in_cycle_of_each_day_is_the_active_time_of_a_plain_script(recording, execution, count_by):
    station, now = replayed(recording, count_by, shuffled=True)
    script = {day: ms for (state, day), ms in plainly(recording, execution).items() if state == "ACTIVE"}
    found = {days_since_1970(day): ms for day, ms in reported(station, now).items()}
    assert sum(script.values()) > 0
    assert {day: ms for day, ms in found.items() if ms} == {day: ms for day, ms in script.items() if ms}


def counted_by_the_machine(file_date):
    """What its own counter of time at work says of a file."""
    [table] = recordings.files(["nist-mazak01-2018-09/derived_daily.csv"])
    rows = csv.DictReader(table.read_text().splitlines())
    [hours] = [float(row["auto_time_delta_h"]) for row in rows if row["file_date"] == file_date]
    return timedelta(hours=hours)


@pytest.mark.parametrize("file_date", [
    "20180919", *(pytest.param(day, marks=pytest.mark.long) for day in (
        "20180917", "20180918", "20180920", "20180924", "20180925", "20180926", "20180927")),
])  # fmt: skip
def test_time_in_cycle_is_what_the_machine_counts_itself(file_date):
    recording = [f"nist-mazak01-2018-09/raw/Mazak01-{file_date}-*.txt.gz"]
    own = counted_by_the_machine(file_date)
    station, now = replayed(recording, "cycle_end")
    # The whole file: it begins with what was last known, on a Monday that of Friday.
    in_cycle = sum(reported(station, now).values())
    held = sum(ms for (state, _), ms in plainly(recording, "execution").items() if state in HELD)
    assert abs(timedelta(milliseconds=in_cycle + held) - own) <= TOLERANCE
