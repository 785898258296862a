"""A report is its address: what it asks is what it shows, and the call on its page answers the same numbers."""

import json
import shlex
from datetime import UTC, date, datetime

import pytest

from mesproject.accounts.models import Role
from mesproject.reports.metrics import METRICS
from mesproject.reports.models import DowntimeFact, RejectFact
from tests.make import make_user
from tests.reports.machinemetrics import Reader, lose, make_causes, make_reasons, store

pytestmark = pytest.mark.django_db
PAGE = "/analysis/report/"
TWO_DAYS = "from=2017-07-19&to=2017-07-20"
NOON = datetime(2017, 7, 19, 16, tzinfo=UTC)


class Person:
    """A supervisor of three machines that made something on two days, and a key that reads the same."""

    def __init__(self, client):
        self.reader = Reader().settle()
        self.company = self.reader.company
        machines = list(self.reader.machines.values())
        for number, machine in enumerate(machines, start=1):
            for day in (date(2017, 7, 19), date(2017, 7, 20)):
                hour = datetime(2017, 7, day.day, 14, tzinfo=UTC)
                sums = {
                    "all_ms": 3_600_000, "shift_ms": 3_600_000, "planned_ms": 3_600_000, "run_ms": 1_000_000 * number,
                    "good": 100 / number, "bad": number, "ideal_ms": 700_000.5, "ideal_units": 90, "kwh": 1.25,
                }  # fmt: skip
                store(machine, day, hour=hour, **sums)
                store(machine, day, shift="Late", hour=hour.replace(hour=20), **sums)
        make_causes(self.company)
        make_reasons(self.company)
        for number, machine in enumerate(machines, start=1):
            lose(DowntimeFact, machine, NOON, 33, 60_000 * number, 1)
            lose(DowntimeFact, machine, NOON, 0, 5_000, 2)
            lose(RejectFact, machine, NOON, 24, 1.5 * number, 1)
        self.client = client
        self.user = make_user(Role.SUPERVISOR, company=self.company)
        client.force_login(self.user)

    def see(self, query):
        """The page of a report."""
        answer = self.client.get(f"{PAGE}?{query}")
        assert answer.status_code == 200, answer.content[-2000:]
        return answer

    def call(self, page):
        """What the API answers to the call that the page shows, as it can be copied from there."""
        words = shlex.split(page.context["curl"].replace("\\\n", " "))
        path = words[2].removeprefix("http://localhost:8000")
        body = json.loads(words[words.index("-d") + 1])
        assert body == json.loads(page.context["call"].text)
        return self.reader.report(path.removeprefix("/reports/"), body)


@pytest.fixture
def person(client):
    return Person(client)


def told(answer, groups, names):
    """The rows of the API's answer, as ids and values."""
    return [
        [*(str(row[f"{group}Id"]) for group in groups), *(row[name] for name in names)]
        for row in answer["items"]
    ]


@pytest.mark.parametrize("by", ["", "day", "machine", "day&by=machine", "machine&by=hour", "shift&by=week&by=plant",
                                "month&by=machineGroup&by=operator&by=run&by=job&by=jobOperation&by=part"])  # fmt: skip
def test_the_call_that_a_page_shows_answers_all_of_its_numbers(person, by):
    metrics = "&".join(f"metric={name}" for name in METRICS)
    page = person.see(f"{metrics}&by={by}&{TWO_DAYS}")
    answer, called = page.context["answer"], person.call(page)
    spoken = [one["metric"] for one in page.context["call"].body["data"]]
    assert len(spoken) == len(METRICS)
    rows = [[*ids, *values] for _, ids, values in answer.rows]
    assert rows == told(called, answer.groups, spoken)
    assert answer.total == [called["aggregate"][name] for name in spoken]


@pytest.mark.parametrize("of", ["downtime", "quality"])
@pytest.mark.parametrize("by", ["reason", "reason&by=machine", "day&by=reason"])
def test_so_does_that_of_losses(person, of, by):
    page = person.see(f"of={of}&by={by}&{TWO_DAYS}")
    answer, called = page.context["answer"], person.call(page)
    rows = [[*ids, *values] for _, ids, values in answer.rows]
    assert len(rows) > 0
    assert rows == told(called, answer.groups, [one.name for one in answer.numbers])


