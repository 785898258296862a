"""The one door: HTTP, MQTT, MTConnect and file replay all end in `record`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from production.messages import Message, NotUnderstood


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the broker handed over a message: needed to tell a redelivery that carries neither key nor time."""

    session: str
    packet_id: int
    again: bool  # the DUP flag


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way in: whose it is, what it says (or why it cannot be understood)."""

    company_id: int | None
    station_code: str
    message: Message | NotUnderstood
    source: str  # a QuarantinedMessage.Source
    topic: str = ""
    payload: bytes = b""
    sender: str = ""  # what `seq` and `id` are unique in: the device's name, else the station's code
    device_id: int | None = None
    delivery: Delivery | None = None


class Verdict(StrEnum):
    """What became of a parcel."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The door's answer for one parcel; code and reason where it was refused, a remark where one is due."""

    verdict: Verdict
    code: str = ""
    reason: str = ""


def record(parcels: Sequence[Parcel], *, received_at: datetime, quarantine: bool) -> list[Outcome]:
    """Store a batch and move the live rows, in one transaction; answer for each parcel, in order.

    Safe to repeat: what is stored already is answered `duplicate` and changes nothing. With `quarantine`
    (MQTT, files) what is refused is kept with its reason; without (HTTP) only the answer tells it.
    Raises only when the database cannot be reached; then nothing was stored.
    """
    raise NotImplementedError
