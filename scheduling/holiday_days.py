"""Which days are public holidays: by country, for ever, or as a file said. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Protocol

# Before and after these years the library knows nothing dependable.
FIRST_YEAR, LAST_YEAR = 1970, 2100


LONGEST_NAME = 64


class Days(Protocol):
    """Named days."""

    def between(self, first: date, last: date) -> Iterable[tuple[date, str]]:
        """Those from `first` to `last`, both included, in order."""


@dataclass(frozen=True, slots=True)
class CountryDays:
    """The public holidays of a country, or of a part of it."""

    country: str
    subdivision: str = ""
    language: str = ""

    def between(self, first: date, last: date) -> Iterator[tuple[date, str]]:
        """Year by year, as they are asked for."""
        for year in range(max(first.year, FIRST_YEAR), min(last.year, LAST_YEAR) + 1):
            days = _of_year(self.country, self.subdivision, self.language, year)
            yield from ((day, name) for day, name in days if first <= day <= last)


@dataclass(frozen=True, slots=True)
class ListedDays:
    """Days that are listed, in order."""

    days: Sequence[tuple[date, str]]

    def between(self, first: date, last: date) -> Sequence[tuple[date, str]]:
        """A part of the list."""
        begin = bisect_left(self.days, first, key=_day_of)
        return self.days[begin : bisect_left(self.days, last + timedelta(days=1), key=_day_of)]


def shortened(name: str) -> str:
    """A name as long as one may be."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"


def _day_of(entry: tuple[date, str]) -> date:
    return entry[0]


@lru_cache(4_000)
def _of_year(country: str, subdivision: str, language: str, year: int) -> tuple[tuple[date, str], ...]:
    import holidays  # takes a moment, and only a few processes ever need it

    # Never the language of the process's surroundings: every process must say the same.
    language = language or default_language(country)
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, language=language or None, years=year
    )
    return tuple((day, shortened(name)) for day, name in sorted(found.items()))


@lru_cache(1)
def countries() -> dict[str, str]:
    """The code of each country that is known, with its name."""
    import holidays
    from holidays.registry import COUNTRIES

    names = {names[1]: _spaced(names[0]) for names in COUNTRIES.values()}
    known = holidays.list_supported_countries(include_aliases=False)
    return dict(sorted(((code, names[code]) for code in known), key=lambda entry: entry[1]))


def subdivisions(country: str) -> dict[str, str]:
    """The parts of a country that have holidays of their own, by code."""
    import holidays

    if country not in countries():
        return {}
    named = {code: name for name, code in holidays.country_holidays(country).subdivisions_aliases.items()}
    return {code: named.get(code, code) for code in holidays.list_supported_countries()[country]}


def languages(country: str) -> list[str]:
    """The languages in which its holidays have names."""
    import holidays

    return list(holidays.list_localized_countries().get(country, ()))


def default_language(country: str) -> str:
    """The language in which its holidays are called at home; nothing where there is only one."""
    import holidays

    return holidays.country_holidays(country).default_language or ""


def _spaced(name: str) -> str:
    """ "UnitedStates" as "United States"."""
    return "".join(f" {letter}" if letter.isupper() and n else letter for n, letter in enumerate(name))
