"""The pages of set-up."""

from django.urls import path

from mesproject.setup import causes, company, machine, plant, screens, shifts, skus, stations, views

app_name = "setup"
# /set-up/<step>/
urlpatterns = [
    path("", views.overview, name="overview"),
    path("skip/", views.skip, name="skip"),
    path("company/", company.company, name="company"),
    path("plant/", plant.plant, name="plant"),
    path("shifts/", shifts.shifts, name="shifts"),
    path("stations/", stations.stations, name="stations"),
    path("skus/", skus.skus, name="skus"),
    path("causes/", causes.causes, name="causes"),
    path("machine/", machine.machine, name="machine"),
    path("machine/heard/", machine.heard, name="heard"),
    path("screens/", screens.screens, name="screens"),
]
