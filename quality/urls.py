"""Rejects."""

from django.urls import path

from quality import views

app_name = "quality"
urlpatterns = [
    # /rejects/of/<station>/
    path("of/<uuid:station>/", views.station_rejects, name="station-rejects"),
    # /rejects/<reject>/undo/
    path("<uuid:reject>/undo/", views.undo, name="undo"),
]
