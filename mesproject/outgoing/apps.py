from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    name = "mesproject.outgoing"
    verbose_name = "Messages"
