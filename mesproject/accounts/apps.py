from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Companies, users and roles, API keys, devices, outgoing messages."""

    name = "mesproject.accounts"
    label = "accounts"
    verbose_name = _("People, devices and keys")

    def ready(self) -> None:
        """Make our lookups known to all models, and read instants quickly."""
        from mesproject.accounts import instants, lookups  # noqa: F401  they register themselves
