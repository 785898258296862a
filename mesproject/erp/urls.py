"""The addresses at which ERPs find what they know from MachineMetrics; they stand at the root."""

from django.urls import path

from mesproject.erp import imports, views

app_name = "erp"
# /erp/jobdispatch
urlpatterns = [
    path("erp/jobdispatch", views.RunByQueryView.as_view(), name="mm-erp-run-by-query"),
    path("erp/jobdispatch/start", views.StartRunView.as_view(), name="mm-erp-start"),
    path("erp/jobdispatch/stop", views.StopRunView.as_view(), name="mm-erp-stop"),
    path("erp/jobdispatch/<path:erpJobOperationRunId>", views.RunView.as_view(), name="mm-erp-run"),
    # /erp/jobs
    path("erp/jobs/import", imports.ImportView.as_view(), name="mm-erp-import"),
    path("erp/jobs/import/<str:importRef>", imports.ImportStateView.as_view(), name="mm-erp-import-state"),
]
