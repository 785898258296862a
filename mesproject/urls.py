"""The whole site: each part brings its own addresses, the root only includes them."""

from django.contrib import admin
from django.urls import include, path

from mesproject import design, health, languages, status  # noqa: F401  (status fills health's probes)

handler404, handler500 = "mesproject.edge.not_there", "mesproject.edge.broken"
urlpatterns = [
    *health.urlpatterns,
    *design.urlpatterns,
    path("language/", languages.switch, name="language"),
    path("admin/", admin.site.urls),
    path("api/", include("mesproject.api")),
    path("", include("scheduling.api.machinemetrics_urls")),
    path("", include("mesproject.reports.machinemetrics_urls")),
    path("", include("mesproject.erp.urls")),
    path("set-up/", include("mesproject.setup.urls")),
    path("how/", include("mesproject.reports.how_urls")),
    path("cycle-times/", include("mesproject.reports.cycle_urls")),
    path("analysis/report/", include("mesproject.analysis.builder.urls")),
    path("analysis/", include("mesproject.analysis.urls")),
    path("stops/", include("downtime.urls")),
    path("rejects/", include("quality.urls")),
    path("", include("production.urls")),
    path("", include("scheduling.urls")),
    path("", include("mesproject.accounts.urls")),
    path("", include("mesproject.outgoing.urls")),
    path("", include("mesproject.schedule.urls")),
    path("", include("mesproject.boards.urls")),
]
