"""Overtime for runs that are planned past the end of their shift (`extendShift`).

What is wanted follows from the runs alone, and the exceptions of dates are made to agree: whoever moves, withdraws
or changes a run, on whatever road, the overtime follows. Overtime that has begun stays. May run twice or overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from mesproject.busroot import MS
from mesproject.schedule import forecasting
from mesproject.schedule.bars import Run, read
from mesproject.schedule.models import ShiftExtension
from production.effects import Effect, apply, effect_of
from production.models import JobRun, Station
from production.windows import Window
from scheduling.expansion import Plan
from scheduling.forecast import PlannedTime
from scheduling.models import PatternException
from scheduling.planned import with_runs

# Overtime is made for what begins so soon; what is further away comes near by itself.
AHEAD, AROUND = timedelta(days=28), timedelta(days=2)
DAY, STEP, MINUTE = timedelta(days=1), timedelta(minutes=5), timedelta(minutes=1)
REASON = "For runs that are planned past its end"
# A station, the date on which the shift begins, and its minute on the wall.
Key = tuple[int, date, int]


@dataclass(frozen=True, slots=True)
class Longer:
    """A shift that is to last longer: when it began, when it would be over, and when it is to be."""

    start: datetime
    ends: datetime
    until: datetime


def refresh(stations: Iterable[int] | None = None, *, now: datetime) -> None:
    """Let overtime agree with the runs of these stations (None: of all), then expect their ends."""
    only = None if stations is None else sorted(set(stations))
    agree(only, at=now)
    forecasting.refresh(only, now=now)


def agree(stations: Sequence[int] | None, *, at: datetime) -> None:
    """Make, change and take back overtime, so that it is what the runs want."""
    extended = ShiftExtension.objects.filter(ends__gt=at)
    runs = JobRun.objects.filter(
        extends_shift=True, actual_end=None, planned_start__range=(at - DAY, at + AHEAD)
    )
    if stations is not None:
        extended = extended.filter(exception__station__among=stations)
        runs = runs.filter(station__among=stations)
    concerned = {
        *extended.values_list("exception__station", flat=True),
        *runs.values_list("station", flat=True),
    }
    if not concerned:
        return
    with transaction.atomic():
        here = Station.objects.filter(pk__in=concerned).order_by("pk")
        list(here.select_for_update(no_key=True, of=("self",)))
        known = {
            _key(one.exception): one for one in extended.select_related("exception__station__group__plant")
        }
        wanted = _wanted(list(here.filter(archived_at=None).in_place()), read(runs), known, at)
        apply(list(_settled(known, wanted)), at=at)


def _key(exception: PatternException) -> Key:
    assert exception.station_id is not None
    assert exception.replaces is not None
    return exception.station_id, exception.date, exception.replaces


def _wanted(
    stations: Sequence[Station], runs: Sequence[Run], known: Mapping[Key, ShiftExtension], at: datetime
) -> dict[Key, Longer]:
    """The shifts that are to last longer; where several runs want that, until the last of them."""
    found: dict[Key, Longer] = {}
    plans = with_runs(stations, Window(at - AROUND, at + AHEAD + AROUND)) if stations else {}
    places = {station.pk: station for station in stations}
    for run in runs:
        if run.station not in places:
            continue
        for key, longer in _of(run, places[run.station], plans[run.station], known):
            if longer.ends > at and (key not in found or longer.until > found[key].until):
                found[key] = longer
    return found


def _of(
    run: Run, station: Station, plan: Plan, known: Mapping[Key, ShiftExtension]
) -> Iterator[tuple[Key, Longer]]:
    """The shift in which a run is to end, where it has to last longer for that."""
    assert run.planned_start is not None
    by = run.planned_end or run.planned_start + MINUTE
    number = max((n for n, one in enumerate(plan.shifts) if one.window.start < by), default=None)
    if number is None:
        return
    shift, following = plan.shifts[number].window, plan.shifts[number + 1 : number + 2]
    wall = shift.start.astimezone(station.plant.tz)
    key = station.pk, wall.date(), wall.hour * 60 + wall.minute
    ends = known[key].ends if key in known else shift.end
    until = _until(run, PlannedTime(plan.production), ends)
    until = min(until, following[0].window.start) if following and until else until
    if until and run.planned_start <= ends < until <= shift.start + DAY:
        yield key, Longer(shift.start, ends, until)


def _until(run: Run, time: PlannedTime, ends: datetime) -> datetime | None:
    """When a run is over, if the shift does not end; None where nobody can tell."""
    if run.planned_end or run.quantity is None or run.pace is None or run.planned_start is None:
        return run.planned_end
    work = min(run.quantity * run.pace + (run.setup or 0), DAY / MS) * MS
    return ends + work - time.between(run.planned_start, ends)


def _settled(known: Mapping[Key, ShiftExtension], wanted: Mapping[Key, Longer]) -> Iterator[Effect]:
    """Store what is wanted and take back what is not; whom each concerns."""
    for key, one in known.items():
        if key not in wanted:
            yield effect_of(one.exception)
            one.exception.delete()
    for key, longer in wanted.items():
        minutes = -(-(longer.until - longer.start) // STEP) * 5
        if key in known:
            exception = known[key].exception
            if exception.minutes != minutes:
                exception.minutes = minutes
                exception.save(update_fields=["minutes"])
                yield effect_of(exception)
        elif not PatternException.objects.filter(station=key[0], date=key[1], replaces=key[2]).exists():
            exception = _made(key, minutes)
            ShiftExtension.objects.create(exception=exception, ends=longer.ends)
            yield effect_of(exception)


def _made(key: Key, minutes: int) -> PatternException:
    """The overtime of one shift of one date. What a person has changed there is left as it is."""
    station, day, minute = key
    return PatternException.objects.create(
        station=Station.objects.select_related("group__plant").get(pk=station), date=day, replaces=minute,
        start_minute=minute, minutes=minutes, action=PatternException.Action.OVERTIME, reason=REASON,
    )  # fmt: skip
