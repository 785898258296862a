from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BuilderConfig(AppConfig):
    """Reports that people put together."""

    name = "mesproject.analysis.builder"
    label = "builder"
    verbose_name = _("Reports")
