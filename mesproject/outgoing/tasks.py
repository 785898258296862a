"""The worker's part: one line each, may run twice, may be killed anywhere."""

from celery import shared_task
from django.utils.timezone import now

from mesproject.outgoing import alerts, daily, hooks


@shared_task
def tell_people() -> None:
    """Every ten seconds. Of two at once one does nothing."""
    alerts.tell(now=now())


@shared_task
def tell_webhooks() -> None:
    """Every five seconds. Two at once are harmless: each takes other events."""
    hooks.tell(now=now())


@shared_task
def tell_yesterday() -> None:
    """Every minute; each plant's own clock decides whether it is seven."""
    daily.tell(now=now())


@shared_task
def forget_notices() -> None:
    """Once a day."""
    alerts.forget(now=now())
