"""Each signal of a little time: when it was sent and heard, what it said, and what that did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from downtime.models import Slice
from mesproject.reports.counting import added
from mesproject.reports.tally import EVER, Made
from production.hand_counts import keys_of
from production.messages import MEASURES
from production.models import HandCount, Signal, Station
from production.windows import Window

# A page that lists more is no page.
MOST = 500
NOTHING = Made(EVER.start)


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal. `by` is who entered it, empty where the machine said it; `began` the states that begin with it."""

    at: datetime
    received_at: datetime
    by: str
    said: tuple[tuple[str, Any], ...]
    added: Made
    began: tuple[str, ...]

    @property
    def delay(self) -> timedelta:
        """How long after its time it was heard; negative where the sender's clock is ahead."""
        return self.received_at - self.at


def heard(station: Station, window: Window, slices: Sequence[Slice]) -> tuple[list[Heard], bool]:
    """The first of a window's signals, and whether there are more."""
    rows = list(_rows(station, window))
    did, by = added(station, window) if rows else {}, _by_hand(station, window)
    began = _began(slices)
    found = [
        Heard(at, received_at, by.get(key, ""), _said(said), did.get((at, key), NOTHING), began.get(at, ()))
        for at, key, received_at, *said in rows[:MOST]
    ]
    return found, len(rows) > MOST


def _rows(station: Station, window: Window) -> Iterator[tuple[Any, ...]]:
    signals = Signal.objects.filter(station=station, at__gte=window.start, at__lt=window.end)
    columns = ("at", "key", "received_at", *MEASURES)
    yield from signals.order_by("at", "key").values_list(*columns)[: MOST + 1]


def _said(values: Sequence[Any]) -> tuple[tuple[str, Any], ...]:
    named = zip(MEASURES, values, strict=True)
    return tuple((name, value) for name, value in named if value is not None)


def _by_hand(station: Station, window: Window) -> Mapping[int, str]:
    """Who entered the signals of what was counted by hand, by their keys."""
    if not station.counted_by_hand:
        return {}
    counts = HandCount.objects.counting().filter(
        station=station, started_at__lt=window.end, ended_at__gte=window.start
    )
    known = counts.select_related("operator", "user", "device", "station")
    return {key: count.by for count in known for key in keys_of(count)}


def _began(slices: Sequence[Slice]) -> Mapping[datetime, tuple[str, ...]]:
    found: dict[datetime, tuple[str, ...]] = {}
    for piece in slices:
        found[piece.start] = (*found.get(piece.start, ()), piece.state)
    return found
