"""Which stops belong to setting a station up: nobody is asked about them, and their time is setup."""

from __future__ import annotations

from django.db.models import DateTimeField, Exists, ExpressionWrapper, OuterRef, Value
from django.db.models.functions import Coalesce, Least

from production.models import JobRun
from production.models.jobs import AROUND_SETUP, EVER


def lies_in_setup() -> Exists:
    """Whether a stop lies in a run's setup, but for a few minutes before or after it."""
    ended = Coalesce(OuterRef("ended_at"), Value(EVER))
    since = ExpressionWrapper(OuterRef("started_at") + Value(AROUND_SETUP), DateTimeField())
    until = ExpressionWrapper(ended - Value(AROUND_SETUP), DateTimeField())
    setups = JobRun.objects.filter(station=OuterRef("station"), starts_in_setup=True)
    begun = setups.filter(actual_start__lte=since, actual_start__lt=ended)
    # Least leaves out what is not known.
    over = begun.annotate(over=Coalesce(Least("production_start", "actual_end"), Value(EVER)))
    return Exists(over.filter(over__gte=until, over__gt=OuterRef("started_at")))
