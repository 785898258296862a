"""Busroot's reports over HTTP. What its manual leaves open is decided in docs/busroot.md."""

from __future__ import annotations

from datetime import timedelta

from mesproject.reports import busroot_answers as answers
from mesproject.reports import busroot_counts as counts
from mesproject.reports import busroot_cycles as cycles
from mesproject.reports import busroot_queries as queries
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports import busroot_windows as windows
from mesproject.reports.busroot_edge import Asked, ReportView
from mesproject.reports.definition import Definition

TEN_SECONDS = timedelta(seconds=10)


class DowntimeView(ReportView):
    """GET /downtime: the ladder of losses, cycle times and every stop of each station."""

    row = shapes.DowntimeRow

    def answer(self, asked: Asked, d: Definition) -> shapes.DowntimeAnswer:
        """A row for each station, or for each bucket of its time."""
        return answers.downtime(asked, d)


class OeeView(ReportView):
    """GET /oee: the ladder of losses with its costs, and that of all stations together."""

    row = shapes.OeeRow
    tells_definition = True

    def answer(self, asked: Asked, d: Definition) -> shapes.OeeAnswer:
        """A row for each station, or for each bucket of its time."""
        return answers.oee(asked, d)


class ProductionView(ReportView):
    """GET /production: what each station made of each SKU."""

    row = shapes.ProductionRow

    def answer(self, asked: Asked, d: Definition) -> shapes.ProductionAnswer:
        """A row for each station and SKU."""
        return counts.production(asked, d)


class TargetView(ReportView):
    """GET /target: what each station was to make, and made."""

    row = shapes.TargetRow

    def answer(self, asked: Asked, d: Definition) -> shapes.TargetAnswer:
        """A row for each station."""
        return counts.target(asked, d)


class EnergyView(ReportView):
    """GET /energy: what each station used, and what of it was wasted."""

    row = shapes.EnergyRow

    def answer(self, asked: Asked, d: Definition) -> shapes.EnergyAnswer:
        """A row for each station."""
        return counts.energy(asked, d)


class _OfSignals(ReportView):
    """Reports that are computed from signals."""

    def cost(self, asked: Asked) -> int:
        """About how many signals are read, where a station says something each ten seconds."""
        return len(asked.stations) * int(asked.window.duration / TEN_SECONDS)


class CycleTimeView(_OfSignals):
    """GET /analysis/cycletime: how long a unit of each SKU took, on each station."""

    query = queries.CycleQuery
    row = shapes.SkuCycles

    def answer(self, asked: Asked, d: Definition) -> shapes.CycleAnswer:
        """A row for each SKU."""
        return cycles.analysis(asked, d)


class StationWindowView(_OfSignals):
    """GET /station-window: the minutes of stations, by pages."""

    query = queries.WindowQuery
    row = shapes.StationWindow
    export = shapes.EXPORT

    def answer(self, asked: Asked, d: Definition) -> shapes.WindowAnswer:
        """A row for each minute that is over."""
        return windows.minutes(asked, d)


class UtilisationView(_OfSignals):
    """GET /utilisation: the heatmap of each station in cells of 15 or 5 minutes."""

    query = queries.CellQuery
    row = shapes.HeatRow
    unfolded = "cells"

    def answer(self, asked: Asked, d: Definition) -> shapes.HeatAnswer:
        """A row for each station."""
        return windows.heat(asked, d)


class IntervalChartView(_OfSignals):
    """GET /interval-chart: what was made against what was to be, by the hour or the half hour."""

    query = queries.IntervalQuery
    row = shapes.IntervalRow
    unfolded = "intervals"

    def answer(self, asked: Asked, d: Definition) -> shapes.IntervalAnswer:
        """A row for each station."""
        return windows.intervals(asked, d)
