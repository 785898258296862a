from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    """When the plant means to run."""

    name = "scheduling"
    verbose_name = "Shifts"

    def ready(self) -> None:
        """Whatever is changed by hand, wherever that is, moves the plans that depend on it."""
        from scheduling import effects  # noqa: F401  it registers itself
