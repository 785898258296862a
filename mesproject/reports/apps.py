from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """What all apps together add up to: timeline, facts, KPIs and reports."""

    name = "mesproject.reports"
    verbose_name = _("Numbers")
