"""Facts are a minute old, answers are not: whatever is asked is the same before and after they are summed."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F

from downtime import engine
from downtime.models import Issue
from downtime.models.issues import Who
from mesproject.reports import tails
from mesproject.reports.asking import Days, Question, losses, production
from mesproject.reports.facts import refresh
from mesproject.reports.measures import FIELDS, total
from mesproject.reports.models import FactMark, HourFact, ShiftFact
from production.models import Station
from production.windows import Window
from tests.make import NOON, make_cause, make_pattern, make_plant, make_reject, make_station
from tests.reports.histories import make, tell
from tests.reports.test_facts import say, settle
from tests.reports.test_promises import NAMES, same

pytestmark = pytest.mark.django_db
HOUR, MINUTE, MS = timedelta(hours=1), timedelta(minutes=1), timedelta(milliseconds=1)


@pytest.fixture
def station():
    """Early and late shift, a unit a minute; it has worked since eight, and facts know it up to noon."""
    station = make_station(cycle_time_ms=60_000, plant=make_plant(day_start="06:00"))
    make_pattern(("Early", 360, 480), ("Late", 840, 480), follows=station)
    say(station, *(NOON + minute * MINUTE for minute in range(-240, 0)), good=1.0)
    settle(now=NOON)
    return Station.objects.in_place().get(pk=station.pk)


def asked(station, now, *, start=NOON - 4 * HOUR, when=None, **choice):
    return production(Question([station], when or Window(start, now), now=now, **choice))


def whole(station, now, **choice):
    return total(part for _, part in asked(station, now, **choice))


def test_what_was_made_since_facts_were_summed_is_told(station):
    say(station, *(NOON + second * timedelta(seconds=1) for second in (10, 40)), good=1.0)
    engine.tick(now=NOON + MINUTE)
    found = whole(station, NOON + MINUTE)
    assert (found.good, found.all_ms, found.run_ms) == (242, 241 * 60_000, 241 * 60_000)


@pytest.mark.parametrize("start", [NOON - 4 * HOUR, NOON - HOUR, NOON - 17 * MINUTE, NOON, NOON + 5 * MS])
@pytest.mark.parametrize("length", [6 * HOUR, 17 * MINUTE + 3 * MS, MINUTE])
def test_any_window_is_the_same_before_and_after_they_are_summed(station, start, length):
    now = NOON + 95 * timedelta(seconds=1)
    say(station, *(NOON + second * timedelta(seconds=1) for second in range(0, 95, 7)), good=1.0)
    engine.tick(now=now)
    window = Window(start, start + length)
    before = [asked(station, now, when=window, groups=groups) for groups in ((), ("hour", "shift"))]
    settle(now=now)
    after = [asked(station, now, when=window, groups=groups) for groups in ((), ("hour", "shift"))]
    for one, other in zip(before, after, strict=True):
        assert [key for key, _ in one] == [key for key, _ in other]
        for (_, found), (_, expected) in zip(one, other, strict=True):
            same(fields(found), fields(expected))


def test_a_window_that_reaches_into_the_future_is_told_up_to_now(station):
    far = asked(station, NOON, when=Window(NOON - HOUR, NOON + 9 * HOUR))
    assert [(key, fields(part)) for key, part in far] == [
        (key, fields(part)) for key, part in asked(station, NOON, start=NOON - HOUR)
    ]
    assert asked(station, NOON, when=Window(NOON + HOUR, NOON + 2 * HOUR)) == []


def test_the_shop_day_that_goes_on_is_told_up_to_now(station):
    say(station, NOON + 20 * timedelta(seconds=1), good=1.0)
    engine.tick(now=NOON + MINUTE)
    today = Days(NOON.date(), NOON.date())
    [(key, found)] = asked(station, NOON + MINUTE, when=today, groups=("day", "shift"))
    assert (key, found.good) == ((NOON.date(), "Early"), 241)
    yesterday = Days(NOON.date() - timedelta(days=1), NOON.date() - timedelta(days=1))
    assert asked(station, NOON + MINUTE, when=yesterday) == []


def test_a_cause_and_a_reject_are_seen_before_anything_is_summed(station):
    now = NOON + 40 * MINUTE
    engine.tick(now=now)
    settle(now=now)
    cause = make_cause(company=station.company)
    Issue.objects.get().explain(cause, by=Who(), at=now)
    make_reject(station, at=NOON - 2 * HOUR, quantity=3)
    window = Window(NOON - 4 * HOUR, now)
    [((reason,), _)] = losses(Question([station], window, ("reason",), now=now), "downtime")
    assert reason == cause.pk
    assert (whole(station, now).good, whole(station, now).bad) == (237, 3)


def test_a_station_that_was_never_summed_is_told_from_its_story(station):
    before = fields(whole(station, NOON))
    FactMark.objects.all().delete()
    HourFact.objects.all().delete()
    ShiftFact.objects.all().delete()
    same(fields(whole(station, NOON)), before)


def test_what_lies_too_far_back_is_not_summed_by_a_question_and_the_answer_says_so(station, monkeypatch):
    now = NOON + 3 * HOUR
    say(station, *(NOON + minute * MINUTE for minute in range(180)), good=1.0, now=now)
    engine.tick(now=now)
    assert asked(station, now).exact_until > now
    monkeypatch.setattr(tails, "LONGEST", HOUR)
    late = asked(station, now)
    assert late.exact_until <= NOON
    assert sum(part.good for _, part in late) == 240


def test_the_last_hours_are_exact_though_something_far_back_has_changed(station, monkeypatch):
    monkeypatch.setattr(tails, "LONGEST", HOUR)
    say(station, NOON + 20 * timedelta(seconds=1), good=1.0)
    make_reject(station, at=NOON - 3 * HOUR, quantity=3)
    engine.tick(now=NOON + MINUTE)
    assert asked(station, NOON + MINUTE).exact_until <= NOON - 3 * HOUR
    assert whole(station, NOON + MINUTE, start=NOON - 30 * MINUTE).good == 31
    assert whole(station, NOON + MINUTE).good == 241


def test_a_short_time_is_told_from_its_story_however_far_facts_are_behind(station):
    now = NOON + 72 * HOUR
    say(station, *(now - minute * MINUTE for minute in range(90)), good=1.0, now=now)
    engine.tick(now=now)
    assert asked(station, now).exact_until <= NOON
    for window in (Window(now - 80 * MINUTE, now), Window(now - 24 * HOUR, now - 30 * MINUTE)):
        before = asked(station, now, when=window, groups=("hour", "shift"))
        assert before.exact_until > now
        settle(now=now)
        after = asked(station, now, when=window, groups=("hour", "shift"))
        compare([before], [after], True, window)
        FactMark.objects.update(summed_until=NOON, settled_until=NOON, hour=NOON)


def test_a_station_that_is_out_of_use_keeps_nothing_from_being_exact(station):
    Station.objects.filter(pk=station.pk).update(archived_at=NOON)
    now = NOON + 72 * HOUR
    settle(now=now)
    gone = Station.objects.in_place().get(pk=station.pk)
    for start in (NOON - 100 * HOUR, NOON - 4 * HOUR):
        answer = asked(gone, now, start=start)
        assert answer.exact_until > now
        assert sum(part.good for _, part in answer) == 240
    assert asked(gone, now, when=Days(NOON.date(), now.date())).exact_until > now


def test_of_what_is_still_to_come_nothing_is_told_though_facts_know_it(station):
    """The clock was set back."""
    shift = Window(NOON - 3 * HOUR, NOON)
    question = Question([station], Days(NOON.date(), NOON.date()), within={station: shift}, now=shift.start)
    assert production(question) == []


def test_a_short_time_is_told_by_the_new_clock_of_a_plant_before_anything_is_summed_by_it(station):
    plant = station.plant
    plant.day_start = "10:00"
    plant.save()
    again = Station.objects.in_place().get(pk=station.pk)
    window = Window(NOON - 4 * HOUR, NOON)
    before = asked(again, NOON, when=window, groups=("day", "hour"))
    assert before.exact_until > NOON
    # A shift is of the shop day in which it starts.
    assert {day for (day, _), _ in before} == {NOON.date() - timedelta(days=1)}
    settle(now=NOON)
    compare([before], [asked(again, NOON, when=window, groups=("day", "hour"))], True, "by the new clock")


def test_a_question_sums_only_so_much_of_all_its_stations(station, monkeypatch):
    monkeypatch.setattr(tails, "MOST", timedelta())
    say(station, NOON + 20 * timedelta(seconds=1), good=1.0)
    engine.tick(now=NOON + MINUTE)
    answer = asked(station, NOON + MINUTE)
    assert answer.exact_until <= NOON
    # The hour that the window cuts is summed all the same.
    assert sum(part.good for _, part in answer) == 241


def test_a_question_of_the_past_tells_no_story(station, django_assert_num_queries):
    now = NOON + 60 * HOUR
    with django_assert_num_queries(2):
        asked(station, now, when=Window(NOON - 4 * HOUR, NOON - HOUR))


@pytest.mark.parametrize("seed", range(60, 68))
def test_histories_are_the_same_before_and_after_they_are_summed(seed):
    before_and_after(seed)


@pytest.mark.long
def test_hundreds_of_histories_are_the_same_before_and_after_they_are_summed():
    assert sum(before_and_after(seed) for seed in range(5000, 5400)) > 200


def before_and_after(seed) -> bool:
    """Whether all could be told at once; what could is the same."""
    with transaction.atomic():
        one = make(seed)
        tell(one)
        while engine.tick(now=one.end):
            pass
        stations = one.as_they_are()
        asked_of = [question(one, stations) for _ in range(6)]
        before = [answers(each) for each in asked_of]
        exact = all(answer.exact_until >= one.end for found in before for answer in found)
        FactMark.objects.update(summed_until=F("settled_until"))
        while refresh(now=one.end):
            pass
        for each, found in zip(asked_of, before, strict=True):
            compare(found, answers(each), exact, (seed, each))
        transaction.set_rollback(True)
    return exact


def question(one, stations) -> Question:
    groups = tuple(one.chance.sample(NAMES, one.chance.randrange(4)))
    when = one.window_of_minutes()
    if one.chance.random() < 0.6:
        when = Window(when.start, one.end)
    elif one.chance.random() < 0.5:
        when = Days(when.start.date(), when.end.date())
    return Question(stations, when, groups, now=one.end)


def answers(one: Question):
    return [production(one), losses(one, "downtime"), losses(one, "rejects")]


def compare(before, after, exact, why):
    if not exact:
        return
    empty = dict.fromkeys(FIELDS, 0)
    made, expected = ({key: fields(part) for key, part in found[0]} for found in (before, after))
    for key in made.keys() | expected.keys():
        same(made.get(key, empty), expected.get(key, empty), (key, why))
    assert before[1:] == after[1:], why


def fields(part):
    return {name: getattr(part, name) for name in FIELDS}
