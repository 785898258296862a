"""How every number is computed."""

from django.urls import path

from mesproject.reports import how

app_name = "reports"
# /how/<metric>/
urlpatterns = [path("", how.numbers, name="numbers"), path("<slug:metric>/", how.number, name="number")]
