"""Good and bad units that people enter where no machine counts: through the one door, and taken back on record."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.retelling import retold
from production import ingest, live, whys_not
from production.errors import DomainError
from production.messages import Message
from production.models import HandCount, Operator, Station
from production.nudges import announce
from production.sign_ons import Hand
from production.windows import Window

# So far back an entry may reach: who counts less often than once a day counts nothing that a shift could be told.
LONGEST = timedelta(hours=24)
MINUTE = timedelta(minutes=1)


class NotByHand(DomainError):
    """A machine counts here; both would be counted twice."""

    code = "not_by_hand"
    sentence = _("This station is not counted by hand.")


class CorrectedAlready(DomainError):
    """Somebody was faster."""

    code = "corrected_already"
    sentence = _("Somebody has taken this back already.")


class Impossible(DomainError):
    """Amounts or times that cannot be."""

    code = "bad_count"


@dataclass(frozen=True, slots=True)
class Amount:
    """Good and bad units, and over which time they were made: windows in order, or one instant without a length."""

    good: float
    bad: float
    over: Sequence[Window]


@dataclass(frozen=True, slots=True)
class Counter:
    """Who counted: the hand that enters it, and whose initials are on it."""

    hand: Hand
    operator: Operator | None = None


def enter(
    station: Station, amount: Amount, *, key: uuid.UUID, by: Counter, at: datetime,
    corrects: HandCount | None = None,
) -> HandCount:  # fmt: skip
    """Count it, once however often it arrives; what it corrects counts no longer."""
    with transaction.atomic():
        live.lock([station.pk])
        if known := HandCount.objects.filter(key=key, station=station).first():
            return known
        _check(station, amount, at)
        if corrects and not take_back(corrects, by=by, at=at):
            raise CorrectedAlready
        parts = list(spread(amount))
        count = HandCount.objects.create(
            station=station, key=key, good=amount.good, bad=amount.bad, parts=len(parts), entered_at=at,
            started_at=amount.over[0].start, ended_at=amount.over[-1].end, corrects=corrects,
            operator=by.operator, user=by.hand.user, device=by.hand.device,
        )  # fmt: skip
        said = [
            ingest.Parcel(
                station.company_id,
                station.code,
                Message(at=when, id=_id(count, n), good=good, bad=bad),
                "http",
            )
            for n, (when, good, bad) in enumerate(parts)
        ]
        outcomes = ingest.record(said, received_at=at, quarantine=False)
        if refused := next((one for one in outcomes if one.verdict is ingest.Verdict.REFUSED), None):
            raise Impossible(retold(refused.reason, whys_not.ALL))
    return count


def _check(station: Station, amount: Amount, at: datetime) -> None:
    if not station.counted_by_hand:
        raise NotByHand
    if not amount.good + amount.bad > 0:
        raise Impossible(_("Enter how many were good or bad."))
    if amount.over[-1].end > at or amount.over[0].start < at - LONGEST:
        raise Impossible(_("An entry tells of the last 24 hours."))


def take_back(count: HandCount, *, by: Counter, at: datetime) -> bool:
    """Let it count no longer, and stay on record. False where somebody has done so already."""
    with transaction.atomic():
        live.lock([count.station_id])
        counting = HandCount.objects.counting().filter(pk=count.pk)
        if not counting.exists():
            return False
        # Saved as a row, so that it is in the audit log.
        count.undone_at, count.undone_operator, count.undone_user = at, by.operator, by.hand.user
        count.save(update_fields=["undone_at", "undone_operator", "undone_user"])
        _unsay(count)
        live.look_again([count.station_id], since=count.started_at, at=at)
        live.sum_again([count.station_id], since=count.started_at)
        announce([count.station_id])
    return True


def _unsay(count: HandCount) -> None:
    """Take its signals out: no signal can say that there were fewer units, and this row keeps what was said."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM production_signal WHERE station_id = %s AND at >= %s AND at <= %s "
            "AND key = ANY(%s::bigint[])",
            [count.station_id, count.started_at, count.ended_at, keys_of(count)],
        )


def keys_of(count: HandCount) -> list[int]:
    """The keys of the signals that say it."""
    sender = count.station.code
    return [Message(id=_id(count, n)).event_key(sender) for n in range(count.parts)]


def _id(count: HandCount, part: int) -> str:
    return f"{count.key}/{part}"


def spread(amount: Amount) -> Iterator[tuple[datetime, float, float]]:
    """Units evenly over their time, at most one signal a minute: whole units stay whole, and the sum is exact.

    Each lies in the middle of its part of the time, so none at the edge of a shift or run.
    """
    length = sum((window.duration for window in amount.over), timedelta())
    parts = max(1, min(math.ceil(length / MINUTE), math.ceil(amount.good + amount.bad)))
    good = bad = 0.0
    for part in range(parts):
        last = part + 1 == parts
        now_good = amount.good if last else math.floor(amount.good * (part + 1) / parts)
        now_bad = amount.bad if last else math.floor(amount.bad * (part + 1) / parts)
        if now_good > good or now_bad > bad:
            yield _instant(amount.over, length * (2 * part + 1) / (2 * parts)), now_good - good, now_bad - bad
        good, bad = now_good, now_bad


def _instant(windows: Sequence[Window], after: timedelta) -> datetime:
    """The instant at which so much of these windows has passed."""
    for window in windows:
        if after < window.duration:
            return window.start + after
        after -= window.duration
    return windows[-1].end
