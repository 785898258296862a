"""What an operator sees of a rule's answer, and that it is never in his way."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.ruling import settle
from production.models import Station
from tests.make import make_cause, make_issue, make_rule, make_station
from tests.screens import POLL, SCRIPT, enrolled

pytestmark = pytest.mark.django_db


@pytest.fixture
def station():
    return make_station()


@pytest.fixture
def issue(station):
    return make_issue(station, started_at=now() - timedelta(minutes=5))


@pytest.fixture
def tablet(station):
    return enrolled(station.company)


@pytest.fixture
def tool(station):
    return make_cause("TOOL", company=station.company, description="Tool change")


def answered(issue):
    """A rule answers it, in this moment."""
    make_rule(make_cause("JAM", company=issue.station.company, description="Jam"), name="Feeder")
    settle([issue], {issue.station_id: Station.objects.in_place().get(pk=issue.station_id)}, now=now())


def test_a_rules_answer_is_told_with_its_name_and_can_be_changed(station, issue, tablet):
    answered(issue)
    shown = tablet.get(f"/stops/of/{station.uuid}/", headers=POLL).content.decode()
    assert "It has stopped: Jam" in shown
    assert "answered by a rule Jam: Rule 1: Feeder" in shown
    assert "Another cause" in shown


def test_who_is_choosing_goes_on_and_his_word_counts(station, issue, tool, tablet):
    answered(issue)
    look = {"issue": issue.uuid, "ask": "cause", "seen": "0", "last": "0"}
    shown = tablet.get(f"/stops/of/{station.uuid}/", look, headers=POLL).content.decode()
    assert "Already answered" not in shown
    said = {"cause": tool.pk, "seen": ""}
    assert tablet.post(f"/stops/{issue.uuid}/cause/", said, headers=SCRIPT).status_code == 200
    issue.refresh_from_db()
    assert (issue.cause, issue.left_to_people) == (tool, True)
