"""Pages of the schedule."""

from django.urls import path

from mesproject.schedule import counting, details, hours, instructions, panel, screen_views, views

app_name = "schedule"
urlpatterns = [
    # /schedule/, /schedule/runs/new/, /schedule/runs/<run>/, /schedule/runs/<run>/move/
    path("schedule/", screen_views.board, name="board"),
    path("schedule/runs/new/", details.new, name="new"),
    path("schedule/runs/<int:run>/", details.one, name="run"),
    path("schedule/runs/<int:run>/move/", screen_views.move, name="move"),
    # /schedule/of/<station>/
    path("schedule/of/<uuid:station>/", panel.station_runs, name="station-runs"),
    # /schedule/of/<station>/counts/
    path("schedule/of/<uuid:station>/counts/", counting.station_counts, name="station-counts"),
    # /schedule/of/<station>/hours/
    path("schedule/of/<uuid:station>/hours/", hours.station_hours, name="station-hours"),
    # /schedule/of/<station>/instructions/
    path(
        "schedule/of/<uuid:station>/instructions/",
        instructions.station_instructions,
        name="station-instructions",
    ),
    # /schedule/upload/, /schedule/template.csv, /schedule/runs.csv
    path("schedule/upload/", views.upload, name="upload"),
    path("schedule/template.csv", views.template, name="template"),
    path("schedule/runs.csv", views.download, name="runs"),
]
