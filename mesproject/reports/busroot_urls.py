"""Busroot's reports below /api/, each beside its twin in CSV."""

from __future__ import annotations

from django.urls import URLPattern, path

from mesproject.reports import busroot
from mesproject.reports.busroot_edge import ReportView

# /api/<address>, /api/<address>/csv
REPORTS: dict[str, type[ReportView]] = {
    "downtime": busroot.DowntimeView,
    "oee": busroot.OeeView,
    "production": busroot.ProductionView,
    "target": busroot.TargetView,
    "energy": busroot.EnergyView,
    "analysis/cycletime": busroot.CycleTimeView,
    "station-window": busroot.StationWindowView,
    "utilisation": busroot.UtilisationView,
    "interval-chart": busroot.IntervalChartView,
}


def twin(view: type[ReportView]) -> type[ReportView]:
    """The same report as a file."""
    return type(view.__name__.replace("View", "CsvView"), (view,), {"as_csv": True, "__doc__": view.__doc__})


CSV = {address: twin(view) for address, view in REPORTS.items()}


def _named(address: str) -> str:
    return "busroot-" + address.replace("/", "-")


urlpatterns: list[URLPattern] = [
    *(path(address, view.as_view(), name=_named(address)) for address, view in REPORTS.items()),
    *(path(f"{address}/csv", view.as_view(), name=f"{_named(address)}-csv") for address, view in CSV.items()),
]
