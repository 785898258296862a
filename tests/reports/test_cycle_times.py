"""The pages of cycle times: what is specified, what was, and taking the average over."""

import re
from datetime import timedelta

import pytest

from downtime import engine
from mesproject.accounts.models import Role
from mesproject.reports.models import ShiftFact
from production.models import Sku
from tests.make import NOON, make_job, make_job_run, make_pattern, make_sku, make_station
from tests.reports.test_facts import say, settle
from tests.screens import person

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
TIME = {"range": "2026-03-11"}
SECONDS_OF = {"M1": 50, "M2": 90}


@pytest.fixture
def floor():
    """A-100 is to take a minute: M1 makes one each 50 s, M2 each 90 s, for an hour."""
    first = make_station("M1", name="Press 1", cycle_time_ms=30_000)
    second = make_station("M2", name="Press 2", group=first.group)
    make_pattern(follows=first.group)
    sku = make_sku("A-100", company=first.company, cycle_time_ms=60_000)
    for station in (first, second):
        make_job_run(station, sku=sku, actual_start=NOON - HOUR, actual_end=NOON + HOUR)
        pace = SECONDS_OF[station.code]
        say(station, *(NOON + number * pace * SECOND for number in range(3600 // pace + 1)), good=1.0)
    settle(now=NOON + HOUR)
    return first.company


@pytest.fixture
def boss(floor):
    return person(floor, Role.ADMINISTRATOR)


def page(client, path="/cycle-times/", status=200, **query):
    answer = client.get(path, {**TIME, **query})
    assert answer.status_code == status, answer.content
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def one(client, status=200, **query):
    return page(client, "/cycle-times/one/", status, sku="A-100", **query)


def take(client, ms, seen, **query):
    query = "&".join(f"{name}={value}" for name, value in ({"sku": "A-100"} | TIME | query).items())
    return client.post(f"/cycle-times/take/?{query}", {"ms": ms, "seen": seen})


def test_the_overview_tells_specified_average_median_best_and_who_says_it(boss):
    shown = page(boss)
    lines = shown[shown.index("Product, station") :]
    row = lines[lines.index("Press 1") :]
    assert "60.0 s SKU" in row
    assert row.count("50.0 s") >= 3  # average, median, best
    assert "120 %" in row
    assert "ideal too slow" in row[: row.index("Press 2")]
    assert "ideal out of reach" in row[row.index("Press 2") :]


def test_only_suspicious_ones_are_shown_where_asked_for(boss, floor):
    Sku.objects.update(cycle_time_ms=61_000)
    assert "Only suspicious ones (1)" in page(boss, only="suspicious")


def test_a_product_has_a_histogram_and_the_same_as_a_table(boss):
    answer = boss.get("/cycle-times/one/", {**TIME, "sku": "A-100", "station": "M1"})
    text = answer.content.decode()
    assert "<svg" in text
    assert 'class="mark specified"' in text
    assert "71 cycles" in one(boss, station="M1")
    assert "110 cycles" in one(boss)


def test_the_preview_says_what_would_be_of_each_station(boss):
    shown = one(boss, station="M1")
    assert "60.0 s → 50.0 s" in shown.replace("&rarr;", "→")
    assert "120 %" in shown
    assert "100 %" in shown
    assert "the past too" in shown


def test_the_average_is_taken_on_record_past_numbers_follow_and_the_old_one_comes_back(boss, floor):
    before = ShiftFact.objects.get(station__code="M1").ideal_ms
    answer = take(boss, 50_000, 60_000, station="M1")
    assert answer.status_code == 302
    sku = Sku.objects.get()
    assert sku.cycle_time_ms == 50_000
    engine.tick(now=NOON + HOUR)
    settle(now=NOON + HOUR)
    after = ShiftFact.objects.get(station__code="M1").ideal_ms
    assert after == before * 50 / 60
    shown = one(boss, station="M1")
    assert "It has this time already." in shown
    assert "from 60.0 s to 50.0 s" in shown
    assert "Put 60.0 s back" in shown
    take(boss, 60_000, 50_000, station="M1")
    assert Sku.objects.get().cycle_time_ms == 60_000


def test_the_same_click_twice_changes_nothing_and_another_s_change_is_seen(boss):
    assert take(boss, 50_000, 60_000).status_code == 302
    assert take(boss, 50_000, 60_000).status_code == 302
    answer = take(boss, 70_000, 60_000)
    assert answer.status_code == 409
    assert b"meanwhile" in answer.content
    assert Sku.objects.get().cycle_time_ms == 50_000


@pytest.mark.parametrize("ms", ["0", "-5", "1e3", "99999999999", "x"])
def test_what_is_no_time_is_refused(boss, ms):
    assert take(boss, ms, 60_000).status_code == 409
    assert Sku.objects.get().cycle_time_ms == 60_000


def test_where_a_job_says_the_time_it_is_changed_there(boss, floor):
    station = make_station("M3", name="Press 3", group=floor.plants.get().groups.get())
    job = make_job(company=floor, name="J1", part="B-7", ideal_part_time_ms=10_000)
    make_job_run(station, job=job, actual_start=NOON - HOUR, actual_end=NOON + HOUR)
    say(station, *(NOON + number * 20 * SECOND for number in range(30)), good=1.0)
    settle(now=NOON + HOUR)
    shown = page(boss, "/cycle-times/one/", sku="B-7")
    assert "said by: job" in shown
    assert "change it there" in shown


def test_of_a_station_that_makes_nobody_knows_what_its_own_time_is_set(boss, floor):
    station = make_station("M4", name="Press 4", group=floor.plants.get().groups.get(), cycle_time_ms=15_000)
    say(station, *(NOON + number * 20 * SECOND for number in range(30)), good=1.0)
    settle(now=NOON + HOUR)
    assert "Open one station" in page(boss, "/cycle-times/one/", sku="UNKNOWN")
    assert "holds from now on" in page(boss, "/cycle-times/one/", sku="UNKNOWN", station="M4")
    assert take(boss, 20_000, 15_000, sku="UNKNOWN", station="M4").status_code == 302
    station.refresh_from_db()
    assert station.cycle_time_ms == 20_000
    assert take(boss, "", 20_000, sku="UNKNOWN", station="M4").status_code == 409


def test_the_table_as_csv(boss):
    answer = boss.get("/cycle-times/cycle-times.csv", TIME)
    head, first, *_ = b"".join(answer.streaming_content).decode().splitlines()
    assert head.startswith('\ufeff"sku_code"')
    assert first.startswith('"A-100","Bracket","M1","Press 1",72.0,60000.0,"SKU",')
    assert first.endswith('"ideal too slow"')


@pytest.mark.parametrize(
    ("role", "sees", "takes"),
    [
        (Role.READ_ONLY, 200, 403),
        (Role.OPERATOR, 403, 403),
        (Role.SUPERVISOR, 200, 403),
        (Role.MEMBER, 200, 302),
        (Role.ADMINISTRATOR, 200, 302),
    ],
)
def test_who_may_look_and_who_may_set(floor, role, sees, takes):
    client = person(floor, role)
    assert client.get("/cycle-times/", TIME).status_code == sees
    assert client.get("/cycle-times/one/", {**TIME, "sku": "A-100"}).status_code == sees
    assert take(client, 50_000, 60_000).status_code == takes


def test_another_company_s_product_is_not_there(floor):
    stranger = person(make_station().company, Role.ADMINISTRATOR)
    assert "A-100" not in page(stranger)
    assert take(stranger, 50_000, 60_000).status_code == 404
    assert Sku.objects.get(code="A-100").cycle_time_ms == 60_000


def test_many_units_are_told_without_single_cycles(boss, monkeypatch):
    monkeypatch.setattr("mesproject.reports.cycle_pages.MOST_UNITS_OF_ALL", 100)
    shown = page(boss)
    assert "More than 100 units" in shown
    assert "120 %" in shown


def test_the_overview_asks_as_many_questions_for_any_number(boss, django_assert_max_num_queries):
    with django_assert_max_num_queries(34):
        boss.get("/cycle-times/", TIME)


@pytest.mark.parametrize("query", [{"range": "nonsense"}, {"station": "NONE"}, {"sku": "NOT-MADE"}, {}])
def test_what_cannot_be_answered_is_a_sentence(boss, query):
    answer = boss.get("/cycle-times/one/", query)
    assert answer.status_code in (400, 404)
