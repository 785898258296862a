"""What else people do with a stop: watch, exclude, re-open; and what they raise themselves."""

import uuid
from datetime import timedelta

import pytest

from downtime.calls import call
from downtime.errors import (
    AlreadyOpen,
    BadEstimate,
    CauseNotUsable,
    IssueClosed,
    IssueOpen,
    MachineDecides,
    TextTooLong,
)
from downtime.models import Issue
from downtime.models.events import Who
from production.windows import Window
from tests.make import NOON, make_cause, make_issue, make_operator, make_station

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def issue():
    return make_issue()


@pytest.fixture
def ann(issue):
    return Who(operator=make_operator(company=issue.station.company, initials="ANN"))


def kinds(issue):
    return [event.kind for event in issue.events.all()]


def test_who_watches_twice_watches_once(issue, ann):
    for minute in (1, 2):
        issue.watch(by=ann, at=NOON + minute * MINUTE)
    issue.watch(by=Who(operator=make_operator(company=issue.station.company)), at=NOON)
    assert kinds(issue) == ["watch", "watch"]


def test_an_excluded_stop_is_not_asked_about_and_counts_as_planned(issue, ann):
    issue.exclude(by=ann, at=NOON, text="Visitors")
    assert not Issue.objects.unexplained().exists()
    assert Issue.objects.stops().exists()
    assert [(event.kind, event.text) for event in issue.events.all()] == [("exclude", "Visitors")]
    with pytest.raises(IssueClosed):
        issue.exclude(by=ann, at=NOON)
    issue.reopen(by=ann, at=NOON)
    assert Issue.objects.unexplained().exists()


def test_a_stop_that_is_re_opened_asks_again(issue, ann):
    issue.explain(make_cause(company=issue.station.company), by=ann, at=NOON)
    issue.reopen(by=ann, at=NOON)
    assert issue.cause is None
    assert kinds(issue) == ["cause", "reopen"]
    with pytest.raises(IssueOpen):
        issue.reopen(by=ann, at=NOON)


def test_what_is_over_takes_no_estimate_and_no_call_but_what_was_said_before_the_end_counts(ann):
    issue = make_issue(make_station(company=ann.operator.company), ended_at=NOON + 10 * MINUTE)
    late = NOON + 11 * MINUTE
    for step in (
        lambda: issue.estimate(late + MINUTE, by=ann, at=late),
        lambda: issue.escalate(by=ann, at=late),
        lambda: issue.watch(by=ann, at=late),
    ):
        with pytest.raises(IssueClosed):
            step()
    issue.escalate(by=ann, at=NOON + 9 * MINUTE)
    issue.acknowledge(by=ann, at=late)
    assert kinds(issue) == ["escalate", "acknowledge"]


def test_a_closed_stop_needs_nobody_any_more(ann):
    station = make_station(company=ann.operator.company)
    issue = make_issue(station, ended_at=NOON + 10 * MINUTE, cause=make_cause(company=station.company))
    with pytest.raises(IssueClosed):
        issue.acknowledge(by=ann, at=NOON + 11 * MINUTE)


@pytest.mark.parametrize("minutes", [-5, 0, 7 * 24 * 60 + 1, 10**9 // 60])
def test_an_estimate_lies_ahead_and_not_too_far(issue, ann, minutes):
    with pytest.raises(BadEstimate):
        issue.estimate(NOON + minutes * MINUTE, by=ann, at=NOON)
    assert kinds(issue) == []


def test_causes_out_of_use_and_of_others_are_refused(issue, ann):
    for cause in (make_cause(), make_cause(company=issue.station.company, archived_at=NOON)):
        with pytest.raises(CauseNotUsable):
            issue.explain(cause, by=ann, at=NOON)
    assert issue.cause is None


def test_a_note_of_a_book_is_refused(issue, ann):
    with pytest.raises(TextTooLong):
        issue.note("x" * 2001, by=ann, at=NOON)


# Raised by hand


def test_what_is_raised_by_hand_is_no_downtime_and_is_closed_by_hand(ann):
    station = make_station(company=ann.operator.company)
    issue = call(station, "material", started_at=NOON, by=ann, at=NOON, text="No coil")
    here = Issue.objects.filter(station=station)
    assert not here.overlapping(Window(NOON, NOON + MINUTE)).exists()
    assert not here.unexplained().exists()
    assert list(here.ongoing()) == [issue]
    issue.acknowledge(by=ann, at=NOON + MINUTE)
    issue.close(by=ann, at=NOON + 5 * MINUTE)
    assert issue.ended_at == NOON + 5 * MINUTE
    with pytest.raises(IssueClosed):
        issue.close(by=ann, at=NOON + 6 * MINUTE)
    issue.reopen(by=ann, at=NOON + 7 * MINUTE)
    assert issue.ended_at is None
    assert next((e.kind, e.text) for e in issue.events.all()) == ("raised", "No coil")
    assert kinds(issue) == ["raised", "acknowledge", "close", "reopen"]


def test_one_of_a_type_goes_on_at_a_station_beside_its_stop(ann):
    station = make_station(company=ann.operator.company)
    make_issue(station)
    call(station, "help", started_at=NOON, by=ann, at=NOON)
    call(station, "safety", started_at=NOON, by=ann, at=NOON)
    with pytest.raises(AlreadyOpen):
        call(station, "help", started_at=NOON, by=ann, at=NOON)
    with pytest.raises(AlreadyOpen, match="has a stop"):
        call(station, "stop", started_at=NOON, by=ann, at=NOON + MINUTE)


def test_the_same_call_sent_again_is_the_same(ann):
    station, key = make_station(company=ann.operator.company), uuid.uuid4()
    assert len({call(station, "help", started_at=NOON, by=ann, at=NOON, key=key).pk for _ in range(2)}) == 1


def test_a_machine_s_stop_is_not_closed_by_hand(issue, ann):
    with pytest.raises(MachineDecides):
        issue.close(by=ann, at=NOON)


def test_re_opening_meets_another_of_its_type(ann):
    station = make_station(company=ann.operator.company)
    first = call(station, "help", started_at=NOON, by=ann, at=NOON)
    first.close(by=ann, at=NOON + MINUTE)
    call(station, "help", started_at=NOON + MINUTE, by=ann, at=NOON + MINUTE)
    with pytest.raises(AlreadyOpen):
        first.reopen(by=ann, at=NOON + 2 * MINUTE)
