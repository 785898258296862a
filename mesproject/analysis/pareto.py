"""A pareto: what took the most, the most first, with the share of all that is reached. Of stops and of rejects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mesproject.analysis.charts import Bar, Part, Say, bars
from mesproject.analysis.drawing import Chart
from mesproject.analysis.figure import Row
from mesproject.analysis.words import shown, tick_of

MOST_BARS = 20
# How a pareto may be sorted.
AMOUNT, COUNT = "amount", "count"


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause, station … took."""

    key: Any
    code: str
    name: str
    amount: float
    count: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class Pareto:
    """Shares in order, and how they are measured."""

    shares: Sequence[Share]
    by: str  # AMOUNT or COUNT

    @property
    def values(self) -> list[float]:
        """By what they are sorted."""
        return [share.amount if self.by == AMOUNT else share.count for share in self.shares]

    @property
    def reached(self) -> list[float]:
        """Up to each of them, the share of all."""
        whole = sum(self.values) or 1
        return [value / whole for value in accumulate(self.values)]


def sorted_by(shares: Sequence[Share], by: str) -> Pareto:
    """The most first; of equals, in order of their names."""
    return Pareto(
        sorted(shares, key=lambda one: (-(one.amount if by == AMOUNT else one.count), one.name)), by
    )


def rows(pareto: Pareto) -> Iterator[Row]:
    """Code, name, amount, its share, the share reached, the number, and the amount of one."""
    whole = sum(share.amount for share in pareto.shares) or 1
    for share, reached in zip(pareto.shares, pareto.reached, strict=True):
        each = share.amount / share.count if share.count else None
        yield Row(
            [share.name, share.code, share.amount, share.amount / whole, reached, share.count, each],
            share.link,
        )


def drawn(
    pareto: Pareto, *, say: Say, tick: Say, words: str, kind: Callable[[Share], str], is_time: bool = False
) -> Chart:
    """Bars with the line of what is reached; of many, the smallest together."""
    told = zip(pareto.shares, pareto.values, pareto.reached, strict=True)
    counting = pareto.by == COUNT
    found = [
        Bar(share.name, [Part(value, kind(share))], _said(value, pareto, say), share.link, mark=reached)
        for share, value, reached in told
    ]
    if len(found) > MOST_BARS:
        found = [*found[: MOST_BARS - 1], _others(pareto, say)]
    return bars(
        found, say=tick_of if counting else tick, words=words, is_time=is_time and not counting,
        marked=True, legend=[("l-sum", _("Share of all up to here, 0 to 100 %"))],
    )  # fmt: skip


def _said(value: float, pareto: Pareto, say: Say) -> str:
    share = shown(value / (sum(pareto.values) or 1), "ratio")
    return f"{shown(value, 'count')} × · {share}" if pareto.by == COUNT else f"{say(value)} · {share}"


def _others(pareto: Pareto, say: Say) -> Bar:
    rest = pareto.values[MOST_BARS - 1 :]
    name = ngettext("%d other", "%d others", len(rest)) % len(rest)
    return Bar(name, [Part(sum(rest), "f-idle")], _said(sum(rest), pareto, say), mark=1.0)
