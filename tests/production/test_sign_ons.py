"""Signing on and off at a station, and taking a slip back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction

from production.models import SignOn, StationLive
from production.sign_ons import LASTS, SLIP, UNDOABLE, Hand, sign_off, sign_on, undo
from production.windows import Window
from tests.make import NOON, make_device, make_operator, make_sign_on, make_station

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOBODY = Hand()


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def ann(station):
    return make_operator(company=station.company, initials="ANN")


@pytest.fixture
def bob(station):
    return make_operator(company=station.company, initials="BOB")


def here(station):
    """Who was there, from when to when, in minutes after noon."""
    rows = SignOn.objects.filter(station=station).order_by("started_at")
    return [
        (row.operator.initials, (row.started_at - NOON) / MINUTE, (row.ends_at - NOON) / MINUTE)
        for row in rows
    ]


def on(station, operator, minutes):
    return sign_on(station, operator, at=NOON + minutes * MINUTE, by=NOBODY)


def test_who_signs_on_is_there_for_ten_hours_unless_somebody_says_otherwise(station, ann):
    device, _ = make_device(company=station.company)
    made = sign_on(station, ann, at=NOON, by=Hand(device=device))
    assert here(station) == [("ANN", 0, 600)]
    assert made.device == device
    assert SignOn.objects.at(NOON).get() == SignOn.objects.at(NOON + LASTS - MINUTE).get() == made
    assert not SignOn.objects.at(NOON + LASTS).exists()


def test_whoever_comes_next_ends_the_one_before(station, ann, bob):
    on(station, ann, 0)
    on(station, bob, 90)
    assert here(station) == [("ANN", 0, 90), ("BOB", 90, 690)]


def test_who_signs_on_again_stays_for_longer_and_a_second_tap_changes_nothing(station, ann):
    on(station, ann, 0)
    on(station, ann, 0)
    assert here(station) == [("ANN", 0, 600)]
    on(station, ann, 500)
    assert here(station) == [("ANN", 0, 1100)]


def test_nobody_stays_for_longer_than_a_day(station, ann):
    for minutes in (0, 590, 1180, 1430):
        on(station, ann, minutes)
    assert here(station) == [("ANN", 0, 1440)]
    on(station, ann, 1440)
    assert here(station) == [("ANN", 0, 1440), ("ANN", 1440, 2040)]


def test_who_is_relieved_within_a_minute_was_never_there(station, ann, bob):
    on(station, bob, 0)
    on(station, ann, 0.5)
    assert here(station) == [("ANN", 0, 600)]


def test_choosing_the_right_initials_at_once_leaves_nothing_of_the_wrong_ones(station, ann, bob):
    on(station, ann, 0)
    on(station, bob, 60)
    on(station, ann, 60.5)
    assert here(station) == [("ANN", 0, 660)]


def test_who_comes_back_within_a_minute_was_never_away(station, ann):
    assert sign_off(on(station, ann, 0), at=NOON + HOUR)
    assert here(station) == [("ANN", 0, 60)]
    on(station, ann, 60.5)
    assert here(station) == [("ANN", 0, 660.5)]


def test_signing_off_ends_it_once(station, ann):
    made = on(station, ann, 0)
    assert sign_off(made, at=NOON + HOUR)
    assert not sign_off(made, at=NOON + 2 * HOUR)
    assert here(station) == [("ANN", 0, 60)]


def test_a_tablet_that_has_not_seen_the_relief_signs_nobody_off(station, ann, bob):
    old = on(station, ann, 0)
    on(station, bob, 60)
    assert not sign_off(old, at=NOON + 61 * MINUTE)
    assert not undo(old, at=NOON + 61 * MINUTE)
    assert here(station) == [("ANN", 0, 60), ("BOB", 60, 660)]


def test_a_slip_that_is_taken_back_gives_its_time_to_who_was_there_before(station, ann, bob):
    on(station, ann, 0)
    slip = on(station, bob, 60)
    assert undo(slip, at=NOON + 70 * MINUTE)
    assert here(station) == [("ANN", 0, 600)]


def test_who_signed_off_before_a_slip_stays_signed_off(station, ann, bob):
    sign_off(on(station, ann, 0), at=NOON + 50 * MINUTE)
    assert undo(on(station, bob, 60), at=NOON + 61 * MINUTE)
    assert here(station) == [("ANN", 0, 50)]


def test_what_has_gone_on_for_a_while_is_no_slip_any_more(station, ann):
    made = on(station, ann, 0)
    assert not undo(made, at=NOON + UNDOABLE)
    assert here(station) == [("ANN", 0, 600)]


def test_a_tablet_whose_clock_is_behind_comes_after_who_came_first(station, ann, bob):
    on(station, ann, 0)
    on(station, bob, -1)
    assert here(station) == [("BOB", 0, 600)]


def test_one_person_may_be_at_two_stations(station, ann):
    other = make_station(company=station.company)
    on(station, ann, 0)
    on(other, ann, 0)
    assert here(station) == here(other) == [("ANN", 0, 600)]


def test_every_change_has_facts_summed_anew_from_where_it_matters(station, ann, bob):
    def sums_from():
        found = StationLive.objects.get(station=station).sums_from
        StationLive.objects.update(sums_from=None)
        return (found - NOON) / MINUTE

    first = on(station, ann, 0)
    assert sums_from() == 0
    second = on(station, bob, 60)
    assert sums_from() == 60
    undo(second, at=NOON + 65 * MINUTE)
    assert sums_from() == 60
    sign_off(first, at=NOON + 90 * MINUTE)
    assert sums_from() == 90
    on(station, ann, 90.9)
    assert sums_from() == 90


@pytest.mark.parametrize(
    ("minutes", "lasts", "constraint"),
    [
        (30, 10, "one_person_at_a_time_per_station"),
        (-30, 31, "one_person_at_a_time_per_station"),
        (700, 0, "a_sign_on_ends_after_it_began"),
        (700, 1441, "a_sign_on_lasts_a_day_at_most"),
    ],
)
def test_the_database_refuses_what_cannot_be(station, minutes, lasts, constraint):
    make_sign_on(station)
    start = NOON + minutes * MINUTE
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_sign_on(station, started_at=start, ends_at=start + lasts * MINUTE)


def test_those_of_a_window_are_those_that_share_time_with_it(station):
    day = NOON + 24 * HOUR
    whole = make_sign_on(station, ends_at=day)
    after = make_sign_on(station, started_at=day, ends_at=day + HOUR)
    found = SignOn.objects.order_by("started_at").overlapping
    assert list(found(Window(day - MINUTE, day))) == [whole]
    assert list(found(Window(day, day + MINUTE))) == [after]
    assert list(found(Window(NOON - HOUR, NOON))) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_who_sign_on_at_once_the_last_one_stays_and_nobody_is_refused():
    station = make_station()
    people = [make_operator(company=station.company) for _ in range(6)]

    def come(number):
        sign_on(station, people[number], at=NOON + number * 5 * SLIP, by=NOBODY)
        connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(come, range(6)))
    rows = list(SignOn.objects.order_by("started_at"))
    assert all(before.ends_at <= after.started_at for before, after in pairwise(rows))
    assert SignOn.objects.at(NOON + 26 * MINUTE).count() == 1
