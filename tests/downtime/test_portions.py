"""What lies far back is decided anew in portions: nobody waits for it, and the answer is the same."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings

from downtime import cases, engine
from downtime.models import Issue, IssueEvent, Slice
from downtime.models.issues import Who
from production.ingest import Parcel, record
from production.live import look_again
from production.messages import EARLIEST, Message
from production.models import StationLive
from scheduling.models import PatternShift
from tests.downtime.test_any_order import (
    EXAMPLES,
    HEARTBEAT,
    PLANS,
    SPAN,
    make_listening_station,
    message,
    ordinary,
    rows,
    stories,
)
from tests.make import NOON, make_cause, make_job_run, make_pattern, make_station

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DAYS = 40


@pytest.fixture
def station():
    """Forty days of work around noon and midnight, with gaps of all lengths, all decided."""
    station = make_station()
    make_pattern(("Early", 6 * 60, 8 * 60), follows=station)
    make_job_run(station, actual_start=NOON - DAYS * DAY, cycle_time_ms=600_000)
    chance, at, said = random.Random(7), NOON - DAYS * DAY, []
    while at < NOON:
        said.append(Parcel(station.company_id, station.code, Message(at=at, good=1.0), "mqtt"))
        at += MINUTE * chance.choice([5, 8, 10, 12, 25, 60, 400])
    record(said, received_at=NOON, quarantine=False)
    while engine.tick(now=NOON):
        pass
    return station


def move_the_shift(station):
    """As the admin does it: another week, and every station that follows it looks again at all its time."""
    PatternShift.objects.filter(pattern__assignments__station=station).update(start_minute=9 * 60)
    look_again([station.pk], since=EARLIEST, at=NOON)


def dirty_from(station):
    return StationLive.objects.get(station=station).dirty_from


def tiles(station):
    """The slices, of which none is missing and none lies on another."""
    found = list(Slice.objects.filter(station=station).order_by("start"))
    assert all(before.end == after.start for before, after in pairwise(found))
    assert found[-1].end is None
    return found


def test_a_moved_shift_is_decided_portion_by_portion_and_as_if_at_once(station):
    before = rows(station)
    move_the_shift(station)
    looks, marks = 0, [EARLIEST]
    while engine.tick(now=NOON):
        looks += 1
        marks.append(dirty_from(station) or NOON)
        assert marks[-1] >= marks[-2], "it only goes on"
        assert tiles(station)[0].start == NOON - DAYS * DAY
    steps = [after - before for before, after in pairwise(sorted({*marks[1:], NOON - DAYS * DAY}))]
    assert max(steps) <= 3 * cases.PORTION
    assert looks > 20
    decided = rows(station)
    assert decided != before
    engine.rebuild(station, now=NOON)
    assert rows(station) == decided


def test_what_was_answered_in_a_stop_that_stays_is_kept(station):
    cause = make_cause(company=station.company)
    for issue in Issue.objects.filter(station=station):
        issue.explain(cause, by=Who(), at=NOON)
    answered = set(Issue.objects.values_list("silent_since", flat=True))
    look_again([station.pk], since=EARLIEST, at=NOON)
    while engine.tick(now=NOON):
        pass
    assert set(Issue.objects.filter(cause=cause).values_list("silent_since", flat=True)) == answered
    assert not IssueEvent.objects.filter(kind=IssueEvent.Kind.WITHDRAWN).exists()


def test_the_present_of_all_stations_is_on_time_meanwhile(station):
    other = make_station(cycle_time_ms=60_000, group=station.group)
    make_pattern(follows=other)
    for each in (station, other):
        record(
            [Parcel(each.company_id, each.code, Message(at=NOON, good=1.0), "mqtt")],
            received_at=NOON,
            quarantine=False,
        )
    engine.tick(now=NOON)
    move_the_shift(station)
    engine.tick(now=NOON)
    assert dirty_from(station) is not None
    engine.tick(now=NOON + 15.1 * MINUTE)
    assert dirty_from(station) < NOON - 30 * DAY
    stopped = Issue.objects.filter(ended_at=None).values_list("station", "raised_at")
    assert dict(stopped) == {other.pk: NOON + 1.5 * MINUTE, station.pk: NOON + 15 * MINUTE}
    assert engine.is_behind(now=NOON)


def test_a_late_signal_may_come_into_what_is_half_done(station):
    move_the_shift(station)
    for _ in range(9):
        engine.tick(now=NOON)
    late = Message(at=NOON - (DAYS - 2) * DAY - 7 * MINUTE, good=1.0)
    record([Parcel(station.company_id, station.code, late, "mqtt")], received_at=NOON, quarantine=False)
    while engine.tick(now=NOON):
        tiles(station)
    decided = rows(station)
    engine.rebuild(station, now=NOON)
    assert rows(station) == decided


def test_a_station_that_never_works_is_decided_in_one_piece():
    station = make_station(detection="utilisation")
    make_pattern(follows=station)
    said = [Message(at=NOON - n * DAY / 2, productive=False) for n in range(2 * DAYS)]
    record(
        [Parcel(station.company_id, station.code, each, "mqtt") for each in said],
        received_at=NOON,
        quarantine=False,
    )
    engine.tick(now=NOON)
    look_again([station.pk], since=EARLIEST, at=NOON)
    while engine.tick(now=NOON):
        pass
    assert dirty_from(station) is None
    assert {piece.state for piece in tiles(station)} == {"stopped"}
    assert Issue.objects.count() == 1


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("heartbeat", [None, HEARTBEAT])
@settings(ordinary, max_examples=EXAMPLES // 2)
@given(story=stories())
def test_portions_of_any_story_are_as_the_whole(plan, heartbeat, story):
    signals, _, _ = story
    station = make_listening_station(plan, heartbeat)
    now = NOON + timedelta(seconds=SPAN)
    said = [Parcel(station.company_id, station.code, message(*signal), "mqtt") for signal in signals]
    record(said, received_at=now, quarantine=False)
    engine.tick(now=now)
    PatternShift.objects.update(minutes=10)
    look_again([station.pk], since=EARLIEST, at=now)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cases, "PORTION", timedelta(seconds=150))
        while engine.tick(now=now):
            tiles(station)
    decided = rows(station)
    engine.rebuild(station, now=now)
    assert rows(station) == decided
