"""A split that was entered without network, and a stop that others have made another one meanwhile: a question."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from django.utils.timezone import now

from downtime.models import Issue, IssueEvent, Slice
from downtime.models.issues import Who
from downtime.splitting import merge, split
from production.models import Entry
from tests.entries import enter, step, stood_still
from tests.make import make_cause, make_issue, make_operator, make_station
from tests.screens import enrolled

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def causes(station):
    """What the tablet says of the first part and of the second, and what others say."""
    return [make_cause(company=station.company, description=name) for name in ("Crane", "Coil", "Jam")]


@pytest.fixture
def issue(station):
    """A stop of an hour that is over."""
    start = now().replace(second=0, microsecond=0) - 90 * MINUTE
    issue = make_issue(station, started_at=start, ended_at=start + 60 * MINUTE)
    stood_still(issue)
    return issue


@pytest.fixture
def ann(station):
    """Somebody else, who has the network."""
    return Who(operator=make_operator(company=station.company, initials="ANN"))


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


@pytest.fixture
def enters(issue, tablet, causes):
    """The tablet's word, half an hour after the beginning: first Crane, then Coil."""

    def enters(minutes=30, **fields):
        cut = int((issue.started_at + minutes * MINUTE).timestamp())
        said = {"cut": cut, "before": causes[0].pk, "cause": causes[1].pk, "operator": "0", **fields}
        return enter(tablet, step(issue, "split"), issue.started_at + 70 * MINUTE, **said)

    return enters


def labels(answer):
    """What can be chosen, without that it is left as it is, which always can."""
    *choices, leave = answer.json()["choices"]
    assert (answer.status_code, answer["X-Entry"]) == (409, "refused")
    assert (leave["label"], leave["leave"]) == ("Leave it as it is", True)
    return [(choice["label"].partition(": ")[::2], choice["hint"]) for choice in choices]


def said(answer):
    return [words for (_, words), _ in labels(answer)]


def choose(tablet, answer, number, **more):
    """What the tablet sends for a choice: the fields of the entry, and over them those of the choice."""
    choice = answer.json()["choices"][number]
    return enter(tablet, choice["address"], now() - 20 * MINUTE, **more | choice["fields"])


def stops():
    return [
        (part.started_at, part.ended_at, str(part.cause))
        for part in Issue.objects.stops().order_by("started_at")
    ]


def test_split_meanwhile_it_is_cut_again_or_each_part_has_its_cause(issue, causes, ann, enters, tablet):
    begin = issue.started_at
    cut = begin + 20 * MINUTE
    split(issue, cut, before=causes[2], after=causes[2], by=ann, at=now())
    answer = enters(last=0)
    assert answer.json()["detail"] == "Already answered by ANN."
    assert answer.json()["question"] == "The stop is another one by now. What still holds?"
    assert said(answer) == ["Crane", "Crane, then Coil"]
    assert [choice.get("also") for choice in answer.json()["choices"]] == [True, True, None]
    sent = {"cut": int((begin + 30 * MINUTE).timestamp()), "before": causes[0].pk, "cause": causes[1].pk}
    for number in (0, 1):
        assert choose(tablet, answer, number, operator="0", **sent)["X-Entry"] == "stored"
    assert stops() == [
        (begin, cut, "Crane"), (cut, begin + 30 * MINUTE, "Crane"), (begin + 30 * MINUTE, begin + 60 * MINUTE, "Coil"),
    ]  # fmt: skip


def test_split_at_the_same_instant_each_part_is_asked_for(issue, causes, ann, enters):
    split(issue, issue.started_at + 30 * MINUTE, before=causes[2], after=causes[1], by=ann, at=now())
    assert said(enters(last=0)) == ["Crane"]  # the second says so already


def test_split_elsewhere_without_knowing_it_is_a_question_too(issue, causes, ann, enters):
    split(issue, issue.started_at + 20 * MINUTE, before=causes[2], after=causes[2], by=ann, at=now())
    answer = enters()  # after answers of its own a tablet says nothing of what it saw
    assert answer.json()["detail"] == "At that time the station did not stand still in this stop."
    assert said(answer) == ["Crane", "Crane, then Coil"]


def test_joined_meanwhile_the_whole_is_cut(issue, causes, ann, enters, tablet):
    later = split(issue, issue.started_at + 20 * MINUTE, before=causes[2], after=causes[2], by=ann, at=now())
    seen = IssueEvent.objects.filter(issue=later).latest("pk").pk
    merge(issue, later, by=ann, at=now())
    cut = int((issue.started_at + 30 * MINUTE).timestamp())
    fields = {"cut": cut, "before": causes[0].pk, "cause": causes[1].pk, "operator": "0", "last": seen}
    answer = enter(tablet, step(later, "split"), **fields)
    assert said(answer) == ["Crane, then Coil"]
    assert choose(tablet, answer, 0, **fields)["X-Entry"] == "stored"
    assert [cause for *_, cause in stops()] == ["Crane", "Coil"]


def test_ended_before_the_cut_it_is_asked_whether_the_first_cause_holds(issue, enters, tablet):
    shorten(issue, 20)
    answer = enters()
    assert answer.json()["question"] == "What holds instead?"
    assert said(answer) == ["Crane"]
    assert choose(tablet, answer, 0, operator="0")["X-Entry"] == "stored"
    assert [cause for *_, cause in stops()] == ["Crane"]


