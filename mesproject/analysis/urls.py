"""The pages of the analysis."""

from django.urls import path

from mesproject.analysis import (
    comparison,
    day,
    downtime,
    energy,
    intervals,
    oee,
    overview,
    production,
    progress,
    rejects,
    stops,
    utilisation,
)

app_name = "analysis"
# /analysis/<page>/
urlpatterns = [
    path("", overview.overview, name="start"),
    path("station/<str:code>/", day.day, name="day"),
    path("utilisation/", utilisation.page, name="utilisation"),
    path("intervals/", intervals.page, name="intervals"),
    path("progress/", progress.page, name="progress"),
    path("downtime/", downtime.page, name="downtime"),
    path("downtime/stops/", stops.page, name="stops"),
    path("oee/", oee.page, name="oee"),
    path("production/", production.page, name="production"),
    path("rejects/", rejects.page, name="rejects"),
    path("rejects/list/", rejects.rejected, name="rejected"),
    path("comparison/", comparison.page, name="comparison"),
    path("energy/", energy.page, name="energy"),
]
