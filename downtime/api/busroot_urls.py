"""Issues and causes below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from downtime.api import busroot_causes as causes
from downtime.api import busroot_issues as issues

urlpatterns: list[URLPattern] = [
    # /api/issue
    path("issue", issues.IssuesView.as_view(), name="issues"),
    path("issue/csv", issues.IssuesCsvView.as_view(), name="issues-csv"),
    path("issue/ongoing", issues.OngoingView.as_view(), name="issues-ongoing"),
    path("issue/unreported-downtime/count", issues.UnreportedView.as_view(), name="issues-unreported"),
    # /api/issue/cause
    path("issue/cause", causes.CausesView.as_view(), name="causes"),
    path("issue/cause/csv", causes.CausesCsvView.as_view(), name="causes-csv"),
    path("issue/cause/<str:cause>", causes.CauseView.as_view(), name="cause"),
    # /api/issue/<issue>
    path("issue/<int:number>", issues.OneIssueView.as_view(), name="issue"),
    path("issue/<int:number>/event", issues.EventView.as_view(), name="issue-event"),
    # /api/reason
    path("reason", causes.ReasonsView.as_view(), name="reasons"),
    path("reason/<str:cause>", causes.ReasonView.as_view(), name="reason"),
]
