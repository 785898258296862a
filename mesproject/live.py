"""The live process: a raw ASGI application that passes NOTIFY on to open pages as server-sent events.

A page asks anyway every few seconds; this only makes it ask sooner. Nothing is lost when it is away.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesproject.settings")
TOKEN_SALT = "floorlight.live"
TOKEN_AGE = 36 * 3600  # seconds; pages of a wall are loaded anew each night
HEARTBEAT = 10.0
CHANNEL = "floorlight"

logger = logging.getLogger(__name__)
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Listeners:
    """Open pages by station: each has an event that is set when one of its stations changed."""

    def __init__(self) -> None:
        self._pages: dict[int, set[asyncio.Event]] = {}

    def add(self, stations: list[int], page: asyncio.Event) -> None:
        """Nudge this page when one of these stations changes."""
        for station in stations:
            self._pages.setdefault(station, set()).add(page)

    def remove(self, stations: list[int], page: asyncio.Event) -> None:
        """The page is gone."""
        for station in stations:
            pages = self._pages.get(station, set())
            pages.discard(page)
            if not pages:
                self._pages.pop(station, None)

    def nudge(self, payload: str) -> None:
        """Wake the pages of the stations that a notification names. Many changes at once wake a page once."""
        for station in payload.split(","):
            if station.isdigit():
                for page in self._pages.get(int(station), ()):
                    page.set()


listeners = Listeners()


async def listen() -> None:
    """One connection that listens, for ever; it comes back after the database does."""
    pause = 0.2
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn(), autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                pause = 0.2
                async for notification in connection.notifies():
                    listeners.nudge(notification.payload)
        except psycopg.Error as error:
            logger.warning("The database cannot be listened to: %s", error)
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 2, 5.0)


def dsn() -> str:
    """The database's address, as psycopg wants it."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    given = {ours: database[theirs] for theirs, ours in names.items() if database[theirs]}
    return psycopg.conninfo.make_conninfo("", **given)


def stations_of(query: bytes) -> list[int] | None:
    """The stations that a page may hear of, by its signed token; None where the token is not ours or too old."""
    from django.core import signing

    token = parse_qs(query.decode("ascii", "replace")).get("token", [""])[0]
    try:
        return list(signing.loads(token, salt=TOKEN_SALT, max_age=TOKEN_AGE))
    except signing.BadSignature:
        return None


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /live/?token=…: an event `changed` whenever a station of the page has news."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        stations = stations_of(scope["query_string"]) if scope["path"] == "/live/" else None
        if stations is None:
            await send(
                {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]}
            )
            await send({"type": "http.response.body", "body": b"Nothing to listen to here.\n"})
        else:
            await stream(scope, receive, send, stations)


async def lifespan(receive: Receive, send: Send) -> None:
    """Begin and end listening with the process."""
    django.setup()
    task: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            task = asyncio.create_task(listen())
            await send({"type": "lifespan.startup.complete"})
        else:
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            await send({"type": "lifespan.shutdown.complete"})
            return


async def stream(scope: dict[str, Any], receive: Receive, send: Send, stations: list[int]) -> None:
    """Send events until the page goes away."""
    page = asyncio.Event()
    listeners.add(stations, page)
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), *allowed(scope)]
    gone = asyncio.create_task(until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await write(send, b"retry: 3000\n\n")
        while not gone.done():
            nudged = asyncio.create_task(page.wait())
            await asyncio.wait({nudged, gone}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            nudged.cancel()
            if gone.done():
                break
            await write(send, b"event: changed\ndata: \n\n" if page.is_set() else b": alive\n\n")
            page.clear()
    finally:
        gone.cancel()
        listeners.remove(stations, page)


async def write(send: Send, text: bytes) -> None:
    """A piece of the stream."""
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def until_gone(receive: Receive) -> None:
    """Until the page has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


def allowed(scope: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """The page comes from the web process's port; the token, not a cookie, says what it may hear."""
    origin = dict(scope["headers"]).get(b"origin")
    return [(b"access-control-allow-origin", origin), (b"vary", b"origin")] if origin else []
