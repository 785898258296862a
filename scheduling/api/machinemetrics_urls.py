"""MachineMetrics' addresses stand at the root, because its clients know only a host."""

from django.urls import path

from scheduling.api import machinemetrics as work_schedules
from scheduling.api import machinemetrics_plans as plans

app_name = "machinemetrics"
# /work-schedules/events/<eventRef>
event_urls = [
    path("work-schedules/events", work_schedules.EventsView.as_view(), name="mm-events"),
    path("work-schedules/events/<str:eventRef>", work_schedules.EventView.as_view(), name="mm-event"),
    path(
        "work-schedules/events/<str:eventRef>/assignments",
        work_schedules.BulkAssignmentsView.as_view(),
        name="mm-bulk-assignments",
    ),
]
# /work-schedules/<workScheduleRef>/
schedule_urls = [
    path(
        "work-schedules/<str:workScheduleRef>/event-assignments",
        work_schedules.AssignmentsView.as_view(),
        name="mm-assignments",
    ),
    path(
        "work-schedules/<str:workScheduleRef>/event-assignments/<str:assignmentRef>",
        work_schedules.AssignmentView.as_view(),
        name="mm-assignment",
    ),
    path(
        "work-schedules/<str:workScheduleRef>/event-instances",
        plans.OneOffInstancesView.as_view(),
        name="mm-one-offs",
    ),
]
# /machines/<machineRef>/
machine_urls = [
    path("machines/event-instances", plans.InstancesView.as_view(), name="mm-instances"),
    path(
        "machines/<str:machineRef>/event-instances",
        plans.MachineInstancesView.as_view(),
        name="mm-machine-instances",
    ),
    path(
        "machines/<str:machineRef>/scheduled-time",
        plans.ScheduledTimeView.as_view(),
        name="mm-scheduled-time",
    ),
]
urlpatterns = [*event_urls, *schedule_urls, *machine_urls]
