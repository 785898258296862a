"""Random histories of two stations: what machines said, in any order, and what people changed afterwards."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from downtime import engine
from downtime.errors import AlreadyAnswered
from downtime.models import Cause, Issue
from downtime.models.issues import Who
from mesproject.reports.facts import refresh
from mesproject.reports.models import FactMark
from production.effects import apply, effect_of
from production.ingest import Parcel, record
from production.messages import Message
from production.models import JobRun, Plant, Station, StationGroup
from production.windows import Window
from quality.models import Reject, RejectReason
from scheduling.models import PatternShift
from scheduling.writing import recompute, write_until
from tests.make import (
    make_cause,
    make_event_assignment,
    make_group,
    make_operator,
    make_pattern,
    make_plant,
    make_reject,
    make_reject_reason,
    make_station,
)
from tests.reports.presence import add_sign_on, present
from tests.reports.turns import add_run, run

MS, MINUTE, HOUR = timedelta(milliseconds=1), timedelta(minutes=1), timedelta(hours=1)
# Where a clock changes a few hours after the beginning, and where none does.
CLOCKS = [
    ("UTC", datetime(2026, 3, 11, 3, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, 15, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 7, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 5, 30, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, 20, tzinfo=UTC)),
]
DAY_STARTS = ["00:00", "06:00", "01:45", "22:30", "02:00"]
KINDS = ["", *Cause.Kind.values]
WEEKS = [
    [("Early", 360, 480), ("Late", 840, 480), ("Night", 1320, 480)],
    [("Early", 360, 480), ("Night", 1320, 480)],
    [("Long", 1080, 1200)],
    [("Early", 330, 455), ("Late", 785, 320), ("Night", 1325, 300)],
    [("Day", 0, 1440)],
    # In pieces: what is made between them is of no shift.
    [("Early", 360, 150), ("Early", 540, 290), ("Late", 840, 200), ("Late", 1100, 220)],
]


@dataclass
class History:
    """Two stations of one company, from `begin` to `end`, and whoever changes what is known of it."""

    chance: random.Random
    begin: datetime
    end: datetime
    stations: list[Station] = field(default_factory=list)
    said: list[Parcel] = field(default_factory=list)

    @property
    def window(self) -> Window:
        return Window(self.begin - 2 * HOUR, self.end)

    def at(self, *, until: datetime | None = None) -> datetime:
        """Any instant of it, in whole milliseconds; on a round minute now and then."""
        length = ((until or self.end) - self.begin) // MS
        at = self.begin + self.chance.randrange(1, max(length, 2)) * MS
        return at.replace(second=0, microsecond=0) if self.chance.random() < 0.3 else at

    def window_of_minutes(self) -> Window:
        """Any window in it, whole hours now and then."""
        step = self.chance.choice([1, 1, 15, 60])
        whole = self.window
        length = whole.duration // MINUTE // step
        first, last = sorted(self.chance.sample(range(length + 1), 2))
        start, end = (whole.start + number * step * MINUTE for number in (first, last))
        return Window(start, self.end if self.chance.random() < 0.2 else end)

    def as_they_are(self) -> list[Station]:
        return list(Station.objects.filter(pk__in=[s.pk for s in self.stations]).in_place())


@contextmanager
def history(seed: int, *, quiet: bool = False) -> Iterator[History]:
    """One history, told and summed up to its end; gone afterwards. A `quiet` one is told at once, in order."""
    with transaction.atomic():
        one = make(seed)
        if quiet:
            hear(one.said, now=one.end)
        else:
            tell(one)
        settle(now=one.end)
        yield one
        transaction.set_rollback(True)


def make(seed: int) -> History:
    """The stations, their plan, their runs, and all that their machines will say."""
    chance = random.Random(seed)
    zone, begin = chance.choice(CLOCKS)
    one = History(
        chance,
        begin,
        begin + chance.choice([9, 20, 31]) * HOUR + chance.randrange(7200) * timedelta(seconds=1),
    )
    plant = make_plant(zone, day_start=chance.choice(DAY_STARTS))
    for kind in RejectReason.Kind.values[: chance.randrange(1, 4)]:
        make_reject_reason(company=plant.company, kind=kind)
    top = make_cause("top", company=plant.company, kind=chance.choice(KINDS))
    for code in ("a", "b"):
        make_cause(code, company=plant.company, kind=chance.choice(KINDS))
        make_cause(f"{code} below", parent=top, kind=chance.choice(["", *KINDS]))
    for initials in ("ANN", "BOB", "CY"):
        make_operator(company=plant.company, initials=initials)
    for _ in range(2):
        one.stations.append(make_random_station(one, plant))
    # A worker has written the plans down before anybody changes the rules.
    write_until([station.pk for station in one.stations], one.end, now=one.begin)
    make_group(plant=make_plant("Asia/Kolkata", company=plant.company, day_start="05:00"))
    for station in one.stations:
        one.said += [
            Parcel(station.company_id, station.code, each, "mqtt") for each in messages(one, station)
        ]
    return one


def make_random_station(one: History, plant: Plant) -> Station:
    chance = one.chance
    station = make_station(
        plant=plant, cycle_time_ms=chance.choice([60_000, 300_000, 610_001]), stop_multiplier=1.5,
        micro_stop_ms=chance.choice([0, 1_200_000, 1_800_000]), heartbeat_ms=chance.choice([None, 2_400_000]),
        assume_all_shift_time_planned=chance.random() < 0.8, counter=chance.choice(["delta", "reset"]),
        detection=chance.choice(["production_cycle", "production_cycle", "utilisation"]),
        minimum_cycle_time_ms=chance.choice([0, 0, 60_000]), hold_on_ms=chance.choice([0, 400_000]),
    )  # fmt: skip
    pattern = make_pattern(*chance.choice(WEEKS), follows=station)
    if chance.random() < 0.3:
        kind = chance.choice(["unattended", "optional"])
        PatternShift.objects.filter(pattern=pattern, day=one.begin.weekday()).update(attendance=kind)
    if chance.random() < 0.6:
        at = f"DTSTART:20260101T{chance.randrange(24):02}{chance.choice(['00', '45'])}00\nRRULE:FREQ=DAILY"
        kind = chance.choice(["break", "maintenance", "non-production"])
        make_event_assignment(pattern, at, event_type=kind, minutes=chance.choice([15, 90]))
    for _ in range(chance.randrange(3)):
        add_run(one, station)
        add_sign_on(one, station)
    return Station.objects.get(pk=station.pk)


def messages(one: History, station: Station) -> list[Message]:
    """What a machine says: work, now and then a pause, a meter, a sign of life."""
    chance, at, total, kwh, found = one.chance, one.begin, 0.0, 100.0, []
    while at < one.end:
        total, kwh = total + chance.randrange(4), kwh + chance.randrange(8) / 4
        # Counts from the shop floor may be halves; they add up exactly in binary.
        what = chance.choices(
            [{"good": float(chance.randrange(1, 4))}, {"bad": 0.5}, {"good_total": total}, {"kwh_total": kwh},
             {"kwh": 0.25}, {"rssi": -70.0}, {"available": chance.random() < 0.6},
             {"productive": chance.random() < 0.7, "good": 1.0}],
            weights=[8, 1, 2, 2, 1, 2, 1, 2],
        )[0]  # fmt: skip
        found.append(Message(at=at, **what))
        at += (
            chance.choice([chance.randrange(1, 600_000), 60_000, 900_000, chance.randrange(1, 7_200_000)])
            * MS
        )
    return found


def tell(one: History) -> None:
    """In any order and in any portions, some twice, with a tick or a sum or a change by hand between them."""
    chance = one.chance
    arriving = sorted(one.said, key=lambda each: each.message.at + chance.choice([0, 0, 0, 3, 30]) * HOUR)
    arriving += chance.sample(arriving, len(arriving) // 10)
    portions = chance.randrange(1, 9)
    now = one.begin
    for number in range(portions):
        part = arriving[number::portions] if chance.random() < 0.2 else arriving[
            number * len(arriving) // portions : (number + 1) * len(arriving) // portions
        ]  # fmt: skip
        if number == portions - 1:
            part = arriving  # whatever has not come yet, and the rest again
        latest = max([each.message.at for each in part], default=now)
        now = min(max(now, latest) + chance.randrange(1, 600_000) * MS, one.end)
        hear(part, now=now)
        for _ in range(chance.randrange(3)):
            chance.choice([change, look, sum_up])(one, now)
    if chance.random() < 0.5:
        settle(now=one.end)
    for _ in range(chance.randrange(5)):
        change(one, one.end)


def hear(parcels: list[Parcel], *, now: datetime) -> None:
    record([each for each in parcels if each.message.at <= now], received_at=now, quarantine=False)


def look(one: History, now: datetime) -> None:
    engine.tick(now=now)


def sum_up(one: History, now: datetime) -> None:
    """Facts are refreshed now and then, whether the engine has caught up or not."""
    if one.chance.random() < 0.5:
        FactMark.objects.update(summed_until=F("settled_until"))
    refresh(now=now)


def settle(*, now: datetime) -> None:
    """Let the engine and the sums catch up."""
    while engine.tick(now=now):
        pass
    FactMark.objects.update(summed_until=F("settled_until"))
    while refresh(now=now):
        pass


# What people change


def change(one: History, now: datetime) -> None:
    """One change by hand, as the screens make it."""
    station = Station.objects.get(pk=one.chance.choice(one.stations).pk)
    # Of a station out of use people may still say why it stood, but nothing is decided anew.
    one.chance.choice(OUT_OF_USE if station.archived_at else CHANGES)(one, station, now)


def explain(one: History, station: Station, now: datetime) -> None:
    """A cause, or another one."""
    issues = list(Issue.objects.valid().filter(station=station))
    if issues:
        issue = one.chance.choice(issues)
        causes = list(issue._meta.get_field("cause").related_model.objects.of(station.company))
        try:
            issue.explain(one.chance.choice(causes), by=Who(), at=now, seen=issue.cause)
        except AlreadyAnswered:
            raise AssertionError("nobody else is here") from None


def reject(one: History, station: Station, now: datetime) -> None:
    """Declared, moved or undone."""
    found = list(Reject.objects.filter(station=station))
    if found and one.chance.random() < 0.6:
        row = one.chance.choice(found)
        if one.chance.random() < 0.5:
            row.undone_at = now
        else:
            row.at = one.at(until=now)
        row.save()
        return
    reason = one.chance.choice(list(station.company.reject_reasons.all()))
    make_reject(station, at=one.at(until=now), quantity=one.chance.choice([1, 2.5]), reason=reason)


def kind(one: History, station: Station, now: datetime) -> None:
    """What stops of a cause are, or rejects of a reason; or a cause is put elsewhere in the tree."""
    cause = one.chance.choice(list(Cause.objects.of(station.company)))
    what = one.chance.choice(["cause", "cause", "parent", "reason"])
    if what == "reason":
        reason = one.chance.choice(list(station.company.reject_reasons.all()))
        reason.kind = one.chance.choice(RejectReason.Kind.values)
        reason.save()
    elif what == "parent":
        others = [None, *Cause.objects.of(station.company)]
        cause.parent = one.chance.choice(
            [row for row in others if row != cause and not (row and row.parent_id)]
        )
        if cause.parent is None or not cause.children.exists():
            cause.save()
    else:
        cause.kind = one.chance.choice(KINDS)
        cause.save()


def worth(one: History, station: Station, now: datetime) -> None:
    """What a unit takes, or is worth, by its SKU or its job."""
    runs = list(JobRun.objects.filter(station=station))
    if not runs:
        return
    run = one.chance.choice(runs)
    row, changes = run.sku, {
        "cycle_time_ms": [20_000, 300_000], "units_per_count": [1, 3], "value": [None, "4.75"],
        "minimum_cycle_time_ms": [None, 90_000], "stop_multiplier": [None, 2.5],
    }  # fmt: skip
    if run.job and one.chance.random() < 0.4:
        row, changes = (
            run.job,
            {"ideal_part_time_ms": [None, 50_000], "expected_part_time_ms": [None, 99_000]},
        )
    name = one.chance.choice(sorted(changes))
    setattr(row, name, one.chance.choice(changes[name]))
    row.save()
    apply([effect_of(row, [name])], at=now)


def shifts(one: History, station: Station, now: datetime) -> None:
    """Moved, and said to hold in the past, too."""
    minutes = one.chance.choice([-30, 25, 60])
    for row in PatternShift.objects.filter(pattern__assignments__station=station):
        row.start_minute = (row.start_minute + minutes) % 1440
        row.save()
    since = one.at(until=now) - one.chance.choice([0, 24]) * HOUR
    recompute(list(Station.objects.filter(pk=station.pk).in_place()), since=since, by="", reason="", at=now)


def clock(one: History, station: Station, now: datetime) -> None:
    """The plant's own."""
    plant = Plant.objects.get(groups__stations=station)
    plant.timezone, plant.day_start = one.chance.choice(CLOCKS)[0], one.chance.choice(DAY_STARTS)
    plant.save()
    apply([effect_of(plant)], at=now)


def move(one: History, station: Station, now: datetime) -> None:
    """To a plant with another clock, or back."""
    groups = StationGroup.objects.filter(plant__company=station.company)
    station.group = one.chance.choice(list(groups))
    station.save()
    apply([effect_of(station)], at=now)


def archive(one: History, station: Station, now: datetime) -> None:
    """Taken out of use when all is decided, or back into it."""
    if now < one.end:
        return
    while engine.tick(now=now):
        pass
    station.archived_at = None if station.archived_at else now
    station.save()
    apply([effect_of(station)], at=now)


CHANGES = [
    *[explain] * 5, *[reject] * 4, *[run] * 4, *[present] * 4, *[kind] * 3, *[worth] * 3, shifts, shifts, clock, move,
    archive,
]  # fmt: skip
OUT_OF_USE = [explain, reject, present, kind, worth, archive]
