from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DowntimeConfig(AppConfig):
    """Why it did not run."""

    name = "downtime"
    verbose_name = _("Stops")
