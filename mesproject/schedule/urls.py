"""Pages of the schedule."""

from django.urls import path

from mesproject.schedule import counting, panel, views

app_name = "schedule"
urlpatterns = [
    # /schedule/of/<station>/
    path("schedule/of/<uuid:station>/", panel.station_runs, name="station-runs"),
    # /schedule/of/<station>/counts/
    path("schedule/of/<uuid:station>/counts/", counting.station_counts, name="station-counts"),
    # /schedule/upload/, /schedule/template.csv, /schedule/runs.csv
    path("schedule/upload/", views.upload, name="upload"),
    path("schedule/template.csv", views.template, name="template"),
    path("schedule/runs.csv", views.download, name="runs"),
]
