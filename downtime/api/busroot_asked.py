"""Which stations, which time and which hand a request about issues means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rest_framework.exceptions import NotFound

from downtime.models.events import Who
from mesproject.accounts.callers import Caller
from mesproject.busroot import OFFSET, BadValue, codes_of
from production.models import Operator, Plant, Station
from production.windows import Window
from scheduling.calendar import Shift
from scheduling.rangecode import FIRST_YEAR, BadRange, Clock, resolve
from scheduling.shifts_around import shifts_around

FAST_CLOCK = timedelta(minutes=5)


def stations_of(caller: Caller, codes: str | None, plant: str | None = None) -> list[Station]:
    """The stations that the caller may name, of all that is asked; another one is not there, whosever it is."""
    asked = codes_of("stationcodes", codes)
    rows = Station.objects.of(caller.company).in_place()
    if caller.station_codes:
        rows = rows.filter(code__in=caller.station_codes)
    if plant is not None:
        rows = rows.filter(group__plant=_plant(caller, plant))
    found = list(rows)
    known = {station.code for station in found}
    check_known(asked, known)
    return [station for station in found if not asked or station.code in asked]


def check_known(asked: Sequence[str], known: set[str]) -> None:
    """Refuse a code that is not among those known."""
    if missing := next((code for code in asked if code not in known), None):
        raise NotFound(f"There is no station {missing[:64]}.")


def station_of(caller: Caller, code: str) -> Station:
    """One station by its code."""
    found = named(caller, code)
    if found is None:
        raise NotFound(f"There is no station {code}.")
    return found


def named(caller: Caller, code: str) -> Station | None:
    """The station in use of which a caller may speak by this code."""
    if not caller.may_name(code):
        return None
    return Station.objects.of(caller.company).active().in_place().filter(code=code).first()


def _plant(caller: Caller, code: str) -> Plant:
    plant = None if "\x00" in code else Plant.objects.of(caller.company).filter(code=code).first()
    if plant is None:
        raise NotFound(f"There is no plant {code}.")
    return plant


def window_of(rangecode: str | None, stations: Sequence[Station], *, at: datetime) -> Window | None:
    """The time that a code means on the clock of the stations' plant; none where nothing is asked."""
    if rangecode is None or not stations:
        return None
    clocks = {Clock(station.plant.tz, station.plant.day_start) for station in stations}
    if len(clocks) > 1:
        raise BadValue("plantcode", "These stations have several clocks. Say whose: give plantcode.")

    def shifts() -> list[Shift]:
        return shifts_around(stations, at)

    try:
        return resolve(OFFSET.sub("+", rangecode), now=at, clock=clocks.pop(), shifts=shifts).window
    except BadRange as error:
        raise BadValue("rangecode", str(error)) from None


def instant(name: str, text: str, *, now: datetime) -> datetime:
    """An instant with its offset, not in the future."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadValue(name, f"{name} is an instant with its offset, such as 2026-03-11T12:00:00Z.")
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise BadValue(name, f"{name} is no instant of our calendar.") from None
    if not at.year >= FIRST_YEAR or at > now + FAST_CLOCK:
        raise BadValue(name, f"{name} lies between the year {FIRST_YEAR} and now.")
    return at


def who_of(caller: Caller, initials: str | None) -> Who:
    """The hand behind a request: a person or a program, and the operator it speaks for."""
    operator = None
    if initials is not None:
        people = Operator.objects.of(caller.company).filter(archived_at=None)
        operator = None if "\x00" in initials else people.filter(initials=initials).first()
        if operator is None:
            raise BadValue("operator", "No operator has these initials.")
    return Who(user=caller.user, operator=operator, program=caller.key)


# Where a list goes on


def place_out(place: tuple[datetime, int]) -> str:
    """A place of the list, as it is handed out: to the microsecond, because the next page begins right behind it."""
    return f"{place[0].astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}_{place[1]}"


def place_in(text: str | None) -> tuple[datetime, int] | None:
    """The same as it comes back."""
    if text is None:
        return None
    at, _, number = text.rpartition("_")
    try:
        found = datetime.fromisoformat(at)
        if found.tzinfo is None or not number.isdecimal() or len(number) > 18:
            raise ValueError
        return found.astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        raise BadValue("after", "after is `paging.next` of an answer, as it was.") from None
