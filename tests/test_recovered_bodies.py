"""What is set up is told with all the names that Busroot's manual has for it, and taken with those it takes."""

from datetime import UTC, datetime

import pytest
from django.utils.timezone import now

from mesproject.reports.definitions import definition_of
from production.sign_ons import Hand, sign_on
from tests.make import make_group, make_operator, make_pattern, make_plant, make_sku, make_station
from tests.test_resources import Integrator

pytestmark = pytest.mark.django_db

GROUP = """code name plantCode allowScheduleStationFlexibility shiftPatternId allowQuickScheduleStart createdAt
    updatedAt"""
STATION = """code name groupCode groupName allowScheduleStationFlexibility plantCode timezone accountId
    currentOperatorInitials cycleTime unitsPerMinute unitsPerHour lineSpeedTarget allowInterruptionMode
    allowManualProduction downtimeDetectionMode utilisationDowntimeThreshold slowDurationThreshold
    electricalUsageStoppedThresholdKw electricalPowerNominalKw allowScheduleCutShort productiveStatusMode
    lineSpeedStoppedThreshold shiftPatternId productiveHoldOnTime minimumCycleTime statusCode statusCodeUpdatedAt
    shiftPattern shifts"""
OF_A_GROUP = """moduleVisibility speedScale speedOffset speedToProductionRatio idleCostPerMinute
    forceAllShiftTimeAsPlannedProduction allowQuickScheduleStart createdAt updatedAt archivedAt"""
PATTERN = "accountId title id code duration startHour endHour shifts"
SHIFT = "id name startHour duration shiftPatternId weekDay"
ACCOUNT = """id domain stationCountLimit redshiftPassword redshiftConfig cursors enableLostProductionCost currency
    electricalPricePerKwh electricalCo2PerKwh dashboardConfig uploadTransforms defaultAutoEndOnQuantityComplete"""
SKU = """code name cycleTime specifications instructionsUrl lineSpeedTarget downtimeDurationThresholdMultiplier
    allowUseInQuickSchedule unitsPerMinute unitsPerHour batchSize value minimumCycleTime"""


def lacks(told, *names):
    """Which of the manual's names are not told."""
    return {name for name in " ".join(names).split() if name not in told}


@pytest.fixture
def erp():
    return Integrator()


@pytest.fixture
def station(erp):
    """A station whose group follows a pattern."""
    plant = make_plant(company=erp.company, code="lyon")
    group = make_group(plant=plant, code="L1")
    make_pattern(("Early", 360, 480), follows=group)
    return make_station("M1", group=group, cycle_time_ms=30_000)


def test_a_plant_tells_its_groups(erp, station):
    plant = erp.gets("plant/lyon")["result"]
    assert not lacks(plant, "code name timezone now dayStartHour stationGroups")
    assert not lacks(plant["stationGroups"][0], GROUP)
    assert plant["stationGroups"][0]["plantCode"] == "lyon"


def test_a_group_tells_its_stations_and_its_shifts(erp, station):
    group = erp.gets("station-group/L1")["result"]
    assert not lacks(group, GROUP, "plantTimezone stations shifts")
    assert not lacks(group["stations"][0], STATION, OF_A_GROUP)
    assert [shift["name"] for shift in group["shifts"]][:1] == ["Early"]


def test_a_station_tells_the_pattern_that_it_has_from_its_group(erp, station):
    told = erp.gets("station/M1")["result"]
    assert not lacks(told, STATION, OF_A_GROUP)
    assert (told["shiftPatternId"], told["shiftPattern"]["startHour"]) == (None, 6)
    assert not lacks(told["shiftPattern"], PATTERN)
    assert not lacks(told["shifts"][0], SHIFT)
    own = make_pattern(("Own", 600, 480), follows=station)
    assert erp.gets("station/M1")["result"]["shiftPattern"]["id"] == own.pk


def test_a_station_tells_who_is_there_and_its_pace_in_all_words(erp, station):
    assert erp.gets("station/M1")["result"]["currentOperatorInitials"] is None
    sign_on(station, make_operator(company=erp.company, initials="ANN"), at=now(), by=Hand())
    told = erp.gets("station/M1")["result"]
    assert (told["currentOperatorInitials"], told["unitsPerMinute"], told["unitsPerHour"]) == ("ANN", 2, 120)
    assert told["productiveStatusMode"] == "production_signal"
    erp.does("PATCH", "station/M1", {"unitsPerHour": 60, "allowQuickScheduleStart": True})
    station.refresh_from_db()
    assert (station.cycle_time_ms, station.allow_ad_hoc) == (60_000, True)
    assert erp.gets("station-group/L1")["result"]["allowQuickScheduleStart"]
    assert erp.refused("PATCH", "station/M1", {"unitsPerHour": 60, "cycleTime": 1}) == (400, "unitsPerHour")


