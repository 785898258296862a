"""Every route of the API × every method × every kind of caller × own and foreign things.

A route that is not in the table fails the first test: say who may use it, in docs/roles.md as well.
"""

import json

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now
from rest_framework.views import APIView

from mesproject.accounts import tokens
from mesproject.accounts.models import ApiKey, Dashboard, Role, SavedFilter
from production.models import SkuGroup
from tests.make import (
    make_api_key,
    make_cause,
    make_company,
    make_device,
    make_erp_run,
    make_event,
    make_event_assignment,
    make_file,
    make_issue,
    make_job_import,
    make_job_run,
    make_pattern,
    make_sku,
    make_station,
    make_user,
)
from tests.test_no_company_sees_another import make_stored_report

pytestmark = pytest.mark.django_db

PEOPLE = [str(role) for role in Role]
KEYS = [f"key {scope}" for scope in ApiKey.Scope.values]
LIMITED = "key write, one station"
CALLERS = ["nobody", *PEOPLE, *KEYS, LIMITED, "gateway", "tablet"]

EVERYBODY = set(CALLERS)
READING_KEYS = {"key read", "key write", "key admin", LIMITED}
READERS = {*PEOPLE, *READING_KEYS}
ADMINISTRATORS = {"administrator", "key admin"}
SETTING_UP = {"member", "key write", *ADMINISTRATORS}
FLOOR = {"supervisor", *SETTING_UP}
WRITING_KEYS = {"key write", "key admin"}

SET_UP = {"get": READERS, "post": SETTING_UP}
SET_UP_ONE = {"get": READERS, "patch": SETTING_UP, "delete": SETTING_UP}
KEPT = {"get": READERS, "post": FLOOR}
KEPT_ONE = {"get": READERS, "patch": FLOOR, "delete": FLOOR}
LETTING_IN = {"get": ADMINISTRATORS, "post": ADMINISTRATORS}
LETTING_IN_ONE = {"get": ADMINISTRATORS, "patch": ADMINISTRATORS, "delete": ADMINISTRATORS}
REPORTS = ["downtime", "oee", "production", "target", "energy", "analysis-cycletime", "station-window",
           "utilisation", "interval-chart"]  # fmt: skip

