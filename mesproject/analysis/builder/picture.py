"""The chart that fits a report: bars, columns or lines by how it is grouped, of numbers of one unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext

from mesproject.analysis.builder.answering import Answer
from mesproject.analysis.builder.heat import heat
from mesproject.analysis.builder.words import TIMES, entity_word, number_word, value_word
from mesproject.analysis.charts import Bar, Column, Line, Part, bars, columns
from mesproject.analysis.drawing import Chart, cut
from mesproject.analysis.words import tick_of_time
from mesproject.reports.metrics import METRICS

MOST_BARS, MOST_SERIES, MOST_COLUMNS = 30, 6, 400
# More of a name does not fit beside its bar.
LETTERS = 27
# Numbers of losses add up, as metrics do that say so.
ADDITIVE = {"downtimeMs", "rejectCount", "recordCount"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, and whether it leaves out what the table has."""

    chart: Chart
    numbers: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class _Drawn:
    """An answer with the words in which it is drawn."""

    answer: Answer
    tz: tzinfo
    currency: str | None

    def name(self, level: int, row: int) -> str:
        """A group of a row."""
        answer = self.answer
        return entity_word(answer.groups[level], answer.ids[level][row], answer.names[level][row], self.tz)

    def full_name(self, row: int) -> str:
        """All groups of a row."""
        return " · ".join(self.name(level, row) for level in range(len(self.answer.groups)))

    def say(self, number: int) -> Callable[[float], str]:
        """How values of a number are said."""
        unit = self.answer.numbers[number].unit
        return lambda value: value_word(value, unit, self.tz, self.currency)

    def tick(self, number: int) -> Callable[[float], str]:
        """The same on a scale."""
        return tick_of_time if self.is_time(number) else self.say(number)

    def is_time(self, number: int) -> bool:
        """Whether it is told in hours."""
        return self.answer.numbers[number].unit == "ms"

    def word(self, number: int) -> str:
        """What a number is called."""
        return number_word(self.answer.numbers[number].name)


def picture(answer: Answer, tz: tzinfo, currency: str | None) -> Picture | None:
    """The chart; None where there is nothing to compare."""
    drawable = [n for n, number in enumerate(answer.numbers) if number.unit != "instant"]
    if not answer.groups or answer.count < 1 or not drawable:
        return None
    drawn, first = _Drawn(answer, tz, currency), drawable[0]
    times = [level for level, group in enumerate(answer.groups) if group in TIMES]
    if times and len(answer.groups) == 1:
        return _over_time(
            drawn, [n for n in drawable if answer.numbers[n].unit == answer.numbers[first].unit]
        )
    if len(answer.groups) == 2:
        return _series_over_time(drawn, first, times[0]) if times else _side_by_side(drawn, first)
    return _bars(drawn, first)


def _adds_up(answer: Answer, number: int) -> bool:
    name = answer.numbers[number].name
    return name in ADDITIVE or (name in METRICS and METRICS[name].additive)


def _over_time(drawn: _Drawn, wanted: Sequence[int]) -> Picture:
    """Columns of one number that adds up; lines of all others of its unit."""
    answer, first, shown = drawn.answer, wanted[0], range(min(drawn.answer.count, MOST_COLUMNS))
    names = [drawn.name(0, row) for row in shown]
    say, left = drawn.say(first), answer.count - len(shown)
    if len(wanted) == 1 and _adds_up(answer, first):
        found = [
            Column(name, [Part(value, "f-s0")], f"{name}: {say(value)}")
            for name, value in zip(names, _plain(answer.values[first], shown), strict=True)
        ]
        chart = columns(found, say=drawn.tick(first), words=drawn.word(first), is_time=drawn.is_time(first))
        return Picture(chart, (answer.numbers[first].name,), left)
    wanted = wanted[:MOST_SERIES]
    series = [(drawn.word(number), [answer.values[number][row] for row in shown]) for number in wanted]
    return _lines(drawn, first, names, series, tuple(answer.numbers[number].name for number in wanted), left)


def _lines(
    drawn: _Drawn, number: int, names: Sequence[str], series: Sequence[tuple[str, Sequence[Any]]],
    numbers: tuple[str, ...], left: int,
) -> Picture:  # fmt: skip
    lines = [Line(values, f"s{place}", word) for place, (word, values) in enumerate(series)]
    chart = columns(
        [Column(name) for name in names], say=drawn.tick(number), words=", ".join(word for word, _ in series),
        lines=lines, legend=_legend("l", [word for word, _ in series]),
    )  # fmt: skip
    return Picture(chart, numbers, left)


def _series_over_time(drawn: _Drawn, number: int, level: int) -> Picture:
    """A number of one group over time: columns in parts where it adds up, else a line for each of the largest."""
    crossed = _crossed_of(drawn, number, level)
    shown = crossed.shown(MOST_COLUMNS)
    if not _adds_up(drawn.answer, number):
        lines = [(word, values[: len(shown)]) for word, values in crossed.series]
        left = crossed.left_out + len(crossed.names) - len(shown)
        return _lines(drawn, number, shown, lines, crossed.numbers, left)
    found = [Column(name, crossed.parts(place, drawn.say(number))) for place, name in enumerate(shown)]
    chart = columns(
        found, say=drawn.tick(number), words=drawn.word(number), is_time=drawn.is_time(number),
        legend=crossed.legend,
    )  # fmt: skip
    return Picture(chart, crossed.numbers, len(crossed.names) - len(shown))


