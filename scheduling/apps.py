from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """When the plant means to run."""

    name = "scheduling"
    verbose_name = "Shifts"
