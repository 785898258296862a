"""A thousand recurrence rules over 400 days in UTC, against dateutil's bare occurrences on the wall clock."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from benchmarks.ground import report
from production.windows import Window
from scheduling import recurrence_days
from scheduling.recurrence import occurrences, read

RULES, ROUNDS = 1000, 5
BEGIN = datetime(2026, 1, 1)  # noqa: DTZ001  a wall time
WITHIN = Window(BEGIN.replace(tzinfo=UTC), BEGIN.replace(tzinfo=UTC) + timedelta(days=400))
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "America/Chicago", "Australia/Lord_Howe", "Asia/Tokyo")]
# As a plant has them: mostly breaks, some meetings and maintenance, a few holidays.
MIX = (
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,12",
    "FREQ=WEEKLY;BYDAY=SA,SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
    "FREQ=DAILY;INTERVAL=4",
    "FREQ=WEEKLY",
    "FREQ=MONTHLY;BYDAY=1MO",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1",
)


def run() -> None:
    """Once with rules that began lately, once with rules that are ten years older."""
    warnings.simplefilter("ignore")
    recent, old = starts(2025), starts(2015)
    floor = cost(lambda: bare(recent))
    for name, begun in (("lately", recent), ("ten years ago", old)):
        report(
            f"{RULES} rules begun {name} × 400 days", floor=floor * 1000,
            figure=cost(lambda begun=begun: expanded(begun)) * 1000,
            unit="ms", wanted="at most 1.5 times dateutil's bare occurrences of rules begun lately",
        )  # fmt: skip
    report(
        "what dateutil needs for those begun ten years ago", floor=floor * 1000,
        figure=cost(lambda: bare(old)) * 1000, unit="ms", wanted="nothing",
    )  # fmt: skip


def starts(year: int) -> list[tuple[str, datetime]]:
    """The rules of the mix with as many beginnings in that year's last quarter."""
    first = datetime(year, 10, 1, 6)  # noqa: DTZ001
    return [(MIX[n % len(MIX)], first + timedelta(days=n % 90, minutes=5 * (n % 97))) for n in range(RULES)]


def bare(begun: list[tuple[str, datetime]]) -> int:
    """Read and expanded on the wall clock, which is only half of the work."""
    found = 0
    for text, start in begun:
        found += len(rrulestr(text, dtstart=start).between(BEGIN, BEGIN + timedelta(days=400), inc=True))
    return found


def expanded(begun: list[tuple[str, datetime]]) -> int:
    """Read and expanded to UTC, with nothing remembered from before but the clocks."""
    recurrence_days.forget()
    rules = [read(text, default_start=start) for text, start in begun]
    return sum(
        len(occurrences(rule, tz=ZONES[n % len(ZONES)], within=WITHIN)) for n, rule in enumerate(rules)
    )


def cost(work: Callable[[], int]) -> float:
    """The usual processor seconds."""
    taken = []
    for _ in range(ROUNDS):
        began = process_time()
        assert work() > RULES, "the rules occur"
        taken.append(process_time() - began)
    return median(taken)
