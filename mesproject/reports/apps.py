from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """What all apps together add up to: timeline, facts, KPIs and reports."""

    name = "mesproject.reports"
    verbose_name = "Numbers"
