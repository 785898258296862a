"""What the demo's operators do about stops and bad parts: the same for the same stop, whoever asks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from mesproject.demo import plan
from mesproject.demo.recordings import Tape
from production.messages import fingerprint
from production.windows import Window

Verb = Literal["acknowledge", "estimate", "escalate", "note", "explain"]

# Nobody answers this station while the plant lives, but the visitor.
VISITORS = "HURCO-1"

SLOWEST = timedelta(minutes=20)  # all that is done about a stop is done this long after it was raised
INSPECTED_WITHIN = timedelta(minutes=5)
PART_IS_BAD = 0.025


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done about a stop; `key` tells it from every other step."""

    at: datetime
    verb: Verb
    by: str  # initials
    key: UUID
    cause: str = ""
    text: str = ""
    estimate: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class BadPart:
    """A part that an operator finds not good."""

    at: datetime
    by: str
    reason: str
    key: UUID


def answers(
    station: plan.StationPlan, silent_since: datetime, raised_at: datetime, tz: ZoneInfo
) -> list[Step]:
    """What is done about a stop, in order: mostly acknowledged and explained, sometimes more, or nothing."""
    told = f"{station.code} {silent_since.isoformat()}"
    dice = Random(fingerprint("answers", told))
    by = plan.CREWS[shift_at(raised_at, tz)][station.group]

    def step(at: datetime, verb: Verb, **more: object) -> Step:
        return Step(at, verb, by, uuid5(NAMESPACE_OID, f"{told} {verb}"), **more)  # type: ignore[arg-type]

    return list(_steps(step, dice, raised_at, plan.USUAL[station.group]))


def _steps(
    step: Callable[..., Step], dice: Random, raised_at: datetime, usual: Mapping[str, int]
) -> Iterator[Step]:
    mood = dice.random()
    if mood < 0.1:
        return
    at = raised_at + _between(dice, 20, 200)
    yield step(at, "acknowledge")
    if dice.random() < 0.35:
        at += _between(dice, 5, 40)
        yield step(at, "estimate", estimate=timedelta(minutes=dice.choice((5, 10, 10, 15, 30))))
    if dice.random() < 0.08:
        at += _between(dice, 20, 120)
        yield step(at, "escalate")
    if mood > 0.2:
        at += _between(dice, 30, 360)
        yield step(at, "explain", cause=dice.choices([*usual], [*usual.values()])[0])
    if dice.random() < 0.12:
        at += _between(dice, 10, 60)
        yield step(at, "note", text=dice.choice(plan.NOTES))


def bad_parts(station: plan.StationPlan, tape: Tape, window: Window, tz: ZoneInfo) -> Iterator[BadPart]:
    """The parts found bad in the window: a few of those made shortly before."""
    for made_at, number in tape.parts(Window(window.start - INSPECTED_WITHIN, window.end)):
        told = f"{station.code} {tape.began.isoformat()} {number:.0f}"
        dice = Random(fingerprint("bad part", told))
        bad, at = dice.random() < PART_IS_BAD, made_at + dice.random() * INSPECTED_WITHIN
        if bad and at in window:
            by = plan.CREWS[shift_at(at, tz)][station.group]
            reason = plan.cause_code(dice.choice([*plan.REJECT_REASONS]))
            yield BadPart(at, by, reason, uuid5(NAMESPACE_OID, f"bad part {told}"))


def turns(group: str, window: Window, tz: ZoneInfo) -> Iterator[tuple[Window, str]]:
    """The shifts that begin in the window, each with the initials of who stands at the group's stations."""
    first, last = (at.astimezone(tz).date() for at in (window.start, window.end))
    for day in range((last - first).days + 1):
        midnight = datetime.combine(first + timedelta(days=day), time())
        for name, minute in plan.SHIFTS:
            edges = (midnight + timedelta(minutes=more) for more in (minute, minute + plan.SHIFT_MINUTES))
            start, end = (wall.replace(tzinfo=tz).astimezone(UTC) for wall in edges)
            if start in window:
                yield Window(start, end), plan.CREWS[name][group]


def shift_at(at: datetime, tz: ZoneInfo) -> str:
    """The name of the shift that works at this instant, breaks included."""
    wall = at.astimezone(tz)
    minute = (wall.hour * 60 + wall.minute - plan.SHIFTS[0][1]) % 1440
    return plan.SHIFTS[minute // plan.SHIFT_MINUTES][0]


def _between(dice: Random, least: float, most: float) -> timedelta:
    return timedelta(seconds=dice.uniform(least, most))
