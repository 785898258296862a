"""A plant whose morning was corrected afterwards, and a supervisor who reads pages and files about it."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from io import StringIO

from downtime import engine
from downtime.models import Issue
from downtime.models.issues import Who
from mesproject.reports.models import KpiDefinition
from production.models import Sku, Station
from scheduling.writing import write_ahead
from tests.make import (
    NOON,
    make_cause,
    make_operator,
    make_pattern,
    make_reject,
    make_reject_reason,
    make_sign_on,
    make_station,
)
from tests.reports.busroot import MINUTE, SIX, Floor
from tests.reports.machinemetrics import Reader
from tests.reports.test_facts import say, settle
from tests.screens import person

HOUR = timedelta(hours=1)
DAY = "2026-03-11"


def settings(company, **changed):
    """What the company means by its numbers."""
    found, _ = KpiDefinition.objects.get_or_create(company=company)
    KpiDefinition.objects.filter(pk=found.pk).update(**changed)


class Desk(Floor):
    """Two machines from six to noon, which stood from eight to nine, and one of which nobody explains anything."""

    def __init__(self):
        super().__init__()
        self.work()
        self.client = person(self.company, "supervisor")

    def correct(self):
        """Late data, another cause, another reason, sign-ons entered late: as people do the day after."""
        first, second = self.stations
        third = make_station("M3", group=self.group, cycle_time_ms=60_000)
        say(third, *(SIX + minute * MINUTE for minute in [*range(60), *range(120, 180)]), good=1.0, now=NOON)
        held_up = (SIX + minute * MINUTE + 20 * MINUTE / 60 for minute in range(120, 135))
        say(second, *held_up, good=1.0, bad=0.5, now=NOON)  # what the gateway had kept
        settle(now=NOON)
        other = make_cause("TOOL", company=self.company, parent=self.cause)
        self.planned = make_cause("CLEAN", company=self.company, kind="planned")
        stops = list(Issue.objects.stops().filter(ended_at__isnull=False).order_by("station", "started_at"))
        stops[0].explain(other, by=Who(), at=NOON, seen=self.cause)
        stops[-1].explain(self.planned, by=Who(), at=NOON)
        scratch = make_reject_reason("SCRATCH", company=self.company, kind="rework")
        make_reject(first, reason=scratch, at=SIX + 30 * MINUTE, quantity=2)
        slip = make_reject(second, reason=scratch, at=SIX + 40 * MINUTE, quantity=9)
        slip.undone_at = NOON
        slip.save()
        self.ann = make_operator(company=self.company, initials="AB", name="Ann Berg")
        for station, hours in ((first, 4), (second, 1)):
            make_sign_on(station, self.ann, started_at=SIX, ends_at=SIX + hours * HOUR)
        Sku.objects.update(value=2.5)
        for station in self.stations:
            station.live.sums_from = SIX
            station.live.save(update_fields=["sums_from"])
        settle(now=NOON)
        self.stations = list(Station.objects.filter(group=self.group).in_place())
        return self

    def page(self, path, status=200, **query):
        """The words of a page."""
        answer = self.client.get(f"/analysis/{path}/", {"range": DAY} | query)
        assert answer.status_code == status, answer.content
        return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))

    def rows(self, path, figure, **query):
        """The rows of a figure, as its file has them."""
        asked = {"range": DAY, "figure": figure, "format": "csv"} | query
        answer = self.client.get(f"/analysis/{path}/", asked)
        assert answer.status_code == 200, answer.content
        assert answer["Content-Type"].startswith("text/csv")
        text = answer.getvalue().decode("utf-8-sig")
        return list(csv.DictReader(StringIO(text, newline="")))

    def machinemetrics(self, *groups, metrics, kind="production"):
        """The same day in MachineMetrics' words."""
        reader = Reader.__new__(Reader)
        reader.client, reader.headers = self.client, {"Authorization": f"Bearer {self.token}"}
        asked = {"startDay": DAY, "endDay": DAY, "groupBy": [{"group": group} for group in groups]}
        asked |= {"data": [{"metric": name} for name in metrics]} if metrics else {}
        return reader.report(kind, asked, flatten=True)["items"]

    def busroot(self, report, **query):
        """And in Busroot's."""
        return self.ask(report, rangecode=DAY, **query)


def make_shift_of(minutes, **said):
    """A station with a shift from ten to six that said something at these minutes of it."""
    station = make_station("M1", cycle_time_ms=60_000)
    make_pattern(("Day", 600, 480), follows=station)
    say(station, *(NOON - 2 * HOUR + minute * MINUTE for minute in minutes), **said)
    write_ahead(now=NOON + 10 * HOUR)
    engine.tick(now=NOON + 10 * HOUR)
    return Station.objects.in_place().get()


def number(text):
    """A cell of a file; nothing for none."""
    return float(text) if text else None
