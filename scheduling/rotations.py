"""Rotations: each team works a sequence of days, nights and days off, and together they fill a cycle. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm

from mesproject.words import Refusal
from mesproject.words import gettext_noop as _
from scheduling.calendar import CycleShift

OFF = "-"
MOST_DAYS = 366
# Letter of a sequence: name, start in minutes after midnight, length in minutes. The page of a pattern has the names
# to be translated.
Hours = Mapping[str, tuple[str, int, int]]
TWELVE_HOURS: Hours = {"D": ("Day", 6 * 60, 720), "N": ("Night", 18 * 60, 720)}
EIGHT_HOURS: Hours = {
    "E": ("Early", 6 * 60, 480),
    "L": ("Late", 14 * 60, 480),
    "N": ("Night", 22 * 60, 480),
}


class Unworkable(Refusal, ValueError):
    """Sequences that make no cycle; the text says why."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A cycle of some days: the shifts of all teams. Day 0 is the first of the first team's sequence."""

    shifts: tuple[CycleShift, ...]
    days: int

    def hours_a_week(self, team: str) -> float:
        """How long a team works in a week, on average over the cycle and on the wall clock."""
        return sum(shift.minutes for shift in self.shifts if shift.team == team) / 60 * 7 / self.days


@dataclass(frozen=True, slots=True)
class Template:
    """A rotation that plants know by name."""

    title: str
    about: str
    sequences: Mapping[str, str]
    hours: Hours

    def rotation(self) -> Rotation:
        """Its cycle; the hours of its shifts are a proposal, the sequences are what it is known for."""
        return rotation(self.sequences, self.hours)


def rotation(sequences: Mapping[str, str], hours: Hours) -> Rotation:
    """What each team works, by its name, day by day: a letter of `hours`, or "-" for a day off.

    Sequences may differ in length: the cycle is over when all of them end on one day. Raises Unworkable.
    """
    if not sequences or not all(sequences.values()):
        raise Unworkable(_("Each team needs a sequence of at least one day."))
    if unknown := set("".join(sequences.values())) - {*hours, OFF}:
        raise Unworkable(
            _("“{letter}” is none of {known}."), letter=min(unknown), known=", ".join([*hours, OFF])
        )
    days = lcm(*(len(sequence) for sequence in sequences.values()))
    if days > MOST_DAYS:
        told = _("All sequences together repeat after {days} days; at most {most} are possible.")
        raise Unworkable(told, days=days, most=MOST_DAYS)
    worked = [
        CycleShift(name, day, start, minutes, team=team)
        for team, sequence in sequences.items()
        for day, letter in enumerate(sequence * (days // len(sequence)))
        if letter != OFF
        for name, start, minutes in [hours[letter]]
    ]
    return Rotation(tuple(sorted(worked, key=lambda shift: (shift.day, shift.start_minute))), days)


def staggered(sequence: str, *, teams: str, offset: int) -> dict[str, str]:
    """One sequence for all teams, each so many days behind the one before it."""
    turned = {}
    for number, team in enumerate(teams):
        first = -number * offset % len(sequence)
        turned[team] = sequence[first:] + sequence[:first]
    return turned


TEMPLATES = {
    "dupont": Template(
        "DuPont",
        _("Four teams, twelve hours, four weeks; a week off in each cycle."),
        staggered("NNNN---DDD-NNN---DDDD-------", teams="ABCD", offset=7),
        TWELVE_HOURS,
    ),
    "pitman": Template(
        _("2-2-3 (Pitman)"),
        _(
            "Four teams, twelve hours, two weeks; two teams work days and two nights, every other weekend is off."
        ),
        staggered("DD--DDD--DD---", teams="AB", offset=7) | staggered("NN--NNN--NN---", teams="CD", offset=7),
        TWELVE_HOURS,
    ),
    "panama": Template(
        _("2-2-3 rotating (Panama)"),
        _("Four teams, twelve hours, four weeks; each team works two weeks of days, then two of nights."),
        staggered("DD--DDD--DD---NN--NNN--NN---", teams="ABCD", offset=7),
        TWELVE_HOURS,
    ),
    "four-on-four-off": Template(
        _("4 on, 4 off"),
        _("Four teams, twelve hours, sixteen days; four days, four off, four nights, four off."),
        staggered("DDDD----NNNN----", teams="ABCD", offset=4),
        TWELVE_HOURS,
    ),
    "dno": Template(
        _("DNO: day, night, off"),
        _("Three teams, twelve hours, three days; 56 hours a week."),
        staggered("DN-", teams="ABC", offset=1),
        TWELVE_HOURS,
    ),
    "metropolitan": Template(
        _("2-2-2 (Metropolitan)"),
        _("Four teams, eight hours, eight days; two early, two late, two night shifts, two days off."),
        staggered("EELLNN--", teams="ABCD", offset=2),
        EIGHT_HOURS,
    ),
    "continental": Template(
        _("2-2-3 continental"),
        _("Four teams, eight hours, four weeks; a long weekend off in each cycle."),
        staggered("EELLNNN--EELLLNN--EEELLNN---", teams="ABCD", offset=7),
        EIGHT_HOURS,
    ),
}