@pytest.mark.parametrize(
    "narrow",
    [
        "only.shift=Late",
        "not.shift=Late",
        "only.machine=M1",
        "station=M2",
        "only.day=2017-07-19&not.machine=machine 3",
    ],
)
def test_and_so_does_that_of_some_values_only(person, narrow):
    whole = person.see(f"metric=good_parts&{TWO_DAYS}").context["answer"]
    page = person.see(f"metric=good_parts&by=machine&{TWO_DAYS}&{narrow}")
    answer = page.context["answer"]
    assert 0 < answer.total[0] < whole.total[0]
    assert answer.total == [person.call(page)["aggregate"]["goodParts"]]


def test_each_number_opens_how_it_is_computed_of_the_same_places_time_and_values(person):
    page = person.see(
        f"metric=good_parts&metric=run_time&by=shift&by=machine&by=hour&by=day&{TWO_DAYS}&not.machine=M3"
    )
    lines = page.context["lines"]
    assert len(lines) == 8
    for line, (_, _, values) in zip(lines, page.context["answer"].rows, strict=True):
        for cell, value in zip(line.cells, values, strict=True):
            how = person.client.get(cell.how)
            assert how.status_code == 200
            assert _value(how) == pytest.approx(value, rel=0.01)
    for cell, value in zip(page.context["totals"], page.context["answer"].total, strict=True):
        assert _value(person.client.get(cell.how)) == pytest.approx(value, rel=0.01)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("metric=oee&metric=quality&by=day", "line l-s1"), ("metric=good_parts&by=day", "f-s0"),
        ("metric=oee&by=machine", "f-s0"),
        ("metric=good_parts&by=machine&by=day", "f-s2"), ("metric=oee&by=day&by=machine", "line l-s2"),
        ("metric=good_parts&by=machine&by=shift", "f-s1"), ("metric=oee&by=machine&by=shift", "h5"),
        ("metric=good_parts&by=machine&by=shift&by=day", "f-s0"),
    ],
)  # fmt: skip
def test_the_chart_fits_the_groups(person, query, kind):
    chart = person.see(f"{query}&{TWO_DAYS}").context["picture"].chart
    assert f'class="{kind}"' in chart.body


def test_parts_of_a_chart_are_the_whole(person):
    machine = person.reader.machines[next(iter(person.reader.machines))]
    for hour in range(3, 10):
        at = datetime(2017, 7, 19, 14 + hour, tzinfo=UTC)
        store(machine, at.date(), shift=f"S{hour}", hour=at, good=hour)
    page = person.see(f"metric=good_parts&by=machine&by=shift&{TWO_DAYS}")
    chart, answer = page.context["picture"].chart, page.context["answer"]
    assert len(chart.legend) == 6
    assert chart.legend[-1][1] == "All others"
    whole = {f"{names[0]}": 0.0 for names, _, _ in answer.rows}
    for names, _, values in answer.rows:
        whole[names[0]] += values[0]
    assert all(
        f">{value:,.0f}<" in chart.body or f">{int(value):,}<" in chart.body for value in whole.values()
    )


def test_a_page_costs_few_queries(person, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        person.see(f"metric=oee&by=machine&by=part&by=operator&by=run&{TWO_DAYS}&only.shift=Late")
    with django_assert_max_num_queries(25):
        person.see(f"of=downtime&by=reason&by=jobOperation&{TWO_DAYS}")


def _value(how):
    """The number of the page, from the only measure in it."""
    [(name, _, amount)] = how.context["measures"]
    number, _, unit = amount.partition(" ")
    scale = {"h": 3_600_000, "min": 60_000, "s": 1000, "ms": 1}.get(unit, 1) if name.endswith("_ms") else 1
    return float(number.replace(",", "")) * scale
