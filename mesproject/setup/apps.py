from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SetUpConfig(AppConfig):
    """Stands beside boards and reports' readers: it knows all parts, and none knows it."""

    name = "mesproject.setup"
    verbose_name = _("Set-up")
