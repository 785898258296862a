"""The pages of the analysis."""

from django.urls import path

from mesproject.analysis import day, downtime, overview, stops

app_name = "analysis"
# /analysis/<page>/
urlpatterns = [
    path("", overview.overview, name="start"),
    path("station/<str:code>/", day.day, name="day"),
    path("downtime/", downtime.page, name="downtime"),
    path("downtime/stops/", stops.page, name="stops"),
]
