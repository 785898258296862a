"""The live process: a raw ASGI application that passes NOTIFY on to open pages as server-sent events.

A page asks anyway every few seconds; this only makes it ask sooner. Nothing is lost when it is away.
Served by uvicorn as `mesproject.live:application`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

import django
import psycopg
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesproject.settings")
django.setup()

from mesproject.tickets import stations_of  # noqa: E402
from production.nudges import CHANNEL, COUNTED  # noqa: E402

# Often enough for any proxy in between, and no oftener: of three hundred streams each beat costs.
HEARTBEAT = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Page:
    """One open stream. What it has not been told yet is a set, so a slow page can never fill the memory."""

    def __init__(self, stations: frozenset[int], *, counts: bool = False) -> None:
        self.stations, self.counts = stations, counts
        self.news: set[int] = set()
        self.awake = asyncio.Event()
        self.over = False

    def tell(self, stations: Iterable[int]) -> None:
        """Remember that these changed, and wake the stream."""
        self.news.update(stations)
        self.awake.set()

    def end(self) -> None:
        """Let the stream come to its end."""
        self.over = True
        self.awake.set()

    async def next_lines(self) -> bytes:
        """The next event, or a comment after a while without one."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.awake.wait(), HEARTBEAT)
        if not self.awake.is_set():
            return b": still here\n\n"
        self.awake.clear()
        told, self.news = sorted(self.news), set()
        return b"event: changed\ndata: %s\n\n" % ",".join(map(str, told)).encode()


class Pages:
    """All open streams, by the stations they show."""

    def __init__(self) -> None:
        self._by_station: dict[int, set[Page]] = {}
        self.all: set[Page] = set()

    def add(self, page: Page) -> None:
        """A page has been opened."""
        self.all.add(page)
        for station in page.stations:
            self._by_station.setdefault(station, set()).add(page)

    def remove(self, page: Page) -> None:
        """A page is gone."""
        self.all.discard(page)
        for station in page.stations:
            left = self._by_station[station]
            left.discard(page)
            if not left:
                del self._by_station[station]

    def tell(self, payload: str) -> None:
        """Pass a notification on to those whom it concerns."""
        counted = payload.startswith(COUNTED)
        for station in (int(part) for part in payload.removeprefix(COUNTED).split(",") if part.isdigit()):
            for page in self._by_station.get(station, ()):
                if page.counts or not counted:
                    page.tell([station])

    def tell_all(self) -> None:
        """Something may have been missed: let every page ask."""
        for page in self.all:
            page.tell(page.stations)

    def end(self) -> None:
        """The process ends: a server waits for its streams, so they must end first."""
        for page in self.all:
            page.end()


pages = Pages()


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/?token=…: an event `changed` whenever a station of the page has news; 404 for all else.

    With `&counts=1` units alone are news.
    """
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        page = _allowed_page(scope)
        if page is None:
            await _not_found(send)
        else:
            await stream(scope, receive, send, page)


async def lifespan(receive: Receive, send: Send) -> None:
    """Begin and end listening with the process."""
    await receive()
    _end_streams_on_sigterm()
    listening = asyncio.create_task(listen())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
    await send({"type": "lifespan.shutdown.complete"})


async def listen() -> None:
    """One connection that listens, for ever; it comes back after the database does."""
    pause = FIRST_PAUSE
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                pages.tell_all()
                pause = FIRST_PAUSE
                async for notification in connection.notifies():
                    pages.tell(notification.payload)
        except psycopg.Error as error:
            logger.warning("The database cannot be listened to: %s", str(error).strip())
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 2, LONGEST_PAUSE)


async def stream(scope: dict[str, Any], receive: Receive, send: Send, page: Page) -> None:
    """Send events until the page goes away or the process ends."""
    pages.add(page)
    gone = asyncio.create_task(_until_gone(receive, page))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _headers(scope)})
        lines = b"retry: 3000\n\n"
        while not page.over:
            await send({"type": "http.response.body", "body": lines, "more_body": True})
            lines = await page.next_lines()
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        pages.remove(page)


async def _until_gone(receive: Receive, page: Page) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    page.end()


async def _not_found(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"Nothing to listen to here.\n"})


def _allowed_page(scope: dict[str, Any]) -> Page | None:
    if scope["path"] != "/live/" or scope["method"] != "GET":
        return None
    query = parse_qs(scope["query_string"].decode("ascii", "replace"))
    stations = stations_of(query.get("token", [""])[0])
    return None if stations is None else Page(stations, counts=query.get("counts") == ["1"])


def _headers(scope: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    # The page comes from the web process's port; the ticket, not a cookie, says what it may hear.
    origin = dict(scope["headers"]).get(b"origin")
    cross = [(b"access-control-allow-origin", origin), (b"vary", b"origin")] if origin else []
    return [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        *cross,
    ]


def _address() -> str:
    """The database as psycopg wants it, with every option of DATABASE_URL."""
    database: dict[str, Any] = settings.DATABASES["default"]
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    given = {ours: database[theirs] for theirs, ours in names.items() if database[theirs]}
    # What libpq does not know is Django's: a pool, how statements are prepared.
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    options = {name: value for name, value in database["OPTIONS"].items() if name in known}
    return psycopg.conninfo.make_conninfo("", **options, **given)


def _end_streams_on_sigterm() -> None:
    """End the streams when the server is asked to end, and then let it do what it would have done."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def ended(received: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(pages.end)
            if callable(before):
                before(received, frame)

        with contextlib.suppress(ValueError):  # not the main thread: somebody else looks after signals
            signal.signal(number, ended)
