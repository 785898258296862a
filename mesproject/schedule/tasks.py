"""The worker's part: one line each, may run twice, may be killed anywhere."""

from celery import shared_task
from django.utils.timezone import now

from mesproject.schedule import extending, turning


@shared_task
def expect_ends() -> None:
    """Every minute."""
    extending.refresh(now=now())


@shared_task
def turn_over() -> None:
    """Every five seconds. Two at once are harmless: a run begins and ends once."""
    turning.turn_over(now=now())
