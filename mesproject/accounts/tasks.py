"""The worker's part: one line each, may run twice, may be killed anywhere."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils.timezone import now

from mesproject.accounts import outbox
from mesproject.accounts.models import OutboxMessage, ProcessLife


@shared_task
def deliver_mail() -> None:
    """Every ten seconds. Two at once are harmless: each message is claimed."""
    outbox.deliver(now=now())


@shared_task
def call_webhooks() -> None:
    """Every five seconds. Two at once are harmless: each call is claimed."""
    outbox.deliver(now=now(), kind=OutboxMessage.Kind.WEBHOOK)


@shared_task
def forget_messages() -> None:
    """Once a day."""
    outbox.forget(now=now())


@shared_task
def forget_sessions() -> None:
    """Once a day: logins of browsers that have run out."""
    Session.objects.filter(expire_date__lt=now()).delete()


@shared_task
def note_life() -> None:
    """Every ten seconds: shows that beat, the queue and the worker are all three alive."""
    ProcessLife.note("worker", now())
