"""Following MTConnect agents: `current` once, then `sample` from where we were."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import ProxyHandler, build_opener

import msgspec
from django.db import InterfaceError, OperationalError, connection

from production import heard, whys_not
from production.ingest import Parcel
from production.messages import Message, NotUnderstood
from production.models import MTConnectSource, QuarantinedMessage, Station
from production.mqtt import write_privately
from production.mtconnect.mapping import Names, Reader, State
from production.mtconnect.xml import AgentError, Answer, parse
from production.reader import through_the_door

log = logging.getLogger(__name__)

AT_ONCE = 2000  # observations asked for in one `sample`
LARGEST = 20_000_000
TIMEOUT = 5.0
EVERY = 1.0
LONGEST_PAUSE = 30.0
SOURCE = QuarantinedMessage.Source.MTCONNECT.value

_opener = build_opener(ProxyHandler({}))  # agents stand in the plant, not behind a proxy


@dataclass(frozen=True, slots=True)
class Source:
    """Which agent speaks for which station, and how it is read."""

    station_id: int
    company_id: int
    account: str
    station_code: str
    url: str
    device: str
    names: Names

    def address(self, request: str) -> str:
        """The address of a request to the agent, for the one device where it is named."""
        device = f"/{quote(self.device, safe='')}" if self.device else ""
        return f"{self.url.rstrip('/')}{device}/{request}"


def sources() -> list[Source]:
    """All agents that are followed, in a stable order."""
    found = MTConnectSource.objects.exclude(url="").filter(station__archived_at=None)
    return [
        Source(
            one.station_id,
            one.station.company_id,
            one.station.company.code,
            one.station.code,
            one.url,
            one.device_name,
            _names(one),
        )
        for one in found.select_related("station__company").order_by("station_id")
        if urlsplit(one.url).scheme in ("http", "https")
    ]


def names_of(station: Station) -> Names:
    """How the station's MTConnect items are called; the defaults where nobody has said."""
    source = getattr(station, "mtconnect", None)
    return _names(source) if source else Names()


def _names(source: MTConnectSource) -> Names:
    return Names(source.execution, source.part_count, source.program, source.availability, source.count_by)


class Position(msgspec.Struct, frozen=True):
    """How far an agent has been read: in which of its lives (0: not at all), to where, and what is known."""

    url: str = ""
    instance: int = 0
    next_sequence: int = 0
    state: State = msgspec.field(default_factory=State)


class Follower:
    """Reads one agent. What `take` returns is stored before `keep`; after a failure `back` forgets it."""

    def __init__(self, source: Source, file: Path) -> None:
        self.source = source
        self.due_at = 0.0
        self.trouble = ""
        self.lost = ""
        self.pause = EVERY
        self.future: Future[bytes] | None = None
        self._file = file
        self._kept = _load(file, source.url)
        self.back()

    @property
    def address(self) -> str:
        """What to ask the agent next."""
        if not self._instance:
            return self.source.address("current")
        return self.source.address(f"sample?from={self._next}&count={AT_ONCE}")

    def take(self, document: bytes) -> list[Message | NotUnderstood]:
        """What the agent's answer means. Raises NotUnderstood where it is none."""
        try:
            answer = parse(document, device=self.source.device)
        except AgentError as error:
            if error.code != "OUT_OF_RANGE":
                raise
            self._instance = 0  # its buffer holds no more what we ask for
            self.lost = whys_not.FORGOTTEN.format(number=self._next)
            return []
        if self._instance not in (0, answer.instance):
            self._instance = 0  # it was started anew and counts from 1 again
            self.lost = whys_not.STARTED_ANEW.format(number=self._next)
            return []
        return list(self._read(answer))

    def _read(self, answer: Answer) -> Iterator[Message | NotUnderstood]:
        self._instance, self._next = answer.instance, answer.next_sequence
        yield from self._reader.read(answer.observations)
        if alive := self._reader.alive(answer.created_at):
            yield alive

    def keep(self) -> None:
        """Remember, beyond our own end, how far it was read."""
        position = Position(self.source.url, self._instance, self._next, self._reader.state)
        kept = msgspec.json.encode(position)
        if kept != self._kept:
            write_privately(self._file, kept.decode())
            self._kept = kept

    def back(self) -> None:
        """Return to what was kept last."""
        position = msgspec.json.decode(self._kept, type=Position)
        self._instance, self._next = position.instance, position.next_sequence
        self._reader = Reader(self.source.names, position.state)