def test_what_stood_still_after_it_is_the_place_of_the_cut(issue, enters):
    shorten(issue, 20)
    start = issue.started_at + 25 * MINUTE
    stood_still(make_issue(issue.station, started_at=start, ended_at=issue.started_at + 60 * MINUTE))
    assert said(enters()) == ["Crane", "Crane, then Coil"]


def test_begun_after_the_cut_it_is_asked_whether_the_second_cause_holds(issue, enters):
    Issue.objects.update(started_at=issue.started_at + 40 * MINUTE)
    assert said(enters()) == ["Coil"]


def test_where_the_station_did_not_stand_still_one_cause_may_hold_for_all(issue, enters):
    Slice.objects.update(end=issue.started_at + 25 * MINUTE)
    assert said(enters()) == ["Crane", "Coil"]


@pytest.mark.parametrize("verb", ["exclude", "explain"])
def test_what_somebody_else_has_said_of_the_whole_is_told(issue, causes, ann, enters, verb):
    issue.exclude(by=ann, at=now()) if verb == "exclude" else issue.explain(causes[2], by=ann, at=now())
    answer = enters(last=0)
    told = "excluded" if verb == "exclude" else "Jam"
    assert answer.json()["question"] == f"By now it is “{told}”. Which is right?"
    assert said(answer) == ["Crane, then Coil"]
    assert labels(answer)[0][1].endswith(f"by now: {told}")


def test_what_was_no_stop_after_all_is_only_told(issue, enters):
    Issue.objects.update(withdrawn_at=now())
    assert enters().json() == {
        "detail": "This was no stop after all: late data shows that the station ran.",
        "question": "", "choices": [],
    }  # fmt: skip


def test_of_many_parts_those_around_the_cut_are_offered(issue, causes, ann, enters):
    part = issue
    for minutes in range(2, 58, 4):
        part = split(
            part, issue.started_at + minutes * MINUTE, before=causes[2], after=causes[2], by=ann, at=now()
        )
    found = said(enters(32, last=0))
    assert found == ["Crane", "Crane", "Crane", "Crane, then Coil", "Coil", "Coil"]


def shorten(part, minutes):
    """Late data ends it so long after its beginning."""
    end = part.started_at + minutes * MINUTE
    Issue.objects.filter(pk=part.pk).update(ended_at=end)
    Slice.objects.filter(silent_since=part.silent_since, station=part.station).update(end=end)


def meddle(chance, issue, causes, by):
    """Somebody else does one thing to the stop, whatever it is by now."""
    parts = list(Issue.objects.stops().order_by("started_at"))
    part = chance.choice(parts)
    long = int((part.ended_at - part.started_at) / MINUTE)
    verb = chance.choice(("split", "split", "merge", "explain", "exclude", "reopen", "shorten"))
    if verb == "split" and long > 2:
        cut = part.started_at + chance.randrange(1, long) * MINUTE
        before, after = chance.choices(causes, k=2)
        if Slice.objects.filter(start__lt=cut, end__gt=cut).exists():
            split(part, cut, before=before, after=after, by=by, at=now())
    elif verb == "merge" and len(parts) > 1:
        merge(*chance.choice(list(pairwise(parts))), by=by, at=now())
    elif verb == "explain":
        part.explain(chance.choice(causes), seen=part.cause, by=by, at=now())
    elif verb == "exclude" and not part.excluded_at:
        part.exclude(by=by, at=now())
    elif verb == "reopen" and (part.cause or part.excluded_at):
        part.reopen(by=by, at=now())
    elif verb == "shorten" and part == parts[-1] and long > 2:
        end = part.started_at + chance.randrange(1, long) * MINUTE
        Issue.objects.filter(pk=part.pk).update(ended_at=end)
        Slice.objects.update(end=end)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_others_did_the_word_is_stored_or_asked_and_every_choice_can_be_taken(
    issue, causes, ann, enters, tablet, seed
):
    chance = random.Random(seed)
    for _ in range(chance.randrange(1, 6)):
        meddle(chance, issue, causes, ann)
    before = stops()
    minutes = chance.randrange(1, 60)
    answer = enters(minutes, **({"last": 0} if chance.random() < 0.7 else {}))
    if answer["X-Entry"] == "stored":
        assert len(stops()) == len(before) + 1
        return
    assert stops() == before
    assert Entry.objects.count() == 0
    choices = [choice for choice in answer.json()["choices"] if not choice.get("leave")]
    cut = issue.started_at + minutes * MINUTE
    sent = {"cut": int(cut.timestamp()), "before": causes[0].pk, "cause": causes[1].pk, "operator": "0"}
    for number, choice in enumerate(choices):
        with transaction.atomic():
            assert choose(tablet, answer, number, **sent)["X-Entry"] == "stored", choice
            changed = set(stops()) - set(before)
            assert {cause for *_, cause in changed} <= {"Crane", "Coil"}
            assert all(
                cause == "Crane"
                for _, end, cause in changed
                if end <= cut and "cause" not in choice["fields"]
            )
            transaction.set_rollback(True)
    # Nothing is asked only where all of it is said already.
    meant = {("Crane" if end <= cut else "Coil") for begin, end, _ in before if not begin < cut < end}
    assert choices or {cause for *_, cause in before} <= meant
