"""What is wrong with a connection, told by the last messages that came over it. Pure.

Each finding is a code with its figures; the words for it are where it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

# A sender that speaks at all speaks more often, or has a heartbeat that says when it is missed.
SILENT = timedelta(minutes=10)
# The door believes clocks as far ahead as this; behind, held up messages look the same.
CLOCK = timedelta(seconds=30)
# How far apart the first and the last clock reading lie at least, for a trend.
TREND_OVER = timedelta(minutes=5)
DRIFTS = timedelta(seconds=2)
# By so much even the quickest of a few messages is held up on a busy machine: less tells nothing of a clock.
HELD_UP = timedelta(seconds=2)
READINGS = 8
# A unit sends a frame each five seconds.
FRAME = timedelta(seconds=5)
TOLD_NUMBERS = 5


class Part(Protocol):
    """What became of a part of a message."""

    station: str
    verdict: str
    code: str
    reason: str


class Message(Protocol):
    """A message as it was heard."""

    at: datetime
    sent: datetime | None
    boot: str | None
    seq: int | None

    @property
    def became(self) -> Sequence[Part]:
        """One for each station it speaks of."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a sender's clock is ahead of ours (behind: less than 0), and how much more in an hour."""

    ahead: timedelta
    per_hour: timedelta | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that are missing in what one sender numbered in one of its lives."""

    station: str
    missing: int
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that nothing is (`well`); the gravest comes first."""

    code: str
    figures: dict[str, Any] = field(default_factory=dict)


def clock_of(messages: Sequence[Message]) -> Clock | None:
    """The clock behind messages that carry a time, newest first; None where none does.

    A message that was held up looks as if its clock were behind, so of a few the one that was held up least counts.
    """
    readings = [(one.sent - one.at, one.at) for one in messages if one.sent is not None]
    if not readings:
        return None
    (ahead, at), (ahead_before, before) = max(readings[:READINGS]), max(readings[-READINGS:])
    span, went = at - before, ahead - ahead_before
    is_trend = span >= TREND_OVER and abs(went) > HELD_UP
    return Clock(ahead, went * (timedelta(hours=1) / span) if is_trend else None)


def gaps_of(messages: Sequence[Message]) -> list[Gap]:
    """Numbers that are missing between those that were heard."""
    said: dict[tuple[str, str | None], set[int]] = {}
    for one in messages:
        if one.seq is not None:
            station = one.became[0].station if one.became else ""
            said.setdefault((station, one.boot), set()).add(one.seq)
    found = [_gap(station, sorted(numbers)) for (station, _), numbers in said.items()]
    return [gap for gap in found if gap.missing]


def missing_frames(messages: Sequence[Message]) -> int:
    """About how many frames did not arrive between those that did."""
    ats = sorted(one.at for one in messages)
    between = (later - earlier for earlier, later in pairwise(ats))
    return sum(max(0, round(gap / FRAME) - 1) for gap in between)


def findings(
    messages: Sequence[Message], *, now: datetime, frames: bool = False, last_seen: datetime | None = None
) -> list[Finding]:
    """What is wrong, the gravest first; one finding `well` where nothing is. Messages are newest first."""
    heard = max((at for at in (last_seen, messages[0].at if messages else None) if at), default=None)
    if heard is None:
        return [Finding("never")]
    found = [*_silence(heard, now), *_refusals(messages), *_clocks(messages), *_losses(messages, frames)]
    return found or [Finding("well", {"since": heard})]


def _gap(station: str, numbers: list[int]) -> Gap:
    holes = [(a + 1, b - 1) for a, b in pairwise(numbers) if b - a > 1]
    told = tuple(str(a) if a == b else f"{a}–{b}" for a, b in holes[:TOLD_NUMBERS])
    return Gap(station, sum(b - a + 1 for a, b in holes), told)


def _silence(heard: datetime, now: datetime) -> Iterator[Finding]:
    if now - heard > SILENT:
        yield Finding("silent", {"since": heard})


def _refusals(messages: Sequence[Message]) -> Iterator[Finding]:
    """The most frequent reason of what is refused now; an old mistake that was mended is none."""
    recent = messages[: READINGS * 2]
    parts = [part for one in recent for part in one.became]
    for verdict in ("refused", "ignored", "lost"):
        yield from _most(verdict, [part for part in parts if part.verdict == verdict], len(parts))
    if parts and all(part.verdict == "duplicate" for part in parts):
        yield Finding("all_repeated", {"number": len(parts)})


def _most(verdict: str, parts: Sequence[Part], of: int) -> Iterable[Finding]:
    if not parts:
        return []
    [(code, number)] = Counter(part.code for part in parts).most_common(1)
    reason = next(part.reason for part in parts if part.code == code)
    return [Finding(verdict, {"code": code, "number": number, "of": of, "reason": reason})]


def _clocks(messages: Sequence[Message]) -> Iterator[Finding]:
    clock = clock_of(messages)
    if clock is None:
        return
    if abs(clock.ahead) > CLOCK:
        yield Finding(
            "clock_ahead" if clock.ahead > timedelta() else "clock_behind", {"by": abs(clock.ahead)}
        )
    elif clock.per_hour and abs(clock.per_hour) > DRIFTS:
        yield Finding("clock_drifts", {"by": abs(clock.per_hour)})


def _losses(messages: Sequence[Message], frames: bool) -> Iterator[Finding]:
    for gap in gaps_of(messages):
        figures = {"station": gap.station, "missing": gap.missing, "numbers": ", ".join(gap.numbers)}
        yield Finding("numbers_missing", figures)
    if frames and (missing := missing_frames(messages)) > 1:
        yield Finding("frames_missing", {"missing": missing})
