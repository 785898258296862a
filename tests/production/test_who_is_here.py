"""Who is here? The tablet's page on which operators sign on and off, and who an answer is by."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.models import IssueEvent
from production.models import SignOn
from production.operators import COOKIE
from quality.models import Reject
from tests.make import make_issue, make_operator, make_reject_reason, make_sign_on, make_station
from tests.screens import SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def ann(station):
    return make_operator(company=station.company, initials="ANN", name="Ann Berg")


@pytest.fixture
def bob(station):
    return make_operator(company=station.company, initials="BOB")


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


def page(client, station):
    return client.get(f"/operator/{station.uuid}/").content.decode()


def tap(client, station, **said):
    where = f"/tablet/{station.uuid}/"
    answer = client.post(f"/operator/{station.uuid}/", {"next": where, **said})
    assert answer.status_code == 302
    assert answer["Location"] == where
    return answer


def header(client, station):
    """What the tablet's head says of who is there."""
    text = client.get(f"/tablet/{station.uuid}/").content.decode()
    return text.partition('class="who"')[2].partition("</a>")[0].rpartition(">")[2]


def here(station):
    return list(SignOn.objects.filter(station=station).at(now()).values_list("operator__initials", flat=True))


def test_choosing_initials_signs_on_at_the_station_and_the_tablet_says_so(station, ann, tablet):
    assert header(tablet, station) == "Who?"
    tap(tablet, station, operator=ann.pk)
    [signed] = SignOn.objects.all()
    assert (signed.station, signed.operator, signed.user) == (station, ann, None)
    assert signed.device is not None
    assert header(tablet, station) == "ANN"
    assert "signed on since" in page(tablet, station)


def test_another_tablet_at_the_station_shows_the_same_and_may_sign_off(station, ann, bob, tablet):
    tap(tablet, station, operator=ann.pk)
    other = enrolled(station.company)
    assert header(other, station) == "ANN"
    tap(other, station, off=SignOn.objects.get().pk)
    assert here(station) == []
    assert header(tablet, station) == "Who?"


def test_a_tablet_that_is_behind_signs_off_only_whom_it_showed(station, ann, bob, tablet):
    old = make_sign_on(station, ann, started_at=now() - 20 * MINUTE)
    tap(tablet, station, operator=bob.pk)
    for verb in ("off", "undo"):
        tap(enrolled(station.company), station, **{verb: old.pk})
    assert here(station) == ["BOB"]


def test_a_slip_is_taken_back_where_it_was_made(station, ann, bob, tablet):
    make_sign_on(station, ann, started_at=now() - 20 * MINUTE)
    assert "That was a slip" not in page(tablet, station)
    tap(tablet, station, operator=bob.pk)
    assert "That was a slip" in page(tablet, station)
    slip = SignOn.objects.latest("started_at").pk
    tap(tablet, station, undo=slip)
    assert here(station) == ["ANN"]
    tap(tablet, station, undo=slip)
    assert here(station) == ["ANN"]


@pytest.mark.parametrize("said", [{}, {"off": ""}, {"off": "9" * 30}, {"undo": "x"}, {"off": "²"}])
def test_nonsense_signs_nobody_off(station, ann, tablet, said):
    make_sign_on(station, ann, started_at=now() - 20 * MINUTE)
    tap(tablet, station, **said)
    assert here(station) == ["ANN"]


@pytest.mark.parametrize("chosen", ["", "0", "x", "9" * 30, "²"])
def test_an_operator_that_is_not_there_is_not_found(station, ann, tablet, chosen):
    assert tablet.post(f"/operator/{station.uuid}/", {"operator": chosen}).status_code == 404
    assert here(station) == []


def test_who_has_left_the_company_cannot_sign_on(station, ann, tablet):
    ann.archived_at = now()
    ann.save()
    assert "Ann Berg" not in page(tablet, station)
    assert tablet.post(f"/operator/{station.uuid}/", {"operator": ann.pk}).status_code == 404


def test_who_may_only_look_signs_nobody_on(station, ann):
    reader = person(station.company, "read_only")
    assert reader.post(f"/operator/{station.uuid}/", {"operator": ann.pk}).status_code == 403


def test_nobody_is_sent_to_another_site(station, ann, tablet):
    answer = tablet.post(
        f"/operator/{station.uuid}/", {"operator": ann.pk, "next": "https://evil.example.com"}
    )
    assert answer["Location"] == "/tablet/"


class TestWhoseAnswersAre:
    """At a tablet they are those of who is signed on; he need not say so again."""

    def answer(self, client, station, **said):
        issue = make_issue(station, started_at=now() - 5 * MINUTE)
        client.post(f"/stops/{issue.uuid}/escalate/", said, headers=SCRIPT)
        return issue

    def by(self, issue):
        return [
            event.operator and event.operator.initials for event in IssueEvent.objects.filter(issue=issue)
        ]

    def test_of_who_is_signed_on_at_any_tablet(self, station, ann, bob, tablet):
        tap(tablet, station, operator=ann.pk)
        tap(enrolled(station.company), station, operator=bob.pk)
        assert self.by(self.answer(tablet, station)) == ["BOB"]

    def test_an_answer_by_initials_signs_on_where_nobody_is(self, station, ann, tablet):
        assert self.by(self.answer(tablet, station, operator=ann.pk)) == ["ANN"]
        assert here(station) == ["ANN"]

    def test_at_a_station_where_nobody_is_it_is_who_chose_initials_at_this_tablet(self, station, ann, tablet):
        other = make_station(group=station.group)
        tap(tablet, station, operator=ann.pk)
        assert self.by(self.answer(tablet, other)) == ["ANN"]
        assert here(other) == []

    def test_who_signed_off_is_asked_for_again(self, station, ann, tablet):
        tap(tablet, station, operator=ann.pk)
        tap(tablet, station, off=SignOn.objects.get().pk)
        assert not tablet.cookies[COOKIE].value
        assert self.by(self.answer(tablet, station)) == []

    def test_a_user_answers_for_himself_whoever_stands_there(self, station, ann):
        make_sign_on(station, ann, started_at=now() - 20 * MINUTE)
        boss = person(station.company, "supervisor")
        assert self.by(self.answer(boss, station)) == [None]

    def test_rejects_are_those_of_who_is_signed_on(self, station, ann, tablet):
        make_sign_on(station, ann, started_at=now() - 20 * MINUTE)
        reason = make_reject_reason(company=station.company)
        said = {"reason": reason.pk, "quantity": 1, "key": "5c7f0a52-2f0e-4c0a-9c5e-1df3c5a9a001"}
        tablet.post(f"/rejects/of/{station.uuid}/", said, headers=SCRIPT)
        assert Reject.objects.get().operator == ann
