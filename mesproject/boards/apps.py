from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """What shows all apps together: tablet shell and wall boards."""

    name = "mesproject.boards"
