"""Saving a week of shifts as a whole: checked as it will be, then written, and its followers' plans with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from mesproject.accounts.models import Company
from production.errors import DomainError
from scheduling.calendar import CycleShift
from scheduling.followers import followers_of, still_following
from scheduling.models import PatternShift, ShiftPattern
from scheduling.models.patterns import WEEKDAYS, clock
from scheduling.shorthand import overlap
from scheduling.writing import rules_changed


class BadWeek(Exception):
    """What was asked makes no week; `field` names the part that does not."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class TitleTaken(DomainError):
    code = "title_taken"
    sentence = "There is a shift pattern with this title already."


class StillFollowed(DomainError):
    code = "still_followed"
    sentence = "Groups or stations follow this pattern."


class NotWeekly(DomainError):
    code = "not_weekly"
    sentence = "This pattern's cycle is no week from Monday on; change it in the admin."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shift as it should be; one that is there already keeps whatever is None."""

    id: int | None = None
    name: str | None = None
    day: int | None = None
    start_minute: int | None = None
    minutes: int | None = None


def make_week(company: Company, *, title: str, shifts: Sequence[Wanted]) -> ShiftPattern:
    """A new weekly pattern; nobody follows it yet."""
    with transaction.atomic():
        _refuse_taken(company, title, except_for=None)
        pattern = ShiftPattern(company=company, title=title, code=_free_code(company, title))
        rows = _checked(pattern, {}, shifts)
        pattern.save()
        _write(rows)
    return pattern


def change_week(
    pattern: ShiftPattern,
    *,
    title: str | None,
    shifts: Sequence[Wanted],
    without: Collection[int],
    at: datetime,
) -> None:
    """Change some shifts of a weekly pattern, add some, take some away; nothing at all where one is wrong."""
    with transaction.atomic():
        pattern = ShiftPattern.objects.select_for_update().get(pk=pattern.pk)
        if not pattern.is_weekly:
            raise NotWeekly
        there = {row.pk: row for row in pattern.shifts.all()}
        _refuse_unknown(there, shifts, without)
        kept = {pk: row for pk, row in there.items() if pk not in without}
        rows = _checked(pattern, kept, shifts)
        if title is not None and title != pattern.title:
            _refuse_taken(pattern.company, title, except_for=pattern.pk)
            pattern.title = title
            pattern.save(update_fields=["title"])
        for pk in without:
            there[pk].delete()
        _write(rows)
        rules_changed(followers_of([pattern.pk]), at=at)


def archive(pattern: ShiftPattern, *, at: datetime) -> None:
    """Take a pattern out of use; the past that followed it stays. Refused while anybody follows it."""
    with transaction.atomic():
        ShiftPattern.objects.select_for_update().get(pk=pattern.pk)
        if names := still_following(pattern.pk, at=at):
            raise StillFollowed(
                f"“{pattern.title}” is followed by {_listed(names)}. Let them follow another pattern first."
            )
        pattern.archived_at = at
        pattern.save(update_fields=["archived_at"])


def _refuse_taken(company: Company, title: str, *, except_for: int | None) -> None:
    # Whoever makes or renames a pattern waits here, so that two at once cannot take one title.
    Company.objects.select_for_update().get(pk=company.pk)
    same = ShiftPattern.objects.of(company).active().filter(title__iexact=title).exclude(pk=except_for)
    if same.exists():
        raise TitleTaken(f"There is a shift pattern called “{title}” already.")


def _refuse_unknown(there: Collection[int], shifts: Sequence[Wanted], without: Collection[int]) -> None:
    for number, shift in enumerate(shifts):
        if shift.id is not None and shift.id not in there:
            raise BadWeek(f"shifts[{number}].id", f"This pattern has no shift {shift.id}.")
        if shift.id is not None and shift.id in without:
            raise BadWeek("deleteShifts", f"Shift {shift.id} cannot be changed and deleted at once.")
    for number, pk in enumerate(without):
        if pk not in there:
            raise BadWeek(f"deleteShifts[{number}]", f"This pattern has no shift {pk}.")


def _free_code(company: Company, title: str) -> str:
    """A code made of the title that no pattern of the company has."""
    base = slugify(title)[:24].strip("-_") or "pattern"
    taken = set(ShiftPattern.objects.of(company).filter(code__startswith=base).values_list("code", flat=True))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(code for code in numbered if code not in taken)


def _checked(
    pattern: ShiftPattern, kept: dict[int, PatternShift], shifts: Sequence[Wanted]
) -> list[PatternShift]:
    """The rows to write; refused where shifts of the week as it will be share time."""
    written = [_row(pattern, kept, number, shift) for number, shift in enumerate(shifts)]
    ids = [row.pk for row in written if row.pk]
    if len(ids) > len(set(ids)):
        raise BadWeek("shifts", "A shift is named twice.")
    week = [*written, *(row for pk, row in kept.items() if pk not in ids)]
    cycle = [CycleShift(row.name, row.day, row.start_minute, row.minutes) for row in week]
    if both := overlap(cycle):
        raise BadWeek("shifts", f"{_told(both[0])} and {_told(both[1])} overlap.")
    return written


def _row(pattern: ShiftPattern, kept: dict[int, PatternShift], number: int, shift: Wanted) -> PatternShift:
    row = kept[shift.id] if shift.id is not None else PatternShift(pattern=pattern)
    for field in ("name", "day", "start_minute", "minutes"):
        value = getattr(shift, field)
        if value is not None:
            setattr(row, field, value)
        elif shift.id is None:
            raise BadWeek(f"shifts[{number}]", "A new shift needs name, weekDay, startHour and duration.")
    return row


def _write(rows: Iterable[PatternShift]) -> None:
    """One by one, for the audit log; shifts may trade places, as the constraint looks at the end only."""
    for row in rows:
        row.save()


def _told(shift: CycleShift) -> str:
    begin, end = clock(shift.start_minute), clock(shift.start_minute + shift.minutes)
    return f"{shift.name} ({WEEKDAYS[shift.day]} {begin}–{end})"


def _listed(names: Sequence[str], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
