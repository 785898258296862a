"""The API's addresses: each app brings its views, this page says where they are."""

from django.urls import path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularJSONAPIView

from downtime.api import busroot_urls as issue_urls
from mesproject import busroot_urls as setting_up
from mesproject import described  # noqa: F401  (says in OpenAPI what these views do)
from mesproject.reports import busroot_urls
from mesproject.schedule import api_urls as schedule_urls
from production.api import SignalsView
from scheduling.api import busroot

app_name = "api"
urlpatterns = [
    # /api/openapi.json
    path(
        "openapi.json",
        SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="openapi",
    ),
    # /api/docs
    path("docs", TemplateView.as_view(template_name="api_docs.html"), name="api-docs"),
    # /api/signals
    path("signals", SignalsView.as_view(), name="signals"),
    # /api/shift-pattern, /api/shift
    path("shift-pattern", busroot.ShiftPatternsView.as_view(), name="shift-patterns"),
    path("shift-pattern/<int:shift_pattern>", busroot.ShiftPatternView.as_view(), name="shift-pattern"),
    path("shift", busroot.ShiftView.as_view(), name="shift"),
    # /api/issue, /api/issue/cause, /api/reason
    *issue_urls.urlpatterns,
    # /api/schedule
    *schedule_urls.urlpatterns,
    # /api/account, /api/plant, /api/station, … and /api/authenticate
    *setting_up.urlpatterns,
    # /api/downtime, /api/oee, … and /api/downtime/csv, …
    *busroot_urls.urlpatterns,
]
