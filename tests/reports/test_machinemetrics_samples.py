"""The reference's own samples come out of stored facts, shape for shape and with their arithmetic."""

from datetime import UTC, date, datetime

import pytest

from mesproject.reports.machinemetrics_entities import colour
from mesproject.reports.models import DowntimeFact, RejectFact
from tests.reports.machinemetrics import (
    ALL,
    ONE,
    THREE,
    TWO,
    Reader,
    lose,
    make_causes,
    make_reasons,
    store,
)

pytestmark = pytest.mark.django_db

MACHINES = {uuid: {"id": uuid, "name": f"MACHINE {n}"} for n, uuid in enumerate(ALL, start=1)}
NOON = datetime(2017, 7, 25, 16, tzinfo=UTC)
MONTH = {"start": "2017-07-19T10:00:00Z", "end": "2017-08-19T10:00:00Z"}
BY_REASON = {"groupBy": [{"group": "reason"}, {"group": "machine"}], "filter": {"machine": ALL}}


@pytest.fixture
def reader():
    return Reader().settle()


def by_id(items):
    return {item["entity"]["id"]: item for item in items}


def machine(uuid, **aggregate):
    return {"entity": {"type": "machine", "id": uuid}, "aggregate": aggregate}


def make_production(reader):
    made = {
        date(2017, 7, 19): {THREE: (0, 9971), ONE: (3425, 80549950), TWO: (870, 65801315)},
        date(2017, 7, 20): {THREE: (978, 19536320), ONE: (2741, 64656182), TWO: (810, 60514662)},
    }
    for day, rows in made.items():
        for uuid, (parts, ms) in rows.items():
            # In two shifts, some of them bad, some work outside planned time: sums of sums.
            store(reader.machines[uuid], day, good=parts // 2, run_ms=ms // 3)
            store(reader.machines[uuid], day, shift="", bad=parts - parts // 2, run_outside_ms=ms - ms // 3)


@pytest.mark.parametrize(
    "window",
    [
        {"start": "2017-07-19T10:00:00Z", "end": "2017-07-21T10:00:00Z"},
        {"startDay": "2017-07-19", "endDay": "2017-07-20"},
    ],
)
def test_production_by_day_and_machine(reader, window):
    make_production(reader)
    answer = reader.report(
        "production", window,
        data=[{"metric": "totalParts"}, {"metric": "timeInCycle"}],
        groupBy=[{"group": "day"}, {"group": "machine"}], filter={"machine": ALL},
    )  # fmt: skip
    items = answer.pop("items")
    assert answer == {
        "range": {"start": "2017-07-19T10:00:00.000Z", "end": "2017-07-21T10:00:00.000Z"},
        "aggregate": {"totalParts": 8824, "timeInCycle": 291068400},
        "entities": {
            "day": {
                "0": {
                    "start": "2017-07-19T10:00:00.000Z",
                    "end": "2017-07-20T10:00:00.000Z",
                    "shopDate": "2017-07-19T04:00:00.000Z",
                },
                "1": {
                    "start": "2017-07-20T10:00:00.000Z",
                    "end": "2017-07-21T10:00:00.000Z",
                    "shopDate": "2017-07-20T04:00:00.000Z",
                },
            },
            "machine": MACHINES,
        },
    }
    assert items == [
        {
            "entity": {"type": "day", "id": "0"},
            "aggregate": {"totalParts": 4295, "timeInCycle": 146361236},
            "items": [
                machine(ONE, totalParts=3425, timeInCycle=80549950),
                machine(TWO, totalParts=870, timeInCycle=65801315),
                machine(THREE, totalParts=0, timeInCycle=9971),
            ],
        },
        {
            "entity": {"type": "day", "id": "1"},
            "aggregate": {"totalParts": 4529, "timeInCycle": 144707164},
            "items": [
                machine(ONE, totalParts=2741, timeInCycle=64656182),
                machine(TWO, totalParts=810, timeInCycle=60514662),
                machine(THREE, totalParts=978, timeInCycle=19536320),
            ],
        },
    ]


def test_downtime_by_reason_and_machine(reader):
    make_causes(reader.company)
    for uuid, why, ms, records in (
        (ONE, 33, 544259, 2), (TWO, 33, 837607, 1), (THREE, 33, 350032, 1), (THREE, 95, 5912801, 4),
    ):  # fmt: skip
        lose(DowntimeFact, reader.machines[uuid], NOON, why, ms, records)
    answer = reader.report("downtime", MONTH | BY_REASON)
    assert answer == {
        "range": {"start": "2017-07-19T10:00:00.000Z", "end": "2017-08-19T10:00:00.000Z"},
        "aggregate": {"downtimeMs": 7644699, "recordCount": 8},
        "entities": {
            "reason": {
                "33": {"id": 33, "name": "Chipping Out", "color": colour(33)},
                "95": {"id": 95, "name": "Part Changeover", "color": colour(95)},
                "uncategorized": {
                    "id": "uncategorized",
                    "name": "Uncategorized",
                    "color": "#444444",
                    "virtual": True,
                },
                "setup": {"id": "setup", "name": "Setup", "color": "#edde00", "virtual": True},
            },
            "machine": MACHINES,
        },
        "items": [
            {
                "entity": {"type": "reason", "id": "33"},
                "aggregate": {"downtimeMs": 1731898, "recordCount": 4},
                "items": [
                    machine(ONE, downtimeMs=544259, recordCount=2),
                    machine(TWO, downtimeMs=837607, recordCount=1),
                    machine(THREE, downtimeMs=350032, recordCount=1),
                ],
            },
            {
                "entity": {"type": "reason", "id": "95"},
                "aggregate": {"downtimeMs": 5912801, "recordCount": 4},
                "items": [machine(THREE, downtimeMs=5912801, recordCount=4)],
            },
        ],
    }


def test_quality_by_reason_and_machine(reader):
    make_reasons(reader.company)
    for uuid, why, units, records in (
        (ONE, 24, 15, 5), (TWO, 24, 10, 5), (TWO, 37, 79, 53), (THREE, 37, 46, 12),
    ):  # fmt: skip
        lose(RejectFact, reader.machines[uuid], NOON, why, units, records)
    answer = reader.report("quality", MONTH | BY_REASON)
    assert answer["aggregate"] == {"rejectCount": 150, "recordCount": 75}
    assert answer["entities"] == {
        "reason": {
            "24": {"id": 24, "name": "Chip Impressions", "color": colour(24)},
            "37": {"id": 37, "name": "Burrs", "color": colour(37)},
        },
        "machine": MACHINES,
    }
    assert answer["items"] == [
        {
            "entity": {"type": "reason", "id": "24"},
            "aggregate": {"rejectCount": 25, "recordCount": 10},
            "items": [
                machine(ONE, rejectCount=15, recordCount=5),
                machine(TWO, rejectCount=10, recordCount=5),
            ],
        },
        {
            "entity": {"type": "reason", "id": "37"},
            "aggregate": {"rejectCount": 125, "recordCount": 65},
            "items": [
                machine(TWO, rejectCount=79, recordCount=53),
                machine(THREE, rejectCount=46, recordCount=12),
            ],
        },
    ]
