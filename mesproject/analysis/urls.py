"""The pages of the analysis."""

from django.urls import path

from mesproject.analysis import day, downtime, intervals, overview, progress, stops, utilisation

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
]
