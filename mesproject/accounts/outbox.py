"""The one door out: written with the change it tells of, sent once by a task.

Nothing here depends on the queue: a task only says that it is time to look. See docs/messages.md.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from mesproject.accounts import whys_not
from mesproject.accounts.carriers import Away, Carrier, Refused, Undecided
from mesproject.accounts.mailing import MailCarrier
from mesproject.accounts.models import Company, Endpoint, OutboxMessage
from mesproject.accounts.models.outbox import Superseded
from mesproject.accounts.webhooks import WebhookCarrier

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
# With pauses up to an hour, that is three days.
ATTEMPTS = 80
# After so many seconds a task ends, and the next goes on; far below a lease.
LONGEST_RUN_S = 60
KEPT = timedelta(days=90)


def write(
    company: Company, *, key: str, recipient: str, subject: str, body: str, at: datetime, html: str = "",
    headers: dict[str, str] | None = None, expires_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Put a mail into the outbox, in the caller's transaction; whether it was not there before."""
    values: dict[str, Any] = {
        "company": company,
        "recipient": recipient,
        "body": _paragraphs(body),
        "html": html,
        "due_at": at,
    }
    values |= {"subject": _line(subject), "headers": headers or {}, "expires_at": expires_at}
    return OutboxMessage.objects.get_or_create(key=key, defaults=values)[1]


def by_a_program(leave: str = "") -> dict[str, str]:
    """The headers of a mail that nobody asked for just now; `leave` is where its reader ends such mails."""
    headers = {"Auto-Submitted": "auto-generated"}
    if leave:  # one click, RFC 8058
        headers |= {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def write_all(write_one: Callable[[datetime, set[int]], int | None], *, now: datetime) -> int:
    """Let rows be turned into mails one by one, each in a transaction of its own, until there is none; how many mails.

    `write_one` takes a row that is not among those tried, adds it to them, and returns its mails.
    """
    mails, tried = 0, set[int]()
    while (written := write_one(now, tried)) is not None:
        mails += written
    return mails


def call(endpoint: Endpoint, *, key: str, subject: str, body: str, at: datetime) -> OutboxMessage:
    """A call of a webhook for the outbox. Not saved: they are written many at once."""
    return OutboxMessage(
        company_id=endpoint.company_id, kind=OutboxMessage.Kind.WEBHOOK, endpoint=endpoint,
        key=f"webhook:{endpoint.pk}:{key}", recipient=endpoint.url, subject=_line(subject), body=body, due_at=at,
    )  # fmt: skip


def deliver(*, now: datetime, kind: str = OutboxMessage.Kind.MAIL) -> int:
    """Send what is due of a kind and return how many were taken.

    What cannot be reached is asked once a run; its messages wait, longer each time, up to three days.
    """
    began, taken = time.monotonic(), 0
    with MailCarrier() if kind == OutboxMessage.Kind.MAIL else WebhookCarrier(now) as carrier:
        while time.monotonic() - began < LONGEST_RUN_S and not carrier.is_away:
            message = OutboxMessage.objects.claim(kind, now, but=carrier.away)
            if message is None:
                break
            taken += _send(message, carrier, now)
    return taken


def forget(*, now: datetime) -> int:
    """Delete what was sent long ago, and return how many those were."""
    old = OutboxMessage.objects.filter(state=OutboxMessage.State.SENT, sent_at__lt=now - KEPT)
    return old.delete()[0]


def _send(message: OutboxMessage, carrier: Carrier, now: datetime) -> bool:
    try:
        return _carried(message, carrier, now)
    except Superseded:
        logger.warning("Message %s was claimed too long ago; another worker has it now.", message.pk)
    return False


def _carried(message: OutboxMessage, carrier: Carrier, now: datetime) -> bool:
    if message.expires_at and message.expires_at <= now:
        message.give_up(whys_not.TOO_LATE)
        return False
    try:
        carrier.carry(message)
    except Undecided as error:
        message.leave_undecided(str(error))
    except Refused as error:
        message.give_up(str(error))
    except Away as error:
        _postpone(message, error, now)
    except Superseded:
        raise
    except Exception as error:  # whatever is wrong with this message, the next must go out
        logger.exception("Message %s cannot be sent", message.pk)
        message.give_up(f"{type(error).__name__}: {error}")
    else:
        message.sent(now)
        return True
    return False


def _postpone(message: OutboxMessage, error: Away, now: datetime) -> None:
    logger.warning("Message %s could not be sent (attempt %s): %s", message.pk, message.attempts, error)
    if message.attempts >= ATTEMPTS:
        message.give_up(str(error))
    else:
        message.postpone(
            now + min(FIRST_PAUSE * 2 ** min(message.attempts - 1, 10), LONGEST_PAUSE), str(error)
        )


def _paragraphs(text: str) -> str:
    """At most one empty line in a row, whatever a template left out."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _line(text: str) -> str:
    """One line of a header, whatever a name holds."""
    return " ".join(text.split())[:200]
