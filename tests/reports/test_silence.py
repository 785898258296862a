"""Machines that are off for weeks: facts keep up with their silence, and the signal that ends it explains all of it."""

from datetime import timedelta

import pytest
from django.db.models import F

from downtime import engine
from mesproject.reports.asking import Question, production
from mesproject.reports.facts import refresh
from mesproject.reports.measures import FIELDS
from mesproject.reports.models import DayFact, FactMark, HourFact, ShiftFact
from production.models import Station
from production.windows import Window
from tests.make import NOON, make_pattern, make_plant, make_reject, make_station
from tests.reports.test_facts import say

pytestmark = pytest.mark.django_db
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
WEEKS = 17 * DAY


@pytest.fixture(params=[None, 120_000], ids=["without", "with"])
def station(request):
    """Early and late shift, a unit a minute; off since noon, with or without a sign of life that is due."""
    plant = make_plant(day_start="06:00")
    station = make_station(cycle_time_ms=60_000, plant=plant, heartbeat_ms=request.param)
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    say(station, *(NOON + minute * MINUTE for minute in range(-240, 0)), good=1.0)
    return Station.objects.in_place().get(pk=station.pk)


def look(now, *, most=20):
    """Decide and sum until nothing is left to do; how often that took."""
    while engine.tick(now=now):
        pass
    for times in range(most):
        if not refresh(now=now):
            return times
    raise AssertionError("summing comes to no end")


def pass_by(length, *, step=7 * HOUR):
    now = NOON
    while now < NOON + length:
        now += step
        look(now)
    return now


def stored():
    return [sorted(fact.objects.values_list()) for fact in (HourFact, DayFact, ShiftFact)]


def summed_at_once(now):
    FactMark.objects.all().delete()
    for fact in (HourFact, DayFact, ShiftFact):
        fact.objects.all().delete()
    look(now)
    return stored()


def test_a_silence_of_weeks_is_summed_to_its_end_and_no_more_than_a_day_of_it_again(station):
    now = pass_by(WEEKS)
    mark = FactMark.objects.get()
    assert mark.summed_until == now
    assert mark.settled_until < NOON
    HourFact.objects.filter(hour__lt=now - 3 * DAY, hour__gt=NOON).update(kwh=1)
    look(now + 2 * MINUTE)
    assert HourFact.objects.filter(kwh=1).count() > 24 * 13
    HourFact.objects.update(kwh=0)
    assert stored() == summed_at_once(now + 2 * MINUTE)


def test_a_station_that_was_never_summed_catches_up_with_its_silence(station):
    now = NOON + WEEKS
    look(now)
    assert FactMark.objects.get().summed_until == now


def test_the_signal_that_ends_a_silence_has_all_of_it_summed_anew(station):
    now = pass_by(WEEKS)
    say(station, now + MINUTE, good=1.0)
    look(now + 4 * MINUTE)
    assert FactMark.objects.get().settled_until > now
    assert stored() == summed_at_once(now + 4 * MINUTE)


def test_what_changes_within_a_silence_is_summed(station):
    now = pass_by(WEEKS)
    make_reject(station, at=NOON + 5 * DAY, quantity=2)
    look(now + MINUTE)
    assert DayFact.objects.filter(bad=2).count() == 1
    assert stored() == summed_at_once(now + MINUTE)


def test_an_answer_over_a_silence_is_exact(station):
    now = pass_by(WEEKS) + MINUTE
    [(_, sums)] = answer = production(Question([station], Window(NOON - 4 * HOUR, now), now=now))
    assert answer.exact_until > now
    assert sums.all_ms == (now - NOON + 4 * HOUR) // timedelta(milliseconds=1)
    before = {name: getattr(sums, name) for name in FIELDS}
    FactMark.objects.update(summed_until=F("settled_until"))
    look(now)
    [(_, anew)] = production(Question([station], Window(NOON - 4 * HOUR, now), now=now))
    assert {name: getattr(anew, name) for name in FIELDS} == pytest.approx(before)
