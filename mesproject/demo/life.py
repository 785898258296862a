"""The demo plant goes on living: its gateway speaks through the public MQTT door, its operators answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import paho.mqtt.client as paho

from mesproject.accounts.models import Company, ProcessLife
from mesproject.demo import orders, past, plan
from mesproject.demo.acting import Crew
from mesproject.demo.plant import CODE, stations_of
from production.messages import Message
from production.mqtt import Address, new_client
from production.windows import Window

log = logging.getLogger(__name__)

# What a gateway calls the things that a demo station says.
KEYS = {
    "at": "timestamp",
    "productive": "productive",
    "available": "available",
    "good_total": "production_count_good",
    "kwh_total": "electrical_kwh",
    "error_code": "error_code",
    "program": "program",
}
# So much is caught up in one turn after a pause.
MOST_AT_ONCE = timedelta(hours=1)
ANSWERS_EVERY = timedelta(seconds=3)
# How far back parts that were found bad are looked for: further than any turn takes.
OVERLAP = timedelta(minutes=10)

Letter = tuple[str, bytes]


class NotDelivered(Exception):
    """The broker has not acknowledged everything; all of it must be sent again."""


def topic(station: str) -> str:
    """Where a station of the demo speaks."""
    return f"busroot/v2/{CODE}/signals/{station}"


def encode(message: Message) -> bytes:
    """A message as a gateway would send it."""
    said: dict[str, Any] = {
        KEYS[name]: value for name, value in msgspec.structs.asdict(message).items() if value is not None
    }
    return msgspec.json.encode(said)


class Life:
    """Sends what is due and does what is due; asked again after a crash it goes on where it left off.

    `publish` delivers letters in order, or raises NotDelivered.
    """

    def __init__(self, company: Company, *, now: datetime, publish: Callable[[list[Letter]], None]) -> None:
        self.company, self._publish = company, publish
        self.sent = past.sent_until() or now
        self._answered = self.sent - ANSWERS_EVERY
        self._stations = stations_of(company)
        self._tapes = past.tapes_of(company, self._stations)
        self._crew = Crew(company, self._stations)

    def step(self, now: datetime) -> None:
        """Let the plant live until now, or a good part of the way there."""
        window = Window(self.sent, min(now, self.sent + MOST_AT_ONCE))
        if window.start < window.end:
            self._keep_orders(window)
            if letters := list(self._letters(window)):
                self._publish(letters)
                ProcessLife.note(past.LIFE, window.end)
            self.sent = window.end
        if now - self._answered >= ANSWERS_EVERY:
            self._crew.answer(since=self._answered, now=now, visitors_from=self.company.created_at)
            self._crew.reject(self._tapes, since=self._answered - OVERLAP, now=now)
            self._answered = now

    def _letters(self, window: Window) -> Iterator[Letter]:
        said = [(message, code) for code, tape in self._tapes.items() for message in tape.messages(window)]
        for message, code in sorted(said, key=lambda pair: (pair[0].at, pair[1])):
            yield topic(code), encode(message)

    def _keep_orders(self, window: Window) -> None:
        for code, tape in self._tapes.items():
            if any(turn.window.start in window for turn in tape.turns(window)):
                station = self._stations[code]
                orders.keep(station, plan.station(code), tape, since=window.start, now=window.end)


class Line:
    """The gateway's connection to the broker, opened when it is needed and again when it was lost."""

    def __init__(self, address: Callable[[], Address], client_id: str, *, patience: float = 10) -> None:
        self._address, self._client_id, self._patience = address, client_id, patience
        self._client: paho.Client | None = None

    def publish(self, letters: Iterable[Letter]) -> None:
        """Deliver letters with QoS 1 and wait until each is acknowledged. Raises NotDelivered."""
        try:
            client = self._connected()
            sent = [client.publish(topic, payload, qos=1) for topic, payload in letters]
            until = time.monotonic() + self._patience
            for info in sent:
                info.wait_for_publish(max(until - time.monotonic(), 0.001))
                if not info.is_published():
                    raise NotDelivered("The broker does not acknowledge.")
        except (OSError, ValueError, RuntimeError, NotDelivered) as error:
            self.close()
            raise NotDelivered(str(error)) from error

    def close(self) -> None:
        """Forget the connection and all that waits in it."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def _connected(self) -> paho.Client:
        if self._client is None:
            address = self._address()
            client = new_client(address, self._client_id, keep_session=False)
            client.max_inflight_messages_set(200)
            client.connect(address.host, address.port, keepalive=15)
            client.loop_start()
            self._client = client
        return self._client
