from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo plant."""

    name = "mesproject.demo"
