"""Taking an average as the specified cycle time: what that would change, and doing it, on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from auditlog.models import LogEntry
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.changes import history_of, who_did
from mesproject.reports.cycle_times import Line, Product
from mesproject.reports.measures import Measures
from production import effects
from production.errors import DomainError
from production.models import Sku, Station

FIELD = "cycle_time_ms"
LONGEST = 2**31 - 1
# Whose word an SKU's cycle time is above.
BELOW = frozenset({"SKU", "station"})


class Meanwhile(DomainError):
    """What was looked at is not what is there."""

    code = "changed_meanwhile"
    sentence = _("Somebody else has changed this cycle time meanwhile. Look at it again.")


class NoTime(DomainError):
    """A specification is a time."""

    code = "no_time"
    sentence = _("Give a time of a millisecond or more.")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a new time means for a line: performance and OEE, before and after (None: its time is said elsewhere)."""

    line: Line
    performance: float | None
    oee: float | None
    then_performance: float | None
    then_oee: float | None
    stays: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """The last change of a specified time: by whom, when, and what it was before."""

    by: str
    at: datetime
    before: int | None
    after: int | None


def target_of(line: Line) -> Sku | Station | None:
    """Whose time it is to take over: the SKU's; where nothing is known of what was made, the station's; None where
    only runs and jobs say it, or a job without an SKU."""
    if not BELOW & set(line.said_by):
        return None
    return line.sku or (line.station if not line.part else None)


def foreseen(product: Product, ms: int) -> list[Effect]:
    """What the numbers of the same time would be."""
    return [_effect(line, ms) for line in product.lines]


def _effect(line: Line, ms: int) -> Effect:
    stays = not BELOW.issuperset(line.said_by)
    then = line if stays else replace(line, sums=_at(line.sums, ms, line.specified), lengths=[])
    return Effect(
        line,
        line.metric("performance"),
        line.metric("oee"),
        then.metric("performance"),
        then.metric("oee"),
        stays,
    )


def _at(m: Measures, ms: int, was: float | None) -> Measures:
    """The same time and units at another ideal time."""
    return msgspec.structs.replace(
        m, ideal_ms=(m.good + m.bad) * ms, ideal_units=m.planned_ms / ms,
        target_units=m.target_units * (was or ms) / ms,
    )  # fmt: skip


def take(row: Sku | Station, ms: int | None, *, seen: int | None, at: datetime) -> bool:
    """Let an SKU, or a station, have this cycle time, if it still has the one that was seen; False where it has it."""
    if isinstance(row, Station) if ms is None else not 0 < ms <= LONGEST:
        raise NoTime
    with transaction.atomic():
        held = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
        if getattr(held, FIELD) == ms:
            return False
        if getattr(held, FIELD) != seen:
            raise Meanwhile
        setattr(held, FIELD, ms)
        held.save(update_fields=[FIELD])
        effects.apply([effects.effect_of(held, [FIELD])], at=at)
    return True


def last_change(row: Sku | Station) -> Changed | None:
    """The newest change of its cycle time on record."""
    updates = history_of(row).filter(action=LogEntry.Action.UPDATE, changes__has_key=FIELD)
    entry = updates.order_by("-timestamp", "-pk").first()
    if entry is None or entry.object_id != row.pk:
        return None
    before, after = (_number(value) for value in entry.changes_dict[FIELD])
    return Changed(who_did(entry), entry.timestamp, before, after)


def _number(value: object) -> int | None:
    """A value of the log, which is text."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() else None
