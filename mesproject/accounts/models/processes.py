"""The installation's own processes."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProcessLife(models.Model):
    """When a process of the installation last did its work; of no company, shown only by /statusz."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("process lives")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%H:%M:%S}"

    @classmethod
    def note(cls, name: str, at: datetime) -> None:
        """Say that this process is at work."""
        cls.objects.update_or_create(name=name, defaults={"at": at})
