"""Reading issues with everything that is told of them in one statement, and lists page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q

from downtime.api import busroot_shapes as shapes
from downtime.models import Issue
from downtime.models.issues import IssueQuerySet
from downtime.rag import Standing, rag, status_text
from mesproject.busroot import iso, ms, spoken
from production.windows import Window

_ISO = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
_HERE = f"""
SELECT s.code AS station_code, s.name AS station_name, a.code AS account, i.id, i.kind, i.silent_since,
    i.started_at, i.ended_at, i.withdrawn_at, i.acknowledged_at, {_ISO.format("i.raised_at")} AS created,
    {_ISO.format("i.updated_at")} AS updated, {_ISO.format("i.excluded_at")} AS excluded,
    i.estimated_end_at, i.escalated_at, i.cause_id, i.owner_id, i.owner_user_id, i.job_run_id,
    i.left_to_people
FROM production_station s JOIN accounts_company a ON a.id = s.company_id
"""
# The events of an issue, and the way from the top of the tree down to its cause: each built once for all rows, in the
# very words that are answered, because reading and writing them again costs more than all the rest. A ring of causes,
# which the database does not forbid, ends at a depth.
_STATEMENT = f"""
WITH RECURSIVE here AS MATERIALIZED ({_HERE} {{}}), ev AS MATERIALIZED (
    SELECT e.issue_id, json_agg(json_build_object(
        'id', e.id, 'downtimeId', e.issue_id, 'type', e.kind, 'userId', e.user_id,
        'estimateEndAt', {_ISO.format("e.estimated_end_at")}, 'notifiedAt', NULL, 'causeCode', ec.code,
        'accountId', (SELECT account FROM here LIMIT 1),
        'createdAt', {_ISO.format("e.at")}, 'updatedAt', {_ISO.format("e.at")},
        'operatorInitials', eo.initials, 'userEmail', eu.email) ORDER BY e.id)::text AS events
    FROM downtime_issueevent e LEFT JOIN downtime_cause ec ON ec.id = e.cause_id
    LEFT JOIN production_operator eo ON eo.id = e.operator_id LEFT JOIN accounts_user eu ON eu.id = e.user_id
    WHERE e.issue_id IN (SELECT id FROM here) GROUP BY e.issue_id
), up AS (
    SELECT c.id AS leaf, c.code, c.description, c.parent_id, 0 AS depth FROM downtime_cause c
    WHERE c.id IN (SELECT cause_id FROM here)
    UNION ALL SELECT up.leaf, p.code, p.description, p.parent_id, depth + 1
    FROM up JOIN downtime_cause p ON p.id = up.parent_id WHERE depth < 50
), cr AS MATERIALIZED (
    SELECT up.leaf, json_agg(json_build_object(
        'code', up.code, 'description', up.description, 'parentCauseCode', above.code
    ) ORDER BY depth DESC)::text AS crumbs
    FROM up LEFT JOIN downtime_cause above ON above.id = up.parent_id GROUP BY up.leaf
)
SELECT here.*, c.code AS cause_code, c.description AS cause,
    COALESCE(o.initials, NULLIF(trim(u.first_name || ' ' || u.last_name), ''), u.username) AS owner,
    COALESCE(sku.code, jsku.code, NULLIF(job.part, '')) AS sku_code, COALESCE(sku.name, jsku.name) AS sku_name,
    ev.events, cr.crumbs
