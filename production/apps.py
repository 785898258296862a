from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductionConfig(AppConfig):
    """What stands in the plant, what it made, and the one door for signals."""

    name = "production"
    verbose_name = _("Plant and production")
