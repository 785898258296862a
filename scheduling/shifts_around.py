"""The shifts of several stations as if they were one: what `this-shift` and `last-shift` mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from production.models import Station
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.planned import timetables

BEHIND, AHEAD = timedelta(days=14), timedelta(days=3)


def shifts_around(stations: Sequence[Station], at: datetime) -> list[Shift]:
    """Those that most of the stations have in the days around an instant, first come first in a draw."""
    tables = timetables(stations, Window(at - BEHIND, at + AHEAD)).values() if stations else ()
    found = Counter(tuple(table.shifts) for table in tables if table.shifts)
    return list(found.most_common(1)[0][0]) if found else []