def _side_by_side(drawn: _Drawn, number: int) -> Picture:
    """A number by two groups that are no time: bars in parts where it adds up, else a table shaded by values."""
    crossed, say = _crossed_of(drawn, number, 0), drawn.say(number)
    shown, words = crossed.shown(MOST_BARS), [word for word, _ in crossed.series]
    left = len(crossed.names) - len(shown)
    if not _adds_up(drawn.answer, number):
        values = [[told[place] for _word, told in crossed.series] for place in range(len(shown))]
        chart = heat(shown, words, values, say=say, words=drawn.word(number))
        return Picture(chart, crossed.numbers, left + crossed.left_out)
    found = []
    for place, name in enumerate(shown):
        parts = crossed.parts(place, say)
        found.append(Bar(cut(name, LETTERS), parts, say(sum(part.value for part in parts))))
    chart = bars(
        found, say=drawn.tick(number), words=drawn.word(number), is_time=drawn.is_time(number),
        legend=crossed.legend,
    )  # fmt: skip
    return Picture(chart, crossed.numbers, left)


@dataclass(frozen=True, slots=True)
class _Crossed:
    """A number of two groups: of one the names, of the largest of the other a word and a value for each name."""

    names: Sequence[str]
    series: Sequence[tuple[str, Sequence[Any]]]
    numbers: tuple[str, ...]
    left_out: int  # of the other group, where they cannot be told together

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Of columns and bars."""
        return _legend("f", [word for word, _ in self.series])

    def shown(self, most: int) -> list[str]:
        """The first names."""
        return [*self.names[:most]]

    def parts(self, place: int, say: Callable[[float], str]) -> list[Part]:
        """What a column or bar is made of."""
        name = self.names[place]
        told = [(word, max(values[place] or 0, 0)) for word, values in self.series]
        return [
            Part(value, f"f-s{n}", f"{name}, {word}: {say(value)}") for n, (word, value) in enumerate(told)
        ]


def _crossed_of(drawn: _Drawn, number: int, level: int) -> _Crossed:
    """By the groups of a level. What adds up is told of all others together, so that nothing is missing."""
    answer, other = drawn.answer, 1 - level
    ids = list(dict.fromkeys(answer.ids[level]))
    if (
        level and answer.groups[level] in TIMES
    ):  # inside of another group, they come in the order of its first rows
        raw = dict(zip(answer.ids[level], answer.names[level], strict=True))
        ids.sort(key=raw.__getitem__)
    names = {id_: drawn.name(level, row) for row, id_ in enumerate(answer.ids[level])}
    words = {id_: drawn.name(other, row) for row, id_ in enumerate(answer.ids[other])}
    cells = {(answer.ids[level][row], answer.ids[other][row]): row for row in range(answer.count)}

    def value(id_: str, one: str) -> Any:
        row = cells.get((id_, one))
        return None if row is None else answer.values[number][row]

    adds_up = _adds_up(answer, number)
    largest, rest = _largest(answer, number, other, MOST_SERIES - adds_up)
    series = [(words[one], [value(id_, one) for id_ in ids]) for one in largest]
    if adds_up and rest:
        series.append((gettext("All others"), [sum(value(id_, one) or 0 for one in rest) for id_ in ids]))
    left_out = 0 if adds_up else len(rest)
    return _Crossed([names[id_] for id_ in ids], series, (answer.numbers[number].name,), left_out)


def _largest(answer: Answer, number: int, level: int, most: int) -> tuple[list[str], list[str]]:
    """The groups with most of a number, in their own order, and all others."""
    sums: dict[str, float] = {}
    for id_, value in zip(answer.ids[level], answer.values[number], strict=True):
        sums[id_] = sums.get(id_, 0) + abs(value or 0)
    taken = {*sorted(sums, key=sums.__getitem__, reverse=True)[:most]} if len(sums) > MOST_SERIES else {*sums}
    return [id_ for id_ in sums if id_ in taken], [id_ for id_ in sums if id_ not in taken]


def _bars(drawn: _Drawn, number: int) -> Picture:
    """A bar for each row."""
    answer, say = drawn.answer, drawn.say(number)
    rows = range(min(answer.count, MOST_BARS))
    found = [
        Bar(cut(drawn.full_name(row), LETTERS), [Part(value or 0, "f-s0")], say(value))
        for row in rows
        for value in [answer.values[number][row]]
    ]
    chart = bars(found, say=drawn.tick(number), words=drawn.word(number), is_time=drawn.is_time(number))
    return Picture(chart, (answer.numbers[number].name,), answer.count - len(rows))


def _legend(shape: str, words: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{shape}-s{place}", word) for place, word in enumerate(words)]


def _plain(values: Sequence[Any], rows: range) -> list[float]:
    return [values[row] or 0 for row in rows]
