"""The API's addresses: each app brings its views, this page says where they are."""

from django.urls import path

from production.api import SignalsView

app_name = "api"
urlpatterns = [
    # /api/signals
    path("signals", SignalsView.as_view(), name="signals"),
]
