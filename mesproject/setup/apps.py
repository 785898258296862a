from django.apps import AppConfig


class SetUpConfig(AppConfig):
    """Stands beside boards and reports' readers: it knows all parts, and none knows it."""

    name = "mesproject.setup"
    verbose_name = "Set-up"
