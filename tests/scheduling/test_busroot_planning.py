"""Reasons of planned time without production, and who follows which pattern, over Busroot's dialect."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from scheduling.models import PatternAssignment, ScheduleEvent
from tests.make import (
    make_api_key,
    make_company,
    make_event,
    make_event_assignment,
    make_group,
    make_pattern,
    make_station,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp():
    company = make_company()
    headers = {"X-API-KEY": make_api_key(company=company)[1]}

    def does(method, address, body=None):
        sent = "" if body is None else json.dumps(body)
        return Client().generic(method, f"/api/{address}", sent, "application/json", headers=headers)

    does.company = company
    return does


def test_a_reason_is_made_found_renamed_and_put_away(erp):
    make_event(company=erp.company, name="Tea")
    made = erp("POST", "non-production-reason", {"code": "TRIAL", "description": "Trial run"}).json()[
        "result"
    ]
    assert (made["type"], made["archivedAt"]) == ("non-production", None)
    assert erp("PATCH", "non-production-reason/TRIAL", {"description": "Trial"}).status_code == 200
    listed = erp("GET", "non-production-reason").json()["results"]
    assert [(one["code"], one["description"]) for one in listed] == [("TRIAL", "Trial")]
    assert ScheduleEvent.objects.get(code="TRIAL").event_type == "non-production"
    assert erp("DELETE", "non-production-reason/TRIAL").status_code == 204
    assert erp("GET", "non-production-reason").json()["results"] == []
    assert erp("POST", "non-production-reason", {"code": "TRIAL", "description": "x"}).status_code == 409
    back = erp("PATCH", "non-production-reason/TRIAL", {"archivedAt": None})
    assert back.json()["result"]["archivedAt"] is None


def test_what_recurs_under_a_reason_ends_with_it_and_only_then(erp):
    pattern = make_pattern(follows=make_station(company=erp.company))
    event = make_event(company=erp.company, event_type="maintenance", code="OIL", minutes=30)
    assignment = make_event_assignment(pattern, event=event)
    assert erp("DELETE", "non-production-reason/OIL").status_code == 204
    assignment.refresh_from_db()
    assert assignment.archived_at


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": "x" * 51, "description": "x"}, (400, "code")),
        ({"code": "a b", "description": "x"}, (400, "code")),
        ({"code": "A", "description": ""}, (400, "description")),
        ({"code": "A", "description": "x", "type": "break"}, (400, "type")),
        ({"description": "x"}, (400, "code")),
        ({"code": "THERE", "description": "x"}, (409, "code")),
    ],
)
def test_a_bad_reason_is_refused_with_its_name(erp, body, expected):
    make_event(company=erp.company, code="THERE", event_type="non-production")
    answer = erp("POST", "non-production-reason", body)
    assert (answer.status_code, answer.json().get("field")) == expected


def test_a_group_s_pattern_and_a_station_s_own_are_told_as_of_today(erp):
    group = make_group(company=erp.company)
    station = make_station("M1", group=group)
    early = make_pattern(follows=group)
    assert erp("GET", f"station-group/{group.code}").json()["result"]["shiftPatternId"] == early.pk
    assert erp("GET", "station/M1").json()["result"]["shiftPatternId"] is None
    tomorrow = now().date() + timedelta(days=2)
    make_pattern(follows=station, valid_from=tomorrow)
    assert erp("GET", "station/M1").json()["result"]["shiftPatternId"] is None
    own = make_pattern(company=erp.company)
    changed = erp("PATCH", "station/M1", {"shiftPatternId": own.pk})
    assert changed.json()["result"]["shiftPatternId"] == own.pk
    assert PatternAssignment.objects.get(station=station, pattern=own).valid_from == now().date()


def test_to_follow_the_same_one_again_changes_nothing_and_another_one_the_same_day_takes_its_place(erp):
    station = make_station("M1", company=erp.company)
    for pattern in (one := make_pattern(company=erp.company)), one, make_pattern(company=erp.company):
        assert erp("PATCH", "station/M1", {"shiftPatternId": pattern.pk}).status_code == 200
    assert PatternAssignment.objects.get(station=station).pattern_id == pattern.pk
    assert erp("PATCH", "station/M1", {"shiftPatternId": None}).status_code == 409


def test_a_station_is_made_with_its_pattern_or_not_at_all(erp):
    group, theirs = make_group(code="L1", company=erp.company), make_pattern()
    body = {"code": "M9", "name": "x", "groupCode": group.code}
    refused = erp("POST", "station", body | {"shiftPatternId": theirs.pk})
    assert (refused.status_code, refused.json()["field"]) == (400, "shiftPatternId")
    assert erp("GET", "station/M9").status_code == 404
    pattern = make_pattern(company=erp.company)
    made = erp("POST", "station", body | {"shiftPatternId": pattern.pk})
    assert made.json()["result"]["shiftPatternId"] == pattern.pk
