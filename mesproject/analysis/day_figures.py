"""What the page of a station's day shows: its numbers, its timeline, and tables with their charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from downtime.models import Issue
from downtime.standing import words_of
from mesproject.analysis import charts
from mesproject.analysis.day_reading import Day, instant
from mesproject.analysis.drawing import Chart
from mesproject.analysis.figure import Column, Figure, Row, Tile
from mesproject.analysis.made import made_over_time
from mesproject.analysis.signals import MOST, Heard
from mesproject.analysis.strips import Lane, Span, strips
from mesproject.analysis.words import Unit, shown, tick_of
from mesproject.analysis.zoom import MINUTE, cell_length, marks
from mesproject.formats import number
from mesproject.reports import timeline
from mesproject.reports.cells import Part
from mesproject.reports.explain import plain
from mesproject.reports.metrics import METRICS
from mesproject.reports.setups import SETUP, label_of
from mesproject.reports.tally import MS
from production.windows import Window
from scheduling.expansion import pauses

HOUR_MS = 3_600_000
AROUND = timedelta(seconds=30)
FEW = 10
TILES = (
    ("good_parts", gettext_lazy("Good")),
    ("rejected_parts", gettext_lazy("Bad")),
    ("ideal_parts", gettext_lazy("Target")),
    ("efficiency", gettext_lazy("Efficiency")),
    ("oee", gettext_lazy("OEE")),
    ("downtime", gettext_lazy("Downtime")),
    ("stop_count", gettext_lazy("Stops")),
    ("energy", gettext_lazy("Energy")),
)
# What signals say, as people call it.
SAID = {
    "good": gettext_lazy("good"), "bad": gettext_lazy("bad"), "good_total": gettext_lazy("counter of good"),
    "bad_total": gettext_lazy("counter of bad"), "productive": gettext_lazy("at work"), "speed": gettext_lazy("speed"),
    "kwh": gettext_lazy("kWh"), "kwh_total": gettext_lazy("meter in kWh"), "rssi": gettext_lazy("reception in dBm"),
    "available": gettext_lazy("available"), "error_code": gettext_lazy("error"), "program": gettext_lazy("program"),
}  # fmt: skip


def tiles(day: Day) -> Iterator[Tile]:
    """The numbers of what is looked at, as every report tells them."""
    for name, word in TILES:
        metric = METRICS[name]
        if name != "energy" or day.sums.kwh:
            value = metric.compute(day.sums, day.definition)
            # Few units with their parts: 1 of 1.5 is 65 %, and 1 of 1 would not be.
            is_few = name == "ideal_parts" and value is not None and value < FEW
            yield Tile(str(word), shown(value, "count" if is_few else cast(Unit, metric.unit)), name)


def figures(day: Day) -> Iterator[Figure]:
    """Signals where they can be listed, then what was made, where it stood still, and what it used."""
    if day.signals is not None:
        yield _signals(day, day.signals)
    yield made_over_time(_("Made over time"), day.cells, day.definition, lambda at: clock(day, at))
    yield _issues(day)
    yield _power(day)


# The timeline


def strips_of(day: Day) -> Chart:
    """States, runs and shifts above each other."""
    seen, tz = day.look.seen, day.look.station.plant.tz
    states = [*_states(day), *_pauses(day)]
    lanes = [Lane(_("State"), states, 64)]
    if runs := list(_runs(day)):
        lanes.append(Lane(_("Run"), runs))
    if shifts := [Span(one.window, "strip", one.name, one.name) for one in day.story.shifts]:
        lanes.append(Lane(_("Shift"), shifts))
    known = dict.fromkeys(span.kind for span in states if span.kind.startswith("f-"))
    legend = [(kind, label_of(kind.removeprefix("f-"))) for kind in known]
    if any(span.waits for span in states):
        legend.append(("f-wait", _("Not explained")))
    return strips(lanes, seen, marks(seen, tz), words=_("What the station did"), legend=legend)


def _states(day: Day) -> Iterator[Span]:
    seen, now = day.look.seen, day.look.now
    tz = day.look.station.plant.tz
    drawn = timeline.draw(seen, day.slices, day.stops, [], tz, min(now, seen.end), day.slow)
    for bar in drawn.bars:
        to = _closer(bar.window) if bar.state == "stopped" else ""
        yield Span(bar.window, f"f-{bar.state}", bar.title, to=to, waits=bar.unexplained)


def _closer(window: Window) -> str:
    """The address of a stretch and a little around it, on the same page."""
    return f"?from={instant(window.start - AROUND)}&to={instant(window.end + AROUND)}"


def _pauses(day: Day) -> Iterator[Span]:
    for shift in day.story.shifts:
        for pause in pauses(day.story.spans, shift.window):
            if pause.window.clip(day.look.seen):
                reason = _(pause.reason)
                yield Span(pause.window, "f-not_planned", reason, reason)


def _runs(day: Day) -> Iterator[Span]:
    for run in day.story.runs:
        if known := day.runs.get(run.id):
            yield Span(run.window, "strip", str(known), str(known))


# The tables


def clock(day: Day, at: datetime) -> str:
    """A time of the plant's clock, as exact as the cells are."""
    wall = at.astimezone(day.look.station.plant.tz)
    return f"{wall:%H:%M}" if cell_length(day.look.seen) >= MINUTE else f"{wall:%H:%M:%S}"


