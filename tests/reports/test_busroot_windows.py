"""Minutes, cells and intervals: cut finer than facts, and together what the facts say."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from mesproject.reports.asking import Question, production
from mesproject.reports.measures import total
from production.models import Station
from production.windows import Window
from tests.make import NOON, make_event, make_event_assignment
from tests.reports.busroot import HOUR, MINUTE, SIX, Floor
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
# All that the manual names of a minute, in either of its two lists.
FIELDS = {
    "accountId", "stationCode", "windowStartAt", "windowEndAt", "totalMs", "shiftMs", "scheduledProductionMs",
    "scheduledNonProductionMs", "productiveMs", "downtimeMs", "downtimeSince", "issueIds", "issueReasonCodes",
    "lineSpeedAvg", "lineSpeedTargetAvg", "rssiAvg", "productionGoodCount", "productionBadCount",
    "productionIdealCount", "productionTargetCount", "errorCodes", "scheduleIds", "cycleTimeAvg", "isAlive",
    "electricalVoltsAvg", "electricalKwh",
}  # fmt: skip
SUMS = {
    "totalMs": "all_ms", "shiftMs": "shift_ms", "scheduledProductionMs": "planned_ms", "productiveMs": "run_ms",
    "scheduledNonProductionMs": "break_ms", "downtimeMs": "stop_ms", "productionGoodCount": "good",
    "productionBadCount": "bad", "productionIdealCount": "ideal_units", "productionTargetCount": "target_units",
    "electricalKwh": "kwh",
}  # fmt: skip


@pytest.fixture
def floor():
    return Floor().work()


def between(start, end):
    return f"{(SIX + start * HOUR):%Y-%m-%dT%H:%MZ}/{(SIX + end * HOUR):%Y-%m-%dT%H:%MZ}"


@pytest.mark.parametrize("hour", range(6))
def test_the_minutes_of_an_hour_sum_to_the_hour_s_facts(floor, hour):
    for station in floor.stations:
        answer = floor.ask("station-window", rangecode=between(hour, hour + 1), stationcodes=station.code)
        rows = answer["results"]
        assert (len(rows), answer["paging"]) == (60, {"totalElements": 60})
        assert all(set(row) == FIELDS for row in rows)
        window = Window(SIX + hour * HOUR, SIX + (hour + 1) * HOUR)
        facts = total(m for _, m in production(Question([station], window, now=NOON)))
        for name, measure in SUMS.items():
            assert sum(row[name] for row in rows) == pytest.approx(getattr(facts, measure)), name


def test_a_minute_tells_what_was_said_and_why_it_stood(floor):
    stood, worked = (
        floor.ask("station-window", rangecode=between(hour, hour + 1), stationcodes="M1")["results"][30]
        for hour in (2, 5)
    )
    assert (stood["downtimeMs"], stood["isAlive"], stood["issueReasonCodes"]) == (60_000, False, ["JAM"])
    assert (stood["downtimeSince"], len(stood["issueIds"])) == ("2026-03-11T07:59:00.000Z", 1)
    assert (worked["productiveMs"], worked["isAlive"], worked["rssiAvg"]) == (60_000, True, -70)
    assert (worked["scheduleIds"], worked["downtimeSince"]) == ([floor.run.pk], None)
    assert worked["windowStartAt"] == "2026-03-11T11:30:00.000Z"
    assert worked["windowEndAt"] == "2026-03-11T11:31:00.000Z"


def test_pages_are_the_whole_in_pieces(floor):
    whole = floor.ask("station-window", rangecode=between(1, 3))["results"]
    assert len(whole) == 240
    pages = [
        floor.ask("station-window", rangecode=between(1, 3), skip=skip, limit=50)["results"]
        for skip in range(0, 300, 50)
    ]
    assert [len(page) for page in pages] == [50, 50, 50, 50, 40, 0]
    assert [row for page in pages for row in page] == whole


def test_the_file_of_minutes_has_the_names_of_the_export(floor):
    answer = floor.get("station-window/csv", rangecode=between(2, 3), stationcodes="M1")
    header, *lines = b"".join(answer.streaming_content).decode().removeprefix("\ufeff").splitlines()
    names = header.replace('"', "").split(",")
    assert len(lines) == 60
    assert {
        "account_id", "station_code", "window_start_at", "window_end_at", "total_time", "shift_time",
        "scheduled_production_time", "scheduled_non_production_time", "productive_time", "issue_time",
        "issue_reason_codes", "issue_ids", "line_speed_avg", "line_speed_target_avg", "rssi_avg",
        "production_good_count", "production_bad_count", "error_codes", "schedule_ids", "cycle_time_avg", "is_alive",
        "electrical_volts_avg",
    } <= set(names)  # fmt: skip
    assert lines[30].split(",")[names.index("issue_time")] == "60000"


def test_only_whole_minutes_are_told(floor):
    code = (
        f"{SIX + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}/{SIX + timedelta(seconds=200):%Y-%m-%dT%H:%M:%SZ}"
    )
    rows = floor.ask("station-window", rangecode=code, stationcodes="M1")["results"]
    assert [row["windowStartAt"][11:16] for row in rows] == ["06:01", "06:02"]


def test_errors_and_speed_are_those_of_the_minute():
    floor = Floor()
    station = floor.stations[0]
    for second, what in (
        (0, {"speed": 10.0}),
        (20, {"speed": 20.0}),
        (30, {"error_code": "E7"}),
        (70, {"good": 1.0}),
    ):
        say(station, SIX + timedelta(seconds=second), **what)
    settle(now=SIX + HOUR)
    rows = floor.ask("station-window", rangecode=between(0, 1), stationcodes="M1")["results"]
    assert (rows[0]["lineSpeedAvg"], rows[0]["errorCodes"]) == (15, ["E7"])
    assert (rows[1]["lineSpeedAvg"], rows[1]["errorCodes"], rows[1]["isAlive"]) == (None, ["E7"], True)


def test_an_error_holds_until_it_has_gone():
    floor = Floor()
    station, other = floor.stations
    for minute, what in (
        (-3 * 1440, {"error_code": "E1"}),  # three days before
        (2, {"error_code": "E2"}),
        (3.5, {"error_code": ""}),
        (6, {"error_code": "E3"}),
        (7, {"error_code": ""}),
        (8, {"good": 1.0}),
    ):
        say(station, SIX + minute * MINUTE, **what)
    say(other, SIX, good=1.0)
    settle(now=SIX + HOUR)
    rows = floor.ask("station-window", rangecode=between(0, 1))["results"]
    held = [row["errorCodes"] for row in rows if row["stationCode"] == "M1"]
    assert held[:8] == [["E1"], ["E1"], ["E2"], ["E2"], [], [], ["E3"], []]
    assert [row["isAlive"] for row in rows[:9]] == [False, False, True, True, False, False, True, True, True]
    assert not any(row["errorCodes"] for row in rows if row["stationCode"] == "M2")
    # A page that begins later says the same of its minutes.
    later = floor.ask("station-window", rangecode=between(0, 1), skip=1, limit=3)["results"]
    assert [row["errorCodes"] for row in later] == held[1:4]


def test_a_window_that_begins_within_a_stop_knows_since_when():
    floor = Floor().work()
    whole = floor.ask("station-window", rangecode=between(1, 4), stationcodes="M1")["results"]
    for start in (1.5, 2, 2.5, 3):
        part = floor.ask("station-window", rangecode=halves(start, 4), stationcodes="M1")["results"]
        assert part == whole[int((start - 1) * 60) :], start


def halves(start, end):
    return f"{SIX + start * HOUR:%Y-%m-%dT%H:%M:%SZ}/{SIX + end * HOUR:%Y-%m-%dT%H:%M:%SZ}"


def test_minutes_that_are_to_come_are_not_told():
    floor = Floor()
    say(floor.stations[0], SIX, good=1.0)
    settle(now=SIX + HOUR)
    answer = floor.ask("station-window", rangecode="2098-03-11", includefuture="true")
    assert (answer["results"], answer["paging"]) == ([], {"totalElements": 0})
    assert answer["range"]["duration"] == 24 * 3_600_000
    now_on = floor.ask("station-window", rangecode="today", includefuture="true", limit=1)
    assert now_on["range"]["duration"] == 24 * 3_600_000
    assert now_on["paging"]["totalElements"] < 2 * 1440 + 1


def test_the_heatmap_has_cells_of_fifteen_or_five_minutes(floor):
    for minutes in (15, 5):
        [row, _] = floor.ask("utilisation", cellminutes=minutes)["results"]
        assert len(row["cells"]) == 6 * 60 / minutes
        at = {cell["from"]: cell for cell in row["cells"]}
        stood = at[int((SIX + 2.5 * HOUR).timestamp() * 1000)]
        assert (stood["state"], stood["percent"]) == ("unproductive", 0)
        worked = at[int((SIX + 5 * HOUR).timestamp() * 1000)]
        assert (worked["state"], worked["percent"]) == ("productive", 100)
        assert worked["to"] - worked["from"] == minutes * 60_000


def test_the_heatmap_knows_nights_and_maintenance():
    floor = Floor()
    starts, ends = (f"DTSTART:20260101T0{hour}0000\nRRULE:FREQ=DAILY" for hour in (7, 8))
    oil = make_event(company=floor.company, event_type="maintenance", name="Oil")
    make_event_assignment(floor.pattern, starts, event=oil, end_rule=ends)
    say(floor.stations[0], SIX - 2 * HOUR, good=1.0)
    settle(now=NOON)
    [row] = floor.ask("utilisation", rangecode=between(-1, 2), stationcodes="M1")["results"]
    states = [cell["state"] for cell in row["cells"]]
    assert states == ["out-of-shift"] * 4 + ["unproductive"] * 4 + ["maintenance"] * 4


def test_what_is_to_come_is_future_and_planned():
    floor = Floor()
    say(floor.stations[0], SIX, good=1.0)
    settle(now=SIX + HOUR)
    # Long after the tests are run.
    asked = {"rangecode": "2098-03-11", "includefuture": "true", "stationcodes": "M1"}
    [row] = floor.ask("utilisation", **asked)["results"]
    assert {cell["state"] for cell in row["cells"]} == {"future"}
    [row] = floor.ask("target", **asked)["results"]
    # Two shifts of eight hours but for tea, a unit a minute.
    assert (row["remainingIdealCount"], row["productionIdealCount"]) == (930, 0)
    assert floor.refused("oee", **asked | {"includefuture": "false"})[0] == "rangecode"


def test_the_interval_chart_sets_made_against_target(floor):
    for minutes in (60, 30):
        answer = floor.ask("interval-chart", intervalminutes=minutes)
        for station, row in zip(floor.stations, answer["results"], strict=True):
            facts = total(m for _, m in production(Question([station], Window(SIX, NOON), now=NOON)))
            assert len(row["intervals"]) == 6 * 60 / minutes
            for name in (
                "productionGoodCount",
                "productionIdealCount",
                "productionTargetCount",
                "downtimeMs",
            ):
                told = sum(one[name] for one in row["intervals"])
                assert told == pytest.approx(getattr(facts, SUMS[name])), name


@pytest.mark.parametrize(("report", "inner"), [("utilisation", "cells"), ("interval-chart", "intervals")])
def test_the_file_of_a_chart_has_a_line_for_each_of_its_points(floor, report, inner):
    text = b"".join(floor.get(f"{report}/csv").streaming_content).decode().removeprefix("\ufeff")
    lines = list(csv.DictReader(StringIO(text, newline="")))
    points = [(row["stationCode"], one) for row in floor.ask(report)["results"] for one in row[inner]]
    assert len(lines) == len(points) > 10
    for line, (station, one) in zip(lines, points, strict=True):
        assert line["stationCode"] == station
        for name, value in one.items():
            assert line[f"{inner}.{name}"] == ("" if value is None else str(value)), name


def test_names_that_look_like_formulas_are_texts_in_files(floor):
    Station.objects.filter(code="M1").update(name="@SUM(1)")
    for address in ("oee", "interval-chart", "downtime"):
        text = b"".join(floor.get(f"{address}/csv").streaming_content).decode()
        assert text.startswith("\ufeff")
        assert '"\'@SUM(1)"' in text


def test_cycle_times_are_told_by_sku_and_station(floor):
    unknown, sku = sorted(
        floor.ask("analysis/cycletime")["results"], key=lambda row: row["skuCode"] != "UNKNOWN"
    )
    assert (unknown["skuCode"], len(unknown["stations"]), sku["skuCode"]) == ("UNKNOWN", 2, "A-1")
    assert (sku["default"], sku["min"], sku["spread"], sku["quantity"]) == (48_000, 60_000, 0, 180)
    assert sku["stations"] == [
        {"stationCode": "M1", "stationName": "Machine M1", "avg": sku["avg"], "min": 60_000, "max": sku["max"],
         "quantity": 180},
    ]  # fmt: skip


def test_production_energy_and_targets_are_those_of_the_facts(floor):
    for row in floor.ask("production")["results"]:
        assert row["skuCode"] in ("UNKNOWN", "A-1")
    assert sum(row["productionGoodCount"] for row in floor.ask("production")["results"]) == 595
    energy = floor.ask("energy")
    assert energy["results"][0]["electricalKwh"] == pytest.approx(150)
    assert energy["results"][0]["electricalKwhPerUnit"] == pytest.approx(0.5)
    assert (energy["pricePerKwh"], energy["results"][0]["cost"], energy["results"][0]["co2"]) == (
        None,
        None,
        None,
    )
    for station, row in zip(floor.stations, floor.ask("target")["results"], strict=True):
        facts = total(m for _, m in production(Question([station], Window(SIX, NOON), now=NOON)))
        assert row["efficiencyPerc"] == pytest.approx(100 * facts.good / facts.ideal_units)
        assert row["productionIdealCount"] >= row["productionTargetCount"]
