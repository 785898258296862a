"""Sending a quarantined message through the door again, as a person has mended it."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from production.ingest import Outcome, Verdict, record
from production.models import QuarantinedMessage
from production.unpacking import Directory, unpack


def replay(message: QuarantinedMessage, payload: bytes, at: datetime) -> list[Outcome]:
    """Unpack a payload under the message's topic and hand it to the door; one outcome for each station it names.

    What is stored counts from when the message first came, not from now, unless it says its own time.
    Where all of it was understood, the message is marked as replayed; otherwise nothing changes.
    """
    found = unpack(message.topic, payload, Directory())
    ours = [
        replace(parcel, device_id=message.device_id)
        for parcel in found
        if parcel.company_id == message.company_id
    ]
    outcomes = record(ours, received_at=message.received_at, quarantine=False)
    if outcomes and all(outcome.verdict is not Verdict.REFUSED for outcome in outcomes):
        QuarantinedMessage.objects.filter(pk=message.pk).update(replayed_at=at)
    return outcomes
