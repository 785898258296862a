"""The demo plant goes on living: its gateway speaks through the public MQTT door, its operators answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from mesproject.accounts.models import Company, ProcessLife
from mesproject.demo import orders, past, plan
from mesproject.demo.acting import Crew
from mesproject.demo.plant import CODE, stations_of
from production.mqtt import Address
from production.publishing import NoBroker, Publisher
from production.replay import to_wire
from production.windows import Window

# So much is caught up in one turn after a pause.
MOST_AT_ONCE = timedelta(hours=1)
ANSWERS_EVERY = timedelta(seconds=3)
LOOK_AROUND_EVERY = timedelta(minutes=1)
# How far back parts that were found bad are looked for: further than any turn takes.
OVERLAP = timedelta(minutes=10)

Letter = tuple[str, bytes]


class NotDelivered(Exception):
    """The broker has not acknowledged everything; all of it must be sent again."""


def topic(station: str) -> str:
    """Where a station of the demo speaks."""
    return f"busroot/v2/{CODE}/signals/{station}"


class Life:
    """Sends what is due and does what is due; asked again after a crash it goes on where it left off.

    `publish` delivers letters in order, or raises NotDelivered.
    """

    def __init__(self, company: Company, *, now: datetime, publish: Callable[[list[Letter]], None]) -> None:
        self.company, self._publish = company, publish
        self.sent = past.sent_until() or now
        self._answered = self.sent - ANSWERS_EVERY
        self._look_around(now)

    def step(self, now: datetime) -> None:
        """Let the plant live until now, or a good part of the way there."""
        if now - self._looked_around >= LOOK_AROUND_EVERY:
            self._look_around(now)
        window = Window(self.sent, min(now, self.sent + MOST_AT_ONCE))
        if window.start < window.end:
            self._keep_orders(window)
            if letters := list(self._letters(window)):
                self._publish(letters)
                ProcessLife.note(past.LIFE, window.end)
            self.sent = window.end
        if now - self._answered >= ANSWERS_EVERY:
            self._crew.sign_on(since=self._answered, now=now)
            self._crew.answer(since=self._answered, now=now, visitors_from=self.company.created_at)
            self._crew.reject(self._tapes, since=self._answered - OVERLAP, now=now)
            self._answered = now

    def _look_around(self, now: datetime) -> None:
        """Take note of what people have changed in the plant."""
        self._stations = stations_of(self.company)
        self._tapes = past.tapes_of(self.company, self._stations)
        self._crew = Crew(self.company, self._stations)
        self._looked_around = now

    def _letters(self, window: Window) -> Iterator[Letter]:
        said = [(message, code) for code, tape in self._tapes.items() for message in tape.messages(window)]
        for message, code in sorted(said, key=lambda pair: (pair[0].at, pair[1])):
            yield topic(code), to_wire(message)

    def _keep_orders(self, window: Window) -> None:
        for code, tape in self._tapes.items():
            if any(turn.window.start in window for turn in tape.turns(window)):
                station = self._stations[code]
                orders.keep(station, plan.station(code), tape, since=window.start, now=window.end)


class Line:
    """The gateway's connection to the broker, opened when it is needed and anew after it was lost."""

    def __init__(self, address: Callable[[], Address], client_id: str, *, patience: float = 10) -> None:
        self._address, self._client_id, self._patience = address, client_id, patience
        self._publisher: Publisher | None = None

    def publish(self, letters: Iterable[Letter]) -> None:
        """Deliver letters with QoS 1 and wait until the broker has each. Raises NotDelivered."""
        until = time.monotonic() + self._patience

        def meanwhile() -> None:
            if time.monotonic() > until:
                raise NotDelivered("It does not confirm what it is sent.")

        try:
            publisher = self._opened()
            for where, payload in letters:
                publisher.publish(where, payload, meanwhile=meanwhile)
            publisher.finish(meanwhile=meanwhile)
        except (NoBroker, NotDelivered) as error:
            self.close()
            raise NotDelivered(str(error)) from None

    def close(self) -> None:
        """Forget the connection and all that waits in it."""
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None

    def _opened(self) -> Publisher:
        if self._publisher is None:
            publisher = Publisher(self._address(), self._client_id)
            publisher.open()
            self._publisher = publisher
        return self._publisher
