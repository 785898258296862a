"""Signing on and off at a station: the one road for tablets, under the lock of the station's live row.

A unit and a minute belong to one person, so whoever signs on ends the sign-on of whoever was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from mesproject.accounts.models import Device, User
from production import live
from production.models import Operator, SignOn, Station
from production.models.sign_ons import LONGEST
from production.nudges import announce

# Who never signs off is gone after this long; a tablet's memory of initials is as short.
LASTS = timedelta(hours=10)
# Whoever is relieved this soon was never there, and whoever comes back this soon was never away.
SLIP = timedelta(minutes=1)
# How long a sign-on can be taken back where it was made; later, the admin corrects it.
UNDOABLE = timedelta(minutes=15)
MOMENT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Hand:
    """Who enters it, and where."""

    user: User | None = None
    device: Device | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who was signed on while a run went on, and for how many milliseconds of it."""

    initials: str
    name: str
    ms: int


# No sign-on lasts longer than a day: the index has those that can matter.
WORKED = """
SELECT w.run, o.initials, o.name, round(1000 * sum(extract(epoch FROM w.until - w.since)))
FROM (SELECT r.id AS run, s.operator_id, greatest(s.started_at, r.actual_start) AS since,
             least(s.ends_at, r.actual_end, %(now)s::timestamptz) AS until
      FROM production_jobrun r JOIN production_signon s ON s.station_id = r.station_id
       AND s.started_at > r.actual_start - %(longest)s::interval
       AND s.started_at < coalesce(r.actual_end, %(now)s::timestamptz) AND s.ends_at > r.actual_start
      WHERE r.id = ANY(%(runs)s::bigint[])) w
JOIN production_operator o ON o.id = w.operator_id WHERE w.since < w.until
GROUP BY w.run, o.initials, o.name ORDER BY w.run, min(w.since), o.initials
"""


def who_worked(runs: Iterable[int], *, now: datetime) -> dict[int, list[Worker]]:
    """Who was at the station of each of these runs (by id) while it went on, in the order in which they came."""
    found: dict[int, list[Worker]] = {}
    asked: dict[str, Any] = {"runs": list(runs), "now": now, "longest": LONGEST}
    with connection.cursor() as cursor:
        cursor.execute(WORKED, asked)
        for run, initials, name, ms in cursor.fetchall():
            found.setdefault(run, []).append(Worker(initials, name, int(ms)))
    return found


def sign_on(station: Station, operator: Operator, *, at: datetime, by: Hand) -> SignOn:
    """Let an operator be at a station from then on; who is there already stays for longer.

    What comes late, when somebody else has come since, holds until he came.
    """
    with transaction.atomic():
        live.lock([station.pk])
        if later := _next(station.pk, at):
            return _sign_on_before(later, operator, at, by)
        return _sign_on(station, operator, at, by)


def sign_off(sign_on: SignOn, *, at: datetime) -> bool:
    """Let nobody be at the station from now on; False where somebody else has come, or nobody is there."""
    with transaction.atomic():
        live.lock([sign_on.station_id])
        found = SignOn.objects.filter(pk=sign_on.pk).first()
        if found is None or found.ends_at <= at:
            return False
        _end(found, max(at, found.started_at + MOMENT))
    return True


def undo(sign_on: SignOn, *, at: datetime) -> bool:
    """Take back a slip: who was there before has never left. False where it is too late or no longer the last."""
    with transaction.atomic():
        live.lock([sign_on.station_id])
        last = _last(sign_on.station_id)
        if last != sign_on or not is_undoable(last, at=at):
            return False
        _take_back(last)
    return True


def is_undoable(sign_on: SignOn, *, at: datetime) -> bool:
    """Whether it goes on and has only just begun."""
    return at < sign_on.ends_at and at - sign_on.started_at < UNDOABLE


def _last(station: int) -> SignOn | None:
    found = SignOn.objects.filter(station=station).select_related("operator")
    return found.order_by("started_at").last()


def _next(station: int, at: datetime) -> SignOn | None:
    """Who came after that; a moment is two clocks' difference, not time."""
    return SignOn.objects.filter(station=station, started_at__gt=at + SLIP).order_by("started_at").first()


def _sign_on_before(later: SignOn, operator: Operator, at: datetime, by: Hand) -> SignOn:
    """Be there from `at` on until the later one came, in place of whoever was."""
    before = SignOn.objects.filter(station=later.station_id).at(at).select_related("operator").first()
    if before and (before.operator == operator or at - before.started_at < MOMENT):
        return before
    if before:
        _end(before, at)
    made = SignOn.objects.create(
        station=later.station, operator=operator, started_at=at, ends_at=min(at + LASTS, later.started_at),
        user=by.user, device=by.device,
    )  # fmt: skip
    _tell(later.station_id, at)
    return made


def _sign_on(station: Station, operator: Operator, at: datetime, by: Hand) -> SignOn:
    last = _last(station.pk)
    # The clock of another process may be a little ahead.
    at = max(at, last.started_at) if last else at
    stays = last and last.operator == operator and at < last.started_at + LONGEST
    if last and stays and at < last.ends_at + SLIP:
        _end(last, max(last.ends_at, min(at + LASTS, last.started_at + LONGEST)))
        return last
    if last and at < last.ends_at:
        if at - last.started_at < SLIP:
            _take_back(last)
            return _sign_on(station, operator, last.started_at, by)
        _end(last, at)
    made = SignOn.objects.create(
        station=station, operator=operator, started_at=at, ends_at=at + LASTS, user=by.user, device=by.device
    )
    _tell(station.pk, at)
    return made


def _take_back(last: SignOn) -> None:
    """What the last one had is given back to who was there until he came, if anybody was."""
    former = SignOn.objects.filter(station=last.station_id, ends_at=last.started_at).first()
    last.delete()
    if former:
        _end(former, max(former.ends_at, min(last.ends_at, former.started_at + LASTS)))
    _tell(last.station_id, last.started_at)


def _end(sign_on: SignOn, at: datetime) -> None:
    """Let it end at another instant; what lies between the two is another's."""
    since = min(sign_on.ends_at, at)
    sign_on.ends_at = at
    sign_on.save(update_fields=["ends_at"])
    _tell(sign_on.station_id, since)


def _tell(station: int, since: datetime) -> None:
    """Facts are summed anew from there, and screens look again."""
    live.sum_again([station], since=since)
    announce([station])
