"""The supervisor's page: all that waits, red first."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from downtime.calls import call
from downtime.models import Issue
from downtime.models.events import Who
from downtime.unanswered import MOST_OVER
from scheduling.writing import write_ahead
from tests.make import (
    make_cause,
    make_company,
    make_group,
    make_issue,
    make_operator,
    make_plant,
    make_station,
)
from tests.screens import POLL, enrolled, person, within_a_minute

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def company():
    return make_company()


@pytest.fixture
def plant(company):
    return make_plant(company=company, name="Lyon")


@pytest.fixture
def boss(company):
    return person(company, "supervisor")


def stopped(group, name, **kwargs):
    return make_issue(make_station(group=group, name=name), **{"started_at": now() - 9 * MINUTE} | kwargs)


def text(client, **asked):
    return " ".join(client.get("/unanswered/", asked).content.decode().split())


def in_order(page, *names):
    places = [page.index(f"<b>{name}</b>") for name in names]
    return places == sorted(places)


def test_red_comes_first_then_what_is_in_hand_then_what_is_over(plant, boss):
    group, mk = make_group(plant=plant), Who(operator=make_operator(company=plant.company, initials="MK"))
    stopped(group, "Over", started_at=now() - 60 * MINUTE, ended_at=now() - 50 * MINUTE)
    stopped(group, "In hand").acknowledge(by=mk, at=now())
    stopped(group, "New", started_at=now() - MINUTE)
    stopped(group, "Old", started_at=now() - 40 * MINUTE)
    called = stopped(group, "Called", started_at=now() - 20 * MINUTE)
    called.acknowledge(by=mk, at=now())
    called.escalate(by=mk, at=now())
    called.watch(by=mk, at=now())
    page = text(boss)
    assert in_order(page, "Old", "Called", "New", "In hand", "Over")
    assert "3 need somebody" in page
    assert "1 in hand" in page
    assert "1 over, not explained" in page
    assert "by MK" in page
    assert "watched by MK" in page


def test_what_is_explained_and_over_closed_or_excluded_does_not_wait(plant, boss):
    group, cause = make_group(plant=plant), make_cause(company=plant.company)
    stopped(group, "Explained", ended_at=now(), cause=cause)
    stopped(group, "Excluded", excluded_at=now())
    stopped(group, "Withdrawn", withdrawn_at=now())
    call(make_station(group=group, name="Closed"), "help", started_at=now(), by=Who(), at=now()).close(
        by=Who(), at=now()
    )
    assert "Nothing waits" in text(boss)


def test_it_is_narrowed_by_plant_group_and_type_in_the_address(plant, boss):
    here, there = make_group(plant=plant), make_group(company=plant.company)
    other = make_group(plant=plant)
    stopped(here, "Here")
    stopped(there, "There")
    stopped(other, "Beside")
    call(make_station(group=here, name="Empty"), "material", started_at=now(), by=Who(), at=now())
    page = text(boss, plant=plant.code)
    assert "<b>Here</b>" in page
    assert "<b>There</b>" not in page
    assert f"/unanswered/?plant={plant.code}" in page
    page = text(boss, group=here.code)
    assert ("<b>Here</b>" in page, "<b>Beside</b>" in page) == (True, False)
    page = text(boss, kind="material")
    assert ("<b>Here</b>" in page, "<b>Empty</b>" in page) == (False, True)


@pytest.mark.parametrize(
    "asked", [{"plant": "?"}, {"group": "a\x00b"}, {"kind": "x"}, {"issue": "x"}, {"plant": "9" * 999}]
)
def test_what_is_not_known_means_all(plant, boss, asked):
    stopped(make_group(plant=plant), "Here")
    assert "<b>Here</b>" in text(boss, **asked)


def test_groups_of_the_same_code_in_two_plants_are_both_meant(company, boss):
    for name in ("Lyon", "Turin"):
        stopped(make_group(plant=make_plant(company=company, name=name), code="PRESS"), name)
    page = text(boss, group="PRESS")
    assert "<b>Lyon</b>" in page
    assert "<b>Turin</b>" in page


def test_what_was_opened_is_answered_beside_the_list(plant, boss):
    issue = stopped(make_group(plant=plant), "Here")
    make_cause(company=plant.company, description="Coil change")
    page = text(boss, issue=issue.uuid)
    assert f'action="/stops/{issue.uuid}/acknowledge/"' in page
    assert "Coil change" in page
    assert "Choose what to answer" in text(boss, issue=stopped(make_group(), "Theirs").uuid)


def test_another_company_s_issues_are_not_there(boss):
    stopped(make_group(), "Theirs")
    assert "Theirs" not in text(boss)


def test_a_poll_is_quiet_until_something_changes(plant, boss):
    issue = stopped(make_group(plant=plant), "Here")
    within_a_minute()
    first = boss.get("/unanswered/", headers=POLL)
    assert b"<html" not in first.content
    assert "X-As-Of" in first
    asked = {**POLL, "If-None-Match": first["ETag"]}
    assert boss.get("/unanswered/", headers=asked).status_code == 304
    issue.acknowledge(by=Who(), at=now())
    again = boss.get("/unanswered/", headers=asked)
    assert again.status_code == 200
    assert b"In hand" in again.content


def test_it_is_linked_from_the_start_page_and_a_display_may_show_it(company, boss):
    assert b'href="/unanswered/"' in boss.get("/").content
    assert enrolled(company, "display").get("/unanswered/").status_code == 200


def test_of_many_that_are_over_the_newest_are_shown_and_it_says_so(plant, boss):
    station = make_station(group=make_group(plant=plant))
    for n in range(MOST_OVER + 5):
        start = now() - (n + 2) * 10 * MINUTE
        make_issue(station, started_at=start, ended_at=start + MINUTE)
    page = text(boss)
    assert f"{MOST_OVER}+ over" in page
    assert "Older stops" in page
    assert page.count("<li><a") == MOST_OVER


@pytest.mark.parametrize("number", [1, 40])
def test_forty_stations_take_as_many_queries_as_one(plant, boss, number, django_assert_num_queries):
    group = make_group(plant=plant)
    for n in range(number):
        stopped(group, f"Press {n}").escalate(by=Who(), at=now())
        call(make_station(group=group), "help", started_at=now(), by=Who(), at=now())
    write_ahead(now=now())
    with django_assert_num_queries(7):
        assert boss.get("/unanswered/").status_code == 200
    within_a_minute()
    etag = boss.get("/unanswered/", headers=POLL)["ETag"]
    with django_assert_num_queries(1):
        assert boss.get("/unanswered/", headers={**POLL, "If-None-Match": etag}).status_code == 304
    assert Issue.objects.count() == 2 * number
