"""The sums of a history, worked out as slowly and as plainly as can be: in milliseconds, minute by minute.

It shares nothing with `tally` and `asking`: it reads the tables row by row, looks at every minute by itself,
and searches every list from its beginning.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from downtime.models import Issue, Slice
from production.models import JobRun, Signal, SignOn, Station
from production.windows import Window
from quality.models import Reject
from scheduling.planned import plans

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60_000
REASONS = {
    "holiday": "holiday_ms", "custom_holiday": "holiday_ms", "maintenance": "maintenance_ms",
    "non_production": "non_production_ms", "break": "break_ms", "unattended": "unattended_ms",
    "optional": "optional_ms", "no_run": "no_run_ms",
}  # fmt: skip
STATES = {
    "running": "run_ms",
    "micro_stop": "micro_stop_ms",
    "no_signal": "no_signal_ms",
}
EVER = 10**18
IN_SETUP = (-1, "setup_ms")
STOPS = {"": "stop_ms", "unplanned": "stop_ms", "planned": "planned_stop_ms", "setup": "setup_ms"}


@dataclass
class Atom:
    """Something that happened: a piece of time within a minute, units, or a declaration. `kind` says which."""

    kind: str  # time, units, reject
    at: int
    groups: dict[str, Any]
    sums: dict[str, float]
    why: int = 0
    begins: int = 0


def ms(at: datetime) -> int:
    return round((at - EPOCH) / timedelta(milliseconds=1))


def instant(at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=at)


def atoms(station: Station, window: Window, *, cuts: list[int] | None = None) -> list[Atom]:
    """Everything that happened on a station in a window of whole minutes; time is also cut at `cuts`."""
    start, end = ms(window.start), ms(window.end)
    clock = Clock(station, start, end)
    slices = slices_of(station, end)
    spans, shifts = planned_of(station, window)
    runs, people = runs_of(station, end), people_of(station)
    setups = setups_of(station)
    causes = {
        ms(i.silent_since): (
            (i.cause_id, STOPS[kind_of(i.cause)]) if i.cause else IN_SETUP if is_setup(i, setups) else None
        )
        for i in Issue.objects.valid().filter(station=station).select_related("cause")
    }
    known_edges = (*slices, *spans, *shifts, *runs, *people, *setups)
    edges = {edge for one in known_edges for edge in one[:2]} | set(cuts or [])
    known = [one for one in slices if one[0] < end]
    if not known:
        return []
    if station.archived_at:
        end = min(end, ms(station.archived_at))
    found: list[Atom] = []
    for minute in range(start // MINUTE * MINUTE, end, MINUTE):
        within = sorted(
            {minute, min(minute + MINUTE, end), *(e for e in edges if minute < e < min(minute + MINUTE, end))}
        )
        for a, b in pairwise(within):
            if a < known[0][0] or a < start:
                continue  # nothing is known of the time before its first signal
            found.append(piece(station, clock, a, b, slices, spans, shifts, runs, causes, setups))
    found += made(station, clock, shifts, spans, runs, start, end, known[0][0])
    found += declared(station, clock, shifts, runs, start, end, known[0][0])
    for atom in found:
        atom.groups["operator"] = next((who for s, e, who in people if s <= atom.at < e), 0)
    return found


def piece(station, clock, a, b, slices, spans, shifts, runs, causes, setups) -> Atom:
    """A piece of time in which nothing changes."""
    length = b - a
    groups, shift, run = groups_at(station, clock, a, shifts, runs)
    sums: dict[str, float] = {"all_ms": length}
    atom = Atom("time", a, groups, sums)
    if shift is None:
        return atom
    sums["shift_ms"] = length
    purpose = next((kind for s, e, kind in spans if s <= a < e), "break")
    if purpose != "production":
        sums[REASONS[purpose]] = length
        return atom
    number = next((n for n, one in enumerate(slices) if one[0] <= a < one[1]), None)
    state = slices[number][2] if number is not None else "no_signal"
    ideal, expected = times_of(station, run)
    sums["planned_ms"] = length
    sums["ideal_units"], sums["expected_units"] = length / ideal, length / expected
    sums["lost_value"] = length / ideal * (run["value"] if run else 0.0)
    first = int(number is not None and slices[number][0] == a and begins(slices, number))
    if state != "stopped":
        sums["target_units"] = length / ideal
        sums[STATES.get(state, "no_signal_ms")] = length
        sums["micro_stops"] = first if state == "micro_stop" else 0
        return atom
    atom.kind, atom.begins = "stop", first
    here = IN_SETUP if any(start <= a < end for start, end in setups) else (0, "stop_ms")
    atom.why, of_stops = causes.get(slices[number][3]) or here
    sums[of_stops] = length
    sums["stops"] = first if of_stops == "stop_ms" else 0
    if not atom.why:
        sums["uncategorized_ms"] = length
    return atom


def setups_of(station) -> list[tuple[int, int]]:
    """When it was set up for which run; for ever where that goes on."""
    rows = JobRun.objects.filter(station=station, starts_in_setup=True, actual_start__isnull=False)
    return [
        (ms(run.actual_start), min(ms(at) if at else EVER for at in (run.production_start, run.actual_end)))
        for run in rows
    ]


def is_setup(issue, setups) -> bool:
    """Whether no more than five minutes of a stop lie before a setup, and no more after it."""
    start, end = ms(issue.started_at), ms(issue.ended_at) if issue.ended_at else EVER
    return any(
        begun - 5 * MINUTE <= start < over and begun < end <= over + 5 * MINUTE for begun, over in setups
    )


def kind_of(cause) -> str:
    """What a cause says, or the one above it, or the one above that."""
    while cause is not None:
        if cause.kind:
            return cause.kind
        cause = cause.parent
    return ""


def begins(slices, number) -> bool:
    """Whether a stop or micro-stop begins with this slice, or went on before it."""
    start, _, state, silent = slices[number]
    if state == "stopped":
        return start == min(s for s, _, kind, since in slices if (kind, since) == (state, silent))
    before = slices[number - 1] if number else None
    return not (before and before[1] == start and (before[2], before[3]) == (state, silent))


def made(station, clock, shifts, spans, runs, start, end, first) -> list[Atom]:
    """Units and energy of each signal, counted from the very first one."""
    found, readings, meter, counted_at = [], {}, None, None
    for row in Signal.objects.filter(station_id=station.pk).order_by("at", "key"):
        at = ms(row.at)
        groups, _, run = groups_at(station, clock, at, shifts, runs)
        good, bad = 0.0, row.bad or 0.0
        minimum = (
            (run and run["minimum"]) if run and run["minimum"] is not None else station.minimum_cycle_time_ms
        )
        if row.good and not (minimum and counted_at is not None and at - counted_at < minimum):
            good += row.good
            counted_at = at if minimum else None
        for name in ("good_total", "bad_total"):
            reading = getattr(row, name)
            if reading is None:
                continue
            # Tests let running counts rise, or say that they are no running counts.
            more = reading if station.counter == "delta" else max(0.0, reading - readings.get(name, reading))
            readings[name] = reading
            good, bad = (good + more, bad) if name == "good_total" else (good, bad + more)
        kwh = row.kwh or 0.0
        if row.kwh_total is not None:
            if row.kwh is None and meter is not None and row.kwh_total >= meter:
                kwh = row.kwh_total - meter
            meter = row.kwh_total
        if not start <= at < end or at < first:
            continue
        factor = run["units"] if run else 1.0
        good, bad = good * factor, bad * factor
        ideal, expected = times_of(station, run)
        planned = next((kind for s, e, kind in spans if s <= at < e), None) == "production"
        value = good * (run["value"] if run else 0.0)
        sums = {
            "good": good, "bad": bad, "nonconform": bad,
            "ideal_ms": (good + bad) * ideal, "expected_ms": (good + bad) * expected,
            "run_outside_ms": 0 if planned else round((good + bad) * ideal),
            "value": value, "lost_value": -value, "kwh": kwh, "kwh_outside": 0.0 if planned else kwh,
        }  # fmt: skip
        found.append(Atom("units", at, groups, sums))
    return found


def declared(station, clock, shifts, runs, start, end, first) -> list[Atom]:
    """What people declared bad, which a machine had counted as good."""
    found = []
    for reject in Reject.objects.filter(station=station, undone_at=None).select_related("reason"):
        at, quantity = ms(reject.at), reject.quantity
        if start <= at < end and at >= first:
            groups, _, run = groups_at(station, clock, at, shifts, runs)
            value = quantity * (run["value"] if run else 0.0)
            sums = {"good": -quantity, "bad": quantity, "value": -value, "lost_value": value}
            sums[reject.reason.kind] = quantity
            found.append(Atom("reject", at, groups, sums, reject.reason_id, 1))
            found[-1].groups["quantity"] = quantity
    return found


def groups_at(station, clock, at, shifts, runs) -> tuple[dict[str, Any], Any, Any]:
    shift = next((one for one in shifts if one[0] <= at < one[1]), None)
    run = next((one[2] for one in runs if one[0] <= at < one[1]), None)
    day: date = shift[3] if shift else clock.day(at)
    groups = {
        "machine": station.pk, "machineGroup": station.group_id, "plant": station.group.plant_id,
        "hour": clock.hour(at), "day": day, "shift": shift[2] if shift else "",
        "week": date.fromisocalendar(*day.isocalendar()[:2], 1), "month": date(day.year, day.month, 1),
        "run": run["id"] if run else 0,
        "job": run["job"] if run else "", "jobOperation": run["operation"] if run else 0,
        "part": run["part"] if run else "",
    }  # fmt: skip
    return groups, shift, run


def times_of(station, run) -> tuple[int, int]:
    ideal = (run and run["ideal"]) or station.cycle_time_ms
    return ideal, (run and run["expected"]) or ideal


def slices_of(station, end) -> list[tuple[int, int, str, int | None]]:
    until = min(end, ms(station.archived_at)) if station.archived_at else end
    return [
        (
            ms(s.start),
            min(ms(s.end), until) if s.end else until,
            s.state,
            s.silent_since and ms(s.silent_since),
        )
        for s in Slice.objects.filter(station_id=station.pk).order_by("start")
    ]


def planned_of(station, window) -> tuple[list[Any], list[Any]]:
    plan = plans([station], window)[station.pk]
    spans = [(ms(s.window.start), ms(s.window.end), s.kind.name.lower()) for s in plan.spans]
    return spans, [(ms(s.window.start), ms(s.window.end), s.name, s.day) for s in plan.shifts]


def people_of(station) -> list[tuple[int, int, int]]:
    rows = SignOn.objects.filter(station=station)
    return [(ms(row.started_at), ms(row.ends_at), row.operator_id) for row in rows]


def runs_of(station, end) -> list[tuple[int, int, dict[str, Any]]]:
    found = []
    for run in JobRun.objects.filter(station=station, actual_start__isnull=False).order_by("actual_start"):
        sku, job = run.sku or (run.job and run.job.sku), run.job
        ideal = run.cycle_time_ms or (job and job.ideal_part_time_ms) or (sku and sku.cycle_time_ms)
        details = {
            "id": run.pk, "ideal": ideal, "expected": run.expected_part_time_ms or (job and job.expected_part_time_ms),
            "units": run.units_per_count or (job and job.units_per_count) or (sku.units_per_count if sku else 1.0),
            "minimum": sku.minimum_cycle_time_ms if sku else None,
            "value": float((sku and sku.value) or (job and job.part_value) or 0), "job": job.name if job else "",
            "operation": job.pk if job else 0,
            "part": (sku.code if sku else "") or (job.part if job else ""),
        }  # fmt: skip
        found.append((ms(run.actual_start), ms(run.actual_end) if run.actual_end else end, details))
    return found


class Clock:
    """A plant's clock, read once a minute."""

    def __init__(self, station: Station, start: int, end: int) -> None:
        plant = station.group.plant
        starts_at = timedelta(hours=plant.day_start.hour, minutes=plant.day_start.minute)
        self._days: dict[int, date] = {}
        self._hours: dict[int, datetime] = {}
        furthest, label, began = datetime.min, None, start
        for minute in range(start // MINUTE * MINUTE - 3 * 1440 * MINUTE, end + 1440 * MINUTE, MINUTE):
            local = instant(minute).astimezone(plant.tz)
            wall = local.replace(tzinfo=None)
            # A shop day has begun once the wall has shown its start, or later, for the first time.
            furthest = max(furthest, wall)
            self._days[minute] = (furthest - starts_at).date()
            if (now := (wall.date(), wall.hour, local.utcoffset())) != label:
                label, began = now, minute
            self._hours[minute] = instant(began)

    def day(self, at: int) -> date:
        return self._days[at // MINUTE * MINUTE]

    def hour(self, at: int) -> datetime:
        return self._hours[at // MINUTE * MINUTE]


# Questions


def production(told: list[Atom], window: tuple[int, int] | None, groups: tuple[str, ...], **choose: Any):
    """Sums by group of what happened in a window, or in all time."""
    found: dict[tuple[Any, ...], dict[str, float]] = {}
    for atom in chosen(told, window, **choose):
        into = found.setdefault(tuple(atom.groups[group] for group in groups), {})
        for name, value in atom.sums.items():
            into[name] = into.get(name, 0) + value
    return found


def losses(
    told: list[Atom], window: tuple[int, int] | None, groups: tuple[str, ...], kind: str, **choose: Any
):
    """Amount and number by group; the reason is a group, too."""
    found: dict[tuple[Any, ...], tuple[float, int]] = {}
    for atom in chosen(told, window, **choose):
        if atom.kind != {"downtime": "stop", "rejects": "reject"}[kind]:
            continue
        key = tuple(atom.why if group == "reason" else atom.groups[group] for group in groups)
        amount, records = found.get(key, (0, 0))
        more = atom.sums["all_ms"] if kind == "downtime" else atom.groups["quantity"]
        found[key] = (amount + more, records + atom.begins)
    return found


def chosen(told: list[Atom], window, only=None, without=None):
    for atom in told:
        values = atom.groups | {"reason": atom.why}
        if window and not window[0] <= atom.at < window[1]:
            continue
        taken = all(values[g] in v for g, v in (only or {}).items())
        if taken and not any(values[g] in v for g, v in (without or {}).items()):
            yield atom
