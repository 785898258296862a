from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalysisConfig(AppConfig):
    """Charts of the numbers that reports tell."""

    name = "mesproject.analysis"
    verbose_name = _("Analysis")
