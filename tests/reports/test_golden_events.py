"""Published streams of events, through our counting, detection and sums; each case says what it chose.

Where a published value is not one that we would ever say, `UNREACHED` has the reason, and the test what we say instead.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from downtime.detection import MICRO_STOP, NOT_PLANNED, RUNNING, STOPPED, Carry, Limits, Plan, Setting, find
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS, values
from mesproject.reports.tally import Made, Run, State, Story, tally
from production.counters import Counters, Rule, count
from production.messages import Row
from production.opta import Pin, signals
from production.windows import Window, difference
from scheduling.calendar import Shift, joined
from scheduling.expansion import Kind, PlannedSpan
from tests.reports.test_golden import CASES, OURS

MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
SECOND, MS = timedelta(seconds=1), timedelta(milliseconds=1)
NO_QUIET = timedelta()

# What each case chose: the limits of gaps (quiet, stop), and how its words are read. All by our own definition of OEE.
CHOSEN = {
    "flux-apq": (
        (NO_QUIET, 5 * 60 * SECOND),
        "Its planned time is twice its window. Of the rest the machine says nothing: no signal, which is a loss of "
        "availability.",
    ),
    "jaula-quality": (
        (NO_QUIET, 60 * SECOND),
        "Its window contains the reading at its end; ours ends before it, so that reading comes a millisecond earlier.",
    ),
    "jaula-full": ((NO_QUIET, 60 * SECOND), "The same; a machine that is held for 200 s is stopped."),
    "rhize-iso22400-ex1": ((NO_QUIET, 60 * SECOND), "APT is work, ADET a stop; performance is not cut."),
    "connectoee-counter-reset": (None, "A running count that may fall to zero (`reset`)."),
    "connectoee-pulse": (None, "Edges are counted by the device, which sends how many there were."),
    "umh-microstops-only-microstops": ((NO_QUIET, 600 * SECOND), "A gap of at most the limit is a micro-stop."),
    "umh-microstops-one-long-stop": ((NO_QUIET, 600 * SECOND), "The same; state 9 is time that is not planned."),
    "umh-shift-clip-shifts1": (
        (120 * SECOND, 300 * SECOND),
        "Gaps up to `quiet` are work, and neighbours of one state are one piece.",
    ),
    "umh-shift-clip-many-noshifts-in-one-stop": (
        (NO_QUIET, 120 * SECOND),
        "A pause between two pieces of one shift is a break, between two shifts there is no shift.",
    ),
    "umh-changeover-enabled-1": ((NO_QUIET, 300 * SECOND), "Stops are cut where a run ends."),
}  # fmt: skip
UNREACHED = {
    "connectoee-counter-reset": {
        "reset_detected": "A new start is counted, not reported: it is no fault. Shown by what it adds."
    },
    "umh-shift-clip-many-noshifts-in-one-stop": {
        "150000": "Their breaks begin a millisecond after the shift's end, so a millisecond belongs to nothing; ours "
        "at it. Their minute without a shift at 12:59 is dropped; for us the plan has none there.",
    },
    "umh-changeover-enabled-1": {
        "100020": "That the end of an order makes a stop a changeover is a guess; for us a person or the machine says "
        "so. The stop stays one, and its time is cut between the runs at the very instant.",
    },
}  # fmt: skip


def setting(case):
    quiet, stop = CHOSEN[case][0]
    return Setting("productive_signal", [(datetime.min.replace(tzinfo=UTC), Limits(quiet, stop))])


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def story(found, made=(), runs=(), *, shifts, spans, ideal_ms=30_000):
    """What was found of a station, to be summed up."""
    states, known = [], set()
    for piece in found.pieces:
        goes_on = piece.silent_since is not None and piece.silent_since in known
        states.append(State(Window(piece.start, piece.end), piece.state, begins=not goes_on))
        known.add(piece.silent_since)
    return Story(
        ZoneInfo("UTC"), time(0), ideal_ms, states=states, shifts=shifts, spans=spans, runs=runs, made=made
    )


# Counters and states


def listened(case, rows, planned, *, silent_from=None, ideal_ms=30_000):
    """The measures of planned time, from rows of (instant, works, total, bad)."""
    heard = [
        Row(at, n, good_total=made - bad, bad_total=bad, productive=on)
        for n, (at, on, made, bad) in enumerate(rows)
    ]
    made = [Made(u.at, u.good, u.bad) for u, _ in count(heard, lambda _: Rule(), Counters())]
    if silent_from is not None:
        heard.append(Row(silent_from, len(heard), available=False))
    found = find(setting(case), Carry(), heard, Plan([planned]), planned)
    shift = Shift("Day", planned, planned.start.date())
    said = story(
        found, made, shifts=[shift], spans=[PlannedSpan(planned, Kind.PRODUCTION, shift)], ideal_ms=ideal_ms
    )
    return total(tally(said, planned).measures.values())


def agrees(case, m):
    expected, tol = CASES[case]["expected"], CASES[case]["tol"]
    found = values(METRICS.values(), m, OURS)
    names = {
        "run_time_s": m.run_ms / 1000, "APT_s": m.run_ms / 1000, "ADET_s": m.stop_ms / 1000,
        "PBT_s": m.planned_ms / 1000, "total": m.good + m.bad, "good": m.good, "quality_ratio": found["quality"],
    }  # fmt: skip
    for name, published in expected.items():
        assert names.get(name, found.get(name)) == pytest.approx(published, abs=tol), name


def test_flux_hears_a_machine_for_half_of_its_planned_time():
    known = CASES["flux-apq"]["inputs"]
    start, end = map(instant, known["window"])
    rows = [
        (instant(at), state == known["running_state"], made, bad) for at, state, made, bad in known["rows"]
    ]
    planned = Window(start, start + known["planned_time_s"] * SECOND)
    agrees("flux-apq", listened("flux-apq", rows, planned, silent_from=end))


@pytest.mark.parametrize("case", ["jaula-quality", "jaula-full"])
def test_jaula_counts_and_stops(case):
    known = CASES[case]["inputs"]
    planned = Window(*(MIDNIGHT + at * SECOND for at in known["window_s"]))
    rows = [
        (min(MIDNIGHT + at * SECOND, planned.end - MS), state == known["running_state"], made, bad)
        for at, state, made, bad in known["rows"]
    ]
    agrees(case, listened(case, rows, planned))


def test_the_time_elements_of_iso_22400():
    known = CASES["rhize-iso22400-ex1"]["inputs"]
    planned = Window(*map(instant, known["window"]))
    made = known["good"] + known["scrap"]
    rows = [(instant(at), state == "APT", 0, 0) for at, state in known["states"] if instant(at) in planned]
    rows.append((planned.end - MS, True, made, known["scrap"]))
    cycle = known["planned_cycle_s"] * 1000
    agrees("rhize-iso22400-ex1", listened("rhize-iso22400-ex1", rows, planned, ideal_ms=cycle))


def test_a_counter_that_falls_began_anew():
    known = CASES["connectoee-counter-reset"]
    heard = [
        Row(MIDNIGHT + n * 60 * SECOND, n, good_total=reading)
        for n, reading in enumerate(known["inputs"]["readings"])
    ]
    added = [units.good for units, _ in count(heard, lambda _: Rule(), Counters())]
    assert sum(added) == known["expected"]["shift_good"]
    assert added[-1] == known["expected"]["last_delta"]
    fell = heard[-1].good_total < heard[-2].good_total
    assert (fell and added[-1] == heard[-1].good_total) is known["expected"]["reset_detected"]


def test_a_level_that_rises_is_one_pulse():
    known = CASES["connectoee-pulse"]
    pairs = pairwise([False, *known["inputs"]["levels"]])
    frames = [json.dumps({"v": "1", "c1": int(level and not before)}).encode() for before, level in pairs]
    said = [signals(frame, [Pin("c1", "M1", "good")])[0][1] for frame in frames]
    heard = [Row(MIDNIGHT + n * 5 * SECOND, n, good=message.good) for n, message in enumerate(said)]
    added = [units.good for units, _ in count(heard, lambda _: Rule(), Counters())]
    assert added == known["expected"]["deltas"]
    assert sum(added) == known["expected"]["shift_good"]


# States of time

OLD = {0: RUNNING, 1: STOPPED, 7: MICRO_STOP, 9: NOT_PLANNED}
NEW = {
    10000: RUNNING, 40000: STOPPED, 50000: MICRO_STOP, 160000: NOT_PLANNED, 150000: "break", 100020: "changeover",
}  # fmt: skip


def published(case, which):
    """The published states as (start, ours), neighbours of one state as one."""
    said = [(instant(one["Timestamp"]), (OLD | NEW)[one["State"]]) for one in CASES[case][which]["states"]]
    return [one for n, one in enumerate(said) if n == 0 or said[n - 1][1] != one[1]]


def decided(case, planned, span):
    """Our pieces of a span, from the productive signal that the states say."""
    heard = [
        Row(at, n, productive=state == RUNNING)
        for n, (at, state) in enumerate(published(case, "inputs"))
        if state != NOT_PLANNED
    ]
    return find(setting(case), Carry(), heard, Plan(planned), span)


@pytest.mark.parametrize("case", ["umh-microstops-only-microstops", "umh-microstops-one-long-stop"])
def test_short_stops_are_micro_stops(case):
    states = published(case, "inputs")
    start, end = states[0][0], states[-1][0]
    over = end if states[-1][1] == NOT_PLANNED else end + 3600 * SECOND
    found = decided(case, [Window(start, over)], Window(start, end + SECOND))
    assert [(piece.start, piece.state) for piece in found.pieces] == published(case, "expected")


def shifts_of(case):
    """The pieces of shifts that are worked; those of one day are one shift."""
    known = CASES[case]["inputs"]["shifts"]
    windows = [
        Window(instant(one["TimestampBegin"]), instant(one["TimestampEnd"]))
        for one in known if one["ShiftType"] == 1
    ]  # fmt: skip
    return [Shift("Day", window, window.start.date()) for window in windows]


def test_time_outside_shifts_is_not_planned_and_short_gaps_are_work():
    case = "umh-shift-clip-shifts1"
    window = Window(*map(instant, CASES[case]["inputs"]["window"]))
    found = decided(case, [shift.window for shift in shifts_of(case)], window)
    assert [(piece.start, piece.state) for piece in found.pieces] == published(case, "expected")


def test_a_stop_over_breaks_and_nights_is_cut_and_counted_once():
    case = "umh-shift-clip-many-noshifts-in-one-stop"
    window = Window(*map(instant, CASES[case]["inputs"]["window"]))
    *shifts, before, last = shifts_of(case)
    # UNREACHED: no plan has a minute without a shift.
    shifts.append(Shift(before.name, Window(before.window.start, last.window.end), before.day))
    whole = [shift.window for shift in joined(shifts)]
    planned = [shift.window for shift in shifts]
    breaks = difference(whole, planned)
    found = decided(case, planned, window)
    pieces = sorted(
        [
            *((piece.start, piece.state) for piece in found.pieces if piece.state != NOT_PLANNED),
            *((pause.start, "break") for pause in breaks if pause.start > window.start),
            *((night.start, NOT_PLANNED) for night in difference([window], whole)),
        ]
    )
    expected = [(at - (at.microsecond // 1000 in (7, 10, 16)) * (state == "break") * MS, state)
                for at, state in published(case, "expected")]  # fmt: skip
    assert pieces == expected
    spans = [
        *(PlannedSpan(each, Kind.PRODUCTION, shifts[0]) for each in planned),
        *(PlannedSpan(each, Kind.BREAK, shifts[0]) for each in breaks),
    ]
    spans.sort(key=lambda span: span.window.start)
    m = total(tally(story(found, shifts=joined(shifts), spans=spans), window).measures.values())
    assert m.stops == 1
    assert m.stop_ms == sum(each.clip(window).duration // MS for each in planned)


def test_a_stop_at_the_end_of_an_order_is_cut_there():
    case = "umh-changeover-enabled-1"
    states, orders = published(case, "inputs"), CASES[case]["inputs"]["orders"]
    span = Window(states[0][0], states[-1][0] + SECOND)
    found = decided(case, [Window(span.start, states[-1][0])], span)
    expected = published(case, "expected")
    changed = [at for at, state in expected if state == "changeover"]
    [end] = [
        at for (at, _), (_, before) in zip(expected[1:], expected, strict=False) if before == "changeover"
    ]
    # UNREACHED: the stop is one.
    assert [(piece.start, piece.state) for piece in found.pieces] == [
        (at, STOPPED if state == "changeover" else state) for at, state in expected if at != end
    ]
    runs = [
        Run(Window(instant(one["BeginTimestamp"]), instant(one["EndTimestamp"])), n)
        for n, one in enumerate(orders, start=1)
    ]
    shift = Shift("Day", span, date(2021, 1, 9))
    spans = [PlannedSpan(Window(span.start, states[-1][0]), Kind.PRODUCTION, shift)]
    sums = tally(story(found, runs=runs, shifts=[shift], spans=spans), span)
    last_run = sum(lost.amount for (key, _), lost in sums.downtime.items() if key.run == len(runs))
    assert last_run == (end - changed[0]) // MS
    assert sum(lost.records for lost in sums.downtime.values()) == 3


def test_every_case_names_what_it_chose():
    assert set(CHOSEN) == {
        name for name, case in CASES.items()
        if case["kind"] in ("events", "events_iso22400", "stop_processing", "counter", "counter_pulse")
    }  # fmt: skip
    assert set(UNREACHED) <= set(CHOSEN)
    assert all(sentence for _, sentence in CHOSEN.values())
