"""The worker's part: one line each, may run twice, may be killed anywhere."""

from celery import shared_task
from django.utils.timezone import now

from scheduling import writing


@shared_task
def write_plans() -> None:
    """Every ten seconds. Two at once are harmless: each claims other stations."""
    while writing.write_ahead(now=now()):
        pass
