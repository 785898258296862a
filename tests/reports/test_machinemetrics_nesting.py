"""Whatever the nesting: parents sum their children, ratios come from sums, flat rows and CSV say what the tree says."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesproject.reports.definition import DEFAULT
from mesproject.reports.measures import Measures
from mesproject.reports.metrics import METRICS
from mesproject.reports.models import DowntimeFact, RejectFact
from mesproject.reports.tally import hours_of
from production.models import Station
from production.windows import Window
from tests.make import (
    make_cause,
    make_job,
    make_job_run,
    make_operator,
    make_plant,
    make_reject_reason,
    make_sku,
)
from tests.reports.machinemetrics import Reader, lose, store
from tests.test_openapi import conforms

pytestmark = pytest.mark.django_db

GROUPS = (
    "machine", "machineGroup", "plant", "hour", "day", "week", "month", "shift", "run", "job", "jobOperation",
    "part", "operator",
)  # fmt: skip
HOUR = timedelta(hours=1)
FIRST = date(2017, 7, 29)  # a Saturday; July ends on Monday
DATA = [
    "totalParts",
    "timeInCycle",
    "downtime",
    "availability",
    "oee",
    "minStartTime",
    "maxEndTime",
    "allTime",
]
ASKED = {
    "startDay": "2017-07-29", "endDay": "2017-08-01", "data": [{"metric": metric} for metric in DATA],
}  # fmt: skip


@pytest.fixture
def reader():
    """Four days of three machines in two plants, with runs, operators, and losses."""
    reader = Reader().settle()
    other = make_plant("Asia/Kolkata", company=reader.company, day_start="05:00")
    station = reader.machines[list(reader.machines)[2]]
    station.group = type(station.group).objects.create(plant=other, code="X", name="Cell")
    station.save()
    job = make_job(company=reader.company, sku=make_sku(company=reader.company))
    ann = make_operator(company=reader.company)
    cause, reason = make_cause(company=reader.company), make_reject_reason(company=reader.company)
    for n, station in enumerate(reader.machines.values()):
        run = make_job_run(station, job=job, actual_start=datetime(2017, 7, 1, tzinfo=UTC))
        for step in range(16):
            day, hour = FIRST + timedelta(days=step // 4), 11 + step % 4 * 3
            at = datetime(day.year, day.month, day.day, hour, 30 if n == 2 else 0, tzinfo=UTC)
            shift, by = ("Early", "", "Late")[step % 3], ann.pk if step % 2 else 0
            worked = {"run_id": run.pk if step % 5 else 0, "operator_id": by}
            store(
                station, day, shift=f"{shift}" if step % 4 else "Early", hour=at, **worked,
                all_ms=3_600_000, shift_ms=3_600_000, planned_ms=3_000_000 + n, run_ms=100_000 * step + n,
                stop_ms=3_000_000 - 100_000 * step, good=2.0 * step + n, bad=0.5 * n, ideal_ms=90_000.0 * step,
            )  # fmt: skip
            for fact, why in ((DowntimeFact, cause.pk if step % 2 else 0), (RejectFact, reason.pk)):
                lose(fact, station, at, why, 1000 * step + n, step % 3, shift=shift, **worked)
    return reader


def by(*groups):
    return {"groupBy": [{"group": group} for group in groups]}


def check_sums(node, additive):
    """Every parent is the sum of its children."""
    for child in node["items"]:
        if "items" in child:
            check_sums(child, additive)
    for name in additive:
        assert node["aggregate"][name] == pytest.approx(sum(c["aggregate"][name] for c in node["items"])), (
            name
        )


def leaves(node, path=()):
    """The innermost items with the ids on the way."""
    for item in node["items"]:
        here = (*path, item["entity"]["id"])
        if "items" in item:
            yield from leaves(item, here)
        else:
            yield here, item["aggregate"]


def nestings(groups):
    return st.lists(st.sampled_from(groups), unique=True, min_size=1, max_size=4)


def flat_is_the_tree(reader, kind, asked, groups):
    """Each flat row is an innermost item, with ids and names of its entities; CSV is the same."""
    tree = reader.report(kind, asked, **by(*groups))
    flat = reader.report(kind, asked, **by(*groups), flatten=True, csv=True)
    assert {k: flat[k] for k in ("range", "aggregate", "entities")} == {
        k: tree[k] for k in ("range", "aggregate", "entities")
    }
    found = [(tuple(row[f"{group}Id"] for group in groups), row) for row in flat["items"]]
    assert [path for path, _ in found] == [path for path, _ in leaves(tree)]
    for (path, row), (_, aggregate) in zip(found, leaves(tree), strict=True):
        assert row.keys() == {*groups, *(f"{group}Id" for group in groups), *aggregate}
        assert {name: row[name] for name in aggregate} == aggregate
        for group, id_ in zip(groups, path, strict=True):
            entity = tree["entities"][group][id_]
            assert row[group] == entity.get("name", row[group])
    assert rows_of(reader.csv(flat["csv"]["url"])) == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in flat["items"]
    ]
    return tree


def rows_of(response):
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:], newline="")))


def test_production_sums_up_in_any_nesting(reader):
    additive = [name for name in DATA if METRICS_OF[name].additive]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(nestings(GROUPS))
    def check(groups):
        tree = flat_is_the_tree(reader, "production", ASKED, groups)
        check_sums(tree, additive)
        assert tree["aggregate"]["totalParts"] == 792

    check()


@pytest.mark.parametrize(("kind", "amount"), [("downtime", "downtimeMs"), ("quality", "rejectCount")])
def test_losses_sum_up_in_any_nesting(reader, kind, amount):
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(nestings([*GROUPS, "reason"]))
    def check(groups):
        asked = {"startDay": "2017-07-29", "endDay": "2017-08-01"}
        tree = flat_is_the_tree(reader, kind, asked, groups)
        check_sums(tree, [amount, "recordCount"])
        assert tree["aggregate"][amount] == 360_048

    check()


def test_ratios_are_computed_from_the_sums_of_each_level(reader):
    data = ["availability", "downtime", "scheduledTime"]
    tree = reader.report(
        "production", ASKED | {"data": [{"metric": m} for m in data]}, **by("shift", "machine")
    )
    for node in (tree, *tree["items"], *(leaf for shift in tree["items"] for leaf in shift["items"])):
        told = node["aggregate"]
        run = METRICS["availability"].compute(
            Measures(
                planned_ms=told["scheduledTime"], run_ms=round(told["availability"] * told["scheduledTime"])
            ),
            DEFAULT,
        )
        assert told["availability"] == pytest.approx(run)
    shares = [shift["aggregate"]["availability"] for shift in tree["items"]]
    assert tree["aggregate"]["availability"] != pytest.approx(sum(shares) / len(shares), abs=1e-6)


def test_filters_and_exclusions_take_a_group_apart(reader):
    for kind in ("production", "downtime", "quality"):
        data = ASKED if kind == "production" else {k: ASKED[k] for k in ("startDay", "endDay")}
        name = {"production": "totalParts", "downtime": "downtimeMs", "quality": "rejectCount"}[kind]
        for group in (*GROUPS, *(["reason"] if kind != "production" else [])):
            tree = reader.report(kind, data, **by(group))
            for item in tree["items"]:
                ids = {group: [item["entity"]["id"]]}
                only = reader.report(kind, data, filter=ids)["aggregate"][name]
                rest = reader.report(kind, data, exclude=ids)["aggregate"][name]
                assert only == pytest.approx(item["aggregate"][name]), (kind, ids)
                assert only + rest == pytest.approx(tree["aggregate"][name]), (kind, ids)


def test_hours_of_plants_at_other_minutes_have_ids_of_their_own(reader):
    ids = reader.report("production", ASKED, **by("hour"))["entities"]["hour"]
    assert ids["1"] == {"start": "2017-07-29T11:00:00.000Z", "end": "2017-07-29T12:00:00.000Z"}
    assert ids["1.30"]["start"] == "2017-07-29T11:30:00.000Z"


@pytest.mark.parametrize("night", ["2026-04-04T", "2026-10-03T"])
def test_where_a_clock_jumps_by_half_an_hour_hours_still_follow_each_other(night):
    reader = Reader().settle()
    reader.plant.timezone = "Australia/Lord_Howe"
    reader.plant.save()
    station = next(iter(reader.machines.values()))
    evening = datetime.fromisoformat(f"{night}12:00Z")
    begins = [hour.start for hour in hours_of(Window(evening, evening + 6 * HOUR), reader.plant.tz)]
    for begin in begins[1:]:
        store(station, date(2026, 1, 1), hour=begin, all_ms=60_000)
    asked = {"startDay": "2026-01-01", "endDay": "2026-12-31", "data": [{"metric": "allTime"}]}
    told = reader.report("production", asked, **by("hour"))
    hours = [told["entities"]["hour"][item["entity"]["id"]] for item in told["items"]]
    assert len(hours) == len(begins) - 1
    assert all(hour["end"] == following["start"] for hour, following in pairwise(hours))


def test_windows_of_groups_lie_in_the_range(reader):
    tree = reader.report(
        "production", **by("month", "week", "machine"), data=ASKED["data"],
        start="2017-07-30T12:30:00Z", end="2017-08-01T04:00:00Z",
    )  # fmt: skip
    found = {path: (a["minStartTime"], a["maxEndTime"]) for path, a in leaves(tree)}
    assert {path[:2]: window for path, window in found.items()} == {
        ("0", "0"): ("2017-07-30T12:30:00.000Z", "2017-07-31T10:00:00.000Z"),
        ("0", "1"): ("2017-07-31T10:00:00.000Z", "2017-08-01T04:00:00.000Z"),
    }


def test_time_without_shift_job_or_operator_is_named(reader):
    for group, name in {
        "shift": "No Shift",
        "job": "No Job",
        "operator": "No Operator",
        "part": "No Part",
    }.items():
        entities = reader.report("production", ASKED, **by(group))["entities"][group]
        assert entities[name] == {"id": name, "name": name, "virtual": True}
        assert [*entities][-1] == name


def test_without_groups_there_is_one_row(reader):
    assert reader.report("production", ASKED)["items"] == []
    (row,) = reader.report("production", ASKED, flatten=True)["items"]
    assert row["totalParts"] == 792


def test_nothing_stored_is_nothing_told(reader):
    empty = {"startDay": "2001-01-01", "endDay": "2001-01-02", "data": ASKED["data"]}
    answer = reader.report("production", empty, **by("day", "machine"))
    assert (answer["items"], answer["entities"]) == ([], {"day": {}, "machine": {}})
    assert answer["aggregate"]["totalParts"] == 0
    assert answer["aggregate"]["oee"] is None


def test_localized_csv_is_on_the_plant_s_clock(reader):
    answer = reader.report("production", ASKED, **by("hour", "machine"), csv=True)
    row = rows_of(reader.csv(answer["csv"]["url"], localize="true"))[3]
    assert (row["hour"], row["minStartTime"]) == ("2017-07-29 10:00:00", "2017-07-29 10:00:00")
    assert (row["timeInCycle"], row["availability"]) == ("0:01:40", "3.3%")


def test_names_that_look_like_formulas_are_texts(reader):
    Station.objects.filter(code="M1").update(name='=HYPERLINK("http://evil")')
    answer = reader.report("production", ASKED, **by("machine"), csv=True)
    text = b"".join(reader.csv(answer["csv"]["url"]).streaming_content).decode()
    assert '\r\n"\'=HYPERLINK(""http://evil"")",' in text


METRICS_OF = {
    name: metric for metric in METRICS.values() for name in [metric.dialects.get("machinemetrics")] if name
}


@pytest.mark.parametrize("kind", ["production", "downtime", "quality"])
def test_answers_are_what_openapi_says(reader, kind):
    described = json.loads(reader.client.get("/api/openapi.json").content)
    schema = described["paths"][f"/reports/{kind}"]["post"]["responses"]["200"]["content"][
        "application/json"
    ]["schema"]
    asked = ASKED if kind == "production" else {"startDay": "2017-07-29", "endDay": "2017-08-01"}
    for flatten in (False, True):
        answer = reader.report(
            kind, asked, **by("machine", "day"), csv=True, flatten=flatten, definition=True
        )
        conforms(described, schema, answer)
