"""One number: the shift that goes on, asked on every screen and in every dialect, before and after all has changed."""

import csv
import re
from datetime import timedelta
from io import StringIO

import pytest

from downtime import engine
from downtime.models import Issue
from downtime.models.issues import Who
from mesproject.boards.templatetags import floor as said
from mesproject.reports import facts
from mesproject.reports.metrics import METRICS
from production.models import Station
from tests.make import (
    NOON,
    make_api_key,
    make_cause,
    make_company,
    make_event_assignment,
    make_group,
    make_job_run,
    make_pattern,
    make_plant,
    make_reject,
    make_sku,
    make_station,
)
from tests.reports.machinemetrics import Reader
from tests.reports.test_facts import say
from tests.screens import enrolled

pytestmark = pytest.mark.django_db
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
SIX = NOON - 6 * HOUR
# What MachineMetrics calls it, and what Busroot does.
FACTORS = ("oee", "availability", "performance", "quality")
MACHINEMETRICS = ("goodParts", "rejectedParts", *FACTORS, "downtime", "plannedDowntime", "scheduledTime")


class Surfaces:
    """A station in its early shift, and everybody who asks about it."""

    def __init__(self, monkeypatch):
        self.company = make_company()
        self.plant = make_plant("Europe/Berlin", code="LYON", company=self.company, day_start="06:00")
        group = make_group(plant=self.plant)
        self.station = make_station("M1", group=group, cycle_time_ms=60_000, stop_multiplier=2)
        pattern = make_pattern(("Early", 420, 480), ("Late", 900, 480), follows=group)
        make_event_assignment(pattern, "DTSTART:20260101T100000\nRRULE:FREQ=DAILY", minutes=30, name="Tea")
        make_job_run(
            self.station, sku=make_sku(company=self.company, cycle_time_ms=45_000), actual_start=NOON - HOUR
        )
        self.key, self.token = make_api_key(company=self.company)
        self.monkeypatch, self.now = monkeypatch, NOON

    def at(self, now, *, tick=True):
        """Let it be now, for everybody."""
        self.now = now
        if tick:
            while engine.tick(now=now):
                pass
        for module in ("boards.views", "boards.walls", "reports.machinemetrics", "reports.busroot_edge"):
            self.monkeypatch.setattr(f"mesproject.{module}.now", lambda: now)
        return self

    def reader(self):
        found = Reader.__new__(Reader)
        found.company, found.key = self.company, self.key
        found.client = enrolled(self.company)
        found.headers = {"Authorization": f"Bearer {self.token}"}
        return found

    def machinemetrics(self):
        """The report of the shop day and shift, and its CSV."""
        asked = {
            "data": [{"metric": name} for name in MACHINEMETRICS], "startDay": "2026-03-11", "endDay": "2026-03-11",
            "groupBy": [{"group": "machine"}, {"group": "shift"}],
        }  # fmt: skip
        reader = self.reader()
        answer = reader.report("production", asked, flatten=True)
        [row] = [item for item in answer["items"] if item["shift"] == "Early"]
        url = reader.report("production", asked, csv=True)["csv"]["url"]
        # By the key and not by a token: a token knows what time it really is.
        file = reader.client.get(url.removeprefix("http://testserver"), headers=reader.headers)
        return row, self._csv(file)

    def busroot(self, report):
        """The same shift, and its CSV."""
        asked = {"plantcode": "LYON", "rangecode": f"{SIX:%Y-%m-%dT%H:%MZ}/{NOON + 2 * HOUR:%Y-%m-%dT%H:%MZ}"}
        client, headers = enrolled(self.company), {"X-API-KEY": self.token}
        answer = client.get(f"/api/{report}", asked, headers=headers)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"], self._csv(
            client.get(f"/api/{report}/csv", asked, headers=headers), all_=True
        )

    def _csv(self, response, *, all_=False):
        body = b"".join(response.streaming_content) if response.streaming else response.content
        rows = list(csv.DictReader(StringIO(body.decode("utf-8-sig"), newline="")))
        assert rows, body
        return rows if all_ else next(row for row in rows if row["shift"] == "Early")

    def screen(self, address, kind="tablet"):
        answer = enrolled(self.company, kind).get(address)
        assert answer.status_code == 200
        # A board of one station is that station's own.
        seen = answer.context.get("glances") or [answer.context["glance"]]
        [glance] = [one for one in seen if one.station == self.station]
        return glance, re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


@pytest.fixture
def surfaces(monkeypatch):
    return Surfaces(monkeypatch)


def agree(surfaces):
    """Ask everybody; what each tells is what the first one told, as exactly as it tells it."""
    told, lines = surfaces.machinemetrics()
    for name in MACHINEMETRICS:
        assert float(lines[name]) == told[name], name
    of_screens(surfaces, told)
    of_busroot(surfaces, told)
    return told


