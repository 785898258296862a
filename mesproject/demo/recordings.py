"""The shipped recordings, and the endless tapes that stations play of them. Pure; see data/README.md.

A tape is some stretches of a recording one after the other, over and over. Each keeps the rhythm in which
it was recorded; only the calendar is shifted. What a tape says at an instant depends on nothing but the
instant, so whoever asks, and in however many pieces, hears the same.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Self

from production.counters import Counters, Rule, count
from production.messages import Message, Row
from production.mtconnect import shdr
from production.mtconnect.mapping import Names, Reader
from production.mtconnect.observation import Observation
from production.windows import Window

DATA = Path(__file__).parent / "data"
# Where a tape begins to play that nobody told when.
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
# A gateway reports at least this often that the machine is there; adapters do the same with their PONG.
ALIVE_EVERY = timedelta(minutes=1)
METER_READ_EVERY = timedelta(minutes=1)

RUNNING_COUNT = Rule(counter="reset")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a recording. `count_by` as in MTConnectSource; a meter's recording has no use for it."""

    recording: str
    start: datetime
    end: datetime
    count_by: str = "part_count"

    @property
    def length(self) -> timedelta:
        """How long it plays."""
        return self.end - self.start


class Take(NamedTuple):
    """One message of a tape: how long after its beginning, what it says, and the running sums of the tape."""

    offset: timedelta
    said: dict[str, Any]
    made: float | None = None
    kwh: float | None = None


class Turn(NamedTuple):
    """One stretch being played: the how-manieth since the tape began, which one, and when."""

    number: int
    stretch: Stretch
    window: Window


class Tape:
    """Stretches played one after the other, over and over, from a moment of their own on."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self.stretches = tuple(stretches)
        self.began = BEGAN
        self._starts = [timedelta(), *accumulate(stretch.length for stretch in stretches)]
        self.length = self._starts.pop()
        self._takes = list(self._recorded())
        self._rises = list(_rises(self._takes))
        self.made = max((take.made or 0.0 for take in self._takes), default=0.0)
        self.kwh = max((take.kwh or 0.0 for take in self._takes), default=0.0)

    def beginning(self, at: datetime) -> Self:
        """The same tape, begun at another instant."""
        tape = copy(self)
        tape.began = at
        return tape

    def messages(self, window: Window) -> Iterator[Message]:
        """What the station says in the window, in order."""
        for loop, take in self._playing(self._takes, window):
            yield self._message(take, loop)

    def parts(self, window: Window) -> Iterator[tuple[datetime, float]]:
        """When the part counter rose in the window, and to what."""
        for loop, take in self._playing(self._rises, window):
            yield self._begin(loop) + take.offset, loop * self.made + (take.made or 0.0)

    def turns(self, window: Window) -> Iterator[Turn]:
        """The stretches that play in the window, whole."""
        number = self._turn_at(window.start)
        while (turn := self.turn(number)).window.start < window.end:
            yield turn
            number += 1

    def turn(self, number: int) -> Turn:
        """The how-manieth stretch since the tape began."""
        loop, position = divmod(number, len(self.stretches))
        start = self._begin(loop) + self._starts[position]
        stretch = self.stretches[position]
        return Turn(number, stretch, Window(start, start + stretch.length))

    def _loop(self, at: datetime) -> int:
        return (at - self.began) // self.length

    def _turn_at(self, at: datetime) -> int:
        loop = self._loop(at)
        position = bisect_right(self._starts, at - self._begin(loop)) - 1
        return loop * len(self.stretches) + position

    def _begin(self, loop: int) -> datetime:
        return self.began + loop * self.length

    def _playing(self, takes: Sequence[Take], window: Window) -> Iterator[tuple[int, Take]]:
        """Those of the takes that play in the window, each with the loop in which it does."""
        for loop in range(self._loop(window.start), self._loop(window.end) + 1):
            begin = self._begin(loop)
            first = bisect_left(takes, window.start - begin, key=_offset)
            last = bisect_left(takes, window.end - begin, key=_offset)
            yield from ((loop, take) for take in takes[first:last])

    def _message(self, take: Take, loop: int) -> Message:
        said = dict(take.said)
        if take.made is not None:
            said["good_total"] = loop * self.made + take.made
        if take.kwh is not None:
            said["kwh_total"] = round(loop * self.kwh + take.kwh, 3)
        return Message(at=self._begin(loop) + take.offset, **said)

    def _recorded(self) -> Iterator[Take]:
        made = kwh = 0.0
        for begin, stretch in zip(self._starts, self.stretches, strict=True):
            made_before, kwh_before = made, kwh
            for take in takes(stretch):
                made = made if take.made is None else made_before + take.made
                kwh = kwh if take.kwh is None else kwh_before + take.kwh
                yield Take(
                    begin + take.offset,
                    take.said,
                    None if take.made is None else made,
                    None if take.kwh is None else kwh,
                )


def _offset(take: Take) -> timedelta:
    return take.offset


def _rises(takes: Iterable[Take]) -> Iterator[Take]:
    made = 0.0
    for take in takes:
        if take.made is not None and take.made > made:
            made = take.made
            yield take


@cache
def takes(stretch: Stretch) -> tuple[Take, ...]:
    """What was recorded in a stretch, with a sign of life a minute while the machine is there."""
    recorded = _metered(stretch) if stretch.recording == "furnace" else _machined(stretch)
    return tuple(_with_signs_of_life(recorded, stretch.length))


def _machined(stretch: Stretch) -> Iterator[Take]:
    """The machine's own messages; the first says what was true already when the stretch begins."""
    messages = _messages(stretch.recording, stretch.count_by)
    times = [message.at or BEGAN for message in messages]
    first, last = bisect_left(times, stretch.start), bisect_left(times, stretch.end)
    before: dict[str, Any] = {}
    for message in messages[:first]:
        before |= _said(message)
    before.pop("good", None)  # what was made before the stretch was made before it
    rows = [Row(stretch.start, 0, **before)]
    rows += (
        Row(at, 0, **_said(message))
        for at, message in zip(times[first:last], messages[first:last], strict=True)
    )
    made = 0.0
    for row, (units, _) in zip(rows, count(rows, lambda _: RUNNING_COUNT, Counters()), strict=True):
        made += units.good
        counts = units.good or row is rows[0]
        said = {k: v for k in _STATE if (v := getattr(row, k)) is not None}
        if said or counts:
            yield Take(row.at - stretch.start, said, made if counts else None)


