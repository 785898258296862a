"""Runs as the schedule screen reads them: tuples, because a week of 200 stations has thousands of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import BigIntegerField, Func, Q
from django.db.models.functions import Coalesce

from mesproject.busroot import EPOCH, MS
from mesproject.schedule.forecasting import PACES, SETUPS
from production.models import JobRun
from production.models.jobs import EVER
from production.windows import Window
from scheduling.forecast import PlannedTime, estimate

MOST_WAITING = 40

MADE = """
SELECT run_id, sum(good) FROM reports_dayfact
WHERE station_id = ANY(%s::bigint[]) AND day >= %s::date AND run_id = ANY(%s::bigint[]) GROUP BY 1
"""


class Run(NamedTuple):
    """A run as the screen reads it."""

    pk: int
    station: int
    job: str | None
    sku: str | None
    group: str | None
    planned_start: datetime | None
    planned_end: datetime | None
    quantity: float | None
    actual_start: datetime | None
    actual_end: datetime | None
    prioritised_at: datetime | None
    expected_start: datetime | None
    expected_end: datetime | None
    due: datetime | None
    made: float | None
    standing: str | None
    pace: int | None
    setup: int | None
    ordered_for: date | None

    @property
    def name(self) -> str:
        """What it is called on its bar."""
        return self.job or self.group or self.sku or "?"

    @property
    def product(self) -> str:
        """What is made, where its name does not say so."""
        return (self.group or self.sku or "") if self.job else ""

    def end(self, time: PlannedTime) -> datetime | None:
        """When it is to end by plan; None where it goes on until somebody ends it."""
        fixed = self.planned_end or self.due
        if fixed or self.quantity is None or self.pace is None or self.planned_start is None:
            return fixed
        start = time.after(self.planned_start, (self.setup or 0) * MS)
        if start is None:
            return None
        return estimate(time, self.pace * MS, start=start, quantity=self.quantity, end=None).end


COLUMNS = (
    "pk", "station_id", "job__name", "product_code", "sku_group__code", "planned_start", "planned_end",
    "planned_quantity", "actual_start", "actual_end", "prioritised_at", "forecast__start", "forecast__end",
    "forecast__due", "forecast__made", "forecast__standing", "pace", "setup", "job__due_on",
)  # fmt: skip


def runs_on(stations: Iterable[int], window: Window) -> list[Run]:
    """What is planned or ran on these stations in a window, in the order of its time."""
    rows = JobRun.objects.filter(station__among=list(stations)).filter(_touching(window))
    return read(rows.order_by("station_id", "planned_start", "actual_start", "pk"))


def waiting_on(stations: Iterable[int]) -> list[Run]:
    """What is to run some time; one more than is shown."""
    rows = JobRun.objects.filter(station__among=list(stations), actual_start=None, planned_start=None)
    return read(rows.order_by("pk")[: MOST_WAITING + 1])


def read_one(run: JobRun) -> Run:
    """One run, as it is stored."""
    return read(JobRun.objects.filter(pk=run.pk))[0]


def by_plan(run: Run) -> tuple[bool, datetime, int]:
    """The order in which runs of a station are planned."""
    return run.planned_start is None, run.planned_start or EVER, run.pk


class Microseconds(Func):
    """An instant as a number: thousands of them are read in a tenth of the time."""

    template = "(extract(epoch FROM %(expressions)s) * 1000000)::bigint"
    output_field = BigIntegerField()


INSTANTS = (
    "planned_start", "planned_end", "actual_start", "actual_end", "prioritised_at", "forecast__start", "forecast__end",
    "forecast__due",
)  # fmt: skip
IS_INSTANT = [name in INSTANTS for name in COLUMNS]
MICROSECOND = timedelta(microseconds=1)


def read(rows: Any) -> list[Run]:
    """Runs of rows, with the pace and the setup that hold for them."""
    told = rows.annotate(
        product_code=Coalesce("sku__code", "job__sku__code"), pace=Coalesce(*PACES), setup=Coalesce(*SETUPS)
    )
    found = told.values_list(*(Microseconds(name) if name in INSTANTS else name for name in COLUMNS))
    return [
        Run(
            *[
                EPOCH + value * MICROSECOND if is_instant and value is not None else value
                for value, is_instant in zip(row, IS_INSTANT, strict=True)
            ]
        )
        for row in found
    ]


def _touching(window: Window) -> Q:
    """What ran in a window, is planned in it, or is expected in it."""
    ran = Q(actual_start__lt=window.end) & (Q(actual_end=None) | Q(actual_end__gt=window.start))
    plan = Q(planned_start__lt=window.end) & (
        Q(planned_end__gt=window.start)
        | Q(planned_start__gte=window.start)
        | Q(planned_end=None, forecast__due__gt=window.start)
    )
    expected = Q(actual_start=None, forecast__start__lt=window.end, forecast__end__gt=window.start)
    return ran | plan | expected


def made_by(runs: Sequence[Run], tz: ZoneInfo) -> dict[int, float]:
    """Good units of runs that are over, as their facts sum up to; of the others the forecast knows."""
    over = [run for run in runs if run.actual_start and run.actual_end]
    if not over:
        return {}
    first = min(run.actual_start for run in over if run.actual_start)
    since = first.astimezone(tz).date() - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(MADE, [[run.station for run in over], since, [run.pk for run in over]])
        return dict(cursor.fetchall())
