"""How a mail to a person is made: text and HTML of one context, and the way to have no more of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from mesproject.accounts import outbox
from mesproject.accounts.models import User
from mesproject.outgoing.models import Message

SALT = "outgoing.unsubscribe"


def send(
    user: User, message: Message, *, key: str, subject: str, context: dict[str, Any], at: datetime,
    expires_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Write a mail into the outbox, in the caller's transaction; whether it was not there before."""
    leave = settings.SITE_URL + reverse("outgoing:unsubscribe", args=[leave_token(user, message)])
    around = {
        "subject": subject, "site": settings.SITE_URL, "leave": leave, "why": message.label,
        "preferences": settings.SITE_URL + reverse("outgoing:messages"), **context,
    }  # fmt: skip
    body, html = (render_to_string(f"outgoing/{message.value}.{kind}", around) for kind in ("txt", "html"))
    return outbox.write(
        user.company, key=key, recipient=user.email, subject=subject, body=body, html=html,
        headers=outbox.by_a_program(leave), at=at, expires_at=expires_at,
    )  # fmt: skip


def leave_token(user: User, message: str) -> str:
    """What a link carries to end one kind of mail: signed, and good for as long as the mail is kept."""
    return signing.dumps([user.pk, str(message)], salt=SALT)


def leaving(token: str) -> tuple[User, Message] | None:
    """Whom and what a link ends; None where it was not made by us, or the person is no more."""
    try:
        pk, message = signing.loads(token, salt=SALT)
        return User.objects.get(pk=pk, is_active=True), Message(message)
    except (signing.BadSignature, User.DoesNotExist, ValueError, TypeError):
        return None
