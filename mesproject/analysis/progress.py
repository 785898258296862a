"""How far each run is: what is made of what is wanted, when it is expected to be done, and how late that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from mesproject.analysis import charts
from mesproject.analysis.asked import Look, analysing
from mesproject.analysis.drawing import Chart, cut
from mesproject.analysis.figure import Column, Figure, Page, Row, Tile
from mesproject.analysis.words import shown, tick_of_share
from mesproject.reports.measures import Measures
from mesproject.reports.runs import made_by
from mesproject.reports.tally import MS
from production.models import JobRun
from scheduling.forecast import Standing

MOST, MOST_DRAWN, LETTERS = 500, 30, 28


@dataclass(frozen=True, slots=True)
class Progress:
    """A run that goes on or is to come, and what is expected of it; what is None is not known."""

    run: JobRun
    good: float | None
    bad: float | None

    @property
    def forecast(self) -> Any:
        """What the schedule expects, which is above this; None before it has looked."""
        return getattr(self.run, "forecast", None)

    @property
    def share(self) -> float | None:
        """How much of it is done."""
        if self.good is None or not self.run.planned_quantity:
            return None
        return self.good / self.run.planned_quantity

    @property
    def expected(self) -> datetime | None:
        """When it will be done."""
        return self.forecast.end if self.forecast else None

    @property
    def due(self) -> datetime | None:
        """When it was to be done."""
        return self.forecast.due if self.forecast else self.run.planned_end

    @property
    def late_ms(self) -> float | None:
        """How much later than due that is; below 0 where it is earlier."""
        return (self.expected - self.due) / MS if self.expected and self.due else None

    @property
    def pace_ms(self) -> float | None:
        """What a good unit really takes, stops included; of what is to come, what it is planned to take."""
        return self.forecast.pace_ms if self.forecast else None

    @property
    def standing(self) -> str:
        """Ahead, on time or at risk, as the schedule says."""
        return self.forecast.standing if self.forecast else ""


@analysing
def page(look: Look) -> Page:
    """What runs, then what is to come."""
    which = look.switch(
        "runs", _("Runs"), {"running": _("Running"), "to-come": _("To come"), "all": _("All")}
    )
    found = _found(look, look.one_of("runs", ["running", "to-come", "all"]))
    return Page(
        "progress", _("Job progress"), _("How far each run is, when it will be done, and whether that is in time."),
        [_figure(found)], tiles=_tiles(found), switches=[which], template="analysis/progress.html",
    )  # fmt: skip


def _found(look: Look, which: str) -> list[Progress]:
    stations = {station.pk: station for station in look.asked.stations}
    rows = JobRun.objects.of(look.company).filter(
        actual_end=None, station__among=list(stations), station__archived_at=None
    )
    if which != "all":
        rows = rows.filter(actual_start__isnull=which == "to-come")
    order = (F("actual_start").asc(nulls_last=True), F("planned_start").asc(nulls_last=True), "pk")
    runs = list(rows.select_related("sku", "job__sku", "forecast").order_by(*order)[:MOST])
    for run in runs:
        run.station = stations[run.station_id]
    made = made_by(runs, now=look.asked.now)
    return [_progress(run, made[run.pk]) for run in runs]


def _progress(run: JobRun, made: Measures | None) -> Progress:
    return Progress(run, made.good, made.bad) if made else Progress(run, None, None)


# What is shown


def _standings() -> dict[str, str]:
    return {
        Standing.AHEAD: _("ahead"),
        Standing.ON_TIME: _("on time"),
        Standing.AT_RISK: _("at risk"),
        "": "",
    }


def _tiles(found: Sequence[Progress]) -> list[Tile]:
    counted = {standing: sum(one.standing == standing for one in found) for standing in Standing}
    words = _standings()
    return [
        Tile(_("Runs"), f"{len(found)}", "runs_by_standing"),
        *(
            Tile(words[standing].capitalize(), f"{counted[standing]}", "runs_by_standing")
            for standing in Standing
        ),
    ]


def _figure(found: Sequence[Progress]) -> Figure:
    columns = [
        Column("run", _("Run")), Column("station", _("Station")), Column("state", _("State")),
        Column("good", _("Good"), "units", "good_parts"), Column("quantity", _("Wanted"), "units", "run_wanted"),
        Column("share_percent", _("Done"), "ratio", "run_progress"), Column("bad", _("Bad"), "units", "rejected_parts"),
        Column("seconds_per_unit", _("Seconds for a unit"), "count", "run_pace"),
        Column("expected_end", _("Expected end"), "instant"),
        Column("due", _("Due"), "instant"), Column("late_ms", _("Late"), "ms", "run_lateness"),
        Column("standing", _("Standing")),
    ]  # fmt: skip
    drawn = [one for one in found if one.share is not None and one.run.actual_start][:MOST_DRAWN]
    return Figure(
        "progress", _("Done of what is wanted"), columns, [_row(one) for one in found],
        _("Nothing runs, and nothing is planned. Plan runs on the schedule; operators start them at the tablet."),
        _chart(drawn) if drawn else None, metric="run_progress", is_open=True,
        note=_("What is left is expected to take the real pace so far, stops included, in the time that is planned. "
               "Late below zero is early."),
    )  # fmt: skip


def _row(one: Progress) -> Row:
    run, pace = one.run, one.pace_ms
    state = _("Setup") if run.is_in_setup else _("Running") if run.actual_start else _("To come")
    return Row(
        [
            str(run), run.station.name, state, one.good, run.planned_quantity, one.share, one.bad,
            round(pace / 1000, 1) if pace else None, one.expected, one.due, one.late_ms, _standings()[one.standing],
        ],
        _to(run),
    )  # fmt: skip


def _chart(found: Sequence[Progress]) -> Chart:
    bars = [charts.Bar(_name(one.run), _parts(one), _said(one), _to(one.run)) for one in found]
    legend = [("f-good", _("in time")), ("f-loss", _("at risk"))]
    return charts.bars(bars, say=tick_of_share, words=_("How much of each run is done"), legend=legend)


def _name(run: JobRun) -> str:
    return cut(f"{run.station.name}, {run.job.name if run.job else run}", LETTERS)


def _parts(one: Progress) -> list[charts.Part]:
    done = min(one.share or 0.0, 1.0)
    kind = "f-loss" if one.standing == Standing.AT_RISK else "f-good"
    return [charts.Part(done, kind), charts.Part(1.0 - done, "f-idle")]


def _to(run: JobRun) -> str:
    return reverse("schedule:run", args=[run.pk])


def _said(one: Progress) -> str:
    """How much of how much."""
    return _("%(good)s of %(wanted)s") % {
        "good": shown(one.good, "count"),
        "wanted": shown(one.run.planned_quantity, "count"),
    }
