from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Companies, users and roles, API keys, devices, outgoing messages."""

    name = "mesproject.accounts"
    label = "accounts"
    verbose_name = "People, devices and keys"
