"""Who follows a work schedule on a day, and on whose clock it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models.functions import Coalesce

from mesproject.accounts.models import Company
from production.models import Plant, Station
from scheduling.models import PatternAssignment, ShiftPattern
from scheduling.rules import followed_by
from scheduling.wall_clock import shop_day

UTC_CLOCK = ZoneInfo("UTC")


def following_at(pattern: ShiftPattern, stations: Iterable[Station], at: datetime) -> list[Station]:
    """Those of the stations (from `in_place()`) that follow the pattern on the shop day of an instant."""
    among = list(stations)
    versions = followed_by(among)
    return [station for station in among if _pattern_at(station, versions[station.pk], at) == pattern.pk]


def _pattern_at(station: Station, versions: Sequence[tuple[date, int]], at: datetime) -> int | None:
    plant = station.group.plant
    day = shop_day(at, tz=plant.tz, day_start=plant.day_start)
    return next((pattern for since, pattern in reversed(versions) if since <= day), None)


def clocks(company: Company, patterns: Iterable[int]) -> dict[int, ZoneInfo]:
    """The clock of each pattern: that of the first plant whose stations follow it, else the company's."""
    ids = set(patterns)
    rows = PatternAssignment.objects.filter(pattern__in=ids).annotate(
        plant=Coalesce("station__group__plant__code", "group__plant__code"),
        zone=Coalesce("station__group__plant__timezone", "group__plant__timezone"),
    )
    found: dict[int, ZoneInfo] = {}
    for pattern, zone in rows.order_by("plant").values_list("pattern_id", "zone"):
        found.setdefault(pattern, ZoneInfo(zone))
    if ids - found.keys():
        clock = company_clock(company)
        found |= dict.fromkeys(ids - found.keys(), clock)
    return found


def company_clock(company: Company) -> ZoneInfo:
    """The clock of the company's first plant; UTC while it has none."""
    plant = Plant.objects.of(company).order_by("code", "pk").first()
    return plant.tz if plant else UTC_CLOCK
