"""Whatever is wrong with what is asked is refused at once, in the documented shape, with a sentence."""

import json
import time
import uuid
from contextlib import ExitStack
from datetime import timedelta
from threading import Timer

import psycopg
import pytest
from django.db import connection
from django.utils.timezone import now

from mesproject.reports import budget, csv_tokens
from tests.make import (
    make_cause,
    make_company,
    make_job,
    make_job_run,
    make_operator,
    make_reject_reason,
    make_sku,
    make_station,
)
from tests.reports.machinemetrics import ONE, TWO, Reader, store
from tests.reports.test_machinemetrics_nesting import by
from tests.scheduling.machinemetrics import refused

pytestmark = pytest.mark.django_db

DATA = [{"metric": "totalParts"}]
DAYS = {"startDay": "2017-07-19", "endDay": "2017-07-20"}
TIMES = {"start": "2017-07-19T10:00:00Z", "end": "2017-07-21T10:00:00Z"}
GOOD = DAYS | {"data": DATA}


@pytest.fixture
def reader():
    return Reader().settle()


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (DAYS | {"data": [{"metric": "abc"}]}, "data", "InvalidDataItem"),
        (DAYS | {"data": [{"metric": "x" * 10_000}]}, "data", "InvalidDataItem"),
        (DAYS | {"data": []}, "data", "InvalidValue"),
        (DAYS | {"data": DATA * 201}, "data", "InvalidValue"),
        (DAYS | {"data": "totalParts"}, "data", "InvalidValue"),
        (DAYS | {"data": [{"metric": "totalParts", "as": "x"}]}, "data", "InvalidValue"),
        (DAYS, "data", "Missing"),
        ({"data": DATA}, "startDay", "InvalidRange"),
        (TIMES | DAYS | {"data": DATA}, "startDay", "InvalidRange"),
        (GOOD | {"start": TIMES["start"]}, "end", "InvalidRange"),
        ({"startDay": "2017-07-19", "data": DATA}, "endDay", "InvalidRange"),
        (GOOD | {"startDay": "2017-07-21"}, "startDay", "InvalidRange"),
        (GOOD | {"startDay": "2017-02-30"}, "startDay", "InvalidValue"),
        (GOOD | {"startDay": "1817-07-21"}, "startDay", "InvalidRange"),
        (GOOD | {"endDay": "9999-12-31"}, "endDay", "InvalidRange"),
        (GOOD | {"endDay": "2030-01-01"}, "endDay", "InvalidRange"),
        (GOOD | {"startDay": 20170719}, "startDay", "InvalidValue"),
        (TIMES | {"data": DATA, "end": TIMES["start"]}, "start", "InvalidRange"),
        (TIMES | {"data": DATA, "start": "2017-07-19T10:00:00"}, "start", "InvalidValue"),
        (TIMES | {"data": DATA, "start": "0001-01-01T00:00:00+14:00"}, "start", "InvalidRange"),
        (TIMES | {"data": DATA, "end": "2217-07-19T10:00:00Z"}, "end", "InvalidRange"),
        (GOOD | {"groupBy": [{"group": "minute"}]}, "groupBy", "InvalidGroupByItem"),
        (GOOD | {"groupBy": [{"group": "reason"}]}, "groupBy", "InvalidGroupByItem"),
        (GOOD | {"groupBy": [{"group": "day"}, {"group": "day"}]}, "groupBy", "InvalidGroupByItem"),
        (GOOD | {"groupBy": ["day"]}, "groupBy", "InvalidValue"),
        (GOOD | {"groupBy": [{"group": "day"}] * 100}, "groupBy", "InvalidValue"),
        (GOOD | {"filter": {"machin": []}}, "filter", "InvalidValue"),
        (GOOD | {"filter": {"reason": ["33"]}}, "filter", "InvalidValue"),
        (GOOD | {"filter": {"machine": "all"}}, "filter", "InvalidValue"),
        (GOOD | {"filter": {"machine": [None]}}, "filter", "InvalidValue"),
        (
            GOOD | {"filter": {"machine": [str(uuid.uuid4()) for _ in range(100_000)]}},
            "filter",
            "InvalidValue",
        ),
        (GOOD | {"filter": {"machine": [ONE, "nonsense"]}}, "filter.machine", "InvalidFilterItem"),
        (GOOD | {"filter": {"machineGroup": ["0"]}}, "filter.machineGroup", "InvalidFilterItem"),
        (GOOD | {"filter": {"jobOperation": ["9" * 30]}}, "filter.jobOperation", "InvalidFilterItem"),
        (GOOD | {"filter": {"jobOperation": ["²"]}}, "filter.jobOperation", "InvalidFilterItem"),
        (GOOD | {"filter": {"hour": ["-1"]}}, "filter.hour", "InvalidFilterItem"),
        (GOOD | {"filter": {"day": ["2017-07-99"]}}, "filter.day", "InvalidFilterItem"),
        (GOOD | {"filter": {"month": ["999999"]}}, "filter.month", "InvalidFilterItem"),
        (GOOD | {"filter": {"job": ["\x00"]}}, "filter.job", "InvalidFilterItem"),
        (GOOD | {"filter": {"shift": ["a\x00b"]}}, "filter.shift", "InvalidFilterItem"),
        (GOOD | {"exclude": {"operator": [7]}}, "exclude.operator", "InvalidFilterItem"),
        (GOOD | {"filter": {"shift": ["Nonsense"]}}, "filter.shift", "InvalidFilterItem"),
        (GOOD | {"exclude": {"shift": [""]}}, "exclude.shift", "InvalidFilterItem"),
        (GOOD | {"filter": {"shift": ["x" * 300]}}, "filter.shift", "InvalidFilterItem"),
        (GOOD | {"csv": "yes"}, "csv", "InvalidValue"),
        (GOOD | {"flatten": 1}, "flatten", "InvalidValue"),
        (GOOD | {"interval": "day"}, "interval", "InvalidBody"),
    ],
)
def test_nonsense_is_refused_by_field_at_once(reader, body, field, code):
    fault = refused(reader.ask("production", body), 400, field)
    assert took(lambda: reader.ask("production", body)) < 0.05
    assert fault["code"] == code
    assert fault["message"]


