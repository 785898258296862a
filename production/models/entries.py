"""What people entered at tablets that may have been without network: each once, with the time it was given."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Company, Device, Owned, User, index_where_given


class Entry(Owned):
    """One entry that was taken, under its own key. It is written with what it changed or not at all."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="entries")
    key = models.UUIDField(unique=True)
    at = models.DateTimeField()  # when it was given, as the tablet says
    received_at = models.DateTimeField()
    address = models.CharField(max_length=200)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, db_index=False)
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, db_index=False)

    class Meta:
        verbose_name_plural = _("entries")
        ordering = ["-received_at"]
        indexes = [
            index_where_given("user", "entries_of_a_user"),
            index_where_given("device", "entries_of_a_device"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.key}"
