"""One stop cut in two by a person, each part with its cause; and what late data makes of the cuts."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downtime import engine
from downtime.errors import CauseNotUsable, IssueWithdrawn, MachineDecides, NoNeighbours, NoSuchCut
from downtime.models import Issue, IssueEvent, Slice
from downtime.models.events import Who
from downtime.splitting import merge, split
from mesproject.reports.story import Question, told
from mesproject.reports.tally import tally
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station, StationLive
from production.windows import Window
from scheduling.writing import write_ahead
from tests.make import NOON, make_cause, make_issue, make_operator, make_pattern, make_station
from tests.tries import tries

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def at(minutes):
    return NOON + minutes * MINUTE


@pytest.fixture
def station():
    """Around the clock, a unit a minute: silence of 90 seconds is a stop."""
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    write_ahead(now=NOON)
    return station


@pytest.fixture
def ann(station):
    return Who(operator=make_operator(company=station.company, initials="ANN"))


@pytest.fixture
def causes(station):
    return [make_cause(code, company=station.company) for code in ("JAM", "FITTER")]


def works(station, *minutes, now):
    parcels = [Parcel(station.company_id, station.code, Message(at=at(m), good=1.0), "mqtt") for m in minutes]
    record(parcels, received_at=at(now), quarantine=False)
    StationLive.objects.filter(station=station).update(deadline=at(now))
    engine.tick(now=at(now))


def parts(station):
    found = Issue.objects.stops().filter(station=station).order_by("started_at")
    return [
        (
            (i.started_at - NOON) / MINUTE,
            i.ended_at and (i.ended_at - NOON) / MINUTE,
            i.cause and i.cause.code,
        )
        for i in found
    ]


def stop_of_twenty_minutes(station, ann, causes, *, cut=8):
    works(station, 0, now=10)
    issue = Issue.objects.get()
    later = split(issue, at(cut), before=causes[0], after=causes[1], by=ann, at=at(10))
    works(station, 20, now=20.1)
    return issue, later


def test_each_part_has_its_time_its_cause_and_its_event(station, ann, causes):
    works(station, 0, now=10)
    issue = Issue.objects.get()
    issue.acknowledge(by=ann, at=at(3))
    later = split(issue, at(6), before=causes[0], after=causes[1], by=ann, at=at(10))
    assert parts(station) == [(0, 6, "JAM"), (6, None, "FITTER")]
    assert [(e.kind, e.by, e.cause.code, e.cut_at) for e in later.events.all()] == [
        ("split", "ANN", "FITTER", at(6))
    ]
    assert issue.events.last().kind == "split"
    assert (later.owner_name, later.silent_since) == ("ANN", issue.silent_since)


def test_the_tick_goes_on_with_the_last_part_and_leaves_the_cut_alone(station, ann, causes):
    issue, later = stop_of_twenty_minutes(station, ann, causes)
    assert parts(station) == [(0, 8, "JAM"), (8, 20, "FITTER")]
    assert [event.kind for event in later.events.all()] == ["split", "ended"]
    assert [event.kind for event in issue.events.all()] == ["raised", "split"]
    engine.rebuild(station, now=at(20.1))
    assert parts(station) == [(0, 8, "JAM"), (8, 20, "FITTER")]


def test_the_time_and_the_number_of_stops_are_told_by_cause(station, ann, causes):
    stop_of_twenty_minutes(station, ann, causes)
    found = Station.objects.in_place().get(pk=station.pk)
    window = Window(NOON, at(25))
    sums = tally(told([Question(found, window, at(25))])[station.pk].story, window)
    lost = {}
    for (_, cause), one in sums.downtime.items():
        amount, records = lost.get(cause, (0, 0))
        lost[cause] = amount + one.amount / 60_000, records + one.records
    assert lost == {causes[0].pk: (8, 1), causes[1].pk: (12, 1)}
    assert sum(m.stops for m in sums.measures.values()) == 2


@pytest.mark.parametrize("minute", [-1, 0, 20, 25])
def test_a_cut_outside_is_refused(station, ann, causes, minute):
    works(station, 0, now=10)
    works(station, 20, now=20.5)
    with pytest.raises(NoSuchCut):
        split(Issue.objects.get(), at(minute), before=causes[0], after=causes[1], by=ann, at=at(30))
    assert parts(station) == [(0, 20, None)]


def test_what_cannot_be_split_says_why(station, ann, causes):
    works(station, 0, now=10)
    issue = Issue.objects.get()
    how = {"before": causes[0], "by": ann, "at": at(10)}
    with pytest.raises(CauseNotUsable):
        split(issue, at(5), after=make_cause(), **how)
    by_hand = make_issue(station, kind="help", silent_since=None)
    with pytest.raises(MachineDecides):
        split(by_hand, at(5), after=causes[1], **how)
    Issue.objects.filter(pk=issue.pk).update(withdrawn_at=NOON)
    with pytest.raises(IssueWithdrawn):
        split(issue, at(5), after=causes[1], **how)
    assert IssueEvent.objects.filter(kind="split").count() == 0


def test_the_same_split_sent_again_is_the_same(station, ann, causes):
    works(station, 0, now=10)
    issue, key = Issue.objects.get(), uuid.uuid4()
    made = [
        split(issue, at(5), before=causes[0], after=causes[1], by=ann, at=at(10), key=key) for _ in range(2)
    ]
    assert made[0] == made[1]
    assert Issue.objects.count() == 2


def test_parts_are_merged_again_and_both_histories_stay(station, ann, causes):
    issue, later = stop_of_twenty_minutes(station, ann, causes)
    merge(issue, later, by=ann, at=at(30))
    assert parts(station) == [(0, 20, "JAM")]
    assert (later.merged_into, later.withdrawn_at) == (issue, at(30))
    assert [event.kind for event in later.events.all()] == ["split", "ended", "merge"]
    works(station, 21, now=31)
    assert parts(station)[0] == (0, 20, "JAM")
    with pytest.raises(IssueWithdrawn, match="merged into another"):
        merge(issue, later, by=ann, at=at(30))
    with pytest.raises(IssueWithdrawn, match="merged into another"):
        later.explain(causes[0], by=ann, at=at(31))


def test_only_neighbours_are_merged(station, ann, causes):
    issue, later = stop_of_twenty_minutes(station, ann, causes)
    last = split(later, at(15), before=causes[1], after=causes[0], by=ann, at=at(30))
    for first, second in ((issue, last), (later, issue), (issue, issue)):
        with pytest.raises(NoNeighbours):
            merge(first, second, by=ann, at=at(31))
    merge(later, last, by=ann, at=at(31), cause=causes[0])
    assert parts(station) == [(0, 8, "JAM"), (8, 20, "JAM")]


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        ([4], [(0, 4, "JAM"), (4, 20, "FITTER")]),
        ([14], [(0, 8, "JAM"), (8, 14, "FITTER"), (14, 20, None)]),
        ([4, 14], [(0, 4, "JAM"), (4, 14, "FITTER"), (14, 20, None)]),
        ([14, 4], [(0, 4, "JAM"), (4, 14, "FITTER"), (14, 20, None)]),
        ([3, 6], [(0, 3, "JAM"), (3, 6, None), (6, 20, "FITTER")]),
        ([6, 3], [(0, 3, "JAM"), (3, 6, None), (6, 20, "FITTER")]),
        ([8], [(0, 8, "JAM"), (8, 20, "FITTER")]),
    ],
)
def test_late_work_moves_the_stop_and_the_cut_stays(station, ann, causes, late, expected):
    stop_of_twenty_minutes(station, ann, causes)
    for number, minute in enumerate(late):
        works(station, minute, now=40 + number)
    assert parts(station)[: len(expected)] == expected


def test_a_part_in_which_the_station_worked_is_withdrawn_and_kept(station, ann, causes):
    _issue, later = stop_of_twenty_minutes(station, ann, causes)
    works(station, *range(7, 20), now=40)
    assert parts(station)[0] == (0, 7, "JAM")
    later.refresh_from_db()
    assert later.withdrawn_at == at(40)
    assert [event.kind for event in later.events.all()] == ["split", "ended", "withdrawn"]


def test_a_cut_that_late_data_puts_into_a_lost_signal_begins_when_it_stands_again(station, ann, causes):
    stop_of_twenty_minutes(station, ann, causes)
    words = [Message(at=at(5), available=False), Message(at=at(11), available=True)]
    parcels = [Parcel(station.company_id, station.code, word, "mqtt") for word in words]
    record(parcels, received_at=at(40), quarantine=False)
    StationLive.objects.filter(station=station).update(deadline=at(40))
    engine.tick(now=at(40))
    assert parts(station)[:2] == [(0, 5, "JAM"), (11, 20, "FITTER")]


def test_a_part_that_became_the_first_is_cut_before_its_own_cut(station, ann, causes):
    _, later = stop_of_twenty_minutes(station, ann, causes)
    works(station, 4, now=40)
    later.refresh_from_db()
    split(later, at(6), before=causes[0], after=causes[1], by=ann, at=at(41))
    expected = [(0, 4, "JAM"), (4, 6, "JAM"), (6, 20, "FITTER")]
    assert parts(station)[:3] == expected
    engine.rebuild(station, now=at(41))
    assert parts(station)[:3] == expected


@pytest.mark.django_db(transaction=True)
def test_answers_and_the_tick_do_not_wait_for_each_other_in_a_ring():
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    write_ahead(now=NOON)
    causes = [make_cause(company=station.company) for _ in range(2)]
    works(station, 0, 60, now=60.1)
    issue, ann = Issue.objects.get(), Who(operator=make_operator(company=station.company))

    def answer():
        for number in range(40):
            mine = Issue.objects.get(pk=issue.pk)
            mine.explain(causes[number % 2], by=ann, at=at(61), seen=mine.cause)
        connection.close()

    def look():
        for number in range(40):
            StationLive.objects.filter(station=station).update(deadline=at(61), dirty_from=NOON)
            works(station, 59.9 - number, now=61)
        connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(answer), pool.submit(look)]:
            done.result()
    assert issue.events.filter(kind="cause").count() == 40


# Whatever comes late, and however often people cut


SPAN = 60  # minutes
steps = st.one_of(
    st.tuples(st.just("work"), st.integers(1, SPAN - 1)),
    st.tuples(st.just("lost"), st.integers(1, SPAN - 8)),
    st.tuples(st.just("split"), st.integers(0, 2 * SPAN)),
    st.tuples(st.just("merge"), st.integers(0, 5)),
)


def stretches(station):
    """When the station stood still, by silence, straight from the slices."""
    found = {}
    for piece in Slice.objects.filter(station=station, state="stopped").order_by("start"):
        found.setdefault(piece.silent_since, []).append((piece.start, piece.end or at(SPAN + 5)))
    return found


def check(station):
    """Every stopped instant is in exactly one part, and no part reaches beyond what it holds."""
    issues = list(Issue.objects.stops().filter(station=station).order_by("started_at"))
    stood = stretches(station)
    assert {issue.silent_since for issue in issues} == set(stood)
    for silence, windows in stood.items():
        mine = [issue for issue in issues if issue.silent_since == silence]
        assert mine[0].started_at == windows[0][0]
        assert (mine[-1].ended_at or at(SPAN + 5)) == windows[-1][1]
        assert sum(1 for issue in mine if issue.cut_at is None) <= 1
        held = 0
        for issue in mine:
            end = issue.ended_at or at(SPAN + 5)
            held += sum(
                max(0, (min(w[1], end) - max(w[0], issue.started_at)).total_seconds()) for w in windows
            )
        assert held == sum((w[1] - w[0]).total_seconds() for w in windows)
    spans = [(issue.started_at, issue.ended_at or at(SPAN + 5)) for issue in issues]
    assert all(first[1] <= second[0] for first, second in pairwise(spans)), "parts never overlap"
    return issues


def by_cause(station):
    found = Station.objects.in_place().get(pk=station.pk)
    window = Window(NOON, at(SPAN + 5))
    sums = tally(told([Question(found, window, window.end)])[station.pk].story, window)
    lost = {}
    for (_, cause), one in sums.downtime.items():
        amount, records = lost.get(cause, (0, 0))
        lost[cause] = amount + one.amount, records + one.records
    return lost


def expected_by_cause(station, issues):
    stood, lost = stretches(station), {}
    for issue in issues:
        end = issue.ended_at or at(SPAN + 5)
        held = sum(
            max(0, (min(w[1], end) - max(w[0], issue.started_at)).total_seconds())
            for w in stood[issue.silent_since]
        )
        amount, records = lost.get(issue.cause_id or 0, (0, 0))
        lost[issue.cause_id or 0] = amount + held * 1000, records + 1
    return lost


def lose(station, minute, now):
    words = [Message(at=at(minute + 0.25), available=False), Message(at=at(minute + 6.25), available=True)]
    record(
        [Parcel(station.company_id, station.code, word, "mqtt") for word in words],
        received_at=now,
        quarantine=False,
    )


@settings(
    max_examples=int(os.environ.get("EXAMPLES", tries(40))), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(story=st.lists(steps, min_size=1, max_size=12))
def test_cuts_and_late_data_in_any_order_leave_every_stopped_second_in_one_part(story):
    station = make_station(cycle_time_ms=60_000)
    make_pattern(follows=station)
    write_ahead(now=NOON)
    causes = [make_cause(company=station.company) for _ in range(3)]
    ann = Who(operator=make_operator(company=station.company))
    now = at(SPAN + 5)
    works(station, 0, SPAN, now=SPAN + 5)
    for number, (what, where) in enumerate(story):
        if what == "work":
            works(station, where, now=SPAN + 5)
        elif what == "lost":
            lose(station, where, now)
            StationLive.objects.filter(station=station).update(deadline=now)
            engine.tick(now=now)
        elif what == "split":
            cut = at(where / 2)
            for issue in Issue.objects.stops().filter(station=station, started_at__lt=cut, ended_at__gt=cut):
                try:
                    split(
                        issue, cut, before=causes[number % 3], after=causes[(number + 1) % 3], by=ann, at=now
                    )
                except NoSuchCut:
                    assert not any(w[0] < cut < w[1] for w in stretches(station).get(issue.silent_since, []))
        else:
            issues = list(Issue.objects.stops().filter(station=station).order_by("started_at"))
            for first, second in list(pairwise(issues))[where : where + 1]:
                if first.silent_since == second.silent_since:
                    merge(first, second, by=ann, at=now)
        issues = check(station)
        assert by_cause(station) == expected_by_cause(station, issues)
    before = [(i.pk, i.started_at, i.ended_at, i.cause_id) for i in issues]
    engine.rebuild(station, now=now)
    assert [(i.pk, i.started_at, i.ended_at, i.cause_id) for i in check(station)] == before
