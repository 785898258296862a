"""Busroot's reports over HTTP. What its manual leaves open is decided in docs/busroot.md."""

from __future__ import annotations

from mesproject.reports import busroot_answers as answers
from mesproject.reports import busroot_counts as counts
from mesproject.reports import busroot_cycles as cycles
from mesproject.reports import busroot_shapes as shapes
from mesproject.reports import busroot_windows as windows
from mesproject.reports.budget import HEAVY
from mesproject.reports.busroot_edge import Asked, ReportView
from mesproject.reports.definitions import definition_of
from mesproject.reports.explain import block


class DowntimeView(ReportView):
    """GET /downtime: the ladder of losses, cycle times and every stop of each station."""

    row = shapes.DowntimeRow

    def answer(self, asked: Asked) -> shapes.DowntimeAnswer:
        """A row for each station, or for each bucket of its time."""
        return answers.downtime(asked, definition_of(asked.company))


class OeeView(ReportView):
    """GET /oee: the ladder of losses with its costs, and that of all stations together."""

    row = shapes.OeeRow

    def answer(self, asked: Asked) -> shapes.OeeAnswer:
        """A row for each station, or for each bucket of its time."""
        definition = definition_of(asked.company)
        return answers.oee(asked, definition, block(definition))


class ProductionView(ReportView):
    """GET /production: what each station made of each SKU."""

    row = shapes.ProductionRow

    def answer(self, asked: Asked) -> shapes.ProductionAnswer:
        """A row for each station and SKU."""
        return counts.production(asked, definition_of(asked.company))


class TargetView(ReportView):
    """GET /target: what each station was to make, and made."""

    row = shapes.TargetRow

    def answer(self, asked: Asked) -> shapes.TargetAnswer:
        """A row for each station."""
        return counts.target(asked, definition_of(asked.company))


class EnergyView(ReportView):
    """GET /energy: what each station used, and what of it was wasted."""

    row = shapes.EnergyRow

    def answer(self, asked: Asked) -> shapes.EnergyAnswer:
        """A row for each station."""
        return counts.energy(asked, definition_of(asked.company))


class _OfSignals(ReportView):
    """Reports that are computed from signals, and so always need one of the few places."""

    def cost(self, asked: Asked) -> int:
        """More than what is light."""
        return HEAVY + 1


class CycleTimeView(_OfSignals):
    """GET /analysis/cycletime: how long a unit of each SKU took, on each station."""

    query = shapes.CycleQuery
    row = shapes.SkuCycles

    def answer(self, asked: Asked) -> shapes.CycleAnswer:
        """A row for each SKU."""
        return cycles.analysis(asked, definition_of(asked.company))


class StationWindowView(_OfSignals):
    """GET /station-window: the minutes of stations, by pages."""

    query = shapes.WindowQuery
    row = shapes.StationWindow
    export = shapes.EXPORT

    def answer(self, asked: Asked) -> shapes.WindowAnswer:
        """A row for each minute that is over."""
        return windows.minutes(asked, definition_of(asked.company))


class UtilisationView(_OfSignals):
    """GET /utilisation: the heatmap of each station in cells of 15 or 5 minutes."""

    query = shapes.CellQuery
    row = shapes.HeatRow
    unfolded = "cells"

    def answer(self, asked: Asked) -> shapes.HeatAnswer:
        """A row for each station."""
        return windows.heat(asked, definition_of(asked.company))


class IntervalChartView(_OfSignals):
    """GET /interval-chart: what was made against what was to be, by the hour or the half hour."""

    query = shapes.IntervalQuery
    row = shapes.IntervalRow
    unfolded = "intervals"

    def answer(self, asked: Asked) -> shapes.IntervalAnswer:
        """A row for each station."""
        return windows.intervals(asked, definition_of(asked.company))
