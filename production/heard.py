"""The last messages of each sender, as they came, and what became of them: for people who look for a fault.

Kept in Valkey, fifty of each sender, for a week. Nothing depends on them: where Valkey is away or slow, nothing is
kept for a while, and no message waits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import redis
from django.conf import settings

from production import whys_not
from production.ingest import Outcome, Parcel, Verdict
from production.messages import Message
from production.models import QuarantinedMessage

log = logging.getLogger(__name__)

LAST = 50
# Of one batch. Only a plant of thousands of messages a second, or one that catches up, says more at once.
MOST = 200
LONGEST = 1_000  # bytes of a message; the quarantine keeps all of it
KEPT = timedelta(days=7)
# Nobody waits longer than this for a Valkey that hangs, and not again before that.
PATIENCE = 0.2
AWAY = 10.0
# A message of which nothing is made, as a frame whose unit has no pins; that is told once an hour only.
IGNORED = "ignored"
# What an agent had, and has no more.
LOST = "lost"


class Became(msgspec.Struct, array_like=True):
    """What became of a message, or of the part of it that speaks of one station."""

    station: str
    verdict: str
    code: str = ""
    reason: str = ""


class Heard(msgspec.Struct, array_like=True):
    """A message as it came: when, by which way, what it said of itself, and what became of it."""

    at: datetime
    source: str
    topic: str
    raw: bytes
    sent: datetime | None = None
    boot: str | None = None
    seq: int | None = None
    became: list[Became] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Heard).decode


# One command for a batch of a thousand senders: three for each of them would cost more than storing the batch.
_PUSH = """
local place = 3
for _, ring in ipairs(KEYS) do
    local number = tonumber(ARGV[place])
    for n = place + 1, place + number do redis.call("RPUSH", ring, ARGV[n]) end
    redis.call("LTRIM", ring, -tonumber(ARGV[1]), -1)
    redis.call("EXPIRE", ring, ARGV[2])
    place = place + 1 + number
end
"""


class _Away:
    """Until when Valkey is left alone."""

    until = 0.0


def of_gateway(device_id: int) -> str:
    """Where frames of a unit are kept."""
    return f"heard:gateway:{device_id}"


def of_key(key_id: int) -> str:
    """Where what was sent with an API key is kept."""
    return f"heard:key:{key_id}"


def of_station(company_id: int, code: str) -> str:
    """Where what was said on a station's topic, or by its agent, is kept."""
    return f"heard:station:{company_id}:{code}"


def of_refused(company_id: int) -> str:
    """Where messages on stations' topics are kept that were refused, whether there is such a station or not."""
    return f"heard:refused:{company_id}"


def note(parcels: Sequence[Parcel], outcomes: Sequence[Outcome], at: datetime) -> None:
    """Keep the last of what came through the door."""
    parcels, outcomes = parcels[-MOST:], outcomes[-MOST:]
    rings: dict[str, list[int]] = {}
    for number, parcel in enumerate(parcels):
        if parcel.company_id is not None:
            rings.setdefault(_ring(parcel, outcomes[number]), []).append(number)
    _keep({
        ring: _messages([(parcels[n], outcomes[n]) for n in numbers[-LAST:]], at) for ring, numbers in rings.items()
    })  # fmt: skip


def note_of_key(
    key_id: int,
    parcels: Sequence[Parcel],
    outcomes: Sequence[Outcome],
    raws: Sequence[msgspec.Raw],
    at: datetime,
) -> None:
    """Keep the last of what was sent with an API key."""
    last = zip(parcels[-LAST:], outcomes[-LAST:], raws[-LAST:], strict=True)
    _keep({of_key(key_id): [_heard(parcel, outcome, bytes(raw), at) for parcel, outcome, raw in last]})


def note_ignored(device_id: int, topic: str, payload: bytes, at: datetime) -> None:
    """Keep a frame of which nothing was made."""
    became = [Became("", IGNORED, "not_mapped", whys_not.NO_PIN_OF_IT)]
    said = Heard(at, QuarantinedMessage.Source.MQTT.value, topic, payload[:LONGEST], became=became)
    _keep({of_gateway(device_id): [said]})


def note_lost(company_id: int, station: str, reason: str, at: datetime) -> None:
    """Keep that an agent has forgotten what was not read of it yet."""
    became = [Became(station, LOST, "out_of_range", reason)]
    said = Heard(at, QuarantinedMessage.Source.MTCONNECT.value, "", b"", became=became)
    _keep({of_station(company_id, station): [said]})


def last(rings: Iterable[str]) -> list[Heard]:
    """What these senders said last, newest first; nothing where Valkey is away."""
    wanted = list(rings)
    if not wanted:
        return []
    try:
        with _valkey().pipeline(transaction=False) as pipe:
            for ring in wanted:
                pipe.lrange(ring, 0, -1)
            found = [_decode(one) for kept in pipe.execute() for one in kept]
    except redis.RedisError as error:
        log.warning("What was heard last cannot be read: %s", error)
        return []
    return sorted(found, key=lambda heard: heard.at)[::-1]


def newest(rings: Sequence[str]) -> list[datetime | None]:
    """When each of these senders said something last; None where it did not, or Valkey is away."""
    try:
        with _valkey().pipeline(transaction=False) as pipe:
            for ring in rings:
                pipe.lindex(ring, -1)
            return [_decode(one).at if one else None for one in pipe.execute()]
    except redis.RedisError as error:
        log.warning("What was heard last cannot be read: %s", error)
        return [None] * len(rings)


def _ring(parcel: Parcel, outcome: Outcome) -> str:
    company = parcel.company_id or 0
    if parcel.device_id is not None:
        return of_gateway(parcel.device_id)
    # What is nonsense must not make a ring for whatever station it makes up.
    if outcome.verdict is Verdict.REFUSED:
        return of_refused(company)
    return of_station(company, parcel.station_code)


def _messages(sent: Sequence[tuple[Parcel, Outcome]], at: datetime) -> list[Heard]:
    """One for each message, also where it speaks of several stations."""
    found: list[Heard] = []
    payload = None
    for parcel, outcome in sent:
        if parcel.device_id is not None and parcel.payload is payload:
            found[-1].became.append(_became(parcel, outcome))
            continue
        payload = parcel.payload
        found.append(_heard(parcel, outcome, payload or _as_read(parcel), at))
    return found


def _heard(parcel: Parcel, outcome: Outcome, raw: bytes, at: datetime) -> Heard:
    found = Heard(at, parcel.source, parcel.topic[:256], raw[:LONGEST], became=[_became(parcel, outcome)])
    if isinstance(said := parcel.message, Message):
        found.sent, found.boot, found.seq = said.at, said.boot, said.seq
    return found


def _became(parcel: Parcel, outcome: Outcome) -> Became:
    return Became(parcel.station_code, outcome.verdict.value, outcome.code, outcome.reason)


def _as_read(parcel: Parcel) -> bytes:
    """Of an agent's long document only what it says of the station."""
    return msgspec.json.encode(parcel.message) if isinstance(parcel.message, Message) else b""


def _keep(rings: dict[str, list[Heard]]) -> None:
    if not rings or time.monotonic() < _Away.until:
        return
    said: list[Any] = [LAST, int(KEPT.total_seconds())]
    for messages in rings.values():
        said += [len(messages), *map(_encode, messages)]
    try:
        _valkey().eval(_PUSH, len(rings), *rings, *said)
    except redis.RedisError as error:
        _Away.until = time.monotonic() + AWAY
        log.info("What is heard is not kept for a moment: %s", error)


@lru_cache(1)
def _valkey() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
