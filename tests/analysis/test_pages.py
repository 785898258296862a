"""Each page of the analysis: chart, table, file and explanation, its filters, and what it says of nothing."""

import re
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.accounts.models import Role
from mesproject.reports.models import DayFact, FactMark, HourFact, ShiftFact
from scheduling.writing import write_ahead
from tests.analysis.desk import DAY, Desk
from tests.make import NOON, make_cause, make_pattern, make_reject_reason, make_station
from tests.reports.busroot import SIX
from tests.reports.test_facts import say, settle
from tests.screens import person

pytestmark = pytest.mark.django_db
PAGES = ("downtime", "downtime/stops", "oee", "production", "rejects", "rejects/list", "comparison", "energy")
# Each page with its other ways to look.
WAYS = [
    *((page, {}) for page in PAGES),
    *(("downtime", {"by": by}) for by in ("top", "station", "shift", "sku")), ("downtime", {"order": "count"}),
    ("downtime/stops", {"cause": "0"}), ("downtime/stops", {"cause": "-1"}),
    ("oee", {"in": "units"}), ("oee", {"in": "money"}), ("oee", {"station": "M1"}),
    *(("production", {"by": by}) for by in ("sku", "shift", "group", "day", "week", "month")),
    *(("rejects", {"by": by}) for by in ("station", "sku", "shift")), ("comparison", {"by": "shift"}),
]  # fmt: skip

# What is a list, or too small to be drawn.
ONLY_TABLES = ("apart", "kinds", "stops", "rejects")


@pytest.fixture
def desk():
    return Desk().correct()


def test_every_way_to_look_is_drawn_as_well_formed_svg_with_its_table_and_file(desk):
    for path, query in WAYS:
        answer = desk.client.get(f"/analysis/{path}/", {"range": DAY} | query)
        assert answer.status_code == 200, (path, query)
        body = answer.content.decode()
        for svg in re.findall(r"<svg.*?</svg>", body, re.DOTALL):
            ElementTree.fromstring(svg)
        main = body.partition('<main class="desk">')[2].partition("</main>")[0]
        assert "style=" not in main
        assert "<script" not in main
        assert answer.context["page"].figures
        for figure in answer.context["page"].figures:
            if figure.rows and figure.code not in ONLY_TABLES:
                assert figure.chart is not None
                assert figure.metric
            assert len(desk.rows(path, figure.code, **query)) == len(figure.rows), (path, query, figure.code)


def test_what_a_page_is_asked_stays_in_every_link_and_in_the_filters(desk):
    body = desk.client.get(
        "/analysis/downtime/", {"range": DAY, "group": "LINE", "by": "cause"}
    ).content.decode()
    assert f"/how/categorized_downtime/?group=LINE&amp;range={DAY}" in body
    assert f"/analysis/oee/?group=LINE&amp;range={DAY}" in body
    assert re.search(rf"/analysis/downtime/stops/\?range={DAY}&amp;group=LINE&amp;cause=\d+", body)
    assert f'<option value="{DAY}" selected>' in body
    assert '<option value="LINE" selected>' in body
    assert '<input type="hidden" name="by" value="cause">' in body


def test_the_form_s_choice_of_time_counts_by_what_was_changed_in_it(desk):
    days = {"from": "2026-03-10", "to": "2026-03-11"}
    assert "2026-03-10 00:00" in desk.page("oee", range="last-7-days", was="last-7-days", **days)
    assert "2026-03-10 00:00" in desk.page("oee", range="dates", was="dates", **days)
    assert "2026-03-10 00:00" not in desk.page("oee", range="2026-W11", was="dates", **days)


def test_a_time_before_anything_was_planned_is_not_told_as_one_without_stops(desk):
    told = desk.page("downtime", range="2024-01-01")
    assert "Nothing was planned here in this time." in told
    assert "signals told of all the time" not in told


def test_a_station_of_which_nothing_is_known_is_told_what_to_do_next():
    client = person(make_station().company, Role.MEMBER)
    for path in PAGES:
        answer = client.get(f"/analysis/{path}/")
        assert answer.status_code == 200
        body = unescape(answer.content.decode())
        assert all(figure.empty in body for figure in answer.context["page"].figures if not figure.rows)
        assert [figure for figure in answer.context["page"].figures if not figure.rows], path


def test_what_has_no_answer_is_refused_in_a_sentence(desk):
    for path, query, status in (
        ("downtime", {"by": "moon"}, 400), ("downtime", {"range": "someday"}, 400), ("oee", {"in": "love"}, 400),
        ("oee", {"station": "NOWHERE"}, 404), ("downtime/stops", {"cause": "x"}, 400),
        ("downtime/stops", {"cause": "999999"}, 404), ("rejects/list", {"reason": "999999"}, 404),
        ("oee", {"format": "csv", "figure": "moon"}, 400), ("downtime/stops", {"cause": "9" * 30}, 400),
    ):  # fmt: skip
        assert "This has no answer" in desk.page(path, status, **query), (path, query)