# Address → method → who may.
TABLE = {
    "openapi": {"get": EVERYBODY},
    "signals": {"post": {"key signals", "key write", "key admin", LIMITED}},
    "shift-patterns": {"get": READERS},
    "shift-pattern": {"delete": SETTING_UP | {LIMITED}},  # of its own stations
    "shift": {"post": SETTING_UP | {LIMITED}},
    "authenticate": {"get": {*PEOPLE, *KEYS, LIMITED}, "post": EVERYBODY, "delete": {*PEOPLE, *KEYS, LIMITED}},
    "authenticate-refresh": {"post": EVERYBODY},
    "authenticate-link": {"post": EVERYBODY},
    "busroot-account": {"get": READERS, "post": {"administrator", "key write", "key admin"}},
    "busroot-health-check": {"get": EVERYBODY},
    "busroot-device-secret": {"post": ADMINISTRATORS},
    "busroot-api-key-rotate": {"post": ADMINISTRATORS},
    "busroot-plant": SET_UP, "busroot-plant-one": SET_UP_ONE,
    "busroot-station-group": SET_UP, "busroot-station-group-one": SET_UP_ONE,
    "busroot-station": SET_UP,
    "busroot-station-one": {"get": READERS, "patch": SETTING_UP | {LIMITED}, "delete": SETTING_UP | {LIMITED}},
    "busroot-sku": SET_UP, "busroot-sku-one": SET_UP_ONE,
    "busroot-non-production-reason": SET_UP, "busroot-non-production-reason-one": SET_UP_ONE,
    "busroot-file": SET_UP, "busroot-file-one": SET_UP_ONE,
    "busroot-file-content": {"get": READERS, "post": SETTING_UP},
    "busroot-sku-group": SET_UP, "busroot-sku-group-one": SET_UP_ONE,
    "busroot-device": LETTING_IN,
    "busroot-device-one": {"get": ADMINISTRATORS, "delete": ADMINISTRATORS},
    "busroot-api-key": LETTING_IN, "busroot-api-key-one": LETTING_IN_ONE,
    "busroot-user": LETTING_IN, "busroot-user-one": LETTING_IN_ONE,
    "busroot-filter": KEPT, "busroot-filter-one": KEPT_ONE,
    "busroot-dashboard": KEPT, "busroot-dashboard-one": KEPT_ONE,
    **{f"busroot-{name}": {"get": READERS} for name in REPORTS},
    **{f"busroot-{name}-csv": {"get": READERS} for name in REPORTS},
    "issues": {"get": READERS, "post": FLOOR | {"operator", LIMITED}},
    "issue": {"get": READERS},
    "issue-event": {"get": READERS, "post": FLOOR | {"operator", LIMITED}},
    "issues-csv": {"get": READERS},
    "issues-ongoing": {"get": READERS},
    "issues-unreported": {"get": READERS},
    "causes": {"get": READERS, "post": FLOOR},
    "cause": {"patch": FLOOR, "delete": FLOOR},
    "causes-csv": {"get": READERS},
    "reasons": {"get": READERS, "post": FLOOR},
    "reason": {"patch": FLOOR, "delete": FLOOR},
    "schedules": {"get": READERS, "post": FLOOR | {LIMITED}},
    "schedule": {"get": READERS, "patch": FLOOR | {LIMITED}, "delete": FLOOR | {LIMITED}},
    "schedule-start": {"post": FLOOR | {"operator", LIMITED}},
    "schedule-production": {"post": FLOOR | {"operator", LIMITED}},
    "schedule-end": {"post": FLOOR | {"operator", LIMITED}},
    # MachineMetrics knows keys alone; definitions are of all stations.
    "mm-events": {"get": READING_KEYS, "post": WRITING_KEYS},
    "mm-event": {"get": READING_KEYS, "patch": WRITING_KEYS, "delete": WRITING_KEYS},
    "mm-bulk-assignments": {"post": WRITING_KEYS},
    "mm-assignments": {"get": READING_KEYS, "post": WRITING_KEYS},
    "mm-assignment": {"get": READING_KEYS, "patch": WRITING_KEYS, "delete": WRITING_KEYS},
    "mm-one-offs": {"post": WRITING_KEYS | {LIMITED}},
    "mm-instances": {"get": READING_KEYS},
    "mm-machine-instances": {"get": READING_KEYS},
    "mm-scheduled-time": {"get": READING_KEYS},
    "mm-erp-start": {"post": WRITING_KEYS | {LIMITED}},
    "mm-erp-stop": {"post": WRITING_KEYS | {LIMITED}},
    "mm-erp-import": {"post": WRITING_KEYS},
    "mm-erp-import-state": {"get": READING_KEYS},
    "mm-erp-run": {"get": READING_KEYS},
    "mm-erp-run-by-query": {"get": READING_KEYS},
    "mm-production": {"post": READING_KEYS},
    "mm-downtime": {"post": READING_KEYS},
    "mm-quality": {"post": READING_KEYS},
    "mm-user-token": {"get": READING_KEYS},
    "mm-production-csv": {"get": READING_KEYS},
    "mm-downtime-csv": {"get": READING_KEYS},
    "mm-quality-csv": {"get": READING_KEYS},
}  # fmt: skip


