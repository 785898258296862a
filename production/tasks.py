"""Housekeeping of the signals."""

from datetime import timedelta

from celery import shared_task
from django.utils.timezone import now

from production import partitions, quarantine
from production.job_import import keeping
from production.models import SignalReceipt

# How long a message without a time of its own is remembered, to tell its repetition.
MEMORY = timedelta(days=30)


@shared_task
def prepare_partitions() -> None:
    """Every day: make the partitions of this month and the next, so that the door never waits for one."""
    days = (now() + timedelta(days=ahead) for ahead in (0, 31))
    partitions.ensure({(day.year, day.month) for day in days})


@shared_task
def forget_receipts() -> None:
    """Every day."""
    SignalReceipt.objects.filter(at__lt=now() - MEMORY).delete()


@shared_task
def forget_quarantine() -> None:
    """Every hour."""
    quarantine.forget()


@shared_task
def take_job_files() -> None:
    """Every five seconds. Two at once are harmless: one file of a company is taken at a time."""
    while keeping.work(now=now()):
        pass


@shared_task
def forget_job_files() -> None:
    """Every day."""
    keeping.forget(now=now())
