"""A pattern changes from a day on: a copy is followed from then, and what was followed before stays."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from scheduling.holidays import give
from scheduling.models import PatternAssignment, ShiftPattern


@transaction.atomic
def changed_from(
    pattern: ShiftPattern, day: date, *, code: str, title: str
) -> tuple[ShiftPattern, list[PatternAssignment]]:
    """Copy a pattern with its shifts, events, holidays and coming exceptions; from the day on, the copy is followed.

    Who follows the pattern on that day, or from a later one on, follows the copy instead. Returns the copy
    and who follows it. The caller tells the plans.
    """
    copy = ShiftPattern.objects.create(
        company=pattern.company, code=code, title=title, days=pattern.days, anchor=pattern.anchor
    )
    _copy(pattern.shifts.all(), copy)
    _copy(pattern.event_assignments.filter(archived_at=None), copy)
    give(copy, like=pattern)
    _copy(pattern.exceptions.filter(Q(date__gte=day) | Q(to_date__gte=day)), copy)
    return copy, [_follow(assignment, copy, day) for assignment in _holding(pattern, day)]


def followers_on(pattern: ShiftPattern, day: date) -> list[PatternAssignment]:
    """Who follows the pattern on a day, or from a later one on."""
    return list(_holding(pattern, day))


def _copy(rows: models.QuerySet[Any], copy: ShiftPattern) -> None:
    copies = []
    for row in rows:
        row.pk, row.pattern = None, copy
        row._state.adding = True
        copies.append(row)
    rows.model._default_manager.bulk_create(copies)


def _holding(pattern: ShiftPattern, day: date) -> Iterable[PatternAssignment]:
    """Of each who ever followed it: the assignments that hold on the day or later, and are to this pattern."""
    ever = pattern.assignments.values_list("group", "station")
    groups, stations = {group for group, _ in ever}, {station for _, station in ever}
    every = PatternAssignment.objects.of(pattern.company_id).filter(
        Q(group__in=groups - {None}) | Q(station__in=stations - {None})
    )
    ordered = every.select_related("group__plant", "station__group__plant").order_by(
        "group", "station", "valid_from"
    )
    for _, rows in groupby(ordered, key=lambda row: (row.group_id, row.station_id)):
        mine = list(rows)
        last = max((n for n, row in enumerate(mine) if row.valid_from <= day), default=0)
        yield from (row for row in mine[last:] if row.pattern_id == pattern.pk)


def _follow(assignment: PatternAssignment, copy: ShiftPattern, day: date) -> PatternAssignment:
    """Where it began before the day, a new one begins on the day; else the same one is of the copy."""
    if assignment.valid_from < day:
        assignment = PatternAssignment(
            group=assignment.group, station=assignment.station, valid_from=day, pattern=copy
        )
    assignment.pattern = copy
    assignment.save()
    return assignment
