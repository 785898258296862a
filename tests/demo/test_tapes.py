"""Tapes: recordings that play for ever, in the rhythm in which they were recorded."""

import gzip
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesproject.demo.plan import STATIONS, station
from mesproject.demo.recordings import DATA, Stretch, Tape, takes
from production.windows import Window

OPENED = datetime(2026, 3, 11, 12, tzinfo=UTC)
DAY = Window(OPENED - timedelta(days=1), OPENED)
HEARTBEAT = timedelta(minutes=3)
TAPES = {one.code: one.tape(OPENED) for one in STATIONS}
MINUTES = st.integers(0, 24 * 60 * 60).map(lambda seconds: timedelta(seconds=seconds))

every_station = pytest.mark.parametrize("code", list(TAPES))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@settings(max_examples=30, deadline=None)
@given(code=st.sampled_from(list(TAPES)), cuts=st.lists(MINUTES, max_size=6))
def test_a_tape_says_the_same_in_however_many_pieces_one_asks(code, cuts):
    edges = sorted({DAY.start, DAY.end, *(DAY.start + cut for cut in cuts)})
    pieces = [message for a, b in pairwise(edges) for message in TAPES[code].messages(Window(a, b))]
    assert pieces == list(TAPES[code].messages(DAY))


@every_station
def test_a_tape_says_one_thing_after_the_other(code):
    times = [message.at for message in TAPES[code].messages(DAY)]
    assert len(times) > 1400
    assert all(a < b for a, b in pairwise(times))


@every_station
def test_the_second_loop_says_the_same_as_the_first_but_counts_on(code):
    tape = TAPES[code]
    first = list(tape.messages(Window(tape.began, tape.began + tape.length)))
    second = list(tape.messages(Window(tape.began + tape.length, tape.began + 2 * tape.length)))
    assert [m.at + tape.length for m in first] == [m.at for m in second]
    assert [m.productive for m in first] == [m.productive for m in second]
    totals = [m.good_total for m in (*first, *second) if m.good_total is not None]
    assert totals == sorted(totals)
    assert max(totals, default=0) == 2 * tape.made


def test_what_was_recorded_keeps_its_rhythm():
    stretch = Stretch("hurco02", at("2017-02-08T12:00"), at("2017-02-08T16:28"))
    with gzip.open(DATA / "hurco02.shdr.gz", "rt") as lines:
        rows = [line.strip().split("|") for line in lines if line.startswith("2017-02-08T1")]
    recorded = [
        at(time[:26]) - stretch.start
        for time, *pairs in rows
        if "Program_Status" in pairs and stretch.start <= at(time[:26]) < stretch.end
    ]
    played = [take.offset for take in takes(stretch) if "productive" in take.said and take.offset]
    assert played == recorded


def test_the_active_time_of_a_stretch_is_what_a_plain_script_finds_in_the_recording():
    start, end = at("2018-09-18T17:07"), at("2018-09-18T19:15")
    said = {}
    with gzip.open(DATA / "mazak01-2018-09.shdr.gz", "rt") as lines:
        for line in lines:
            time, key, value, *_ = line.strip().split("|")
            if key == "execution" and at(time.rstrip("Z")) < end:
                said[at(time.rstrip("Z"))] = value == "ACTIVE"
    times = sorted(said)
    spans = zip(times, [*times[1:], end], strict=True)
    expected = sum((b - max(a, start) for a, b in spans if said[a] and b > start), timedelta())
    changes = [
        (take.offset, take.said["productive"])
        for take in takes(Stretch("mazak01-2018-09", start, end, "cycle_end"))
        if "productive" in take.said
    ]
    ends = [offset for offset, _ in changes[1:]] + [end - start]
    assert sum((b - a for (a, on), b in zip(changes, ends, strict=True) if on), timedelta()) == expected


@every_station
def test_while_the_machine_is_there_its_gateway_is_never_silent_for_long(code):
    available, last = True, DAY.start
    for message in TAPES[code].messages(DAY):
        assert not available or message.at - last <= HEARTBEAT
        available = available if message.available is None else message.available
        last = message.at


def test_no_sign_of_life_is_made_up_for_a_machine_that_lost_its_connection():
    available, lost = True, 0
    for take in takes(station("MAZAK-1").works[0].stretch):
        made_up = take.said == {"available": True} and take.offset % timedelta(minutes=1) == timedelta()
        assert available or not made_up
        available = take.said.get("available", available)
        lost += not available
    assert lost


def test_the_furnace_s_meter_rises_by_what_was_recorded():
    stretch = station("FURNACE").works[0].stretch
    with gzip.open(DATA / "furnace.csv.gz", "rt") as lines:
        rows = [line.strip().split(",") for line in list(lines)[1:]]
    inside = [float(kwh) for end, kwh in rows if stretch.start < datetime.fromisoformat(end) <= stretch.end]
    assert Tape([stretch]).kwh == pytest.approx(sum(inside), abs=0.01)


@every_station
def test_turns_follow_each_other_without_a_gap(code):
    turns = list(TAPES[code].turns(DAY))
    assert turns[0].window.start <= DAY.start
    assert turns[-1].window.end >= DAY.end
    assert all(a.window.end == b.window.start and b.number == a.number + 1 for a, b in pairwise(turns))


@settings(max_examples=30, deadline=None)
@given(cut=MINUTES)
def test_parts_are_counted_once_however_the_day_is_cut(cut):
    tape = TAPES["MAZAK-2"]
    middle = DAY.start + cut
    halves = [*tape.parts(Window(DAY.start, middle)), *tape.parts(Window(middle, DAY.end))]
    assert halves == list(tape.parts(DAY))
    assert [b - a for (_, a), (_, b) in pairwise(halves)] == [1.0] * (len(halves) - 1)
