"""The selects that answer a question from facts: each hour of it once, but for those of tails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from mesproject.reports.tails import Tails
from mesproject.reports.tally import EVER
from production.windows import Window

# The hours of a shop day and its shifts lie within this of its date, on any clock.
MARGIN = timedelta(days=4)
# By what is asked, the facts that know hours, and what they say of why.
BY_HOUR = {
    "production": ("reports_hourfact", "0 AS why"),
    "downtime": ("reports_downtimefact", "cause_id AS why"),
    "rejects": ("reports_rejectfact", "reason_id AS why"),
}
BY_DAY = ("reports_dayfact", "reports_shiftfact")


class Selects:
    """Selects from facts, with their parameters. Where hours are taken off again, groups without time may be left."""

    def __init__(
        self, table: tuple[str, str], by_hour: tuple[str, str], columns: Sequence[str], late: Tails
    ) -> None:
        self.parts: list[str] = []
        self.parameters: list[Any] = []
        self.takes_off = False
        self._late, self._by_day = late, table[0] in BY_DAY
        self._days = _select(*table, columns)
        self._hours = _select(*by_hour, columns)
        self._back = _select(*by_hour, [f"-{name} AS {name}" for name in columns])

    def days(self, ids: list[int], first: date, last: date) -> None:
        """Shop days, both included; those that a tail touches from their hours."""
        if self._by_day:
            self._whole(ids, first, min(last, self._untouched))
            first = max(first, self._late.day)
        if first <= last:
            # The index of hours knows no days.
            self._add_hours(
                "day BETWEEN %s AND %s AND hour BETWEEN %s AND %s", ids,
                first, last, first - MARGIN, last + MARGIN,
            )  # fmt: skip

    def window(self, ids: list[int], hours: Window, first: date, last: date) -> None:
        """The whole hours of a window, of which these shop days lie inside; none where the last is before the first."""
        if self._by_day and first <= last:
            last = min(last, self._untouched)
        if last < first or not self._by_day:
            self._add_hours("hour >= %s AND hour < %s", ids, hours.start, hours.end)
            return
        self._whole(ids, first, last)
        self._add_hours(
            "hour >= %s AND hour < %s AND NOT day BETWEEN %s AND %s", ids, hours.start, hours.end, first, last
        )
        # A shift may reach over the end of its shop day: what lies outside the window is taken off again.
        self.takes_off = True
        self._add(
            f"{self._back} WHERE station_id = ANY(%s) AND day BETWEEN %s AND %s AND (hour < %s OR hour >= %s) "
            "AND hour > %s AND hour < %s",
            ids, first, last, hours.start, hours.end, hours.start - MARGIN, hours.end + MARGIN,
        )  # fmt: skip

    @property
    def _untouched(self) -> date:
        """The last shop day that no tail touches."""
        return self._late.day - timedelta(days=1)

    def _whole(self, ids: list[int], first: date, last: date) -> None:
        self._add(f"{self._days} WHERE station_id = ANY(%s) AND day BETWEEN %s AND %s", ids, first, last)

    def _add(self, text: str, *parameters: Any) -> None:
        self.parts.append(text)
        self.parameters += parameters

    def _add_hours(self, where: str, ids: list[int], *parameters: Any) -> None:
        """Hours, but for those of tails."""
        if not self._late.of:
            self._add(f"{self._hours} WHERE station_id = ANY(%s) AND {where}", ids, *parameters)
            return
        since = [self._late.of[pk].hour if pk in self._late.of else EVER.end for pk in ids]
        self._add(
            f"{self._hours} JOIN unnest(%s::bigint[], %s::timestamptz[]) AS n(id, since) "
            f"ON station_id = n.id AND hour < n.since WHERE {where}",
            ids, since, *parameters,
        )  # fmt: skip


def _select(table: str, why: str, columns: Sequence[str]) -> str:
    hour = "NULL::timestamptz AS hour" if table in BY_DAY else "hour"
    run = (
        "run_id, operator_id"
        if table != "reports_shiftfact"
        else "0::bigint AS run_id, 0::bigint AS operator_id"
    )
    return f"SELECT {', '.join(['station_id', hour, 'day', 'shift', run, why, *columns])} FROM {table}"
