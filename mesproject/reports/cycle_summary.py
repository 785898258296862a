"""What single cycles say of a specified time: a summary, what is doubtful about it, and a histogram. Pure.

The fastest cycle is no specification: a slip of a sensor makes one. *Best* is what one cycle in ten is as fast as.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mesproject.reports.cycles import quantile
from mesproject.words import Said
from mesproject.words import gettext_noop as _

ONE_IN_TEN = 0.1
# Fewer cycles say nothing of what is possible.
ENOUGH = 30
# How far an average may be on the fast side, and the best on the slow side, before it is doubtful.
TOO_FAST, OUT_OF_REACH = 1.02, 1.15
BINS = 24
# What takes longer than nearly all others is one last bin.
NEARLY_ALL = 0.98


@dataclass(frozen=True, slots=True)
class Summary:
    """Lengths of cycles in milliseconds; `spread` is between the quartiles."""

    count: int
    fastest: float
    best: float
    median: float
    spread: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a specified time is doubtful, in a word and in a sentence."""

    word: str
    said: Said

    @property
    def sentence(self) -> str:
        """In English."""
        return str(self.said)


@dataclass(frozen=True, slots=True)
class Bin:
    """Cycles of a length, `start` up to `end` (None: and longer); what is drawn is in percent."""

    start: float
    end: float | None
    count: int
    x: float
    height: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """How often which lengths were; `width` of a bin in percent, and where lengths lie that are marked."""

    bins: list[Bin]
    width: float
    marks: dict[str, float]


def summary(lengths: Sequence[float]) -> Summary | None:
    """What cycles say together; None where there are none."""
    if not lengths:
        return None
    known = sorted(lengths)
    quarters = quantile(known, 0.75) - quantile(known, 0.25)
    return Summary(
        len(known), known[0], quantile(known, ONE_IN_TEN), quantile(known, 0.5), quarters, known[-1]
    )


def doubts(specified: float | None, average: float | None, seen: Summary | None) -> Iterator[Doubt]:
    """What is suspicious about a specified time."""
    if not specified or not average:
        return
    if specified > average * TOO_FAST:
        share = 100 * specified / average
        yield Doubt(
            _("ideal too slow"),
            Said(
                _("Units take less than is ideal: performance is about {share} %, so losses are hidden."),
                {"share": f"{share:.0f}"},
            ),
        )
    elif seen and seen.count >= ENOUGH and seen.best > specified * OUT_OF_REACH:
        more = 100 * seen.best / specified - 100
        yield Doubt(
            _("ideal out of reach"),
            Said(
                _("Nine cycles of ten take at least {more} % longer than is ideal."), {"more": f"{more:.0f}"}
            ),
        )


def histogram(lengths: Sequence[float], marks: dict[str, float | None]) -> Histogram | None:
    """Bins of one width that hold nearly all lengths and the marks, and one for what is longer; None without any."""
    if not lengths:
        return None
    known, told = sorted(lengths), {name: at for name, at in marks.items() if at}
    low = min([known[0], *told.values()])
    high = max([quantile(known, NEARLY_ALL), *told.values()])
    step = (high - low) / (BINS - 1) or max(low / BINS, 1.0)
    counts = [0] * BINS
    for length in known:
        counts[min(int((length - low) / step), BINS - 1)] += 1
    most, width = max(counts), 100 / BINS
    bins = [
        Bin(
            low + number * step, None if number == BINS - 1 else low + (number + 1) * step, count,
            round(number * width, 3), round(100 * count / most, 2),
        )
        for number, count in enumerate(counts)
    ]  # fmt: skip
    places = {name: round(width * (at - low) / step, 3) for name, at in told.items()}
    return Histogram(bins, round(width, 3), places)