FROM here LEFT JOIN ev ON ev.issue_id = here.id LEFT JOIN cr ON cr.leaf = here.cause_id
LEFT JOIN downtime_cause c ON c.id = here.cause_id
LEFT JOIN production_operator o ON o.id = here.owner_id
LEFT JOIN accounts_user u ON u.id = here.owner_user_id
LEFT JOIN production_jobrun run ON run.id = here.job_run_id
LEFT JOIN production_sku sku ON sku.id = run.sku_id
LEFT JOIN production_job job ON job.id = run.job_id
LEFT JOIN production_sku jsku ON jsku.id = job.sku_id
ORDER BY {{}}
"""
# A station without an issue is a row, too: so one statement tells which codes there are.
ONGOING = _STATEMENT.format(
    "LEFT JOIN downtime_issue i ON i.station_id = s.id AND i.ended_at IS NULL AND i.withdrawn_at IS NULL "
    "WHERE s.company_id = %s::bigint AND s.code = ANY(%s::text[])",
    "here.station_code, here.started_at DESC, here.id DESC",
)
SOME = _STATEMENT.format(
    "JOIN downtime_issue i ON i.station_id = s.id WHERE i.id = ANY(%s::bigint[])",
    "here.started_at DESC, here.id DESC",
)


def ongoing(company: int, codes: Sequence[str], *, now: datetime) -> tuple[set[str], list[shapes.IssueOut]]:
    """Which of the codes are stations of a company, and what goes on at them; one statement."""
    rows = _rows(ONGOING, [company, list(codes)])
    return {row["station_code"] for row in rows}, [told(row, now) for row in rows if row["id"]]


def some(ids: Sequence[int], *, now: datetime) -> list[shapes.IssueOut]:
    """Issues by their numbers, newest first."""
    return [told(row, now) for row in _rows(SOME, [list(ids)])] if ids else []


def _rows(statement: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


_crumbs = msgspec.json.Decoder(list[shapes.CauseOut])


def told(row: dict[str, Any], now: datetime) -> shapes.IssueOut:
    """A row as it is answered."""
    start, end, back = row["started_at"], row["ended_at"], row["estimated_end_at"]
    length = ms(max(start, end or now)) - ms(start)
    standing = _standing(row)
    return shapes.IssueOut(
        id=row["id"], type=row["kind"], station_code=row["station_code"], start_at=iso(start), end_at=_iso(end),
        created_at=row["created"], updated_at=row["updated"], start_notified_at=None,
        end_notified_at=None, account_id=row["account"], excluded_at=row["excluded"],
        events=_events_of(row), is_acknowledged=row["acknowledged_at"] is not None,
        is_estimated=back is not None, is_escalated=row["escalated_at"] is not None,
        has_cause=row["cause_code"] is not None, cause_code=row["cause_code"], estimate_end_at=_iso(back),
        rag_status=rag(standing, now=now).value, status_text=status_text(standing, now=now),
        station_name=row["station_name"], cause_breadcrumb=_crumbs.decode(row["crumbs"] or "[]"),
        start_at_timestamp=ms(start), end_at_timestamp=ms(end) if end else None, duration=length,
        duration_formatted=spoken(length), sku_code=row["sku_code"], sku_name=row["sku_name"],
    )  # fmt: skip


def _events_of(row: dict[str, Any]) -> Any:
    return msgspec.Raw(row["events"] or "[]")


def _standing(row: dict[str, Any]) -> Standing:
    return Standing(
        ended=row["ended_at"] is not None,
        owner=(row["owner"] or "") if row["acknowledged_at"] else None,
        back_at=row["estimated_end_at"],
        escalated=row["escalated_at"] is not None,
        cause=row["cause"],
        asks=row["silent_since"] is not None,
        excluded=row["excluded"] is not None,
        withdrawn=row["withdrawn_at"] is not None,
        by_rule=row["cause"] is not None and not row["left_to_people"],
    )


def _iso(at: datetime | None) -> str | None:
    return iso(at) if at else None


# Lists


def page(
    stations: Sequence[int], window: Window | None, *, after: tuple[datetime, int] | None, most: int
) -> list[tuple[datetime, int]]:
    """The places (start and number) of at most so many issues in a time, newest first, behind a place of the list.

    Every page costs the same: the index is entered behind the place. What began before the time and reaches into
    it comes last, and is found by station.
    """
    rows = Issue.objects.valid().filter(station__among=list(stations)).order_by("-started_at", "-id")
    if window is None:
        return _places(_behind(rows, after), most)
    inside = rows.filter(started_at__gte=window.start, started_at__lt=window.end)
    found = _places(_behind(inside, after), most)
    if len(found) < most:
        found += _places(
            _behind(rows.filter(pk__in=_reaching(stations, window.start)), after), most - len(found)
        )
    return found


def _behind(rows: IssueQuerySet, place: tuple[datetime, int] | None) -> IssueQuerySet:
    if place is None:
        return rows
    at, number = place
    return rows.filter(Q(started_at__lt=at) | Q(started_at=at, id__lt=number), started_at__lte=at)


def _places(rows: IssueQuerySet, most: int) -> list[tuple[datetime, int]]:
    return list(rows.values_list("started_at", "id")[:most])


def _reaching(stations: Sequence[int], at: datetime) -> list[int]:
    """What began before an instant and goes on at it: of a station's stops only the last can; few are by hand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT f.id FROM unnest(%s::bigint[]) AS n(station), LATERAL ("
            "(SELECT id, ended_at FROM downtime_issue WHERE station_id = n.station AND started_at < %s::timestamptz "
            "AND withdrawn_at IS NULL AND silent_since IS NOT NULL ORDER BY started_at DESC LIMIT 1) UNION ALL "
            "(SELECT id, ended_at FROM downtime_issue WHERE station_id = n.station AND started_at < %s::timestamptz "
            "AND withdrawn_at IS NULL AND silent_since IS NULL)) f "
            "WHERE f.ended_at IS NULL OR f.ended_at > %s::timestamptz",
            [list(stations), at, at, at],
        )
        return [pk for (pk,) in cursor.fetchall()]
