"""What groups of facts are called: the codes and names of stations, causes, SKUs … by what facts know them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from downtime.models import Cause
from mesproject.analysis.asked import Look
from mesproject.reports.tally import IN_SETUP, NO_SHIFT, NOBODY
from production.models import Operator, Sku
from quality.models import RejectReason

# Of a group, its code and its name.
Names = dict[Any, tuple[str, str]]


def stations(look: Look) -> Names:
    """Of the stations that are looked at; no query."""
    return {station.pk: (station.code, station.name) for station in look.asked.stations}


def groups(look: Look) -> Names:
    """Of their groups."""
    found = {station.group for station in look.asked.stations}
    return {group.pk: (group.code, group.name) for group in found}


def causes(look: Look, keys: Collection[int]) -> Names:
    """Of causes, of setup, and of what nobody has explained. One query."""
    rows = Cause.objects.of(look.company).filter(pk__in=keys)
    found = {pk: (code, name) for pk, code, name in rows.values_list("pk", "code", "description")}
    return found | {0: ("", _("Not explained")), IN_SETUP: ("", _("Setup"))}


def reasons(look: Look, keys: Collection[int]) -> Names:
    """Of reject reasons. One query."""
    rows = RejectReason.objects.of(look.company).filter(pk__in=keys)
    return {pk: (code, name) for pk, code, name in rows.values_list("pk", "code", "description")}


def skus(look: Look, keys: Collection[str]) -> Names:
    """Of SKUs and of parts that jobs name. One query."""
    rows: QuerySet[Sku] = Sku.objects.of(look.company).filter(code__in=keys)
    names = dict(rows.values_list("code", "name"))
    found = {code: (code, names.get(code) or code) for code in keys}
    return found | {"": ("", _("Unknown product"))}


def operators(look: Look, keys: Collection[int]) -> Names:
    """Of operators, and of nobody. One query."""
    rows = Operator.objects.of(look.company).filter(pk__in=keys)
    found = {
        pk: (initials, name or initials) for pk, initials, name in rows.values_list("pk", "initials", "name")
    }
    return found | {NOBODY: ("", _("Nobody signed on"))}


def shifts(keys: Collection[str]) -> Names:
    """Of shifts, which are known by their names."""
    return {name: (name, name) for name in keys} | {NO_SHIFT: ("", _("No shift"))}


def of_group(look: Look, group: str, keys: Collection[Any]) -> Names:
    """Of the values of a group of facts; one query at most."""
    if group == "machine":
        return stations(look)
    if group == "machineGroup":
        return groups(look)
    if group == "shift":
        return shifts(keys)
    return skus(look, keys) if group == "part" else operators(look, keys)
