"""What was made in each stretch of time, against its target: as a table and as columns with a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from mesproject.analysis import charts
from mesproject.analysis.drawing import Chart
from mesproject.analysis.figure import Column, Figure, Row
from mesproject.analysis.words import shown, tick_of
from mesproject.reports.cells import Part
from mesproject.reports.definition import Definition
from mesproject.reports.metrics import METRICS

Name = Callable[[datetime], str]


def made_over_time(
    title: str, cells: Sequence[Part], definition: Definition, name: Name, **more: Any
) -> Figure:
    """The figure of cells whose times are called by `name`."""
    downtime = METRICS["downtime"]
    columns = [
        Column("from", _("From"), "second"), Column("good", _("Good"), "units", "good_parts"),
        Column("bad", _("Bad"), "units", "rejected_parts"), Column("target", _("Target"), "units", "ideal_parts"),
        Column("difference", _("Difference"), "count", "difference_to_target"),
        Column("downtime_ms", _("Downtime"), "ms", "downtime"),
    ]  # fmt: skip
    rows = [
        Row([part.window.start, m.good, m.bad, m.ideal_units, int(m.good) - int(m.ideal_units),
             downtime.compute(m, definition)])
        for part in cells
        for m in [part.measures]
    ]  # fmt: skip
    return Figure(
        "counts", title, columns, rows if any(_counts(part) for part in cells) else [],
        _("Nothing was counted here, and nothing was to be made. Choose more time."),
        _drawn(cells, name) if rows else None, metric="good_parts", **more,
    )  # fmt: skip


def _counts(part: Part) -> bool:
    return bool(part.measures.good or part.measures.bad or part.measures.ideal_units)


def _drawn(cells: Sequence[Part], name: Name) -> Chart:
    drawn = [
        charts.Column(
            name(part.window.start), [charts.Part(max(m.good, 0), "f-good"), charts.Part(m.bad, "f-bad")],
            _("%(time)s: %(good)s good, %(bad)s bad, target %(target)s") % {
                "time": name(part.window.start), "good": shown(m.good, "count"), "bad": shown(m.bad, "count"),
                "target": shown(m.ideal_units, "count"),
            },
        )
        for part in cells
        for m in [part.measures]
    ]  # fmt: skip
    target = charts.Line([part.measures.ideal_units for part in cells], "ink", _("Target"))
    return charts.columns(
        drawn, say=tick_of, words=_("Units made over time, with their target"), lines=[target],
        legend=[("f-good", _("Good")), ("f-bad", _("Bad")), ("l-ink", _("Target"))],
    )  # fmt: skip