def _told(said: Message | NotUnderstood, source: Source) -> Message | NotUnderstood:
    """What is refused says which agent said it."""
    if isinstance(said, NotUnderstood):
        return NotUnderstood(said.code, whys_not.IN.format(source=source.url, why=said.reason))
    return said


def _load(file: Path, url: str) -> bytes:
    """What was kept of this agent; nothing where the file is of another one, or damaged."""
    with suppress(OSError, msgspec.MsgspecError):
        kept = file.read_bytes()
        if msgspec.json.decode(kept, type=Position).url == url:
            return kept
    return msgspec.json.encode(Position())


def fetch(address: str) -> bytes:
    """The agent's answer, also where it is an error in XML. Raises OSError and its kin."""
    try:
        with _opener.open(address, timeout=TIMEOUT) as answer:
            return bytes(answer.read(LARGEST))
    except HTTPError as error:
        with error:
            return bytes(error.read(LARGEST))


class Poller:
    """Follows all agents at once; one that hangs keeps nobody waiting."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime]) -> None:
        self.followers: dict[int, Follower] = {}
        self._folder, self._now = folder, now
        self._pool = ThreadPoolExecutor(16, "agent")
        self._looked_at = float("-inf")

    def turn(self) -> None:
        """Ask whom it is time to ask, and store what has been answered."""
        try:
            self._look()
            for follower in self.followers.values():
                self._attend(follower)
        except (OperationalError, InterfaceError) as error:
            log.warning("Nothing can be stored, trying again: %s", error)
            connection.close()
            time.sleep(0.5)

    def close(self) -> None:
        """Ask nobody any more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> None:
        """Read the table of sources, now and then."""
        if time.monotonic() - self._looked_at < 5:
            return
        wanted = {source.station_id: source for source in sources()}
        self.followers = {station_id: self._follower(source) for station_id, source in wanted.items()}
        self._looked_at = time.monotonic()

    def _follower(self, source: Source) -> Follower:
        known = self.followers.get(source.station_id)
        if known and known.source == source:
            return known
        return Follower(source, self._folder / f"{source.station_id}.json")

    def _attend(self, follower: Follower) -> None:
        if follower.future is None:
            if time.monotonic() >= follower.due_at:
                follower.future = self._pool.submit(fetch, follower.address)
            return
        if not follower.future.done():
            return
        future, follower.future = follower.future, None
        try:
            self._store(follower, future.result())
        except (OperationalError, InterfaceError):
            follower.back()
            raise
        except (OSError, HTTPException, ValueError) as error:  # no answer, or none that can be understood
            self._suffer(follower, error)
            return
        if follower.trouble:
            log.info("%s answers again.", follower.source.url)
        follower.trouble, follower.pause = "", EVERY
        follower.due_at = time.monotonic() + follower.pause

    def _store(self, follower: Follower, document: bytes) -> None:
        source = follower.source
        said = follower.take(document)
        if said:
            topic = f"busroot/v2/{source.account}/signals/{source.station_code}"
            parcels = [
                Parcel(source.company_id, source.station_code, _told(one, source), SOURCE, topic)
                for one in said
            ]
            through_the_door(parcels, self._now())
        elif follower.lost:
            heard.note_lost(source.company_id, source.station_code, follower.lost, self._now())
            follower.lost = ""
        follower.keep()

    def _suffer(self, follower: Follower, error: Exception) -> None:
        """Say it once, and ask less and less often."""
        follower.back()
        if not follower.trouble:
            log.warning("%s cannot be read: %s", follower.source.url, error)
        follower.trouble = str(error)[:200]
        follower.pause = min(follower.pause * 2, LONGEST_PAUSE)
        follower.due_at = time.monotonic() + follower.pause
