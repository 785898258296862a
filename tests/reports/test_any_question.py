"""Whatever programs ask for: no error of ours, and every answer is what OpenAPI says of it. The same each time."""

import json

import jsonschema
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from mesproject.reports import metrics
from mesproject.reports.busroot_urls import REPORTS
from mesproject.reports.machinemetrics_shapes import GROUPS, METRICS
from tests.reports.busroot import Floor

pytestmark = pytest.mark.django_db
QUICK = settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(10**20), 10**20).map(str)


def mostly(values, others):
    """One of the first; one time in twenty of the second."""
    return st.integers(0, 19).flatmap(lambda number: others if number == 7 else values)


def one_of(*known):
    """Mostly what means something, at times anything."""
    return mostly(st.sampled_from(known), TEXTS | NUMBERS)


# Busroot

FLAGS = one_of("true", "false", "1", "0")
QUERY = {
    "plantcode": one_of("LYON"),
    "rangecode": one_of(
        "today", "yesterday", "2026-03-11", "2026-03", "2026-W11", "2025", "last-3-days", "last-8-hours",
        "this-shift", "last-shift", "2026-03-11T06:00Z/2026-03-11T12:00Z", "2026-03-11T06:00:30/2026-03-11T06:01",
        "2098-01-01", "2000/2099", "2026-03-29", "0000", "9999-12-31", "2026-03-11/2026-03-10",
    ),
    "stationcodes": one_of("M1", "M1,M2", "M2,", ",", "SECRET"),
    "stationgroupcodes": one_of("LINE", "NONE"),
    "skucodes": one_of("UNKNOWN", "A-1", "A-1,UNKNOWN"),
    "aggregatewindow": one_of("hour", "day", "week", "month", "shift"),
    "includefuture": FLAGS,
    "inshiftaverages": FLAGS,
    "limit": one_of("1", "50", "50000"),
    "skip": one_of("0", "7", "100000"),
    "cellminutes": one_of("5", "15"),
    "intervalminutes": one_of("30", "60"),
}  # fmt: skip
REQUIRED = ("plantcode", "rangecode")
MORE = {name: values for name, values in QUERY.items() if name not in REQUIRED}


def queries(known):
    """What a report takes, some of it, and at times something else."""
    required = {name: QUERY[name] for name in REQUIRED}
    optional = {name: values for name, values in MORE.items() if name in known}
    usual = st.fixed_dictionaries(required, optional=optional)
    return mostly(usual, st.dictionaries(st.sampled_from([*QUERY, "x"]) | TEXTS, TEXTS, max_size=4))


# MachineMetrics

DAYS = one_of("2026-03-10", "2026-03-11", "2026-03-12", "2025-03-12", "1971-01-01", "9999-12-31")
INSTANTS = one_of(
    "2026-03-11T06:00:00Z", "2026-03-11T12:00:00+02:00", "2026-03-12T00:00:00.123456Z", "2099-01-01T00:00:00Z"
)
IDS = st.one_of(
    one_of("0", "1", "2026-03-11", "Early", "No Shift", "uncategorized", "setup"), st.integers(-1, 10**20)
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | TEXTS, lambda inner: st.lists(inner, max_size=2)
)


def usually(values):
    """A value of its kind, at times one of another."""
    return mostly(values, ANYTHING)


def bodies(kind):
    """What a report takes, and at times something else."""
    allowed = GROUPS if kind == "production" else (*GROUPS, "reason")
    groups = st.lists(st.sampled_from(allowed), unique=True, max_size=4).flatmap(
        lambda names: st.tuples(*(st.fixed_dictionaries({"group": usually(st.just(name))}) for name in names))
    )
    filters = st.dictionaries(st.sampled_from(allowed), st.lists(IDS, max_size=2), max_size=2)
    wanted = st.lists(
        st.fixed_dictionaries({"metric": usually(st.sampled_from(METRICS))}), min_size=1, max_size=4
    )
    window = st.one_of(
        st.fixed_dictionaries({"startDay": usually(st.just("2026-03-10")), "endDay": usually(DAYS)}),
        st.fixed_dictionaries({"start": usually(st.just("2026-03-11T05:00:00Z")), "end": usually(INSTANTS)}),
    )
    more = st.fixed_dictionaries(
        {"data": usually(wanted)} if kind == "production" else {},
        optional={
            "groupBy": usually(groups), "filter": usually(filters), "exclude": usually(filters),
            "flatten": usually(st.booleans()), "csv": usually(st.booleans()), "definition": usually(st.booleans()),
        },
    )  # fmt: skip
    return st.builds(lambda when, what: when | what, window, more)


class Asker:
    """A key with every right, and what is published of the API."""

    def __init__(self):
        self.floor, self.client = Floor().work(), Client()
        self.described = json.loads(self.client.get("/api/openapi.json").content)
        self.counts = {}

    def check(self, path, method, answer, *, allowed):
        """The answer is one of those described, and has its shape."""
        assert answer.status_code in allowed, (path, answer.status_code)
        self.counts[answer.status_code] = self.counts.get(answer.status_code, 0) + 1
        described = self.described["paths"][path][method]["responses"][str(answer.status_code)]["content"]
        if answer.streaming:
            text = b"".join(answer.streaming_content).decode()
            assert text.startswith("\ufeff")
            assert "text/csv" in described
            return
        schema = described["application/json"]["schema"] | {"components": self.described["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())


@pytest.fixture
def asker():
    return Asker()


def test_any_question_to_busroot_is_answered_or_refused(asker):
    reports = [*REPORTS, *(f"{address}/csv" for address in REPORTS)]
    takes = {
        report: {one["name"] for one in asker.described["paths"][f"/api/{report}"]["get"]["parameters"]}
        for report in reports
    }

    @seed(4)
    @QUICK
    @given(
        st.sampled_from(reports).flatmap(lambda report: st.tuples(st.just(report), queries(takes[report])))
    )
    def check(asked):
        report, query = asked
        answer = asker.client.get(f"/api/{report}", query, headers={"X-API-KEY": asker.floor.token})
        asker.check(f"/api/{report}", "get", answer, allowed=(200, 400, 404))

    check()
    assert asker.counts[200] > 50


@pytest.mark.parametrize("kind", ["production", "downtime", "quality"])
def test_any_question_to_machinemetrics_is_answered_or_refused(asker, kind):
    @seed(4)
    @settings(QUICK, max_examples=120)
    @given(bodies(kind))
    def check(body):
        answer = asker.client.post(
            f"/reports/{kind}", json.dumps(body), "application/json", headers={"X-API-KEY": asker.floor.token}
        )
        asker.check(f"/reports/{kind}", "post", answer, allowed=(200, 400))
        if answer.status_code == 200 and "csv" in answer.json():
            address = answer.json()["csv"]["url"].removeprefix("http://testserver")
            file = asker.client.get(address, headers={"X-API-KEY": asker.floor.token})
            asker.check(f"/csv/{kind}/{{resourceId}}", "get", file, allowed=(200,))

    check()
    assert asker.counts[200] > 30


def test_every_metric_is_described():
    described = json.loads(Client().get("/api/openapi.json").content)["components"]["schemas"]
    assert described["DataItem"]["properties"]["metric"]["enum"] == METRICS
    assert {*METRICS} == {*metrics.words("machinemetrics"), *metrics.METRICS}
    # A word of the dialect never means another metric than our own of that name.
    for name, own in metrics.METRICS.items():
        assert metrics.in_dialect("machinemetrics", name) in (None, own)
    assert described["GroupItem"]["properties"]["group"]["enum"] == [*GROUPS, "reason"]
