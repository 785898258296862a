"""I3, I4, I7: whatever the order, the batches and the repetitions, the same signals give the same slices.

The oracle is as naive as can be: it looks at each second by itself.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downtime import engine
from downtime.models import Issue, Slice
from production.ingest import Parcel, record
from production.messages import Message
from production.models import StationLive
from tests.make import NOON, make_pattern, make_station
from tests.tries import tries

pytestmark = pytest.mark.django_db

SPAN = 1800  # seconds; breaks from 400 to 520 and from 1000 to 1004, on the plan's five-minute grid below
QUIET, STOP, HEARTBEAT = 60, 100, 150
EXAMPLES = int(os.environ.get("EXAMPLES", tries(60)))

ordinary = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def stories(draw):
    """Signals at whole seconds, each at its own; and the order, batches and ticks in which they come."""
    seconds = draw(st.lists(st.integers(0, SPAN - 1), min_size=1, max_size=25, unique=True))
    kinds = st.sampled_from(["work", "work", "work", "alive", "lost", "back"])
    signals = [(second, draw(kinds)) for second in sorted(seconds)]
    arrivals = draw(st.permutations([*signals, *draw(st.lists(st.sampled_from(signals), max_size=5))]))
    sizes = draw(st.lists(st.integers(1, 6), min_size=len(arrivals), max_size=len(arrivals)))
    return signals, arrivals, sizes


def message(second, kind):
    at = NOON + timedelta(seconds=second)
    if kind == "work":
        return Message(at=at, good=1.0)
    if kind == "alive":
        return Message(at=at, rssi=-70.0)
    return Message(at=at, available=kind == "back")


def batches(arrivals, sizes):
    rest, sizes = list(arrivals), iter(sizes)
    while rest:
        size = next(sizes)
        yield rest[:size]
        rest = rest[size:]


PLANS = {
    "around the clock": [(0, SPAN)],
    "with a break": [(0, 300), (600, SPAN)],
}


def make_listening_station(plan, heartbeat):
    station = make_station(
        cycle_time_ms=QUIET * 1000,
        stop_multiplier=1,
        micro_stop_ms=STOP * 1000,
        heartbeat_ms=heartbeat and heartbeat * 1000,
    )
    shifts = [(f"shift {start}", 12 * 60 + start // 60, (end - start) // 60) for start, end in PLANS[plan]]
    make_pattern(*shifts, follows=station)
    return station


def tell(station, signals, now):
    parcels = [Parcel(station.company_id, station.code, message(*signal), "mqtt") for signal in signals]
    record(parcels, received_at=now, quarantine=False)


def naive(signals, plan, heartbeat):
    """The state of each second from the first signal on, straight from the definitions."""
    first = signals[0][0]
    blind = {t for t in range(first, SPAN) if is_blind(t, signals, heartbeat)}
    planned = {t for start, end in PLANS[plan] for t in range(start, end)}
    works = {second for second, kind in signals if kind == "work"}
    return [
        "not_planned" if t not in planned
        else "no_signal" if t in blind
        else of_gap(t, works, planned - blind, first)
        for t in range(first, SPAN)
    ]  # fmt: skip


def is_blind(t, signals, heartbeat):
    before = [(second, kind) for second, kind in signals if second <= t]
    after = min((second for second, _ in signals if second > t), default=SPAN)
    words = [kind for _, kind in before if kind in ("lost", "back")]
    lost = bool(words) and words[-1] == "lost"
    return lost or (heartbeat is not None and after - before[-1][0] > heartbeat)


def of_gap(t, works, observed, first):
    if t == SPAN - 1 and t in works:
        return "running"
    start = t
    while start not in works and start - 1 in observed and start - 1 >= first:
        start -= 1
    end = t + 1
    while end not in works and end in observed and end < SPAN:
        end += 1
    length, over = end - start, end < SPAN
    if length > STOP:
        return "stopped"
    return "micro_stop" if length > QUIET and over else "running"


def by_second(station, first):
    found = []
    for piece in Slice.objects.filter(station=station).order_by("start"):
        end = (piece.end or NOON + timedelta(seconds=SPAN)) - NOON
        begin = piece.start - NOON
        assert begin.total_seconds() == first + len(found), "slices tile time"
        found += [piece.state] * int((end - begin).total_seconds())
    return found


def rows(station):
    slices = Slice.objects.filter(station=station).order_by("start")
    issues = Issue.objects.filter(station=station).order_by("started_at")
    return (
        list(slices.values_list("start", "end", "state", "silent_since", "carry")),
        list(issues.values_list("silent_since", "started_at", "ended_at", "raised_at")),
    )


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("heartbeat", [None, HEARTBEAT])
@ordinary
@given(story=stories())
def test_order_batches_and_repetitions_do_not_change_the_result(plan, heartbeat, story):
    signals, arrivals, sizes = story
    station = make_listening_station(plan, heartbeat)
    now = NOON + timedelta(seconds=SPAN)
    for number, batch in enumerate(batches(arrivals, sizes)):
        # The clock goes on as fast as the signals allow, so that the tick decides much too early.
        latest = max(second for second, _ in batch)
        tell(station, batch, NOON + timedelta(seconds=latest))
        if number % 2:
            engine.tick(now=NOON + timedelta(seconds=min(latest + 20 * number, SPAN)))
    StationLive.objects.filter(station=station).update(deadline=now)
    engine.tick(now=now)
    assert by_second(station, signals[0][0]) == naive(signals, plan, heartbeat)
    decided = rows(station)
    live = StationLive.objects.get(station=station)
    worked = [NOON + timedelta(seconds=second) for second, kind in signals if kind == "work"]
    assert live.last_output_at == max(worked, default=None)
    engine.rebuild(station, now=now)
    assert rows(station) == decided