def test_a_station_that_is_archived_is_in_no_group_any_more(erp, station):
    station.archived_at = datetime(2026, 3, 11, tzinfo=UTC)
    station.save()
    assert erp.gets("station-group/L1")["result"]["stations"] == []


def test_skus_and_their_groups_are_told_whole(erp):
    make_sku("A", company=erp.company)
    erp.does("POST", "sku-group", {"code": "P", "name": "Pair", "defaultCycleTime": 43_200_000})
    assert not lacks(erp.gets("sku/A")["result"], SKU)
    assert not lacks(erp.gets("sku-group/P")["result"], "code name defaultCycleTime skus")


# The account


def test_the_account_is_told_whole_and_can_be_sent_back_as_it_is(erp):
    told = erp.gets("account")["result"]
    assert not lacks(told, ACCOUNT)
    taken = """enableLostProductionCost currency electricalPricePerKwh electricalCo2PerKwh dashboardConfig
        uploadTransforms defaultAutoEndOnQuantityComplete"""
    sent = {name: told[name] for name in taken.split()} | {"resetRedshiftPassword": False}
    assert erp.does("POST", "account", sent).json()["result"] == told


def test_what_the_account_is_told_holds(erp, station):
    body = {
        "currency": "EUR", "electricalPricePerKwh": 0.21, "electricalCo2PerKwh": 0.4, "idleCostPerHour": 90,
        "enableLostProductionCost": True, "dashboardConfig": '{"tiles": []}', "name": "Works",
        "defaultAutoEndOnQuantityComplete": True,
    }  # fmt: skip
    told = erp.does("POST", "account", body).json()["result"]
    assert told | body == told == erp.gets("account")["result"]
    definition = definition_of(erp.company.pk)
    assert (definition.energy_price_per_kwh, definition.co2_kg_per_kwh) == (0.21, 0.4)
    make_sku("A", company=erp.company)
    run = {"stationCode": "M1", "skuCode": "A", "plannedStartAt": "2026-03-11T12:00:00Z"}
    ends = "autoEndOnQuantityComplete"
    assert erp.does("POST", "schedule", run | {"plannedQuantity": 5}).json()["result"][ends] is True
    later = run | {"plannedStartAt": "2026-03-11T13:00:00Z"}
    assert erp.does("POST", "schedule", later).json()["result"][ends] is False
    latest = run | {"plannedStartAt": "2026-03-11T14:00:00Z", "plannedQuantity": 5, ends: False}
    assert erp.does("POST", "schedule", latest).json()["result"][ends] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"enableLostProductionCost": True}, "enableLostProductionCost"),
        ({"resetRedshiftPassword": True}, "resetRedshiftPassword"),
        ({"uploadTransforms": {}}, "uploadTransforms"),
        ({"dashboardConfig": "a\u0000b"}, "dashboardConfig"),
        ({"dashboardConfig": "x" * 65_537}, "dashboardConfig"),
        ({"currency": "euro"}, "currency"),
        ({"electricalPricePerKwh": -5}, "electricalPricePerKwh"),
        ({"electricalPricePerKwh": 0.2}, "currency"),
        ({"redshiftPassword": "x"}, "redshiftPassword"),
    ],
)
def test_what_an_account_cannot_be_is_refused_and_nothing_of_it_is_kept(erp, body, field):
    before = erp.gets("account")
    assert erp.refused("POST", "account", {"name": "Other", **body}) == (400, field)
    assert erp.gets("account") == before


@pytest.mark.parametrize("name", ["filter", "dashboard"])
def test_a_filter_and_a_dashboard_may_be_empty(erp, name):
    made = erp.does("POST", name, {"code": "f", "name": "All", "content": {}}).json()["result"]
    assert made["content"] == {}
    assert erp.does("PATCH", f"{name}/f", {"content": {"a": 1}}).json()["result"]["content"] == {"a": 1}
    assert erp.does("PATCH", f"{name}/f", {"content": {}}).json()["result"]["content"] == {}
