"""Stations whose plan is written down, for tests of what a change in the admin does to past and future."""

from datetime import datetime, timedelta

from django.utils.timezone import now

from production import partitions
from production.models import Signal, Station
from production.windows import Window
from scheduling.planned import plans
from scheduling.writing import write_ahead

DAY = timedelta(days=1)


def written_down(station, *, days=20):
    """The station, with a plan from some days ago to far ahead."""
    since = now() - days * DAY
    partitions.ensure([(since.year, since.month)])
    Signal.objects.create(station=station, at=since, key=1, received_at=since, good=1)
    while write_ahead(now=now()):
        pass
    return station


def hours(station, since: datetime, until: datetime):
    """Planned hours, now that something may have changed."""
    asked = list(Station.objects.filter(pk=station.pk).in_place())
    [plan] = plans(asked, Window(since, until)).values()
    return sum((one.duration for one in plan.production), timedelta()) / timedelta(hours=1)


class Watched:
    """The planned hours of the last ten days, and of ten days from tomorrow on."""

    def __init__(self, station):
        self.station, self.now = station, now()

    @property
    def past(self):
        """Up to the moment of watching."""
        return hours(self.station, self.now - 10 * DAY, self.now)

    @property
    def future(self):
        """Of ten whole days."""
        begin = (self.now + 2 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        return hours(self.station, begin, begin + 10 * DAY)
