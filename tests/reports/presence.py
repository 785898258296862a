"""People who come to the stations of a random history and go, and whoever corrects that afterwards."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from production.effects import apply, effect_of
from production.models import Operator, SignOn, Station
from production.sign_ons import Hand, sign_off, sign_on, undo

if TYPE_CHECKING:
    from tests.reports.histories import History

MS, MINUTE, HOUR = timedelta(milliseconds=1), timedelta(minutes=1), timedelta(hours=1)


def present(one: History, station: Station, now: datetime) -> None:
    """Somebody signs on or off at the tablet, or takes a slip back; or the past is corrected in the admin."""
    last = SignOn.objects.filter(station=station, started_at__lte=now).order_by("started_at").last()
    match one.chance.choice(["on", "on", "off", "undo", "correct", "correct"]):
        case "on":
            people = list(Operator.objects.of(station.company))
            sign_on(station, one.chance.choice(people), at=now, by=Hand())
        case "off" if last:
            sign_off(last, at=now)
        case "undo" if last:
            undo(last, at=now)
        case "correct":
            correct_sign_on(one, station, now)


def correct_sign_on(one: History, station: Station, now: datetime) -> None:
    """Added, moved, given to somebody else or to another station, or taken away; what overlaps is refused."""
    rows = list(SignOn.objects.filter(station=station))
    if not rows or one.chance.random() < 0.4:
        if row := add_sign_on(one, station, until=now):
            apply([effect_of(row)], at=now)
        return
    row = one.chance.choice(rows)
    before = effect_of(row)
    if one.chance.random() < 0.2:
        row.delete()
        apply([before], at=now)
        return
    start = one.at(until=now)
    changes = {
        "operator": one.chance.choice(list(Operator.objects.of(station.company))), "started_at": start,
        "ends_at": row.started_at + one.chance.randrange(1, 30_000_000) * MS,
        "station": one.chance.choice(one.stations),
    }  # fmt: skip
    name = one.chance.choice(sorted(changes))
    setattr(row, name, changes[name])
    with suppress(IntegrityError), transaction.atomic():
        row.save()
        apply([before, effect_of(row)], at=now)


def add_sign_on(one: History, station: Station, *, until: datetime | None = None) -> SignOn | None:
    """At any time at which nobody else is there."""
    start, person = one.at(until=until), one.chance.choice(list(Operator.objects.of(station.company)))
    end = start + one.chance.choice([MINUTE, 3 * HOUR, one.chance.randrange(1, 40_000_000) * MS])
    with suppress(IntegrityError), transaction.atomic():
        return SignOn.objects.create(station=station, operator=person, started_at=start, ends_at=end)
    return None
