"""Joining and re-opening out of a tablet's outbox: once, at their time, and asked again where they clash."""

import uuid
from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent
from downtime.models.issues import Who
from downtime.splitting import merge, split
from production.models import Entry
from tests.entries import enter, headers, step, stood_still
from tests.make import make_cause, make_issue, make_station, make_user
from tests.screens import enrolled, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def cause(station):
    return make_cause(company=station.company, description="Jam")


@pytest.fixture
def parts(station, cause):
    """A stop of an hour in two parts, which is over."""
    start = now() - 90 * MINUTE
    issue = make_issue(station, started_at=start, ended_at=start + 60 * MINUTE)
    stood_still(issue)
    return issue, split(issue, start + 20 * MINUTE, before=cause, after=cause, by=Who(), at=now())


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


@pytest.fixture
def boss(station):
    """A supervisor at the tablet, and how his entries are named."""
    user = make_user("supervisor", company=station.company)
    client = person(station.company)
    client.force_login(user)
    return client, f"user-{user.pk}"


def last(issue):
    return IssueEvent.objects.filter(issue=issue).latest("pk").pk


def test_joining_counts_from_when_it_was_said_and_is_done_once(parts, tablet):
    first, second = parts
    said, key = now() - 10 * MINUTE, uuid.uuid4()
    told = {"following": second.uuid, "last": last(first), "key": uuid.uuid4()}
    for entry in (key, key, uuid.uuid4()):  # the tablet's key again, then only the form's own
        answer = tablet.post(step(first, "merge"), told, headers=headers(said, entry))
        assert answer["X-Entry"] == "stored"
    whole = Issue.objects.stops().get()
    assert (whole.pk, whole.ended_at) == (first.pk, second.ended_at)
    event = first.events.get(kind="merge")
    assert abs(event.at - said) < timedelta(milliseconds=1)
    assert Entry.objects.count() == 2


def test_re_opening_counts_from_when_it_was_said_and_is_done_once(parts, boss):
    (client, name), (first, _) = boss, parts
    said, key = now() - 10 * MINUTE, uuid.uuid4()
    for _ in range(3):
        answer = enter(client, step(first, "reopen"), said, key, name, last=last(first))
        assert answer["X-Entry"] == "stored"
    first.refresh_from_db()
    assert first.is_unexplained
    assert abs(first.events.get(kind="reopen").at - said) < timedelta(milliseconds=1)


def test_what_was_re_opened_without_network_is_explained_again_after_it(parts, boss, station):
    (client, name), (first, _) = boss, parts
    other = make_cause(company=station.company, description="Crane")
    assert enter(client, step(first, "reopen"), by=name, last=last(first))["X-Entry"] == "stored"
    # As a tablet says it that knows its own answer is on the way: nothing was seen, and no last answer.
    assert enter(client, step(first, "cause"), by=name, cause=other.pk, seen="")["X-Entry"] == "stored"
    first.refresh_from_db()
    assert first.cause == other


def test_an_operator_s_entry_re_opens_nothing(parts, tablet):
    answer = enter(tablet, step(parts[0], "reopen"))
    assert (answer.status_code, answer["X-Entry"]) == (403, "refused")


def test_of_one_page_two_joins_are_two_also_where_parts_begin_in_the_same_minute(parts, cause, tablet):
    first, second = parts
    third = split(
        second, second.started_at + timedelta(seconds=1), before=cause, after=cause, by=Who(), at=now()
    )
    key = uuid.uuid4()
    for following in (second, third):
        tablet.post(step(first, "merge"), {"following": following.uuid, "key": key})
    assert Issue.objects.stops().get().ended_at == third.ended_at


def choices(answer):
    """What can be chosen, beside that it is left as it is."""
    assert (answer.status_code, answer["X-Entry"]) == (409, "refused")
    return answer.json()["choices"][:-1]


def test_of_a_part_that_was_cut_meanwhile_it_is_asked_which_are_joined(parts, cause, tablet):
    first, second = parts
    middle = split(first, first.started_at + 10 * MINUTE, before=cause, after=cause, by=Who(), at=now())
    answer = enter(tablet, step(first, "merge"), following=second.uuid)
    assert answer.json()["question"] == "The parts are others by now. Which are joined?"
    one, other = choices(answer)
    assert [one["address"], other["address"]] == [step(first, "merge"), step(middle, "merge")]
    for choice in (other, one):  # what was seen of the first part is as it was
        assert enter(tablet, choice["address"], **joined(choice))["X-Entry"] == "stored"
    assert Issue.objects.stops().get().ended_at == second.ended_at


def joined(choice):
    return {name: value for name, value in choice["fields"].items() if name != "key"}


def test_where_the_first_part_is_part_of_another_by_now_the_second_is_joined_to_that(parts, cause, tablet):
    first, second = parts
    third = split(second, second.started_at + 10 * MINUTE, before=cause, after=cause, by=Who(), at=now())
    merge(first, second, by=Who(), at=now())
    [choice] = choices(enter(tablet, step(second, "merge"), following=third.uuid, last=0))
    assert choice["address"] == step(first, "merge")
    assert enter(tablet, choice["address"], **joined(choice))["X-Entry"] == "stored"


def test_what_is_joined_already_is_only_told(parts, tablet):
    first, second = parts
    merge(first, second, by=Who(), at=now())
    answer = enter(tablet, step(first, "merge"), following=second.uuid)
    assert (answer.status_code, answer.json()["choices"]) == (409, [])


@pytest.mark.parametrize("verb", ["reopen", "exclude"])
def test_of_a_stop_that_was_split_meanwhile_it_is_asked_of_which_part_it_holds(parts, boss, verb):
    (client, name), (first, second) = boss, parts
    answer = enter(client, step(first, verb), by=name, last=0)
    assert answer.json()["question"] == "The stop was split meanwhile. Which part is it for?"
    for choice, part in zip(choices(answer), (first, second), strict=True):
        assert choice["also"]
        assert enter(client, choice["address"], by=name, **joined(choice))["X-Entry"] == "stored"
        part.refresh_from_db()
        assert (part.excluded_at is not None, part.cause is None) == (verb == "exclude", verb == "reopen")


def test_who_re_opens_what_has_another_cause_by_now_is_asked(parts, boss, station):
    (client, name), (first, second) = boss, parts
    seen = last(first)
    merge(first, second, by=Who(), at=now())
    first.explain(
        make_cause(company=station.company, description="Crane"), seen=first.cause, by=Who(), at=now()
    )
    answer = enter(client, step(first, "reopen"), by=name, last=seen)
    assert answer.json()["question"] == "By now it is “Crane”. Which is right?"
    assert [choice["address"] for choice in choices(answer)] == [step(first, "reopen")]


def test_another_cause_of_what_was_raised_by_hand_is_a_question_too(station, tablet, cause):
    issue = make_issue(station, started_at=now() - 20 * MINUTE, silent_since=None, kind="material")
    issue.explain(make_cause(company=station.company, description="Crane"), by=Who(), at=now())
    [choice] = choices(enter(tablet, step(issue, "cause"), cause=cause.pk, seen=""))
    assert choice["hint"] == "by now: Crane"
