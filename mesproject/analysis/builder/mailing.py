"""Reports by mail, again and again: what is due on a plant's wall is noted once, and what is noted is written once.

As with the daily summary, rows decide: whoever finds that a wall has passed its time notes it, whoever finds a row
unwritten writes the mails into the outbox, in the transaction that notes them as written.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from mesproject.accounts import outbox
from mesproject.accounts.backends import may
from mesproject.accounts.models import OutboxMessage, User
from mesproject.analysis.builder import letters, running
from mesproject.analysis.builder.answering import Answer, Prepared, prepared
from mesproject.analysis.builder.models import Mailing, Recipient, SavedReport, Sending
from mesproject.analysis.builder.question import read
from mesproject.analysis.builder.times import Every
from mesproject.reports import budget
from mesproject.reports.how_asked import BadQuestion

logger = logging.getLogger(__name__)

# How late a turn is still of use: an installation that was off tells its last one then.
OF_USE = {Every.DAY: timedelta(hours=17), Every.WEEK: timedelta(days=3), Every.MONTH: timedelta(days=7)}
# One that somebody sends himself.
SOON = timedelta(hours=2)
NEXT_LOOK = timedelta(seconds=20)  # at one that is being worked out
# So long numbers that are being summed are waited for; then those that are there are told, and that they may change.
PATIENCE = timedelta(minutes=30)
PAUSE, ATTEMPTS = timedelta(minutes=5), 6
KEPT = timedelta(days=90)
NOBODY = gettext_noop("Nobody receives it any more.")
REFUSED = gettext_noop("The mail server refused the last one for everybody.")
BROKEN = gettext_noop("It could not be worked out six times. The error is in the log of the server.")
TOO_SLOW = gettext_noop("It takes too long to work out. Ask for less time, or group it coarser.")


def tell(*, now: datetime) -> int:
    """Note what is due and write what is noted; return how many mails those are."""
    note_due(now=now)
    return outbox.write_all(_write_one, now=now)


def forget(*, now: datetime) -> None:
    """Delete what was sent, or deleted, long ago."""
    Sending.objects.filter(written_at__lt=now - KEPT).delete()
    SavedReport.objects.filter(deleted_at__lt=now - KEPT).delete()


def send_one(report: SavedReport, user: User, *, key: str, at: datetime) -> Sending:
    """A report to oneself; asked twice with the same key it is one."""
    values = {"report": report, "only_to": user, "due_at": at, "look_at": at}
    return Sending.objects.get_or_create(key=key, defaults=values)[0]


# What is due


def note_due(*, now: datetime) -> None:
    """A row for each mailing whose wall has passed its time since its last one."""
    for mailing in Mailing.objects.going_on().select_related("plant", "report"):
        day, at = mailing.wall.last(now)
        if not (mailing.since < at and now < at + OF_USE[Every(mailing.every)]):
            continue
        if mailing.sendings.filter(day=day).exists():
            continue
        if _was_refused(mailing):
            mailing.pause(REFUSED, at=now)
            continue
        row = Sending(report=mailing.report, mailing=mailing, day=day, due_at=at, look_at=now)
        Sending.objects.bulk_create([row], ignore_conflicts=True)  # another beat may have been as quick


def _was_refused(mailing: Mailing) -> bool:
    """Whether all mails of the last turn were given up."""
    last = mailing.sendings.exclude(written_at=None).order_by("-day").first()
    if last is None or not last.mails:
        return False
    mails = OutboxMessage.objects.filter(key__startswith=f"report:{last.key}:").values_list(
        "state", flat=True
    )
    return bool(mails) and all(state == OutboxMessage.State.FAILED for state in mails)


# Writing


def _write_one(now: datetime, tried: set[int]) -> int | None:
    """Write the mails of one row that nobody else is at; None where there is no more."""
    with transaction.atomic():
        due = Sending.objects.filter(written_at=None, look_at__lte=now).exclude(pk__in=list(tried))
        sending = due.order_by("look_at", "pk").select_for_update(skip_locked=True, of=("self",)).first()
        if sending is None:
            return None
        tried.add(sending.pk)
        try:
            with transaction.atomic():
                mails = _write(sending, now)
            if mails is None:
                sending.look_at = now + NEXT_LOOK
            else:
                sending.mails, sending.written_at, sending.error = mails, now, ""
        except BadQuestion as error:
            _give_up(sending, str(error), now)
        except Exception as error:  # one report's trouble must not silence the others
            logger.exception("%s cannot be mailed", sending)
            _postpone(sending, error, now)
        sending.save()
    return sending.mails


def _postpone(sending: Sending, error: Exception, now: datetime) -> None:
    sending.attempts += 1
    sending.error = f"{type(error).__name__}: {error}"
    sending.look_at = now + PAUSE
    if sending.attempts >= ATTEMPTS:
        _give_up(sending, TOO_SLOW if isinstance(error, (budget.TooSlow, budget.TooMany)) else BROKEN, now)


def _give_up(sending: Sending, why: str, now: datetime) -> None:
    """Not this turn, and no other before somebody has looked; its owner is told."""
    sending.written_at, sending.mails, sending.error = now, 0, sending.error or why
    if sending.mailing:
        sending.mailing.pause(why, at=now)
    letters.tell_owner(sending, why, at=now)


def _write(sending: Sending, now: datetime) -> int | None:
    """How many mails it wrote; None where its report is still being worked out, or its numbers summed."""
    if sending.report.deleted_at:
        return 0
    if sending.only_to:
        readers: Sequence[letters.Reader] = [letters.Reader(sending.only_to.email, sending.only_to)]
    else:
        readers = _readers(sending.mailing)
        if not readers and sending.mailing:
            sending.mailing.pause(NOBODY, at=now)
    if not readers:
        return 0
    found = answered(sending)
    if found is None:
        return None
    if found[0].follows(found[1]) and now < sending.due_at + PATIENCE:
        running.forget_turns(sending.report.owner, found[0].report, at=sending.due_at)
        return None
    expires = now + (OF_USE[Every(sending.mailing.every)] if sending.mailing else SOON)
    return sum(letters.send(sending, reader, *found, at=now, expires_at=expires) for reader in readers)


def answered(sending: Sending) -> tuple[Prepared, Answer] | None:
    """The report as it was meant when it was due; None while one that takes long is worked out in turns: the mails of
    others do not wait for it.
    """
    report, at = read(sending.report.asks), sending.due_at
    ready = prepared(sending.report.company, report, at=at)
    answer = running.at_once(ready) or running.in_turns(sending.report.owner, report, at=at)
    return (ready, answer) if answer else None


def _readers(mailing: Mailing | None) -> list[letters.Reader]:
    """Who has not left, may look, and has an address."""
    if mailing is None:
        return []
    rows = Recipient.objects.filter(mailing=mailing, left_at=None).select_related("user__company")
    return [letters.Reader(row.email, row.user, row) for row in rows if row.email and _may_read(row)]


def _may_read(row: Recipient) -> bool:
    return row.user is None or may(row.user.role, "view", "production.sku")


def facts_of(mailing: Mailing, now: datetime) -> dict[str, Any]:
    """What a page tells of a mailing."""
    return {
        "mailing": mailing,
        "next": None if mailing.paused_at else mailing.next_at(now),
        "last": mailing.sendings.order_by("-day").first(),
        "recipients": list(mailing.recipients.all()),
    }
