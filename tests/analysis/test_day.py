"""A station's day, down to the single signal: what reports say, in the plant's time, however long the day is."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from downtime import engine
from mesproject.analysis import day_reading
from mesproject.reports import facts, timeline
from mesproject.reports.asking import Days, Question, production
from mesproject.reports.glance import glances
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS
from production import hand_counts
from production.models import Station
from production.sign_ons import Hand
from production.windows import Window
from tests.analysis.desk import make_shift_of
from tests.make import (
    NOON,
    make_cause,
    make_issue,
    make_operator,
    make_pattern,
    make_plant,
    make_reject,
    make_station,
)
from tests.reports.test_facts import say
from tests.screens import person

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TEN = NOON - 2 * HOUR
EVENING = NOON + 10 * HOUR


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr("mesproject.analysis.day.now", lambda: EVENING)


@pytest.fixture
def station():
    """A unit and half a kWh a minute from ten to six, but for a stop from eleven to twenty past."""
    return make_shift_of([*range(61), *range(80, 480)], good=1.0, kwh=0.5)


@pytest.fixture
def boss(station):
    return person(station.company, "supervisor")


def page(client, **query) -> str:
    answer = client.get("/analysis/station/M1/", query)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def table(client, figure: str, **query) -> list[dict[str, str]]:
    answer = client.get("/analysis/station/M1/", query | {"format": "csv", "figure": figure})
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def read(station, *, at=EVENING, **query):
    look = day_reading.look_at(station.company, station.code, query, at=at)
    return day_reading.read(station.company, look)


def test_its_numbers_are_those_of_every_report(station):
    make_reject(station, quantity=3)
    day = read(station, date="2026-03-11")
    question = Question([station], Days(date(2026, 3, 11), date(2026, 3, 11)), now=EVENING)
    said = total(measures for _, measures in production(question))
    assert day.sums == said
    assert (day.sums.good, day.sums.bad, day.sums.kwh) == (458, 3, 230.5)


def test_the_numbers_of_a_part_are_those_of_every_report(station):
    seen = Window(TEN + 53 * MINUTE, TEN + 95 * MINUTE)
    day = read(station, **{"from": seen.start.isoformat(), "to": seen.end.isoformat()})
    said = total(measures for _, measures in production(Question([station], seen, now=EVENING)))
    for name in ("good_parts", "ideal_parts", "downtime", "oee", "stop_count", "energy"):
        compute = METRICS[name].compute
        assert compute(day.sums, day.definition) == pytest.approx(compute(said, day.definition)), name


def test_what_is_drawn_adds_up_to_the_numbers(station):
    day = read(station, date="2026-03-11")
    assert total(part.measures for part in day.cells).good == day.sums.good


def test_what_was_slow_is_what_the_tablet_shows():
    station = make_station("M1", cycle_time_ms=60_000, stop_multiplier=5)
    make_pattern(("Day", 600, 480), follows=station)
    say(station, *(TEN + minute * MINUTE for minute in [*range(0, 120, 2), *range(120, 240)]), good=1.0)
    engine.tick(now=TEN + 4 * HOUR)
    station = Station.objects.in_place().get()
    [glance] = glances([station], now=TEN + 4 * HOUR)
    shown = [bar.window for bar in timeline.of_shift(glance).bars if bar.state == "slow"]
    assert shown == read(station, at=TEN + 4 * HOUR).slow == [Window(TEN, NOON)]


@pytest.mark.parametrize("at", [NOON, EVENING, NOON + 18 * HOUR, NOON + 40 * HOUR])
def test_a_shift_that_reaches_into_the_next_day_counts_on_its_own(at):
    station = make_station("M1", cycle_time_ms=60_000)
    make_pattern(("Night", 20 * 60, 9 * 60), ("Day", 600, 480), follows=station)
    for hour in range(60):
        if (when := TEN - 24 * HOUR + hour * HOUR + MINUTE) < at:
            say(station, when, good=1.0)
    engine.tick(now=at)
    while facts.refresh(now=at):
        pass
    station = Station.objects.in_place().get()
    for shown in (date(2026, 3, 10), date(2026, 3, 11)):
        said = total(m for _, m in production(Question([station], Days(shown, shown), now=at)))
        assert read(station, at=at, date=shown.isoformat()).sums == said


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)]
)
def test_a_day_is_as_long_as_the_plants_clock_makes_it(day, hours):
    plant = make_plant("Europe/Paris")
    station = make_station("M1", plant=plant)
    look = day_reading.look_at(plant.company, "M1", {"date": f"{day}"}, at=datetime(2027, 1, 1, tzinfo=UTC))
    assert look.whole.duration == hours * HOUR
    assert look.is_whole
    assert station.plant.tz.utcoffset(datetime(2026, 7, 1)) == 2 * HOUR


def test_times_are_the_plants(station):
    plant = station.plant
    plant.timezone = "Asia/Kathmandu"
    plant.save()
    text = page(
        person(plant.company, "supervisor"), **{"from": "2026-03-11T10:59:00Z", "to": "2026-03-11T11:01:00Z"}
    )
    assert "16:44:00" in text  # 10:59 UTC
    assert 'title="Asia/Kathmandu"' in text


def test_today_ends_now_and_has_no_day_after(boss):
    text = page(boss)
    assert "2026-03-11 22:00" in text
    assert 'href="?date=2026-03-10"' in text
    assert 'href="?date=2026-03-12"' not in text


def test_zooming_is_done_by_links(boss):
    text = page(boss, date="2026-03-11")
    [closer] = re.findall(r'<a href="\?([^"]*)" data-key="\+"', text)
    assert closer == "from=2026-03-11T05%3A30%3A00Z&amp;to=2026-03-11T16%3A30%3A00Z"
    text = page(boss, **{"from": "2026-03-11T05:30:00Z", "to": "2026-03-11T16:30:00Z"})
    assert 'data-key="-"' in text
    assert 'data-key="ArrowLeft"' in text


def test_closest_each_signal_is_listed_with_what_it_did(boss, station):
    say(station, TEN + 61 * MINUTE + timedelta(milliseconds=345), good=2.0, rssi=-70.0, error_code="E7")
    [first, *_, last] = table(
        boss, "signals", **{"from": "2026-03-11T10:59:00Z", "to": "2026-03-11T11:02:00Z"}
    )
    assert first["at"] == "2026-03-11T10:59:00.000+00:00"
    assert first["source"] == "machine"
    assert (first["said"], first["did"]) == ("good: 1 · kWh: 0.5", "1 good · 0.5 kWh")
    assert last["at"] == "2026-03-11T11:01:00.345+00:00"
    assert "error: E7" in last["said"]


def test_a_signal_with_which_a_state_begins_says_so(boss):
    rows = table(boss, "signals", **{"from": "2026-03-11T11:19:00Z", "to": "2026-03-11T11:21:00Z"})
    assert rows[0]["did"].endswith("from here: Running")


def test_what_people_counted_names_them(station):
    Station.objects.update(counted_by_hand=True)
    ann = make_operator(company=station.company, initials="ANN")
    over = hand_counts.Amount(3, 0, [Window(EVENING - 10 * MINUTE, EVENING)])
    station = Station.objects.in_place().get()
    hand_counts.enter(station, over, key=station.uuid, by=hand_counts.Counter(Hand(), ann), at=EVENING)
    found = read(station, **{"from": (EVENING - 10 * MINUTE).isoformat(), "to": EVENING.isoformat()})
    assert [one.by for one in found.signals] == ["ANN", "ANN", "ANN"]
    assert sum(one.added.good for one in found.signals) == 3


def test_more_signals_than_a_page_bears_are_told(boss, monkeypatch):
    monkeypatch.setattr("mesproject.analysis.signals.MOST", 3)
    text = page(boss, **{"from": "2026-03-11T10:00:00Z", "to": "2026-03-11T10:10:00Z"})
    assert "are listed. Look at less time for the others." in text


def test_stops_and_calls_are_listed_and_lead_to_their_answer(boss, station):
    [stop] = station.issues.all()
    stop.cause = make_cause(company=station.company, description="Tool broke")
    stop.save()
    call = make_issue(station, silent_since=None, kind="material", started_at=NOON, ended_at=NOON + MINUTE)
    rows = table(boss, "issues", date="2026-03-11")
    assert [(row["type"], row["cause"], row["lasted_ms"]) for row in rows] == [
        ("Stop", "Tool broke", f"{20 * 60_000}.0"), ("Material", "", "60000.0"),
    ]  # fmt: skip
    text = page(boss, date="2026-03-11")
    assert f"?issue={stop.uuid}" in text
    assert f"?issue={call.uuid}" in text


def test_power_is_energy_over_time(boss):
    rows = table(boss, "power", date="2026-03-11")
    at_noon = next(row for row in rows if row["from"].startswith("2026-03-11T12:00"))
    assert (float(at_noon["energy_kwh"]), float(at_noon["power_kw"])) == (7.5, 30.0)


def test_every_number_leads_to_how_it_is_computed_for_the_same_time(boss):
    while facts.refresh(now=EVENING):
        pass
    text = page(boss, **{"from": "2026-03-11T11:00:00Z", "to": "2026-03-11T12:00:00Z"})
    [link] = set(re.findall(r'href="(/how/oee/[^"]*)"', text))
    answer = boss.get(link.replace("&amp;", "&"))
    shown = re.findall(r"OEE: ([0-9.]+ %)", text)[0]
    assert shown in answer.content.decode()


def test_a_day_before_everything_says_that_nothing_is_known(boss):
    text = page(boss, date="2026-01-05")
    assert "It did not stand still in this time, and nobody called." in text


@pytest.mark.parametrize(
    ("query", "status"),
    [({"date": "2099-01-01"}, 400), ({"date": "nonsense"}, 400),
     ({"from": "x", "to": "y"}, 400), ({"from": "2026-03-11T12:00Z", "to": "2026-03-11T11:00Z"}, 400)],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(boss, query, status):
    answer = boss.get("/analysis/station/M1/", query)
    assert answer.status_code == status


def test_a_station_of_somebody_else_is_not_there(boss):
    make_station("THEIRS")
    assert boss.get("/analysis/station/THEIRS/").status_code == 404


@pytest.mark.parametrize("query", [{}, {"from": "2026-03-11T10:55:00Z", "to": "2026-03-11T11:05:00Z"}])
def test_it_costs_few_queries(boss, query):
    with CaptureQueriesContext(connection) as asked:
        page(boss, **query)
    assert len(asked) <= 25
