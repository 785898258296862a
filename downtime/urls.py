"""Issues, as people see, raise and answer them."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from downtime import views
from downtime.forms import STEPS


class StepConverter(StringConverter):
    """One of the steps in a stop's life."""

    regex = "|".join(STEPS)


register_converter(StepConverter, "step")

app_name = "downtime"
urlpatterns = [
    # /stops/of/<station>/
    path("of/<uuid:station>/", views.station_stops, name="station-stops"),
    # /stops/of/<station>/raise/
    path("of/<uuid:station>/raise/", views.station_calls, name="station-calls"),
    # /stops/photos/<photo>/
    path("photos/<uuid:photo>/", views.photo, name="photo"),
    # /stops/<issue>/<step>/
    path("<uuid:issue>/<step:step>/", views.step, name="step"),
]
