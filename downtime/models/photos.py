"""Pictures that people took of an issue."""

from __future__ import annotations

import uuid as uuids

from django.db import models
from django.utils.translation import gettext

from downtime.models.events import IssueEvent
from mesproject.accounts.models import Owned


class Photo(Owned):
    """The picture of a note. Like its note it is never changed; docs/adr/0011 says why it lies in the database."""

    company_path = "event__issue__station__company"

    uuid = models.UUIDField(default=uuids.uuid4, unique=True, editable=False)
    event = models.OneToOneField(IssueEvent, on_delete=models.CASCADE, related_name="photo")
    content = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return gettext("Photo of {event}").format(event=self.event)
