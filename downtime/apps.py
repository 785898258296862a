from django.apps import AppConfig


class DowntimeConfig(AppConfig):
    """Why it did not run."""

    name = "downtime"
    verbose_name = "Stops"
