"""Recordings of real machines through the door and the tick: the tables agree with a plain script over the file."""

import random
from datetime import timedelta

import pytest

from downtime import engine
from downtime.cases import rows_since
from downtime.models import Issue, Slice
from production.counters import Counters, Rule, count
from production.ingest import Parcel, Verdict, record
from production.models import Signal
from production.mtconnect import shdr
from production.mtconnect.mapping import Names, Reader
from tests.make import make_pattern, make_station
from tests.production import recordings
from tests.production.recordings import HURCO_02, HURCO_04, MAZAK
from tests.production.test_recordings_of_real_machines import plainly

pytestmark = pytest.mark.django_db
BATCH = 1000


def parcels_of(station, recording, count_by):
    messages = Reader(Names(count_by=count_by)).read(shdr.read(recordings.lines(recording)))
    return [Parcel(station.company_id, station.code, message, "file") for message in messages]


def send(parcels, now):
    verdicts = []
    for first in range(0, len(parcels), BATCH):
        verdicts += record(parcels[first : first + BATCH], received_at=now, quarantine=True)
    return [outcome.verdict for outcome in verdicts]


def decide(now):
    while engine.tick(now=now):
        now += timedelta(milliseconds=1)


def active_ms(station, until):
    """Running time up to the last word of the recording."""
    running = Slice.objects.filter(station=station, state="running", start__lt=until)
    whole = sum(((min(s.end or until, until) - s.start) for s in running), timedelta())
    return whole // timedelta(milliseconds=1)


def units(station):
    rows = rows_since({station.pk: Signal.objects.filter(station=station).order_by("at").first().at})
    return sum(units.good for units, _ in count(rows[station.pk], lambda _: Rule("reset"), Counters()))


def tables(station):
    slices = Slice.objects.filter(station=station).order_by("start").values_list("start", "end", "state")
    issues = (
        Issue.objects.filter(station=station).order_by("started_at").values_list("started_at", "ended_at")
    )
    return list(slices), list(issues), Signal.objects.filter(station=station).count()


@pytest.mark.parametrize(
    ("recording", "execution", "part_count", "count_by"),
    [
        (HURCO_02, "Program_Status", "Part_Count", "part_count"),
        (HURCO_04, "Program_Status", "Part_Count", "part_count"),
        (HURCO_04, "Program_Status", "Part_Count", "program_end"),
        (MAZAK, "execution", "PartCountAct", "cycle_end"),
    ],
    ids=["Hurco 02", "Hurco 04", "Hurco 04 by programs", "a Mazak's fortnight"],
)
def test_the_tables_agree_with_a_plain_script_in_any_order_and_when_sent_twice(
    recording, execution, part_count, count_by
):
    station = make_station(detection="utilisation", utilisation_threshold_ms=0)
    make_pattern(follows=station)
    script = plainly(recording, execution, part_count)
    parcels = parcels_of(station, recording, count_by)
    last = max(parcel.message.at for parcel in parcels)
    now = last + timedelta(hours=1)
    shuffled = random.Random(1).sample(parcels, len(parcels))
    half = len(shuffled) // 2
    assert Verdict.REFUSED not in send(shuffled[:half], now)
    decide(now)
    assert Verdict.REFUSED not in send(shuffled[half:], now)
    decide(now + timedelta(seconds=1))
    made = {"part_count": "made", "program_end": "programs", "cycle_end": "cycles"}[count_by]
    assert units(station) == script[made]
    assert active_ms(station, last) == script["active"]
    before = tables(station)
    assert set(send(parcels, now + timedelta(seconds=2))) == {Verdict.DUPLICATE}
    decide(now + timedelta(seconds=2))
    assert tables(station) == before
    engine.rebuild(station, now=now + timedelta(seconds=2))
    assert tables(station) == before
