"""The schedule below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from mesproject.schedule import api

urlpatterns: list[URLPattern] = [
    # /api/schedule
    path("schedule", api.SchedulesView.as_view(), name="schedules"),
    # /api/schedule/<schedule>
    path("schedule/<int:schedule>", api.OneScheduleView.as_view(), name="schedule"),
    path("schedule/<int:schedule>/start", api.StartView.as_view(), name="schedule-start"),
    path("schedule/<int:schedule>/production", api.ProductionView.as_view(), name="schedule-production"),
    path("schedule/<int:schedule>/end", api.EndView.as_view(), name="schedule-end"),
]
