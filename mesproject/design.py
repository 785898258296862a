"""The page of all components, for who builds screens: /design, where DEBUG is on; drawn by the screens' own parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from downtime.models import Issue
from mesproject.analysis.charts import Bar, Part, bars
from mesproject.analysis.figure import Column, Figure, Row
from mesproject.boards.layout import grid_for
from mesproject.reports.glance import Glance
from mesproject.reports.measures import Measures
from mesproject.reports.setups import SETUP, SettingUp
from mesproject.reports.timeline import Bar as Stretch
from mesproject.reports.timeline import Mark, Rest, Timeline
from production.models import Plant, Station, StationGroup
from production.models.live import Status
from production.windows import Window
from scheduling.calendar import Shift

# The tokens of the style sheet: what they are for, and their names.
TOKENS = (
    ("Ground", ("paper", "card", "line", "ink", "soft", "focus")),
    ("States, as fields", ("run", "micro", "stop", "none", "setup", "idle", "rest")),
    ("States, as words", ("run-word", "micro-word", "stop-word", "none-word", "setup-word", "rest-word")),
    ("What needs eyes", ("wait", "stop", "good")),
)
STATES = (*(status.value for status in Status), SETUP)
ICONS = (
    "reject", "count", "hours", "read", "stations", "person", "ask", "done", "raise", "note", "search", "camera",
)  # fmt: skip
BEGIN = datetime(2026, 3, 11, 6, tzinfo=UTC)
NOW = BEGIN + timedelta(hours=5)
SHIFT = Window(BEGIN, BEGIN + timedelta(hours=8))


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Every component in every state, in both themes side by side with the screens that use it."""
    if not settings.DEBUG:
        raise Http404
    glances = [_glance(state, number) for number, state in enumerate(STATES)]
    context = {
        "tokens": TOKENS, "states": STATES, "icons": ICONS, "now": NOW, "glances": glances,
        "grid": grid_for(len(glances)), "heading": "Hall 1", "timeline": _timeline(),
        "figures": [_figure(), Figure("empty", "A figure without rows", (), (), "Choose a longer time.")],
    }  # fmt: skip
    return render(request, "design/page.html", context)


def _glance(state: str, number: int) -> Glance:
    plant = Plant(name="Plant", code="p", timezone="UTC")
    station = Station(name=f"Press {number + 1}", code=f"P{number}", group=StationGroup(plant=plant))
    since = NOW - timedelta(minutes=7 * number + 3)
    stopped = Issue(station=station, kind=Issue.Kind.STOP, started_at=since, silent_since=since)
    is_setup = state == SETUP
    return Glance(
        station=station, now=NOW, status=Status.RUNNING.value if is_setup else state, since=since, run=None,
        shift=Shift("Early", SHIFT, BEGIN.date()), counts=True,
        measures=Measures(planned_ms=18_000_000, run_ms=15_000_000, good=400.0 + number, ideal_units=500.0),
        due=800.0, issues=[stopped] if state == Status.STOPPED else [], calls=[], asked=[],
        unexplained_in_a_day=number % 3, pauses=[],
        setup=SettingUp(NOW, NOW - since, timedelta(minutes=20)) if is_setup else None,
    )  # fmt: skip


def _timeline() -> Timeline:
    share = 100 / (2 * len(STATES))
    stretches = [
        Stretch(SHIFT, state, state == Status.STOPPED, number * share, share, state)
        for number, state in enumerate(STATES)
    ]
    marks = [Mark(12.5 * hour, f"{6 + hour:02}:00") for hour in range(8)]
    return Timeline(stretches, [Rest(75, 6.25, "", "12:00–12:30 Break")], marks, 62.5)


def _figure() -> Figure:
    lost = {"Tool change": 95.0, "No material": 60.0, "Not explained": 35.0}
    drawn = [
        Bar(cause, [Part(minutes, "f-stopped")], f"{minutes:.0f} min") for cause, minutes in lost.items()
    ]
    return Figure(
        "downtime", "A figure", (Column("cause", "Cause"), Column("minutes", "Minutes", "count")),
        [Row(pair) for pair in lost.items()], "", chart=bars(drawn, say=lambda value: f"{value:.0f}", words="Minutes"),
        metric="downtime",
    )  # fmt: skip


urlpatterns = [path("design", design, name="design")]
