"""The worker's part: one line each, may run twice, may be killed anywhere."""

from celery import shared_task
from django.utils.timezone import now

from mesproject.analysis.builder import mailing, running


@shared_task
def work_out_reports() -> None:
    """Every two seconds, for a turn. Two at once are harmless: each report is claimed."""
    running.work(clock=now)


@shared_task
def mail_reports() -> None:
    """Every half minute; each plant's own clock decides whether it is time."""
    mailing.tell(now=now())


@shared_task
def forget_reports() -> None:
    """Once a day."""
    at = now()
    running.forget(now=at)
    mailing.forget(now=at)
