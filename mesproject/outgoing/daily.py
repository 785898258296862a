"""The daily summary: at seven on each plant's own wall, once, to everybody who asked for it.

A row for each plant and shop day is the truth. Whoever finds that a plant's clock has passed seven writes it, and
whoever finds a row unwritten writes the mails; the outbox and its unique keys do the rest.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from mesproject.accounts import outbox
from mesproject.accounts.languages import language_of
from mesproject.formats import number
from mesproject.outgoing import letters
from mesproject.outgoing.models import Message, Summary
from mesproject.outgoing.people import Reader, readers
from mesproject.outgoing.summary import PlantDay, is_summed, plant_day
from production.models import Plant
from scheduling.wall_clock import local_to_utc, shop_day

logger = logging.getLogger(__name__)

AT = time(7)
# An installation that was off at seven tells it later, but not the day after.
LATEST = timedelta(hours=17)
PAUSE, ATTEMPTS = timedelta(minutes=5), 24
# So often numbers that are still being summed are waited for; then those that are there are told.
PATIENCE = 6


def tell(*, now: datetime) -> int:
    """Note what is due and write what is noted; return how many mails those are."""
    note_due(now=now)
    return outbox.write_all(_write_one, now=now)


def note_due(*, now: datetime) -> None:
    """A row for each plant whose clock has passed seven since its last one."""
    known = set(Summary.objects.filter(due_at__gt=now - timedelta(days=3)).values_list("plant_id", "day"))
    due = [summary for plant in Plant.objects.all() if (summary := _due(plant, now))]
    new = [summary for summary in due if (summary.plant_id, summary.day) not in known]
    if new:
        Summary.objects.bulk_create(new, ignore_conflicts=True)  # another beat may have been as quick


def _due(plant: Plant, now: datetime) -> Summary | None:
    """This morning's summary, once it is seven and while it is still of use."""
    today = now.astimezone(plant.tz).date()
    at = local_to_utc(datetime.combine(today, AT), plant.tz)
    if not at <= now < at + LATEST:
        return None
    return Summary(plant=plant, day=last_day(plant, at), due_at=at)


def last_day(plant: Plant, at: datetime) -> date:
    """The last shop day that is over at an instant."""
    return shop_day(at, tz=plant.tz, day_start=plant.day_start) - timedelta(days=1)


def _write_one(now: datetime, tried: set[int]) -> int | None:
    """Write the mails of one row that nobody else is at; None where there is no more."""
    with transaction.atomic():
        due = Summary.objects.due(now).exclude(pk__in=list(tried)).select_related("plant__company")
        summary = due.select_for_update(skip_locked=True, of=("self",)).first()
        if summary is None:
            return None
        tried.add(summary.pk)
        if summary.attempts < PATIENCE and not is_summed(summary.plant, summary.day):
            _postpone(summary, "The numbers are being summed.", now)
            summary.save()
            return 0
        try:
            with transaction.atomic():
                mails = _write(summary, now)
            summary.written_at = now
        except Exception as error:  # one plant's trouble must not silence the others
            logger.exception("The summary of %s cannot be written", summary)
            mails = 0
            _postpone(summary, f"{type(error).__name__}: {error}", now)
        summary.save()
    return mails


def _postpone(summary: Summary, why: str, now: datetime) -> None:
    summary.attempts += 1
    summary.error = why
    summary.due_at = now + PAUSE
    if summary.attempts >= ATTEMPTS:
        summary.written_at = now


def _write(summary: Summary, now: datetime) -> int:
    wanting = readers(summary.plant.company, Message.DAILY)
    if not wanting:
        return 0
    told = plant_day(summary.plant, summary.day, now=now)
    return sum(_write_to(reader, told, now) for reader in wanting)


def _write_to(reader: Reader, told: PlantDay, now: datetime) -> bool:
    """One mail; none where no group that he cares for had time in shifts."""
    groups = {pk for pk in told.with_shifts if reader.cares_for(told.groups[pk])}
    if not groups:
        return False
    parts = told.parts(groups)
    with override(language_of(reader.user)):
        return letters.send(
            reader.user, Message.DAILY, key=f"daily:{told.plant.pk}:{told.day}:{reader.user.pk}",
            subject=subject(told, groups), at=now, expires_at=now + LATEST,
            context={
                "plant": told.plant, "day": told.day, "whole": told.whole(groups), "stops": told.longest(groups),
                "parts": parts if len(parts) > 1 else [],
            },
        )  # fmt: skip


def subject(told: PlantDay, groups: set[int]) -> str:
    """The plant, the day and its OEE: read without opening."""
    oee = told.whole(groups).metric("oee")
    said = _("no OEE") if oee is None else number(f"OEE {100 * oee:.1f} %")
    return f"{told.plant.name}, {date_format(told.day, 'D d M')}: {said}"
