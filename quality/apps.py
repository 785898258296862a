from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    """What was not good."""

    name = "quality"
    verbose_name = _("Rejects")