def of_screens(surfaces, told):
    tablet, text = surfaces.screen(f"/tablet/{surfaces.station.uuid}/")
    board, wall = surfaces.screen("/board/", "display")
    for glance in (tablet, board):
        assert (glance.good, glance.bad) == (told["goodParts"], told["rejectedParts"])
        assert glance.downtime == timedelta(milliseconds=told["downtime"])
        assert glance.measures.planned_ms == told["scheduledTime"]
        factors = {name: METRICS[name].compute(glance.measures, glance.definition) for name in FACTORS}
        assert factors == pytest.approx({name: told[name] for name in FACTORS})
    assert f"{said.quantity(told['goodParts'])} of {said.goal(tablet.target)} by now" in text
    assert f"{round(100 * tablet.efficiency)}%" in text
    assert (f"{said.quantity(told['rejectedParts'])} rejected" in text) == bool(told["rejectedParts"])
    shown = (
        said.quantity(board.target), said.quantity(told["goodParts"]), said.percent(board.efficiency),
        said.hours(timedelta(milliseconds=told["downtime"])),
    )  # fmt: skip
    assert "Target {} Actual {} Efficiency {} Downtime {}".format(*shown) in wall


def of_busroot(surfaces, told):
    [row], [line] = surfaces.busroot("oee")
    ladder = row["oee"]
    expected = {
        "goodQualityCount": told["goodParts"], "goodQualityLossCount": told["rejectedParts"],
        "oee": 100 * told["oee"], "availabilityPerc": 100 * told["availability"],
        "performanceTargetPerc": 100 * told["performance"], "goodQualityPerc": 100 * told["quality"],
        # A stop that was planned is no time in which it was to produce.
        "productionScheduleDuration": told["scheduledTime"] - told["plannedDowntime"],
    }  # fmt: skip
    assert {name: ladder[name] for name in expected} == pytest.approx(expected)
    assert {name: float(line[f"oee.{name}"]) for name in expected} == {
        name: ladder[name] for name in expected
    }
    rows, lines = surfaces.busroot("production")
    for found, number in ((rows, lambda value: value), (lines, float)):
        assert sum(number(one["productionGoodCount"]) for one in found) == told["goodParts"]
        assert sum(number(one["productionBadCount"]) for one in found) == told["rejectedParts"]
    stops = sum(stop["duration"] for stop in ladder["stops"])
    assert stops == told["downtime"] - told["plannedDowntime"]


def work(station, first, last, *, now=None, step=1):
    say(station, *(SIX + minute * MINUTE for minute in range(first, last, step)), good=1.0, now=now)


def test_everybody_tells_the_same_of_the_shift_that_goes_on_whatever_has_changed(surfaces):
    station = surfaces.station
    work(station, 0, 120)
    work(station, 150, 300)
    surfaces.at(SIX + 300 * MINUTE + 20 * SECOND)
    while facts.refresh(now=surfaces.now):
        pass
    say(station, *(SIX + minute * MINUTE + 30 * SECOND for minute in range(300, 303)), good=2.0, bad=1.0)
    now = SIX + 303 * MINUTE
    before = agree(surfaces.at(now))
    assert before["goodParts"] == 276
    assert before["downtime"] > 20 * 60_000

    # A gateway brings what it had kept; half of the stop was none.
    work(station, 120, 135, now=now)
    late = agree(surfaces.at(now + SECOND))
    assert late["goodParts"] == before["goodParts"] + 15
    assert late["downtime"] < before["downtime"]

    cause = make_cause("PLANNED", company=surfaces.company, kind="planned")
    Issue.objects.valid().first().explain(cause, by=Who(), at=now)
    explained = agree(surfaces.at(now + 2 * SECOND))
    assert explained["availability"] > late["availability"]

    make_reject(station, at=SIX + 200 * MINUTE, quantity=7)
    rejected = agree(surfaces.at(now + 3 * SECOND))
    assert (rejected["goodParts"], rejected["rejectedParts"]) == (late["goodParts"] - 7, 3 + 7)

    # When all is summed, nothing is another number.
    while facts.refresh(now=surfaces.now + 2 * MINUTE):
        pass
    assert agree(surfaces.at(now + 3 * SECOND, tick=False)) == pytest.approx(rejected)


def test_a_wall_of_several_stations_tells_the_same_of_each(surfaces):
    work(surfaces.station, 0, 240)
    make_station("M2", group=Station.objects.get(pk=surfaces.station.pk).group)
    surfaces.at(SIX + 241 * MINUTE - SECOND)
    told, _ = surfaces.machinemetrics()
    glance, _ = surfaces.screen("/board/", "display")
    assert (glance.good, glance.measures.planned_ms) == (told["goodParts"], told["scheduledTime"])
