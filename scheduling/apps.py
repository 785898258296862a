from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    """When the plant means to run."""

    name = "scheduling"
    verbose_name = _("Shifts")

    def ready(self) -> None:
        """Whatever is changed by hand, wherever that is, moves the plans that depend on it."""
        from scheduling import effects  # noqa: F401  it registers itself
