"""What one shift tells the next at a station."""

from __future__ import annotations

import uuid as uuids
from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.models import Device, Owned, OwnedQuerySet, User
from production.models.jobs import Operator
from production.models.plant import Station
from production.nudges import announce

LONGEST_NOTE = 500


class ShiftNoteQuerySet(OwnedQuerySet):
    def unread(self) -> Self:
        """Those that nobody has said to have read, the oldest first."""
        return self.filter(read_at=None).order_by("written_at", "pk")

    def with_people(self) -> Self:
        """With everybody whose name is told."""
        return self.select_related("operator", "user", "device", "reader", "reader_user")


class ShiftNote(Owned):
    """A note to whoever works at a station next. It stays as it was written, and is read once."""

    company_path = "station__company"

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="shift_notes", db_index=False)
    key = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    text = models.TextField(_("text"), max_length=LONGEST_NOTE)
    written_at = models.DateTimeField(_("written"))
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    reader = models.ForeignKey(Operator, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reader_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = ShiftNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note to the next shift")
        verbose_name_plural = _("notes to the next shift")
        ordering = ["-written_at", "-pk"]
        indexes = [
            models.Index(fields=["station", "-written_at"], name="notes_of_a_station"),
            # Every open tablet asks for these every few seconds; almost all notes have been read.
            models.Index(fields=["station"], condition=models.Q(read_at=None), name="notes_to_be_read"),
        ]

    def __str__(self) -> str:
        return self.text if len(self.text) <= 60 else f"{self.text[:59]}…"

    @property
    def by(self) -> str:
        """Who wrote it."""
        return str(self.operator or self.user or self.device or "")

    @property
    def read_by(self) -> str:
        """Who said that he has read it; empty for somebody without a name."""
        return str(self.reader or self.reader_user or "")

    def read(self, *, at: datetime, operator: Operator | None, user: User | None) -> bool:
        """Let it be read; False where somebody has read it before."""
        mine = ShiftNote.objects.filter(pk=self.pk, read_at=None)
        if not mine.update(read_at=max(at, self.written_at), reader=operator, reader_user=user):
            return False
        announce([self.station_id])
        return True
