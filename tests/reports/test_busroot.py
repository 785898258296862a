"""Busroot's reports: the sample of the manual shape for shape, and numbers that are those of the facts."""

import json

import pytest

from mesproject.reports.asking import Question, losses, production
from mesproject.reports.busroot_urls import REPORTS
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS, values
from production.windows import Window
from tests.make import NOON, make_group, make_station
from tests.reports.busroot import HOUR, MINUTE, SIX, Floor
from tests.reports.test_facts import say, settle

pytestmark = pytest.mark.django_db
RANGE = {"from": 1, "to": 1, "duration": 1, "fromIso": "text", "toIso": "text", "durationFormatted": "text"}
LOST = {"code": "text", "description": "text", "duration": 1, "cost": 1, "percent": 1}
# The sample of GET /downtime in the manual, field for field, in its order.
SAMPLE = {
    "isSuccess": True,
    "results": [
        {
            "stationCode": "text", "stationName": "text", "stationGroupCode": "text", "stationGroupName": "text",
            "reliabilityData": {
                "runningsCount": 1, "stopsCount": 1, "totalRunningTime": 1, "totalStoppedTime": 1,
            },
            "cycleTimeAnalysis": {
                "avg": 1, "min": 1, "max": 1, "quantity": 1, "default": 1,
                "stations": [
                    {"stationCode": "text", "stationName": "text", "avg": 1, "min": 1, "max": 1, "quantity": 1},
                ],
            },
            "oee": {
                "scheduleDuration": 1, "scheduleLossDuration": 1, "schedulePerc": 1,
                "productionScheduleDuration": 1, "productionScheduleLossDuration": 1, "productionSchedulePerc": 1,
                "availabilityDuration": 1, "availabilityLossDuration": 1, "availabilityPerc": 1,
                "performanceTargetCount": 1, "performanceTargetLossCount": 1, "performanceTargetPerc": 1,
                "goodQualityCount": 1, "goodQualityLossCount": 1, "goodQualityPerc": 1,
                "scheduledNonProduction": [LOST], "stops": [LOST], "oee": 1,
            },
            "downtimes": [
                {
                    "type": "stop", "stationCode": "text", "reasonCode": "text", "startTimestamp": 1,
                    "endTimestamp": 1, "range": RANGE,
                },
            ],
        },
    ],
    "range": RANGE,
}  # fmt: skip
UNKNOWN_YET = {"cost"}  # no company says what idle time costs


def like(found, sample, where="$"):
    """Assert that an answer has the fields of the sample in its order, each of its type."""
    if isinstance(sample, dict):
        assert list(found) == list(sample), where
        for name, value in sample.items():
            if not (name in UNKNOWN_YET and found[name] is None):
                like(found[name], value, f"{where}.{name}")
    elif isinstance(sample, list):
        assert found, where
        for one in found:
            like(one, sample[0], f"{where}[]")
    elif isinstance(sample, (bool, str)):
        assert type(found) is type(sample), where
    else:
        assert type(found) in (int, float), where


@pytest.fixture
def floor():
    return Floor().work()


def test_downtime_is_the_sample_of_the_manual_shape_for_shape(floor):
    answer = floor.ask("downtime", stationcodes="M1")
    for row in answer["results"]:
        # What has no cause has no code.
        row["oee"]["stops"] = [stop for stop in row["oee"]["stops"] if stop["code"]]
        row["downtimes"] = [stop for stop in row["downtimes"] if stop["reasonCode"]]
    like(answer, SAMPLE)


def facts(floor, station):
    when = Window(SIX, NOON)
    return total(m for _, m in production(Question([station], when, now=NOON)))


def test_the_ladder_is_that_of_the_metrics_and_multiplies_up_to_oee(floor):
    for station, row in zip(floor.stations, floor.ask("downtime")["results"], strict=True):
        ladder, m = row["oee"], facts(floor, station)
        known = values(METRICS.values(), m)
        assert row["stationCode"] == station.code
        assert ladder["oee"] == pytest.approx(100 * known["oee"])
        assert ladder["availabilityDuration"] == known["availability_time"]
        assert ladder["performanceTargetCount"] == known["performance_target"]
        shares = [ladder[f"{name}Perc"] for name in ("availability", "performanceTarget", "goodQuality")]
        assert shares[0] * shares[1] * shares[2] / 10_000 == pytest.approx(ladder["oee"])
        assert ladder["scheduleDuration"] + ladder["scheduleLossDuration"] == m.all_ms
        rest = ladder["scheduleDuration"] - ladder["productionScheduleLossDuration"]
        assert rest == ladder["productionScheduleDuration"]
        pauses = ladder["scheduledNonProduction"]
        assert [(p["code"], p["duration"]) for p in pauses] == [("break", 30 * 60_000)]
        assert sum(p["duration"] for p in pauses) == ladder["productionScheduleLossDuration"]


