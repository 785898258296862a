"""Facts by operator: whose a minute, a unit, a stop and a reject are, in every report and at every grain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from downtime import engine
from mesproject.reports.asking import Days, Question, beyond, losses, production
from mesproject.reports.measures import total
from mesproject.reports.models import DayFact, HourFact
from mesproject.reports.tally import NOBODY
from production.effects import apply, effect_of
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station
from production.sign_ons import Hand, sign_off, sign_on, undo
from production.windows import Window
from tests.make import (
    NOON,
    make_operator,
    make_pattern,
    make_plant,
    make_reject,
    make_sign_on,
    make_station,
)
from tests.reports.machinemetrics import Reader
from tests.reports.test_facts import settle

pytestmark = pytest.mark.django_db
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
TODAY = Days(NOON.date(), NOON.date())
HOUR_MS, MINUTE_MS = 3_600_000, 60_000


@pytest.fixture
def reader():
    return Reader()


@pytest.fixture
def idle(reader):
    """Early and late shift, and nothing was made yet."""
    plant = make_plant(day_start="06:00", company=reader.company)
    station = make_station(cycle_time_ms=60_000, plant=plant)
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    return Station.objects.in_place().get(pk=station.pk)


@pytest.fixture
def station(idle):
    """It has made a unit a minute from eight to noon, and then stood still for an hour."""
    work(idle, -240, 0)
    return idle


@pytest.fixture
def ann(reader):
    return make_operator(company=reader.company, initials="ANN", name="Ann Berg")


@pytest.fixture
def bob(reader):
    return make_operator(company=reader.company, initials="BOB", name="")


def work(station, start, end):
    """A unit a minute, between these minutes after noon."""
    units = [Message(at=NOON + minute * MINUTE, good=1.0) for minute in range(start, end)]
    parcels = [Parcel(station.company_id, station.code, unit, "mqtt") for unit in units]
    record(parcels, received_at=NOON + end * MINUTE, quarantine=False)


def until(station, operator, start, end, **kwargs):
    return make_sign_on(station, operator, started_at=NOON + start * MINUTE, ends_at=NOON + end * MINUTE)


def by_operator(station, now=NOON + HOUR, *, when=None, groups=("operator",), **choice):
    question = Question([station], when or Window(NOON - 4 * HOUR, now), groups, now=now, **choice)
    return dict(production(question))


def good(station, now=NOON + HOUR, **choice):
    """Units by operator."""
    return {who: sums.good for (who,), sums in by_operator(station, now, **choice).items() if sums.good}


def summed_anew(station, row, now=NOON + HOUR):
    """As the admin does."""
    apply([effect_of(row)], at=now)
    settle(now=now)


def test_time_units_and_stops_are_those_of_who_is_signed_on(station, ann, bob):
    until(station, ann, -240, -90)
    until(station, bob, -90, 30)
    make_reject(station, at=NOON - 30 * MINUTE, quantity=2)
    settle(now=NOON + HOUR)
    found = {who: sums for (who,), sums in by_operator(station).items()}
    assert [found[who].good for who in (ann.pk, bob.pk)] == [150, 88]
    assert [found[who].all_ms for who in (ann.pk, bob.pk, NOBODY)] == [
        150 * MINUTE_MS,
        120 * MINUTE_MS,
        30 * MINUTE_MS,
    ]
    # The stop began with the last unit, while Bob was there; it is counted as his, and its time where it passed.
    assert [(found[who].stops, found[who].stop_ms) for who in (ann.pk, bob.pk, NOBODY)] == [
        (0, 0),
        (1, 31 * MINUTE_MS),
        (0, 30 * MINUTE_MS),
    ]
    assert found[bob.pk].bad == 2


@pytest.mark.parametrize("summed", [False, True])
def test_parents_sum_their_children_at_every_grain_before_and_after_facts_are_summed(
    station, ann, bob, summed
):
    now = NOON + HOUR + 7 * SECOND
    until(station, ann, -230, -90.5)
    until(station, bob, -70, 300)
    engine.tick(now=now)
    if summed:
        settle(now=now)
    for when in (TODAY, Window(NOON - 4 * HOUR, now), Window(NOON - 100 * MINUTE, NOON - 65 * MINUTE)):
        whole = by_operator(station, now, when=when, groups=())[()]
        for groups in (
            ("operator",),
            ("operator", "hour"),
            ("day", "operator"),
            ("shift", "operator", "run"),
        ):
            parts = total(by_operator(station, now, when=when, groups=groups).values())
            assert (parts.all_ms, parts.good, parts.stop_ms, parts.stops) == (
                whole.all_ms,
                whole.good,
                whole.stop_ms,
                whole.stops,
            )
    lost = dict(losses(Question([station], TODAY, ("operator",), now=now), "downtime"))
    assert lost == {(bob.pk,): (HOUR_MS + MINUTE_MS + 7000, 1)}


def test_what_was_told_for_a_question_of_others_is_told_anew_for_one_of_operators(station, ann):
    until(station, ann, -240, 30)
    engine.tick(now=NOON + HOUR)
    asked = Question([station], TODAY, now=NOON + HOUR)
    known, whose = beyond(asked), replace(asked, groups=("operator",))
    alone = replace(asked, only={"operator": [ann.pk]})
    assert dict(production(asked, known=known)) == dict(production(asked))
    assert dict(production(whose, known=known)) == dict(production(whose))
    assert dict(production(alone, known=known))[()].good == 240


def test_one_operator_is_asked_for_alone_or_left_out(station, ann, bob):
    until(station, ann, -240, -60)
    until(station, bob, -60, 0)
    settle(now=NOON + HOUR)
    for when in (TODAY, Window(NOON - 130 * MINUTE, NOON + HOUR)):
        assert set(good(station, when=when, only={"operator": [bob.pk]})) == {bob.pk}
        assert set(good(station, when=when, without={"operator": [bob.pk]})) == {ann.pk}


def test_who_signs_on_has_the_units_from_then_on_at_once(idle, ann, bob):
    def goes_on(start, end):
        work(idle, start, end)
        engine.tick(now=NOON + end * MINUTE)
        return good(idle, NOON + end * MINUTE)

    goes_on(-240, -60)
    settle(now=NOON - HOUR)
    sign_on(idle, ann, at=NOON - HOUR, by=Hand())
    assert goes_on(-60, -30) == {NOBODY: 180, ann.pk: 30}
    settle(now=NOON - 30 * MINUTE)
    assert goes_on(-30, -20) == {NOBODY: 180, ann.pk: 40}
    slip = sign_on(idle, bob, at=NOON - 20 * MINUTE, by=Hand())
    assert goes_on(-20, -10) == {NOBODY: 180, ann.pk: 40, bob.pk: 10}
    settle(now=NOON - 10 * MINUTE)
    assert undo(slip, at=NOON - 10 * MINUTE)
    assert good(idle, NOON - 10 * MINUTE) == {NOBODY: 180, ann.pk: 50}
    settle(now=NOON - 10 * MINUTE)
    assert sign_off(ann.sign_ons.get(), at=NOON - 5 * MINUTE)
    assert goes_on(-10, 0) == {NOBODY: 185, ann.pk: 55}
    settle(now=NOON)
    assert good(idle, NOON) == {NOBODY: 185, ann.pk: 55}


def test_the_past_does_not_move_because_somebody_forgot_to_sign_off(station, ann):
    sign_on(station, ann, at=NOON - 11 * HOUR, by=Hand())
    settle(now=NOON)
    before = good(station, NOON)
    assert before == {ann.pk: 180, NOBODY: 60}
    settle(now=NOON + 30 * HOUR)
    assert good(station, NOON + 30 * HOUR) == before


def test_a_correction_of_the_past_gives_its_numbers_to_somebody_else(station, ann, bob):
    row = until(station, ann, -240, 0)
    settle(now=NOON + HOUR)
    row.operator = bob
    row.save()
    summed_anew(station, row)
    assert good(station) == {bob.pk: 240}
    before = effect_of(row)
    row.delete()
    apply([before], at=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert good(station) == {NOBODY: 240}
    assert set(HourFact.objects.values_list("operator_id", flat=True)) == {NOBODY}
    assert set(DayFact.objects.values_list("operator_id", flat=True)) == {NOBODY}


def test_time_that_goes_to_another_station_goes_there_with_its_numbers(station, ann):
    other = make_station(plant=station.plant)
    row = until(other, ann, -120, 0)
    settle(now=NOON + HOUR)
    assert good(station) == {NOBODY: 240}
    before = effect_of(row)
    row.station = station
    row.save()
    apply([before, effect_of(row)], at=NOON + HOUR)
    settle(now=NOON + HOUR)
    assert good(station) == {NOBODY: 120, ann.pk: 120}


def test_machinemetrics_reports_group_and_filter_by_operator(reader, station, ann, bob):
    until(station, ann, -240, -60)
    until(station, bob, -60, -10)
    settle(now=NOON + HOUR)
    asked = {
        "startDay": "2026-03-11", "endDay": "2026-03-11", "data": [{"metric": "goodParts"}],
        "groupBy": [{"group": "operator"}],
    }  # fmt: skip
    found = {row["operator"]: row["goodParts"] for row in flat(reader, asked)}
    assert found == {"Ann Berg": 180, "BOB": 50, "No Operator": 10}
    only = asked | {"filter": {"operator": [str(bob.pk)]}}
    assert [row["goodParts"] for row in flat(reader, only)] == [50]
    others = asked | {"exclude": {"operator": [str(bob.pk)]}}
    assert sum(row["goodParts"] for row in flat(reader, others)) == 190
    stops = {key: value for key, value in asked.items() if key != "data"}
    assert [row["operator"] for row in flat(reader, stops, "downtime")] == ["No Operator"]
    link = reader.report("production", asked, csv=True)["csv"]["url"]
    assert f'"Ann Berg","{ann.pk}",180' in b"".join(reader.csv(link).streaming_content).decode()


def flat(reader, asked, report="production"):
    return reader.report(report, asked, flatten=True)["items"]
