"""Plans are written ahead and stay as they were: what a change of rules does to the future, and not to the past."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from production import partitions
from production.models import Signal, Station, StationLive
from production.windows import Window
from scheduling import writing
from scheduling.models import EventInstance, PatternException, PlannedShift, Recomputation, StationPlan
from scheduling.planned import plans
from scheduling.writing import HORIZON, recompute, rules_changed, write_ahead
from tests.make import (
    NOON,
    assign,
    make_event_assignment,
    make_group,
    make_pattern,
    make_plant,
    make_station,
)

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LAST_MONTH = Window(NOON - 30 * DAY, NOON)
NEXT_MONTH = Window(NOON, NOON + 30 * DAY)


def asked(*stations):
    return list(Station.objects.filter(pk__in=[s.pk for s in stations]).in_place())


def plan_of(station, within):
    return plans(asked(station), within)[station.pk]


def spans(station, within):
    """All that is said of the window itself."""
    return [
        (span.window, span.kind, span.reason, span.shift.name, span.shift.day, span.shift.team)
        for span in plan_of(station, within).spans
    ]


def shift_names(station, within):
    return {span.shift.name for span in plan_of(station, within).spans}


def written_down(station, *, now=NOON, since=LAST_MONTH.start):
    """A station whose plan is written from `since` on."""
    partitions.ensure([(since.year, since.month)])
    Signal.objects.create(station=station, at=since, key=1, received_at=since, good=1)
    while write_ahead(now=now):
        pass
    return station


def make_planned_station(**kwargs):
    """Early and late shift with a tea break, written down a month ago."""
    station = make_station(**kwargs)
    pattern = make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    make_event_assignment(pattern, "DTSTART:20250101T100000\nRRULE:FREQ=DAILY", minutes=30, name="Tea")
    return written_down(station), pattern


# Written ahead


def test_a_plan_is_written_from_the_first_signal_to_the_horizon():
    station, _ = make_planned_station()
    plan = StationPlan.objects.get(station=station)
    assert plan.written_from == LAST_MONTH.start - writing.BEFORE
    assert plan.written_until > NOON + HORIZON - DAY
    assert PlannedShift.objects.filter(station=station).count() == pytest.approx(2 * 470, abs=4)
    assert EventInstance.objects.filter(station=station).count() == pytest.approx(470, abs=2)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe"])
def test_what_is_written_is_what_the_rules_say(zone):
    station = make_station(plant=make_plant(zone))
    pattern = make_pattern(("Night", 1320, 480), ("Early", 360, 480), follows=station)
    make_event_assignment(pattern, "DTSTART:20250101T020000\nRRULE:FREQ=WEEKLY;BYDAY=SU,MO", minutes=60)
    whole = Window(LAST_MONTH.start, NOON + HORIZON + 30 * DAY)
    worked_out = spans(station, whole)
    assert spans(written_down(station), whole) == worked_out


def test_beyond_the_horizon_and_before_the_beginning_the_answer_is_right():
    station, _ = make_planned_station()
    far = Window(NOON + 3 * HORIZON, NOON + 3 * HORIZON + DAY)
    long_ago = Window(LAST_MONTH.start - 90 * DAY, LAST_MONTH.start - 89 * DAY)
    for window in (far, long_ago):
        assert len(spans(station, window)) == len(spans(station, Window(NOON, NOON + DAY)))


def test_writing_again_writes_nothing(django_assert_max_num_queries):
    station, _ = make_planned_station()
    before = list(EventInstance.objects.order_by("pk").values_list("pk", "updated_at"))
    assert write_ahead(now=NOON) == 0
    rules_changed([station.pk], at=NOON)
    while write_ahead(now=NOON):
        pass
    assert list(EventInstance.objects.order_by("pk").values_list("pk", "updated_at")) == before


def test_a_day_later_a_day_is_added():
    station, _ = make_planned_station()
    before = PlannedShift.objects.filter(station=station).count()
    write_ahead(now=NOON + DAY + HOUR)
    assert PlannedShift.objects.filter(station=station).count() == before + 2


def test_archived_stations_are_not_written_on():
    station, _ = make_planned_station()
    Station.objects.filter(pk=station.pk).update(archived_at=NOON)
    assert write_ahead(now=NOON + 10 * DAY) == 0


def test_new_time_zone_rules_move_the_future_only(monkeypatch):
    station, _ = make_planned_station()
    past = spans(station, LAST_MONTH)
    StationPlan.objects.update(tzdata="2019.1")
    PlannedShift.objects.filter(start_at__gt=NOON).update(name="As of old")
    PlannedShift.objects.filter(start_at__lt=NOON - DAY).update(name="As it was")
    assert write_ahead(now=NOON) == 1
    assert shift_names(station, NEXT_MONTH) == {"Early", "Late"}
    assert shift_names(station, Window(NOON - 5 * DAY, NOON - 3 * DAY)) == {"As it was"}
    assert len(past) == len(spans(station, LAST_MONTH))


# Changes


def test_a_change_of_the_pattern_moves_the_future_at_once_and_leaves_the_past():
    station, pattern = make_planned_station()
    past = spans(station, LAST_MONTH)
    pattern.shifts.filter(name="Late").delete()
    rules_changed([station.pk], at=NOON)
    assert spans(station, LAST_MONTH) == past
    assert shift_names(station, NEXT_MONTH) == {"Early"}


def test_the_answer_is_the_same_before_and_after_the_worker_has_written():
    station, pattern = make_planned_station()
    pattern.shifts.filter(name="Early").update(minutes=300)
    make_event_assignment(pattern, "DTSTART:20250101T200000\nRRULE:FREQ=DAILY", minutes=20)
    rules_changed([station.pk], at=NOON)
    whole = Window(LAST_MONTH.start, NEXT_MONTH.end)
    before = plan_of(station, whole)
    while write_ahead(now=NOON + HOUR):
        pass
    assert plan_of(station, whole) == before


def test_the_shift_that_is_running_keeps_its_beginning_and_takes_its_new_end():
    station, pattern = make_planned_station()
    pattern.shifts.filter(name="Early").update(minutes=7 * 60)
    rules_changed([station.pk], at=NOON)
    [early] = [s for s in plan_of(station, Window(NOON - HOUR, NOON + HOUR)).shifts if s.name == "Early"]
    assert early.window == Window(NOON - 6 * HOUR, NOON + HOUR)


def test_a_shift_whose_beginning_is_moved_while_it_runs_is_cut_at_the_change():
    station, pattern = make_planned_station()
    pattern.shifts.filter(name="Early").update(name="Day", start_minute=480)
    rules_changed([station.pk], at=NOON)
    today = plan_of(station, Window(NOON - 6 * HOUR, NOON + HOUR)).shifts
    assert [(s.name, s.window) for s in today] == [
        ("Early", Window(NOON - 6 * HOUR, NOON)),
        ("Day", Window(NOON, NOON + 2 * HOUR)),
    ]


def test_two_changes_in_a_row_each_hold_from_their_own_instant():
    station, pattern = make_planned_station()
    pattern.shifts.update(name="First")
    rules_changed([station.pk], at=NOON - 3 * HOUR)
    pattern.shifts.update(name="Second")
    rules_changed([station.pk], at=NOON - HOUR)
    today = plan_of(station, Window(NOON - 6 * HOUR, NOON)).shifts
    assert [(s.name, s.window.start, s.window.end) for s in today] == [
        ("Early", NOON - 6 * HOUR, NOON - 3 * HOUR),
        ("First", NOON - 3 * HOUR, NOON - HOUR),
        ("Second", NOON - HOUR, NOON + 2 * HOUR),
    ]


def test_only_the_instances_that_a_change_concerns_are_written_anew():
    station, pattern = make_planned_station()
    other = make_event_assignment(pattern, "DTSTART:20250101T120500\nRRULE:FREQ=DAILY", minutes=30)
    rules_changed([station.pk], at=NOON)
    write_ahead(now=NOON)
    before = dict(EventInstance.objects.exclude(assignment=other).values_list("pk", "updated_at"))
    other.archived_at = NOON
    other.save()
    rules_changed([station.pk], at=NOON)
    write_ahead(now=NOON)
    assert dict(EventInstance.objects.values_list("pk", "updated_at")) == before


def test_the_engine_is_told_to_look_again():
    station, _ = make_planned_station()
    StationLive.objects.filter(station=station).update(deadline=NOON + DAY, dirty_from=None)
    rules_changed([station.pk], at=NOON)
    assert StationLive.objects.get(station=station).deadline == NOON


# Recomputation


def test_a_recomputation_lets_the_present_rules_hold_in_the_past_and_says_what_it_changed():
    station, pattern = make_planned_station()
    pattern.shifts.filter(name="Late").delete()
    rules_changed([station.pk], at=NOON)
    recompute(asked(station), since=NOON - 2 * DAY, by="ann", reason="There was no late shift.", at=NOON)
    past = Window(NOON - 2 * DAY, NOON)
    assert shift_names(station, past) == {"Early"}
    told = Recomputation.objects.get()
    assert (told.asked_by, told.since) == ("ann", NOON - 2 * DAY)
    change = told.changed[station.code]
    assert change["before_ms"] - change["after_ms"] == 16 * 3_600_000
    assert StationLive.objects.get(station=station).dirty_from == NOON - 2 * DAY


def test_a_recomputation_leaves_what_lies_before_it():
    station, pattern = make_planned_station()
    before = Window(LAST_MONTH.start, NOON - 2 * DAY)
    past = spans(station, before)
    pattern.shifts.all().delete()
    recompute(asked(station), since=before.end, by="ann", reason="Closed.", at=NOON)
    assert spans(station, before) == past


# Any history of edits

EDITS = (
    "shift",
    "no shift",
    "event",
    "archive",
    "rename",
    "exception",
    "own",
    "group",
    "zone",
    "runs",
    "type",
)


def edit(kind, number, station, pattern, at):
    """One of the things that people change; the number makes each different."""
    if kind == "shift":
        pattern.shifts.filter(day=number % 7).update(minutes=60 * (1 + number % 7))
    elif kind == "no shift":
        pattern.shifts.filter(day=number % 7).delete()
    elif kind == "event":
        make_event_assignment(
            pattern, f"DTSTART:20250101T{number % 24:02}0000\nRRULE:FREQ=DAILY;INTERVAL={1 + number % 3}"
        )
    elif kind == "archive":
        pattern.event_assignments.filter(pk__in=pattern.event_assignments.values("pk")[:1]).update(
            archived_at=at
        )
    elif kind == "rename":
        for assignment in pattern.event_assignments.all():
            assignment.event.name = f"Renamed {number}"
            assignment.event.save()
    elif kind == "type":
        for assignment in pattern.event_assignments.all():
            assignment.event.event_type = "maintenance" if number % 2 else "break"
            assignment.event.save()
    elif kind == "exception":
        PatternException.objects.create(pattern=pattern, date=at.date() - DAY, action="cancelled")
    elif kind == "own":
        own = make_pattern((f"Own {number}", 60 * (number % 24), 300), company=station.company)
        if not station.patterns.exists():
            assign(own, station, valid_from=date(2026, 1, 1 + number % 28))
    elif kind == "group":
        station.group = make_group(plant=station.group.plant)
        station.save()
    elif kind == "zone":
        plant = station.group.plant
        plant.timezone = ("UTC", "Asia/Tokyo", "America/New_York")[number % 3]
        plant.save()
    else:
        station.assume_all_shift_time_planned = bool(number % 2)
        station.save()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    edits=st.lists(st.tuples(st.sampled_from(EDITS), st.integers(0, 50), st.integers(1, 200)), max_size=8),
    late=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_whatever_is_edited_the_past_stays_to_the_byte(edits, late):
    station, pattern = make_planned_station()
    known, at = spans(station, LAST_MONTH), NOON
    for (kind, number, minutes), worker_is_late in zip(edits, late, strict=False):
        at += timedelta(minutes=minutes)
        known = spans(station, Window(LAST_MONTH.start, at))
        edit(kind, number, station, pattern, at)
        station.refresh_from_db()
        rules_changed([station.pk], at=at)
        if not worker_is_late:
            write_ahead(now=at)
        assert repr(spans(station, Window(LAST_MONTH.start, at))) == repr(known)
    while write_ahead(now=at):
        pass
    assert repr(spans(station, Window(LAST_MONTH.start, at))) == repr(known)


def test_the_written_version_of_the_time_zone_rules_is_the_installed_one():
    station, _ = make_planned_station()
    assert StationPlan.objects.get(station=station).tzdata == writing.TZDATA
    assert datetime(2026, 1, 1, tzinfo=UTC) < NOON