def test_stops_are_told_by_cause_and_one_by_one(floor):
    first, second = floor.ask("downtime")["results"]
    [(_, (amount, _))] = losses(
        Question(floor.stations[:1], Window(SIX, NOON), only={"reason": [floor.cause.pk]}, now=NOON),
        "downtime",
    )
    jam = first["oee"]["stops"][0]
    assert (jam["code"], jam["description"], jam["duration"]) == ("JAM", floor.cause.description, amount)
    assert jam["percent"] == pytest.approx(100 * amount / first["oee"]["productionScheduleDuration"])
    assert [stop["code"] for stop in second["oee"]["stops"]] == [None]
    stop = next(stop for stop in first["downtimes"] if stop["reasonCode"] == "JAM")
    assert stop["startTimestamp"] == stop["range"]["from"]
    assert stop["range"]["duration"] == stop["endTimestamp"] - stop["startTimestamp"] == 61 * 60_000
    assert stop["range"]["durationFormatted"] == "1h 1m"
    assert stop["range"]["fromIso"] == "2026-03-11T07:59:00.000Z"
    told = first["reliabilityData"]
    assert told["stopsCount"] == len(first["downtimes"])
    assert told["totalStoppedTime"] == sum(stop["duration"] for stop in first["oee"]["stops"])
    assert told["totalRunningTime"] == first["oee"]["availabilityDuration"]


@pytest.mark.parametrize("kind", ["planned", "setup"])
def test_a_stop_is_on_one_rung_of_the_ladder(floor, kind):
    floor.cause.kind = kind
    floor.cause.save()
    settle(now=NOON)
    ladder = floor.ask("oee", stationcodes="M1")["results"][0]["oee"]
    pauses, stops = ({one["code"]: one["duration"] for one in ladder[name]}
                     for name in ("scheduledNonProduction", "stops"))  # fmt: skip
    # Planned stops are no planned production time, setup is a loss of availability.
    assert ("JAM" in pauses, "JAM" in stops) == (kind == "planned", kind == "setup")
    assert sum(pauses.values()) == ladder["productionScheduleLossDuration"]
    assert sum(stops.values()) == ladder["availabilityLossDuration"]


def test_cycle_times_are_those_of_the_signals(floor):
    first, second = (row["cycleTimeAnalysis"] for row in floor.ask("downtime")["results"])
    assert (second["min"], second["max"], second["default"], second["quantity"]) == (
        60_000,
        60_000,
        60_000,
        300,
    )
    assert first["min"] == 60_000
    assert 48_000 < first["default"] < 60_000
    assert first["stations"] == [{"stationCode": "M1", "stationName": "Machine M1"} | {
        name: first[name] for name in ("avg", "min", "max", "quantity")}]  # fmt: skip


def test_oee_has_its_costs_the_whole_and_the_definition(floor):
    answer = floor.ask("oee")
    assert answer["definition"]["settings"]["oee_base"] == "planned"
    whole = total(facts(floor, station) for station in floor.stations)
    assert answer["total"]["oee"] == pytest.approx(100 * values([METRICS["oee"]], whole)["oee"])
    assert answer["total"]["availabilityLossCost"] is None
    assert answer["range"]["duration"] == 6 * 3_600_000


@pytest.mark.parametrize(
    ("grain", "count"), [("hour", 6), ("day", 1), ("week", 1), ("month", 1), ("shift", 1)]
)
def test_buckets_add_up_to_the_whole(floor, grain, count):
    whole, cut = floor.ask("downtime"), floor.ask("downtime", aggregatewindow=grain)
    for number, row in enumerate(whole["results"]):
        parts = [one for one in cut["results"] if one["stationCode"] == row["stationCode"]]
        assert len(parts) == count, number
        for name in ("scheduleDuration", "availabilityLossDuration", "goodQualityCount"):
            assert sum(part["oee"][name] for part in parts) == pytest.approx(row["oee"][name])
        if grain == "hour":
            assert [part["range"]["duration"] for part in parts] == [3_600_000] * 6
            stood = sum(stop["range"]["duration"] for part in parts for stop in part["downtimes"])
            assert stood == sum(stop["range"]["duration"] for stop in row["downtimes"])
        if grain == "shift":
            assert (parts[0]["shift"], parts[0]["range"]["duration"]) == ("Early", 8 * 3_600_000)


def test_a_bucket_reaches_over_all_shifts_that_it_sums():
    floor = Floor()
    floor.pattern.shifts.filter(name="Late").update(name="Early", team="Blue")
    floor.work()
    [part] = floor.ask("oee", aggregatewindow="shift", stationcodes="M1")["results"]
    assert (part["shift"], part["range"]["duration"]) == ("Early", 16 * 3_600_000)


