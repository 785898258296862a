from django.apps import AppConfig


class QualityConfig(AppConfig):
    """What was not good."""

    name = "quality"
    verbose_name = "Rejects"