def _power(day: Day) -> Figure:
    rows = [Row([part.window.start, part.measures.kwh, power(part)]) for part in day.cells]
    columns = [
        Column("from", _("From"), "second"),
        Column("energy_kwh", _("Energy"), "kWh", "energy"),
        Column("power_kw", _("Mean power in kW"), "count", "mean_power"),
    ]
    drawn = [
        charts.Column(
            clock(day, part.window.start), [charts.Part(power(part), "f-bar")],
            f"{clock(day, part.window.start)}: {shown(power(part), 'count')} kW",
        )
        for part in day.cells
    ]  # fmt: skip
    return Figure(
        "power", _("Energy and power"), columns, rows if day.sums.kwh else [],
        _("No meter told anything of this station in this time. A gateway sends energy beside the counts."),
        charts.columns(drawn, say=lambda kw: f"{tick_of(kw)} kW", words=_("Mean power over time")), metric="energy",
    )  # fmt: skip


def power(part: Part) -> float:
    """The mean power of a cell in kW."""
    ms = part.window.duration / MS
    return part.measures.kwh * HOUR_MS / ms


def _issues(day: Day) -> Figure:
    columns = [
        Column("began", _("Began"), "second"), Column("ended", _("Ended"), "second"),
        Column("lasted_ms", _("Lasted"), "ms", "stop_duration"), Column("type", _("Type")), Column("cause", _("Cause")),
        Column("standing", _("How it stands")),
    ]  # fmt: skip
    return Figure(
        "issues", _("Stops and issues"), columns, [_issue(one, day.look.now) for one in day.issues],
        _("It did not stand still in this time, and nobody called."), metric="downtime",
        note=_("The first column opens a stop to look at it and to answer it."),
    )  # fmt: skip


def _issue(issue: Issue, now: datetime) -> Row:
    lasted = ((issue.ended_at or now) - issue.started_at) / MS
    cause = str(issue.cause) if issue.cause else label_of(SETUP) if issue.is_setup else ""
    return Row(
        [issue.started_at, issue.ended_at, lasted, issue.get_kind_display(), cause, words_of(issue, now=now)],
        f"{reverse('boards:unanswered')}?issue={issue.uuid}",
    )


def _signals(day: Day, signals: Sequence[Heard]) -> Figure:
    columns = [
        Column("at", _("Time"), "exact"), Column("heard_after_ms", _("Heard after, in ms"), "count", "signal_delay"),
        Column("source", _("From")), Column("said", _("It said")), Column("did", _("What it did")),
    ]  # fmt: skip
    more = _("Only the first %(most)s are listed. Look at less time for the others.") % {"most": MOST}
    return Figure(
        "signals", _("Signals"), columns, [Row(_heard(one)) for one in signals],
        _("Nothing was heard of the station in this time."), note=more if day.has_more else "",
    )  # fmt: skip


def _heard(one: Heard) -> list[Any]:
    return [
        one.at,
        round(one.delay / MS),
        one.by or _("machine"),
        " · ".join(_said(one)),
        " · ".join(_did(one)),
    ]


def _said(one: Heard) -> Iterator[str]:
    """What a signal said, word by word."""
    for name, value in one.said:
        if isinstance(value, bool):
            value = _("yes") if value else _("no")
        yield f"{SAID[name]}: {number(plain(value)) if isinstance(value, float) else value or _('none')}"


def _did(one: Heard) -> Iterator[str]:
    """What it added, and the states that begin with it."""
    if one.added.good:
        yield _("%(amount)s good") % {"amount": number(plain(one.added.good))}
    if one.added.bad:
        yield _("%(amount)s bad") % {"amount": number(plain(one.added.bad))}
    if one.added.kwh:
        yield f"{number(plain(one.added.kwh))} kWh"
    for state in one.began:
        yield _("from here: %(state)s") % {"state": label_of(state)}
