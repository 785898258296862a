"""Issues: a thousand that call for help in the same second, what goes on at 200 stations, and pages of a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from django.db import connection
from django.test import Client

from benchmarks.ground import database_time, make_stations, report, seconds
from downtime.api import busroot_read as read
from downtime.escalation import escalate_due
from downtime.models import EscalationLimit, Issue, IssueEvent
from mesproject.accounts.models import ApiKey
from production.models import Station
from production.windows import Window

CALLING, SHOWN, YEAR = 1000, 200, 1_000_000
PAGE, PAGES = 100, 1000


def run() -> None:
    """Measure each, and that every deadline called once."""
    _escalation()
    _ongoing()
    _pages()


def _escalation() -> None:
    stations, now = make_stations(CALLING), datetime.now(UTC)
    EscalationLimit.objects.create(group=stations[0].group, without_estimate=5)
    _raise(stations, now - timedelta(minutes=5), escalate_at=now)
    bare = seconds(lambda: list(Issue.objects.ongoing().filter(escalate_at__lte=now)))
    figure = seconds(lambda: escalate_due(now=now))
    assert IssueEvent.objects.filter(kind=IssueEvent.Kind.ESCALATED).count() == CALLING
    report(
        "1,000 issues that call at once", floor=bare * 1000, figure=figure * 1000, unit="ms elapsed",
        wanted="at most 1,000 ms; floor: read them",
    )  # fmt: skip


def _ongoing() -> None:
    stations, now = make_stations(SHOWN), datetime.now(UTC)
    issues = _raise(stations, now - timedelta(minutes=5))
    IssueEvent.objects.bulk_create(
        IssueEvent(issue=issue, kind=kind, at=now)
        for issue in issues
        for kind in ("raised", "acknowledge", "watch")
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does
    codes, company = [station.code for station in stations], stations[0].company_id
    open_here = Issue.objects.ongoing().filter(station__in=[station.pk for station in stations])
    bare = median(database_time(lambda: list(open_here.all())) for _ in range(15))
    figure = median(database_time(lambda: read.ongoing(company, codes, now=now)) for _ in range(15))
    report(
        "ongoing issues of 200 stations", floor=bare * 1000, figure=figure * 1000, unit="ms database",
        wanted="at most 10 ms; floor: the bare rows",
    )  # fmt: skip
    _asked(company, codes)


def _asked(company: int, codes: list[str]) -> None:
    """The whole request, from the key to the last byte, as a program asks it."""
    key = ApiKey(company_id=company, name="benchmark", scopes=[ApiKey.Scope.READ])
    client = Client(headers={"X-API-KEY": key.issue_token(), "Host": "localhost"})
    key.save()
    ask = partial(client.get, "/api/issue/ongoing", {"stationcodes": ",".join(codes)})
    assert len(ask().json()["results"]) == SHOWN
    floor = seconds(partial(client.get, "/healthz"), times=25)
    report(
        "the same, asked over HTTP", floor=floor * 1000, figure=seconds(ask, times=25) * 1000, unit="ms elapsed",
        wanted="floor: a request that asks nothing",
    )  # fmt: skip


def _raise(stations: list[Station], at: datetime, **more: object) -> list[Issue]:
    return Issue.objects.bulk_create(
        Issue(station=station, silent_since=at, started_at=at, raised_at=at, updated_at=at, **more)
        for station in stations
    )


def _pages() -> None:
    """A year of 200 stations, all of which are asked for."""
    stations, end = make_stations(SHOWN), datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO downtime_issue (uuid, station_id, kind, silent_since, started_at, ended_at, raised_at, "
            "updated_at) SELECT gen_random_uuid(), %s::bigint + n %% %s, 'stop', t, t, t + interval '3 min', t, t "
            "FROM generate_series(0, %s::bigint - 1) n, LATERAL (SELECT %s::timestamptz + n * interval '31 s' AS t) x",
            [stations[0].pk, SHOWN, YEAR, end - timedelta(days=365)],
        )
        cursor.execute("VACUUM ANALYZE downtime_issue")
    ids, window = [station.pk for station in stations], Window(end - timedelta(days=366), end)
    first = seconds(lambda: _page(ids, window, None, end), times=9)
    places = read.page(ids, window, after=None, most=PAGE * PAGES)
    figure = seconds(lambda: _page(ids, window, places[-1], end), times=9)
    report(
        "page 1,000 of 10^6 issues", floor=first * 1000, figure=figure * 1000, unit="ms elapsed",
        wanted="first page (floor) at most 50 ms, the other no slower",
    )  # fmt: skip


def _page(ids: list[int], window: Window, after: tuple[datetime, int] | None, now: datetime) -> None:
    found = read.page(ids, window, after=after, most=PAGE)
    assert len(read.some([number for _, number in found], now=now)) == PAGE
