"""The reader's line to the broker: one thread that receives, keeps alive, reconnects and acknowledges."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import paho.mqtt.client as paho

from production import topics
from production.mqtt import KEEPALIVE, Address, Client, new_client
from production.mqtt_socket import Message, acknowledge

log = logging.getLogger(__name__)

# Beyond this many waiting messages nothing more is read; the broker keeps the rest.
MOST_WAITING = 50_000
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


class Letter(NamedTuple):
    """One message as the broker handed it over, on which connection, and when (monotonic)."""

    topic: str
    payload: bytes
    packet_id: int
    qos: int
    again: bool
    connection: int
    session: str
    arrived: float


class Line:
    """Hands letters over by `take`, and takes acknowledgements for them.

    A new connection makes the letters of the last one void: the broker hands over again what was not
    acknowledged. `unsent` are acknowledgements that came too late for their connection.
    """

    def __init__(self, address: Callable[[], Address], client_id: str, epoch: Callable[[], str]) -> None:
        self.connection = 0
        self.connected = False
        self.kept = True  # whether the broker still knew our session
        self.received = 0
        self.turned_at = time.monotonic()
        self.failure: BaseException | None = None
        self._address, self._client_id, self._epoch = address, client_id, epoch
        self._client: Client | None = None
        self._session = client_id
        self._inbox: SimpleQueue[list[Letter]] = SimpleQueue()
        self._handed_over = self._taken = 0  # each is written by one thread only
        self._lock = threading.Lock()
        self._acknowledged: deque[Letter] = deque()
        self._unsent: list[Letter] = []
        self._pending: set[int] = set()
        self._receiving = True
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect; comes back at once."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread does its rounds."""
        return self._thread.is_alive() and time.monotonic() - self.turned_at < 60

    def current(self, letter: Letter) -> bool:
        """Whether a letter came on the connection that is open now."""
        return letter.connection == self.connection

    @property
    def waiting(self) -> int:
        """How many letters nobody has taken yet."""
        return self._handed_over - self._taken

    def take(self, *, most: int, linger: float, wait: float) -> list[Letter]:
        """About `most` letters: waits for the first, then lingers a moment for those that follow."""
        letters: list[Letter] = []
        until = time.monotonic() + wait
        with suppress(Empty):
            while len(letters) < most:
                more = self._inbox.get(timeout=max(until - time.monotonic(), 0))
                if not letters:
                    until = time.monotonic() + linger
                letters += more
        self._taken += len(letters)
        return letters

    def acknowledge(self, letters: Iterable[Letter]) -> None:
        """Tell the broker, in this order, that it may forget these letters."""
        with self._lock:
            for letter in letters:
                if letter.qos and self.current(letter):
                    self._acknowledged.append(letter)
                elif letter.qos and self.kept:
                    self._unsent.append(letter)

    def take_unsent(self) -> list[Letter]:
        """Letters that were acknowledged when their connection was gone: the broker will send them again."""
        with self._lock:
            unsent, self._unsent = self._unsent, []
            return unsent

    def stop_receiving(self) -> None:
        """Take nothing more; what is in the inbox can still be acknowledged."""
        self._receiving = False

    def close(self, *, within: float = 3.0) -> None:
        """Send the last acknowledgements and take leave. The broker keeps our session."""
        deadline = time.monotonic() + within
        while self.connected and self._acknowledged and time.monotonic() < deadline:
            time.sleep(0.01)
        self._closing.set()
        self._thread.join(within)

    def _run(self) -> None:
        try:
            pause = 0.0
            while not self._closing.is_set():
                self.turned_at = time.monotonic()
                if self._client is None:
                    self._closing.wait(pause * random.uniform(0.5, 1.5))
                    pause = min(max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
                    self._connect()
                elif self._turn() and self.connected:
                    pause = FIRST_PAUSE
        except BaseException as error:  # a thread that dies unseen would be a reader that reads nothing
            self.failure = error
            log.exception("The line to the broker broke down.")
        finally:
            self._hang_up()

    def _connect(self) -> None:
        """Open a connection, if that can be; it is ours when the broker lets us in."""
        try:
            address, epoch = self._address(), self._epoch()
            client = new_client(address, self._client_id, keep_session=True)
            client.on_connect = self._on_connect
            client.connect(address.host, address.port, keepalive=KEEPALIVE)
        except (OSError, ValueError) as error:
            log.warning("The broker cannot be reached: %s", error)
            return
        self._session = f"{self._client_id}@{epoch}"
        self._client = client

    def _turn(self) -> bool:
        """Receive, acknowledge, keep alive; False when the connection was lost."""
        assert self._client is not None
        sock: Any = self._client.socket()
        answer: int
        if self._receiving and self.waiting < MOST_WAITING:
            answer = self._client.loop(0.01 if self._pending else 0.1)
        else:
            answer = self._client.loop_misc()
            time.sleep(0.01)
        self._hand_over(sock.messages())
        if not answer:
            self._send_acknowledgements()
            return True
        log.warning("The connection to the broker was lost: %s", paho.error_string(answer))
        self._hang_up()
        return False

    def _begin_anew(self, *, kept: bool) -> None:
        """What is left of the last connection is void; a broker that lost our session sends none of it again."""
        with self._lock:
            self.kept = kept
            self.connection += 1
            self._unsent = [*self._unsent, *self._acknowledged] if kept else []
            self._acknowledged.clear()
        self._pending.clear()
        self.connected = True

    def _hand_over(self, messages: list[Message]) -> None:
        """Put letters into the inbox, all but those that are there already or being stored."""
        letters = []
        place = self.connection, self._session, time.monotonic()
        for message in messages:
            if message.qos:
                if message.again and message.packet_id in self._pending:
                    continue
                self._pending.add(message.packet_id)
            letters.append(Letter(*message, *place))
        self.received += len(messages)
        if letters:
            self._handed_over += len(letters)
            self._inbox.put(letters)

    def _send_acknowledgements(self) -> None:
        """All that wait, in one go; those that cannot be sent any more will come again."""
        assert self._client is not None
        if not (self.connected and self._acknowledged) or self._client.want_write():
            return  # where a packet of the library's own is half out, the next turn ends it
        with self._lock:
            letters = list(self._acknowledged)
            self._acknowledged.clear()
        self._pending.difference_update([letter.packet_id for letter in letters])
        if gone := letters[acknowledge(self._client.socket(), [letter.packet_id for letter in letters]) :]:
            log.warning("The connection to the broker was lost with %s acknowledgements.", len(gone))
            with self._lock:
                self._unsent += gone
            self._hang_up()

    def _on_connect(self, client: paho.Client, _: Any, flags: Any, reason: Any, __: Any) -> None:
        if reason.is_failure:
            log.warning("The broker refuses us: %s. Check the login in MQTT_URL.", reason)
            return
        self._begin_anew(kept=bool(flags.session_present))
        client.subscribe([(one, 1) for one in topics.FILTERS])
        log.info("Connected to the broker.")

    def _hang_up(self) -> None:
        self.connected = False
        if self._client is not None:
            self._client.disconnect()
            self._client = None
