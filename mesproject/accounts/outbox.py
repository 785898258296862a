"""Mails that leave the building once: written with the change they tell of, sent by a task."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.core.mail import EmailMessage

from mesproject.accounts.models import Company, OutboxMessage

logger = logging.getLogger(__name__)

ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=30)
AT_ONCE = 100


def write(company: Company, *, key: str, recipient: str, subject: str, body: str, at: datetime) -> None:
    """Put a mail into the outbox, in the caller's transaction; the same key again changes nothing."""
    OutboxMessage.objects.get_or_create(
        key=key,
        defaults={"company": company, "recipient": recipient, "subject": subject, "body": body, "due_at": at},
    )


def deliver(*, now: datetime) -> int:
    """Send what is due and return how many were sent.

    A mail server that refuses or cannot be reached means a later attempt, up to eight over about an hour.
    """
    return sum(_send(message, now) for message in OutboxMessage.objects.due(now)[:AT_ONCE] if message.claim())


def _send(message: OutboxMessage, now: datetime) -> bool:
    mail = EmailMessage(message.subject, message.body, to=[message.recipient])
    # The same on every attempt, so that a reader's mail program can tell a repetition.
    mail.extra_headers["Message-ID"] = f"<outbox-{message.pk}@floorlight>"
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        _postpone(message, error, now)
        return False
    OutboxMessage.objects.filter(pk=message.pk).update(state=OutboxMessage.State.SENT, sent_at=now, error="")
    return True


def _postpone(message: OutboxMessage, error: Exception, now: datetime) -> None:
    attempts = message.attempts + 1
    last = attempts >= ATTEMPTS
    logger.warning("Mail %s could not be sent (attempt %s): %s", message.pk, attempts, error)
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=OutboxMessage.State.FAILED if last else OutboxMessage.State.WAITING,
        due_at=now + FIRST_PAUSE * 2**attempts / 2,
        error=str(error),
    )