def test_causes_and_reasons_of_others_are_not_there(desk):
    cause, reason = make_cause("THEIRS"), make_reject_reason("THEIRS")
    desk.page("downtime/stops", 404, cause=cause.pk)
    desk.page("rejects/list", 404, reason=reason.pk)


def test_a_stop_leads_to_its_page_with_who_explained_it_and_the_notes(desk):
    body = desk.client.get("/analysis/downtime/stops/", {"range": DAY}).content.decode()
    [first, *_others] = re.findall(r'href="(/admin/downtime/issue/\d+/change/)"', body)
    assert desk.client.get(first).status_code == 200


def test_a_stop_leads_to_its_signals_in_the_day_of_its_station(desk):
    body = desk.client.get("/analysis/downtime/stops/", {"range": DAY}).content.decode()
    [first, *_others] = re.findall(r'href="(/analysis/station/M\d/\?from=[^"]+)"', body)
    shown = desk.client.get(first.replace("&amp;", "&")).content.decode()
    [began] = re.findall(r'href="/unanswered/\?issue=[^"]+"><time datetime="([^"]+)"', shown)
    [edge] = re.findall(r"from=([^&]+)&", first)
    assert datetime.fromisoformat(began) - datetime.fromisoformat(unquote(edge)) == timedelta(minutes=5)


def test_every_role_of_the_office_looks(desk):
    for role in (Role.READ_ONLY, Role.SUPERVISOR, Role.MEMBER, Role.ADMINISTRATOR):
        assert person(desk.company, role).get("/analysis/comparison/").status_code == 200, role


def test_operators_do_not_look(desk):
    for page in PAGES:
        assert person(desk.company, Role.OPERATOR).get(f"/analysis/{page}/").status_code == 403


def test_too_little_to_compare_says_so(desk):
    shown = desk.page("comparison")
    assert "Little: says nothing yet" in shown


def test_a_station_that_counts_nothing_is_named_where_its_plan_is_part_of_a_share(desk):
    station = make_station("M9", name="Blind press", group=desk.group)
    make_pattern(("Early", 360, 480), follows=station)
    say(station, SIX, rssi=-70.0)
    settle(now=SIX + timedelta(hours=6))
    assert "Nothing was counted at Blind press" in desk.page("oee")
    assert "Nothing was counted at Blind press" in desk.page("production")


def questions(look):
    """What is asked of the database meanwhile, but for where transactions begin and end."""
    with CaptureQueriesContext(connection) as asked:
        look()
    return [one["sql"][:120] for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]


# How many questions of the database a page of the past may take.
PAST = {"downtime": 12, "downtime/stops": 12, "oee": 10, "production": 10, "rejects": 12, "rejects/list": 12,
        "comparison": 12, "energy": 10}  # fmt: skip


def test_a_page_asks_few_questions_of_the_past(desk):
    for path in PAGES:
        found = questions(lambda path=path: desk.page(path))
        assert len(found) <= PAST[path], (path, found)


def test_a_page_that_reaches_to_now_tells_the_last_minutes_once_for_all_that_it_asks(desk, monkeypatch):
    at = NOON + timedelta(minutes=3)
    monkeypatch.setattr("mesproject.analysis.asked.now", lambda: at)
    for station in desk.stations:
        say(station, at - timedelta(seconds=30), good=1.0)
    write_ahead(now=at)
    engine.tick(now=at)
    for path in PAGES:
        for when in ("today", "last-7-days"):
            found = questions(lambda path=path, when=when: desk.page(path, range=when))
            assert len(found) <= 25, (path, when, found)


def test_every_page_says_while_something_of_its_time_is_being_summed_anew(desk):
    follows = "is being summed anew"
    asked = [f"/analysis/{page}/?range={DAY}" for page in PAGES] + [
        f"/cycle-times/?range={DAY}", f"/cycle-times/one/?sku=A-1&range={DAY}",
        f"/analysis/report/?metric=good_parts&range={DAY}", f"/how/good_parts/?range={DAY}",
        f"/how/median_cycle/?range={DAY}",
    ]  # fmt: skip
    # The worker has been at rest since noon, and the day goes on.
    for address in asked:
        assert follows in desk.client.get(address).content.decode(), address
    FactMark.objects.all().delete()
    HourFact.objects.all().delete()
    DayFact.objects.all().delete()
    ShiftFact.objects.all().delete()
    for address in asked:
        page = desk.client.get(address).content.decode()
        assert "Nothing was" not in page, address
        assert "There is nothing" not in page, address
    settle(now=NOON + timedelta(days=8))
    for address in asked:
        assert follows not in desk.client.get(address).content.decode(), address
