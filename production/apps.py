from django.apps import AppConfig


class ProductionConfig(AppConfig):
    """What stands in the plant, what it made, and the one door for signals."""

    name = "production"
    verbose_name = "Plant and production"