def took(ask):
    """Processor time of the quickest of five: others use the machine, too."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        ask()
        times.append(time.process_time() - begun)
    return min(times)


def test_a_bomb_costs_as_little_as_a_slip(reader):
    theirs = make_station(company=make_company())
    centuries = {"startDay": "1971-01-01", "endDay": "2099-12-31", "data": DATA}
    filters = {
        "short ids": [str(n) for n in range(100_000)], "numbers": list(range(100_000)),
        "the most": [f"x{n}" for n in range(2_000)],
        "a stranger's": [str(theirs.uuid)] * 2_000, "empty ones": [""] * 100_000,
    }  # fmt: skip
    bombs = [centuries | by(group) for group in ("minute", "hour", "day")]
    bombs += [
        GOOD | {"filter": {group: ids}} for ids in filters.values() for group in ("machine", "job", "day")
    ]
    bombs += [GOOD | {"groupBy": [{"group": "day"}] * 100_000}, GOOD | {"data": DATA * 100_000}]
    for body in bombs:
        content = json.dumps(body).encode()
        assert reader.ask("production", content).status_code == 400, content[:200]
        assert took(lambda sent=content: reader.ask("production", sent)) < 0.05, content[:200]


def test_bad_tokens_cost_little(reader):
    answer = reader.report("production", GOOD, csv=True)
    path = answer["csv"]["url"].removeprefix("http://testserver")
    opens = csv_tokens.Opens(reader.key.pk, reader.company.pk)
    expired = csv_tokens.issue(opens, at=now() - timedelta(hours=1))
    other = csv_tokens.issue(csv_tokens.Opens(reader.key.pk, reader.company.pk, "999"), at=now())
    for token in (expired, other, expired[:-3] + "abc", "x" * 100_000):
        assert reader.client.get(path, {"token": token}).status_code == 401
        assert took(lambda said=token: reader.client.get(path, {"token": said})) < 0.05


def test_the_documented_body_of_an_unknown_metric(reader):
    assert reader.ask("production", DAYS, data=[{"metric": "abc"}]).json() == {
        "code": "ValidationError",
        "message": "Validation Error",
        "errors": [{"field": "data", "code": "InvalidDataItem", "message": "Metric 'abc' is not valid"}],
    }


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"null", b"[]", b'{"data": NaN}'])
def test_what_is_no_json_object_is_refused(reader, body):
    for report in ("production", "downtime", "quality"):
        assert reader.ask(report, body).status_code == 400


def test_reports_of_losses_ignore_data_and_take_either_window(reader):
    for report in ("downtime", "quality"):
        for window in (DAYS, TIMES):
            reader.report(report, window, data=[{"metric": "downtime"}], exclude={}, filter={"machine": []})
        assert refused(reader.ask(report, {}), 400, "startDay")
        assert refused(reader.ask(report, DAYS, filter={"reason": ["77"]}), 400, "filter.reason")


def test_too_many_groups_are_refused_before_asking(reader, django_assert_max_num_queries):
    long = {"startDay": "2008-01-01", "endDay": "2017-12-31", "data": DATA}
    with django_assert_max_num_queries(5):
        fault = refused(reader.ask("production", long | by("hour", "machine")), 400, "groupBy")
    assert fault["code"] == "TooManyGroups"
    assert "at most 200,000" in fault["message"]
    reader.report("production", long | by("day", "machine"))


def test_more_groups_than_a_report_may_have_are_not_answered(reader, monkeypatch):
    for uuid_ in (ONE, TWO):
        store(reader.machines[uuid_], "2017-07-19", good=1)
    monkeypatch.setattr(budget, "MOST_GROUPS", 1)
    # What is no group of time or place is not guessed beforehand.
    reader.report("production", GOOD | by("part"))
    for station in reader.machines.values():
        run = make_job_run(station, actual_start="2017-07-01T00:00Z", sku=make_sku(company=reader.company))
        store(station, "2017-07-20", run_id=run.pk, good=1)
    assert "too many groups" in refused(reader.ask("production", GOOD | by("part")), 400)["message"]


def test_another_company_s_ids_are_unknown(reader):
    theirs = make_company()
    station = make_station(company=theirs)
    ids = {
        "machine": str(station.uuid), "machineGroup": station.group_id, "plant": station.group.plant_id,
        "job": make_job(company=theirs).name, "jobOperation": make_job(company=theirs).pk,
        "part": make_sku(company=theirs).code, "operator": make_operator(company=theirs).pk,
    }  # fmt: skip
    for where in ("filter", "exclude"):
        for group, id_ in ids.items():
            refused(reader.ask("production", GOOD | {where: {group: [id_]}}), 400, f"{where}.{group}")
        for report, reason in (
            ("downtime", make_cause(company=theirs)),
            ("quality", make_reject_reason(company=theirs)),
        ):
            refused(reader.ask(report, DAYS | {where: {"reason": [reason.pk]}}), 400, f"{where}.reason")


def test_companies_see_only_their_own(reader):
    other = Reader()
    store(reader.machines[ONE], "2017-07-19", good=5)
    station = make_station("THEIRS", group=other.group)
    store(station, "2017-07-19", good=7)
    for asker, made, machines in ((reader, 5, [ONE]), (other, 7, [str(station.uuid)])):
        answer = asker.report("production", GOOD | by("machine"))
        assert answer["aggregate"] == {"totalParts": made}
        assert [*answer["entities"]["machine"]] == machines


def test_a_key_with_a_list_of_stations_sees_only_these():
    reader = Reader(station_codes=["M1", "M2"]).settle()
    for n, station in enumerate(reader.machines.values(), start=1):
        store(station, "2017-07-19", good=n)
    answer = reader.report("production", GOOD | by("machine"), csv=True)
    assert answer["aggregate"] == {"totalParts": 3}
    assert [*answer["entities"]["machine"]] == [ONE, TWO]
    third = [*reader.machines][2]
    refused(reader.ask("production", GOOD, filter={"machine": [third]}), 400, "filter.machine")
    # What the key may see is asked anew when the CSV is fetched.
    reader.key.station_codes = ["M1"]
    reader.key.save()
    text = b"".join(reader.csv(answer["csv"]["url"]).streaming_content).decode()
    assert text.count("\r\n") == 2


def test_a_key_needs_the_scope_to_read():
    reader = Reader()
    reader.key.scopes = ["signals"]
    reader.key.save()
    refused(reader.ask("production", GOOD), 403)
    assert reader.client.get("/user-token", headers=reader.headers).status_code == 403
    reader.headers = {}
    refused(reader.ask("production", GOOD), 401)


@pytest.mark.parametrize("report", ["production", "downtime", "quality"])
def test_a_report_costs_few_queries(reader, report, django_assert_max_num_queries):
    asked = GOOD if report == "production" else DAYS
    groups = by("machine", "day", "shift", "operator", "jobOperation")
    reader.report(report, asked | groups)
    # The key, the stations, the plant, the savepoint, its limit, the facts, its end, and two tables of names.
    with django_assert_max_num_queries(10):
        reader.report(report, asked | groups)


@pytest.mark.django_db(transaction=True)
def test_only_so_many_heavy_reports_are_made_at_once(monkeypatch):
    reader = Reader().settle()
    monkeypatch.setattr(budget, "HEAVY", 0)
    reader.report("production", GOOD)
    with ExitStack() as others:
        for place in range(2 * budget.SLOTS):
            other = others.enter_context(psycopg.connect(**_parameters()))
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [budget.PLACES, place])
        answer = reader.ask("production", GOOD)
        assert answer["Retry-After"] == "5"
        assert refused(answer, 429)["code"] == "TooManyRequests"
    reader.report("production", GOOD)


@pytest.mark.django_db(transaction=True)
def test_who_finds_a_heavy_report_being_made_waits_for_it(monkeypatch):
    reader = Reader().settle()
    monkeypatch.setattr(budget, "HEAVY", 0)
    with ExitStack() as others:
        running = [others.enter_context(psycopg.connect(**_parameters())) for _ in range(budget.SLOTS)]
        for slot, other in enumerate(running):
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [budget.RUNNING, slot])
        over = Timer(0.3, lambda: [other.rollback() for other in running])
        over.start()
        reader.report("production", GOOD)
        assert over.finished.is_set(), "not before a slot was free"
        over.join()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_long_for_heavy_reports_of_others(monkeypatch):
    reader = Reader().settle()
    monkeypatch.setattr(budget, "HEAVY", 0)
    monkeypatch.setattr(budget, "PATIENCE", 0.1)
    with psycopg.connect(**_parameters()) as other:
        for slot in range(budget.SLOTS):
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", [budget.RUNNING, slot])
        assert refused(reader.ask("production", GOOD), 429)["code"] == "TooManyRequests"


@pytest.mark.django_db(transaction=True)
def test_what_takes_too_long_is_given_up():
    with pytest.raises(budget.TooSlow):
        sleep()
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() != (f"{budget.SECONDS}s",)


def sleep():
    with budget.within(0), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        cursor.execute("SELECT pg_sleep(1)")


def _parameters():
    return {
        k: v
        for k, v in connection.get_connection_params().items()
        if k in ("dbname", "user", "password", "host", "port")
    }