_STATE = ("productive", "available", "error_code", "program")


def _said(message: Message) -> dict[str, Any]:
    names = (*_STATE, "good", "good_total")
    return {name: value for name in names if (value := getattr(message, name)) is not None}


def _metered(stretch: Stretch) -> Iterator[Take]:
    """A meter read each minute; the energy of a recorded quarter of an hour is spread evenly over it."""
    total = 0.0
    for end, kwh in _quarters():
        if not stretch.start < end <= stretch.end:
            continue
        for minute in range(15):
            yield Take(end - stretch.start - (15 - minute) * METER_READ_EVERY, {}, kwh=round(total, 3))
            total += kwh / 15
    yield Take(stretch.length - timedelta(microseconds=1), {}, kwh=round(total, 3))


def _with_signs_of_life(recorded: Iterable[Take], length: timedelta) -> Iterator[Take]:
    due, available = ALIVE_EVERY, True
    for take in recorded:
        while due < take.offset:
            if available:
                yield Take(due, {"available": True})
            due += ALIVE_EVERY
        if due == take.offset:
            due += ALIVE_EVERY
        yield take
        available = take.said.get("available", available)
    while due < length and available:
        yield Take(due, {"available": True})
        due += ALIVE_EVERY


@cache
def _messages(recording: str, count_by: str) -> tuple[Message, ...]:
    """All that a recording says, in order of time: a day's file begins with what was said the day before."""
    with gzip.open(DATA / f"{recording}.shdr.gz", "rt", encoding="utf-8") as lines:
        found = [item for item in shdr.read(lines) if isinstance(item, Observation)]
    found.sort(key=lambda item: item.at)
    read = Reader(Names(count_by=count_by)).read(found)
    return tuple(message for message in read if isinstance(message, Message))


@cache
def _quarters() -> tuple[tuple[datetime, float], ...]:
    with gzip.open(DATA / "furnace.csv.gz", "rt", encoding="utf-8", newline="") as rows:
        return tuple(
            (datetime.fromisoformat(row["interval_end"]), float(row["kwh"])) for row in csv.DictReader(rows)
        )
