"""Publishing as a machine does: QoS 1, a bounded number under way, kept until the broker has confirmed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from production.mqtt import KEEPALIVE, Address, new_client

# More under way would only wait in the broker's queue.
WINDOW = 500


class NoBroker(Exception):
    """The broker cannot be reached or turns us away; the message says which."""


class Publisher:
    """Counts what was sent and what the broker has confirmed; lost connections are taken up again."""

    def __init__(self, address: Address, client_id: str) -> None:
        self.sent = self.confirmed = 0
        self._address = address
        self._news = threading.Condition()
        self._answer: Any = None
        self._client = new_client(address, client_id, keep_session=False)
        self._client.max_inflight_messages_set(WINDOW)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 5)
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish

    def open(self) -> None:
        """Connect. Raises NoBroker."""
        place = f"{self._address.host}:{self._address.port}"
        try:
            self._client.connect(self._address.host, self._address.port, keepalive=KEEPALIVE)
        except OSError as error:
            raise NoBroker(f"No broker answers at {place}: {error}.") from None
        self._client.loop_start()
        with self._news:
            self._news.wait_for(lambda: self._answer is not None, timeout=10)
        if self._answer is None or self._answer.is_failure:
            self.close()
            raise NoBroker(f"The broker at {place} turns us away: {self._answer or 'no answer'}.")

    def close(self) -> None:
        """Take leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, *, meanwhile: Callable[[], None]) -> None:
        """Send one message, when there is room for it; `meanwhile` is called while there is none."""
        self._wait(lambda: self.sent - self.confirmed < WINDOW, meanwhile)
        self.sent += 1
        self._client.publish(topic, payload, qos=1)

    def finish(self, *, meanwhile: Callable[[], None]) -> None:
        """Wait until the broker has confirmed everything."""
        self._wait(lambda: self.confirmed >= self.sent, meanwhile)

    def _wait(self, condition: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
        while not condition():
            with self._news:
                self._news.wait_for(condition, timeout=0.2)
            meanwhile()

    def _on_connect(self, _: Any, __: Any, ___: Any, reason: Any, ____: Any) -> None:
        with self._news:
            self._answer = reason
            self._news.notify_all()

    def _on_publish(self, *_: Any) -> None:
        with self._news:
            self.confirmed += 1
            self._news.notify_all()


@contextmanager
def publisher(address: Address, client_id: str) -> Iterator[Publisher]:
    """A publisher that is connected inside the block. Raises NoBroker."""
    one = Publisher(address, client_id)
    one.open()
    try:
        yield one
    finally:
        one.close()


class Stopwatch:
    """Waits for instants, counted from its start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    def wait_until(self, seconds: float, *, meanwhile: Callable[[], None]) -> None:
        """Come back when this many seconds have passed since the start."""
        while (left := seconds - self.elapsed) > 0:
            time.sleep(min(left, 0.2))
            meanwhile()
