"""“How is this computed?”: the page of every number, of whatever place and time, for whoever may look."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from downtime import engine
from mesproject.accounts.models import Device, Role
from mesproject.reports import tails
from mesproject.reports.explain import percent, plain
from mesproject.reports.measure_words import MEANINGS
from mesproject.reports.measures import FIELDS
from mesproject.reports.metrics import METRICS
from mesproject.reports.models import KpiDefinition
from mesproject.reports.single_numbers import SINGLES
from tests.make import NOON, make_company, make_reject, make_station, make_user
from tests.reports.busroot import HOUR, MINUTE, MORNING, SIX, Floor
from tests.reports.test_facts import say, settle
from tests.screens import enrolled, person

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def floor():
    return Floor().work()


@pytest.fixture
def reader(floor):
    return person(floor.company, Role.READ_ONLY)


def page(client, metric, status=200, **query):
    """The page as text without tags."""
    answer = client.get(f"/how/{metric}/", query)
    assert answer.status_code == status, answer.content
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", answer.content.decode()))


def test_every_measure_has_words():
    assert set(MEANINGS) == set(FIELDS)


def test_every_number_has_a_page(reader):
    for name in METRICS:
        assert f"{METRICS[name].meaning[:20]}" in page(reader, name, range="2026-03-11").replace(
            "&#x27;", "'"
        )


def test_the_page_shows_the_number_of_the_interfaces_step_by_step(floor, reader):
    told = page(reader, "oee", station="M1", range=MORNING)
    [row] = floor.ask("oee", stationcodes="M1")["results"]
    assert f"{row['oee']['oee']:.1f} %" in told
    assert "availability × performance × quality" in told
    assert re.search(r"\(269 min \+ 0 min\) / \(330 min − 0 min\)", told)


def test_a_place_is_asked_for_by_code_or_by_uuid(floor, reader):
    first = floor.stations[0]
    by_code = page(reader, "good_parts", station="M1", range=MORNING)
    assert page(reader, "good_parts", station=first.uuid, range=MORNING) == by_code
    assert "295" in by_code
    for place in (
        {},
        {"group": "LINE"},
        {"plant": "LYON"},
        {"plant": "LYON", "group": "LINE", "station": ""},
    ):
        assert "595" in page(reader, "good_parts", range=MORNING, **place)


def test_a_time_is_asked_for_by_a_code_or_by_its_edges(reader):
    start, end = MORNING.split("/")
    of_code = page(reader, "total_parts", range=MORNING)
    assert page(reader, "total_parts", **{"from": start, "to": end}) == of_code
    assert "600" in page(reader, "total_parts", range="2026-03-11")
    assert "600" in page(reader, "total_parts", **{"from": "2026-03-01", "to": "2026-03-31"})


BAD = [
    ({"range": "whenever"}, 400, "is no rangecode"),
    ({"range": "2026-03-11/2026-03-01"}, 400, "starts after its end"),
    ({"range": "2090"}, 400, "in the future"),
    ({"from": "2026-03-01"}, 400, "both from and to"),
    ({"from": "2026-03-01", "to": "2026-03-02", "range": "today"}, 400, "Say a range"),
    ({"range": "1900-01-01/2090-01-01"}, 400, "Years are from"),
    ({"station": "NOWHERE"}, 404, "There is no station"),
    ({"group": "NOWHERE"}, 404, "There is no group"),
    ({"plant": "a\x00b"}, 404, "There is no plant"),
    ({"station": "<script>"}, 404, "&lt;script&gt;"),
]


@pytest.mark.parametrize(("query", "status", "sentence"), BAD)
def test_what_cannot_be_answered_is_refused_with_a_sentence(reader, query, status, sentence):
    assert sentence in page(reader, "oee", status, **query)


def test_an_unknown_number_is_not_there_and_a_dialects_name_leads_to_ours(reader):
    assert "There is no number called “abc”" in page(reader, "abc", 404)
    answer = reader.get("/how/timeInCycle/", {"station": "M1"})
    assert (answer.status_code, answer["Location"]) == (302, "/how/time_in_cycle/?station=M1")


def test_another_companys_stations_are_not_there(floor):
    stranger = person(make_company(), Role.ADMINISTRATOR)
    assert "There is no station" in page(stranger, "oee", 404, station=floor.stations[0].uuid)
    assert "Machine M1" not in page(stranger, "oee")
    assert "no answer" in page(stranger, "oee")


def test_who_may_look_looks_and_only_administrators_are_led_to_the_definition(floor, client):
    link = reverse("admin:reports_kpidefinition_changelist").encode()
    for role in Role:
        answer = person(floor.company, role).get("/how/oee/")
        assert answer.status_code == 200
        assert (link in answer.content) == (role == Role.ADMINISTRATOR)
    assert enrolled(floor.company, Device.Kind.TABLET).get("/how/oee/").status_code == 200
    assert client.get("/how/oee/").status_code == 302


def test_the_page_tells_the_definition_that_it_follows(floor, reader):
    assert "your own" not in page(reader, "availability", range=MORNING)
    KpiDefinition.objects.create(company=floor.company, oee_base="all")
    told = page(reader, "availability", range=MORNING)
    assert "all time your own" in told
    assert "all_ms" in told
    assert "Nothing that a company can set" in page(reader, "good_parts", range=MORNING)


def test_numbers_are_found_by_any_of_their_names(reader):
    def found(**query):
        return set(re.findall(r'href="/how/([a-z_]+)/', reader.get("/how/", query).content.decode()))

    assert found() == {*METRICS, *SINGLES}
    assert found(q="the quartiles") == {"cycle_spread"}
    assert found(q="TimeInCycle") == {"time_in_cycle"}
    assert "scrap_ratio" in found(q="thrown away")
    assert "time_in_setup" in found(q="setupTime")
    assert found(q="nothing of the kind") == set()


def test_a_number_of_many_stations_takes_as_many_queries_as_of_one(floor, reader):
    def queries():
        reader.get("/how/oee/", {"range": "2026-03-11"})
        with CaptureQueriesContext(connection) as seen:
            assert reader.get("/how/oee/", {"range": "2026-03-11"}).status_code == 200
        return len(seen)

    few = queries()
    for number in range(20):
        station = make_station(f"X{number}", group=floor.group)
        say(station, SIX + HOUR, good=1.0, now=NOON)
    settle(now=NOON)
    assert queries() == few <= 11


def test_the_tablet_leads_to_how_its_number_of_this_shift_is_computed(floor, monkeypatch):
    tablet = enrolled(floor.company, Device.Kind.TABLET)
    for now in (NOON + 17 * SECOND, NOON + 150 * MINUTE):
        engine.tick(now=now)
        for module in ("boards.views", "reports.how"):
            monkeypatch.setattr(f"mesproject.{module}.now", lambda now=now: now)
        shown = tablet.get(f"/tablet/{floor.stations[0].uuid}/")
        glance, text = shown.context["glance"], shown.content.decode()
        [link] = re.findall(r'href="/how/efficiency/([^"]*)"', text)
        told = page(tablet, "efficiency", **dict(parse_qsl(unescape(link)[1:])))
        assert percent(glance.efficiency) in told
        assert f"{round(100 * glance.efficiency)}%" in text
        assert f"{plain(glance.good)} / {plain(glance.target)}" in told
    # At half past two the late shift has begun; it is another number.
    assert glance.good == 0


def test_a_number_that_is_being_summed_anew_says_so(floor, reader, monkeypatch):
    follows = "is being summed anew"
    monkeypatch.setattr("mesproject.reports.how.now", lambda: NOON)
    assert follows not in page(reader, "good_parts", range=MORNING)
    monkeypatch.setattr(tails, "LONGEST", HOUR)
    make_reject(floor.stations[0], at=SIX + HOUR, quantity=3)
    assert follows in page(reader, "good_parts", range=MORNING)
    settle(now=NOON)
    assert follows not in page(reader, "good_parts", range=MORNING)


# In the admin


def test_a_preview_shows_what_a_definition_would_do_and_stores_nothing(floor):
    administrator = person(floor.company, Role.ADMINISTRATOR)
    row = KpiDefinition.objects.create(company=floor.company)
    address = reverse("admin:reports_kpidefinition_change", args=[row.pk])
    form = administrator.get(address).context["adminform"].form
    sent = {name: "" if value is None else value for name, value in form.initial.items()}
    seen = administrator.post(address, sent | {"oee_base": "all", "_preview": "1"})
    assert seen.status_code == 200
    assert seen.context["preview"].heads == ["Our default", "Now", "As typed"]
    row.refresh_from_db()
    assert row.oee_base == "planned"
    assert administrator.post(address, sent | {"oee_base": "all"}).status_code == 302
    row.refresh_from_db()
    assert row.oee_base == "all"
    history = administrator.get(
        reverse("admin:reports_kpidefinition_history", args=[row.pk])
    ).content.decode()
    assert "<td>Planned production time</td><td>All time</td>" in history


def test_nobody_adds_a_second_definition(floor):
    administrator = person(floor.company, Role.ADMINISTRATOR)
    add = reverse("admin:reports_kpidefinition_add")
    assert administrator.get(add).status_code == 200
    KpiDefinition.objects.create(company=floor.company)
    assert administrator.get(add).status_code == 403


def test_a_member_sees_the_definition_and_may_not_change_it(floor):
    row = KpiDefinition.objects.create(company=floor.company)
    member = person(floor.company, Role.MEMBER)
    address = reverse("admin:reports_kpidefinition_change", args=[row.pk])
    assert member.get(address).status_code == 200
    assert member.post(address, {"oee_base": "all"}).status_code == 403
    assert make_user(Role.MEMBER).has_perm("reports.view_kpidefinition")
