"""The worker's part: one line each, may run twice, may be killed anywhere."""

from celery import shared_task
from django.utils.timezone import now

from mesproject.reports import facts


@shared_task
def refresh_facts() -> None:
    """Every twenty seconds. Two at once are harmless: each claims other stations."""
    while facts.refresh(now=now()):
        pass
