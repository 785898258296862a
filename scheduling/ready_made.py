"""Weeks and rotations that plants know by name, with start times of their own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mesproject.words import Said
from mesproject.words import gettext_noop as _
from scheduling.calendar import MINUTES_PER_DAY, CycleShift
from scheduling.rotations import EIGHT_HOURS, TEMPLATES, Rotation, Template, Unworkable

WEEK = 7
_SPANS = (("mon-fri", _("Mon–Fri"), 5), ("mon-sat", _("Mon–Sat"), 6), ("all-days", _("every day"), 7))
_ONE = ("Day", 8 * 60, 480)
_NUMBERS = (
    (_("1 shift"), (_ONE,)),
    (_("2 shifts"), tuple(EIGHT_HOURS[letter] for letter in "EL")),
    (_("3 shifts"), tuple(EIGHT_HOURS.values())),
)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A cycle whose start times are still open.

    `hours` are the shifts of a day (name, usual start, usual length), `places` say which of them a team
    works on which day of the cycle. A weekly one begins on Mondays, a rotation when its first team does.
    """

    title: Said
    about: Said
    days: int
    weekly: bool
    hours: tuple[tuple[str, int, int], ...]
    places: tuple[tuple[int, int, str], ...]

    @property
    def around_the_clock(self) -> bool:
        """Whether its shifts fill the whole day, so that each ends where the next one starts."""
        return sum(minutes for _, _, minutes in self.hours) == MINUTES_PER_DAY

    def filled(self, starts: Sequence[int] = ()) -> Rotation:
        """Its shifts from these minutes of the day on; without any, from the usual ones. Raises Unworkable."""
        begins = list(starts) or [start for _, start, _ in self.hours]
        lengths = self._lengths(begins)
        shifts = (
            CycleShift(self.hours[hour][0], day, begins[hour], lengths[hour], team=team)
            for hour, day, team in self.places
        )
        return Rotation(tuple(sorted(shifts, key=lambda shift: (shift.day, shift.start_minute))), self.days)

    def _lengths(self, begins: Sequence[int]) -> list[int]:
        if len(begins) != len(self.hours):
            usual = ", ".join(f"{start // 60:02}:{start % 60:02}" for _, start, _ in self.hours)
            told = _("“{title}” has these start times: {usual}. Give as many, or none.")
            raise Unworkable(told, title=self.title, usual=usual)
        gaps = [(end - start) % MINUTES_PER_DAY for start, end in pairwise([*begins, begins[0]])]
        if len(begins) == 1:
            gaps = [MINUTES_PER_DAY]
        if sum(gaps) != MINUTES_PER_DAY or not all(gaps):
            raise Unworkable(_("Give the start times in the order of the day's shifts."))
        if self.around_the_clock:
            return gaps
        return [min(gap, usual) for gap, (_, _, usual) in zip(gaps, self.hours, strict=True)]


def starts_of(text: str) -> list[int]:
    """Times of day, as "06:00, 14:00", in minutes after midnight. Raises Unworkable."""
    return [_minute(word) for word in re.split(r"[,;\s]+", text.strip()) if word]


def _minute(word: str) -> int:
    found = _CLOCK.fullmatch(word)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else MINUTES_PER_DAY
    if minute >= MINUTES_PER_DAY:
        raise Unworkable(_("“{word}” is no time of day. Write for example: 06:00, 14:00"), word=word)
    if minute % 5:
        raise Unworkable(_("{word}: use steps of five minutes."), word=word)
    return minute


def _weeks() -> Iterator[tuple[str, ReadyMade]]:
    for number, hours in _NUMBERS:
        for key, words, days in _SPANS:
            title = Said("{number}, {days}", {"number": Said(number), "days": Said(words)})
            places = tuple((hour, day, "") for day in range(days) for hour in range(len(hours)))
            yield (
                f"{number[0]}-{key}",
                ReadyMade(title, _told(hours), WEEK, True, hours, places),
            )


def _told(hours: Sequence[tuple[str, int, int]]) -> Said:
    """The shifts of a day, each with its usual start; only their names are words."""
    starts = (
        f"{{shift{n}}} {start // 60:02}:{start % 60:02}" for n, (_name, start, _minutes) in enumerate(hours)
    )
    return Said(
        f"{', '.join(starts)}.",
        {f"shift{n}": Said(name, context="shift") for n, (name, _start, _minutes) in enumerate(hours)},
    )


def _of(template: Template) -> ReadyMade:
    hours = tuple(template.hours.values())
    named = {name: number for number, (name, _, _) in enumerate(hours)}
    rotation = template.rotation()
    places = tuple((named[shift.name], shift.day, shift.team) for shift in rotation.shifts)
    return ReadyMade(Said(template.title), Said(template.about), rotation.days, False, hours, places)


WEEKS = dict(_weeks())
ROTATIONS = {key: _of(template) for key, template in TEMPLATES.items()}
READY_MADE = WEEKS | ROTATIONS
