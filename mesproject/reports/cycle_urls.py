"""Cycle times: what is specified, and what really is."""

from django.urls import path

from mesproject.reports import cycle_pages as pages

app_name = "cycles"
# /cycle-times/
urlpatterns = [
    path("", pages.overview, name="cycle-times"),
    path("one/", pages.one, name="cycle-time"),
    path("take/", pages.take_over, name="take-cycle-time"),
    path("cycle-times.csv", pages.table, name="cycle-times-csv"),
]
