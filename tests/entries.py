"""What a tablet sends out of its outbox."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now

from downtime.models import Issue, Slice
from mesproject.accounts.models import Device


def headers(at: datetime, key: object = None, by: str = "", **more: str) -> dict[str, str]:
    """Its three headers; without `by` it is the tablet's own entry."""
    device = None if by else Device.objects.filter(kind="tablet").first()
    return {
        "X-Entry-Key": str(key or uuid.uuid4()), "X-Entry-At": str(round(at.timestamp() * 1000)),
        "X-Entry-By": by or f"device-{device and device.pk}", **more,
    }  # fmt: skip


def enter(
    client: Client, path: str, at: datetime | None = None, key: object = None, by: str = "", **fields: Any
) -> HttpResponse:
    """Send a form out of the outbox, entered `at` that time."""
    return client.post(path, fields, headers=headers(at or now(), key, by))


def step(issue: Issue, name: str) -> str:
    """The address of a step."""
    return f"/stops/{issue.uuid}/{name}/"


def stood_still(issue: Issue) -> None:
    """The station stood still in all of the stop."""
    Slice.objects.create(
        station=issue.station, start=issue.started_at, end=issue.ended_at, state="stopped",
        silent_since=issue.silent_since, carry={},
    )  # fmt: skip
