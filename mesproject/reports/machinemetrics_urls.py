"""MachineMetrics' addresses stand at the root, because its clients know only a host."""

from django.urls import path

from mesproject.reports import machinemetrics as views

app_name = "machinemetrics-reports"
# /reports/<report>
report_urls = [
    path("reports/production", views.ProductionReportView.as_view(), name="mm-production"),
    path("reports/downtime", views.DowntimeReportView.as_view(), name="mm-downtime"),
    path("reports/quality", views.QualityReportView.as_view(), name="mm-quality"),
]
# /csv/<report>/<resourceId>?token=
csv_urls = [
    path("user-token", views.UserTokenView.as_view(), name="mm-user-token"),
    path("csv/production/<str:resourceId>", views.ProductionCsvView.as_view(), name="mm-production-csv"),
    path("csv/downtime/<str:resourceId>", views.DowntimeCsvView.as_view(), name="mm-downtime-csv"),
    path("csv/quality/<str:resourceId>", views.QualityCsvView.as_view(), name="mm-quality-csv"),
]
urlpatterns = [*report_urls, *csv_urls]