def test_days_are_answered_by_shop_day(floor):
    by_day = floor.ask("oee", rangecode="2026-03-11", stationcodes="M1")
    assert by_day["range"]["fromIso"] == "2026-03-11T00:00:00.000Z"
    assert by_day["range"]["durationFormatted"] == "1d"
    assert by_day["results"][0]["oee"]["goodQualityCount"] == facts(floor, floor.stations[0]).good
    for code in ("2026-W11", "2026-03", "2026", "2026-03-01/2026-03-31"):
        assert floor.ask("oee", rangecode=code, stationcodes="M1")["results"] == by_day["results"], code


def test_skus_filter_numbers_and_stops(floor):
    [row, _] = floor.ask("downtime", skucodes="A-1")["results"]
    assert row["oee"]["goodQualityCount"] + row["oee"]["goodQualityLossCount"] == 180
    assert all(stop["startTimestamp"] >= (SIX + 3 * HOUR).timestamp() * 1000 for stop in row["downtimes"])
    [row, _] = floor.ask("downtime", skucodes="UNKNOWN")["results"]
    assert row["oee"]["goodQualityCount"] == 120
    assert "JAM" in [stop["reasonCode"] for stop in row["downtimes"]]


def test_lists_come_as_one_text_or_many(floor):
    one = floor.ask("oee", stationcodes="M1,M2")
    assert (
        one
        == floor.ask("oee", stationcodes=["M1", "M2"])
        == floor.ask("oee", **{"stationCodes[]": ["M1", "M2"]})
    )
    assert one["results"] == floor.ask("oee")["results"]


def test_groups_of_stations_are_asked_by_code(floor):
    other = make_station("P1", group=make_group(plant=floor.plant, code="PACK"))
    for report in REPORTS:
        rows = floor.ask(report, stationgroupcodes="PACK", rangecode="2026-03-11T06:00Z/2026-03-11T06:05Z")
        assert {row["stationCode"] for row in rows["results"] if "stationCode" in row} <= {other.code}, report
        assert floor.get(report, stationgroupcodes="LINE,PACK").status_code == 200
        assert floor.get(report, stationgroupcodes="NONE").status_code == 404
    assert len(floor.ask("oee", stationgroupcodes="LINE")["results"]) == 2
    assert floor.ask("oee", stationgroupcodes="LINE", stationcodes="P1")["results"] == []


def test_csv_has_the_same_numbers(floor):
    for report in ("downtime", "oee", "production", "target", "energy"):
        answer = floor.get(f"{report}/csv")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="{report}.csv"'
        text = b"".join(answer.streaming_content).decode()
        header, *lines = text.removeprefix("\ufeff").splitlines()
        rows = floor.ask(report)["results"]
        assert len(lines) == len(rows)
        names = [json.loads(name) for name in header.split(",")]
        assert names[:2] == ["stationCode", "stationName"]
        if report == "oee":
            place = names.index("oee.oee")
            assert [float(line.split(",")[place]) for line in lines] == [row["oee"]["oee"] for row in rows]


def test_averages_may_be_of_shifts_only_and_sums_never_are(floor):
    five = SIX - HOUR
    say(floor.stations[0], *(five + minute * MINUTE for minute in range(10)), good=1.0, kwh=7.0, now=NOON)
    settle(now=NOON)
    code = "2026-03-11T04:00Z/2026-03-11T12:00Z"
    both, inside = (
        floor.ask("energy", rangecode=code, stationcodes="M1", inshiftaverages=flag)["results"][0]
        for flag in ("false", "true")
    )
    assert both["electricalKwh"] == inside["electricalKwh"] == pytest.approx(150 + 70)
    assert both["electricalKwhPerUnit"] == pytest.approx(220 / 310)
    assert inside["electricalKwhPerUnit"] == pytest.approx(150 / 300)
    counts = [
        floor.ask("downtime", rangecode=code, stationcodes="M1", inshiftaverages=flag)["results"][0]
        for flag in ("false", "true")
    ]
    assert [row["cycleTimeAnalysis"]["quantity"] for row in counts] == [310, 300]
    assert counts[0]["oee"] == counts[1]["oee"]


def test_shifts_of_now_are_found_in_the_plan(floor):
    this, last = (floor.ask("oee", rangecode=f"{word}-shift")["range"] for word in ("this", "last"))
    assert last["duration"] == 8 * 3_600_000
    assert last["to"] <= this["from"] < this["to"]
    assert floor.ask("oee", rangecode="last-8-hours")["range"]["duration"] == 8 * 3_600_000
