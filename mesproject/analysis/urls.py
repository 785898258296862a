"""The pages of the analysis."""

from django.urls import path
from django.views.generic import RedirectView

from mesproject.analysis import downtime, stops

app_name = "analysis"
# /analysis/<page>/
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="analysis:downtime", query_string=True), name="start"),
    path("downtime/", downtime.page, name="downtime"),
    path("downtime/stops/", stops.page, name="stops"),
]
