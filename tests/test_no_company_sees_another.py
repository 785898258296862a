"""I10: every page and verb, asked with another company's ids, by every role: as if they were not there."""

import uuid
from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import now

from mesproject import busroot_urls as setting_up
from mesproject.accounts.models import Role
from mesproject.reports import busroot_urls
from mesproject.reports.models import StoredReport
from tests.make import (
    make_api_key,
    make_cause,
    make_erp_run,
    make_event_assignment,
    make_file,
    make_issue,
    make_job_import,
    make_job_run,
    make_mailing,
    make_pattern,
    make_photo,
    make_reject,
    make_report,
    make_report_run,
    make_station,
    make_user,
)

pytestmark = pytest.mark.django_db
COMING_IN = {
    "login",
    "logout",
    "login-link",
    "enrol",
    "pair",
    "authenticate",
    "authenticate-refresh",
    "authenticate-link",
    "language",
}
# The empty tablet, which knows nothing of anybody, and what a browser needs to keep it.
EMPTY = {"shell", "worker", "app-manifest"}
OPEN_TO_ALL = (
    COMING_IN
    | EMPTY
    | {"healthz", "readyz", "statusz", "openapi", "api-docs", "busroot-health-check", "design"}
)
# Whose address is itself the secret.
LINKS = {"feed", "unsubscribe", "login-by-link", "leave", "mailed"}
# What needs no id, and so can only ever show one's own.
WITHOUT_ID = {
    "home",
    "stations",
    "board",
    "needed-board",
    "utilisation-board",
    "unanswered",
    "signals",
    "shift-patterns",
    "shift",
    "mm-erp-import",
    "mm-erp-run-by-query",
    "mm-erp-start",
    "mm-erp-stop",
    "mm-events",
    "mm-instances",
    "mm-production",
    "mm-downtime",
    "mm-quality",
    "mm-user-token",
    "messages",
    "numbers",
    "cycle-times",
    "cycle-time",
    "take-cycle-time",
    "report",
    "reports",
    "keep",
    "cycle-times-csv",
    "start",
    "downtime",
    "stops",
    "oee",
    "production",
    "rejects",
    "rejected",
    "comparison",
    "energy",
    "utilisation",
    "intervals",
    "progress",
    "issues",
    "issues-csv",
    "issues-ongoing",
    "issues-unreported",
    "causes",
    "causes-csv",
    "reasons",
    "schedules",
    "new",
    "upload",
    "template",
    "runs",
    "busroot-account",
    "overview",
    "skip",
    "company",
    "plant",
    "shifts",
    "skus",
    "machine",
    "heard",
    "screens",
} | {
    pattern.name
    for pattern in busroot_urls.urlpatterns + setting_up.urlpatterns
    if "<" not in str(pattern.pattern)
}


def pages(patterns=None, prefix=""):
    """Every address of the site but the admin's, which has a test of its own, as (name, path)."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from pages(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield pattern.name, path


@pytest.fixture
def theirs():
    station = make_station("THEIRS", name="Secret press")
    pattern = make_pattern(follows=station)
    recurring = make_event_assignment(pattern, name="Secret press break")
    cause = make_cause(company=station.company)
    issue = make_issue(station)
    report = make_report(make_user(company=station.company), name="Secret press", is_shared=True)
    mailing = make_mailing(report)
    return {
        "<uuid:station>": str(station.uuid),
        "<uuid:issue>": str(issue.uuid),
        "<int:number>": str(issue.pk),
        "<str:cause>": cause.code,
        "<uuid:file>": str(make_file(company=station.company).uuid),
        "<uuid:reject>": str(make_reject(station).key),
        "<slug:plant>": station.plant.code,
        "<int:line>": str(station.group_id),
        "<path:code>": station.code,
        "<str:code>": station.code,
        "<secret:token>": "A" * 43,
        "<step:step>": "acknowledge",
        "<uuid:photo>": str(make_photo(issue).uuid),
        "<int:shift_pattern>": str(pattern.pk),
        "<int:schedule>": str(make_job_run(station, actual_start=None).pk),
        "<int:run>": str(make_job_run(station, actual_start=None).pk),
        "<feed:token>": "A" * 43,
        "<str:workScheduleRef>": str(pattern.pk),
        "<str:eventRef>": str(recurring.event_id),
        "<str:assignmentRef>": str(recurring.pk),
        "<str:machineRef>": str(station.machine_ref),
        "<str:resourceId>": str(make_stored_report(station.company)),
        "<str:importRef>": str(make_job_import(station.company).pk),
        "<path:erpJobOperationRunId>": make_erp_run(make_job_run(station)).erp_run_id,
        "<str:token>": "made-by-nobody",
        "<uuid:report>": str(mailing.report.uuid),
        "<uuid:mailing>": str(mailing.uuid),
        "<mailing_step:step>": "pause",
        "<uuid:run>": str(make_report_run(owner=mailing.report.owner).uuid),
        "<slug:metric>": f"oee/?station={station.uuid}&of=",
    }


def make_stored_report(company):
    """One that could be fetched, had one its company's key."""
    key, _ = make_api_key(company=company)
    report = StoredReport(key=key, kind="production", asked={}, expires_at=now() + timedelta(days=1))
    report.save()
    return report.pk


def filled(path, values):
    for name, value in values.items():
        path = path.replace(name, value)
    return "/" + path


def test_every_address_is_in_one_of_the_lists():
    known = OPEN_TO_ALL | WITHOUT_ID
    with_id = {name for name, path in pages() if "<" in path}
    assert {name for name, _ in pages()} - with_id == known


@pytest.mark.parametrize("role", Role)
def test_another_company_s_things_are_not_there(client, theirs, role):
    client.force_login(make_user(role))
    for name, path in pages():
        if "<" not in path:
            continue
        address = filled(path, theirs)
        assert "<" not in address, f"{name} takes an argument this test does not know"
        for answer in (client.get(address), client.post(address, {"key": uuid.uuid4(), "quantity": 1})):
            # 401: the API asks for a key, which a browser never sends by itself.
            assert answer.status_code in (401, 403, 404, 405), (name, answer.status_code)
            assert b"Secret press" not in answer.content


def test_lists_show_only_one_s_own(client, theirs):
    client.force_login(make_user())
    for name, path in pages():
        if name in WITHOUT_ID - {"signals"}:
            assert b"Secret press" not in client.get(f"/{path}").getvalue(), name


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_another_company_s_things_are_not_there_for_a_key(client, theirs, method):
    _, token = make_api_key()
    for name, path in pages():
        if "<" not in path:
            continue
        headers = {"X-API-KEY": token}
        answer = client.generic(method, filled(path, theirs), "{}", "application/json", headers=headers)
        assert answer.status_code in (302, 403, 404, 405), (name, answer.status_code)
        assert b"Secret press" not in answer.content


def test_a_stranger_sees_nothing(client, theirs):
    for name, path in pages():
        if name in OPEN_TO_ALL:
            continue
        for answer in (client.get(filled(path, theirs)), client.post(filled(path, theirs))):
            # A feed, a login by mail and the end of a mail are for whoever has the link, and nobody guesses one.
            assert answer.status_code in (302, 401, 403, 404 if name in LINKS else 405, 405), (
                name,
                answer.status_code,
            )


def test_nothing_is_changed_without_the_token_against_forgery(theirs):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    for name, path in pages():
        if name not in {"unsubscribe", "leave", "signals", "healthz", "readyz", "statusz", "openapi"}:
            # 400: the API knows no cookies, so nobody can be made to send anything.
            assert client.post(filled(path, theirs)).status_code in (400, 401, 403, 405), name