def routes(patterns=None, prefix="/"):
    """Every address of the API, as (name, path, methods)."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and issubclass(
            view := getattr(pattern.callback, "cls", object), APIView
        ):
            methods = [name for name in view.http_method_names if name != "options" and hasattr(view, name)]
            yield pattern.name, path, [name for name in methods if name != "head"]


@pytest.fixture
def company():
    return make_company()


def headers_of(caller, company):
    """What the caller sends to be known."""
    if caller == "nobody":
        return {}
    if caller in PEOPLE:
        pair = tokens.log_in(make_user(caller, company=company), at=now())
        return {"Authorization": f"Bearer {pair.access}"}
    if caller in ("gateway", "tablet"):
        return {"Authorization": f"Bearer {make_device(caller, company=company)[1]}"}
    limits = {"station_codes": ["M1"]} if caller == LIMITED else {}
    scope = "write" if caller == LIMITED else caller.removeprefix("key ")
    return {"X-API-KEY": make_api_key(scope, company=company, **limits)[1]}


def things_of(company):
    """One of each that an address can name."""
    station = make_station("M1", company=company)
    sku = make_sku("SKU-1", company=company)
    pattern = make_pattern(follows=station)
    recurring = make_event_assignment(pattern)
    kept = {"company": company, "code": "kept", "name": "Kept", "content": {}}
    SavedFilter.objects.create(**kept)
    Dashboard.objects.create(**kept)
    pair = SkuGroup.objects.create(company=company, code="G", name="Pair")
    codes = {
        "plant": station.plant.code, "station-group": station.group.code, "station": station.code,
        "sku": sku.code, "sku-group": pair.code, "device": make_device(company=company)[0].name,
        "api-key": make_api_key(company=company)[0].prefix, "user": make_user(company=company).username,
        "filter": "kept", "dashboard": "kept", "file": make_file(company=company).code,
        "non-production-reason": make_event(company=company, code="OIL", event_type="maintenance").code,
    }  # fmt: skip
    return {
        "codes": codes,
        "<int:number>": str(make_issue(station).pk),
        "<str:cause>": make_cause(company=company).code,
        "<int:shift_pattern>": str(pattern.pk),
        "<int:schedule>": str(make_job_run(station, actual_start=None).pk),
        "<str:workScheduleRef>": str(pattern.pk),
        "<str:eventRef>": str(recurring.event_id),
        "<str:assignmentRef>": str(recurring.pk),
        "<str:machineRef>": str(station.machine_ref),
        "<str:resourceId>": str(make_stored_report(company)),
        "<str:importRef>": str(make_job_import(company).pk),
        "<path:erpJobOperationRunId>": make_erp_run(make_job_run(station)).erp_run_id,
    }


def filled(path, things):
    """An address with the names of things in it."""
    for name, value in things.items():
        if name != "codes":
            path = path.replace(name, value)
    kind = path.removeprefix("/api/").partition("/")[0]
    for name in ("<path:code>", "<str:code>"):
        path = path.replace(name, things["codes"].get(kind, "none"))
    assert "<" not in path, f"{path} takes an argument this test does not know"
    return path


def test_every_address_and_method_is_in_the_table():
    there = {name: set(methods) for name, _, methods in routes()}
    assert {name: set(methods) for name, methods in TABLE.items()} == there


@pytest.mark.parametrize("caller", CALLERS)
def test_each_caller_may_what_the_table_says_and_nothing_else(client, company, caller):
    things, headers = things_of(company), headers_of(caller, company)
    for name, path, methods in routes():
        for method in methods:
            answer = client.generic(
                method.upper(), filled(path, things), "{}", "application/json", headers=headers
            )
            if name == "authenticate" and method == "delete":  # the login has ended by that
                headers = headers_of(caller, company)
            where = (caller, method, path, answer.status_code, getattr(answer, "content", b"")[:200])
            assert answer.status_code < 500 or name == "busroot-health-check", where
            allowed = caller in TABLE[name][method]
            refusal = 401 if caller in ("nobody", "gateway", "tablet") else 403
            if name.startswith("authenticate") and method == "post":
                assert answer.status_code in (400, 401), where
            elif name.startswith("mm-") and caller in PEOPLE:
                assert answer.status_code in (401, 403), where
            elif allowed:
                assert answer.status_code not in (401, 403), where
            else:
                assert answer.status_code == refusal, where


@pytest.mark.parametrize("caller", CALLERS)
def test_another_company_s_things_are_not_there_for_anybody(client, company, caller):
    theirs, headers = things_of(make_company()), headers_of(caller, company)
    for _name, path, methods in routes():
        if "<" not in path:
            continue
        for method in methods:
            answer = client.generic(
                method.upper(), filled(path, theirs), "{}", "application/json", headers=headers
            )
            assert answer.status_code in (401, 403, 404), (caller, method, path, answer.content[:200])


def test_what_a_refusal_says_is_a_sentence(client, company):
    headers = headers_of("operator", company)
    answer = client.post("/api/sku", json.dumps({}), "application/json", headers=headers)
    assert answer.json() == {
        "isSuccess": False,
        "code": "permission_denied",
        "message": "Your role “Operator” does not allow this. Ask an administrator.",
    }
