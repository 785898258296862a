"""What 300 televisions cost: each asks every five seconds, and sooner when the event stream nudges.

The web process and the live process are the real ones; their processor time is taken from the kernel. The screens
behave as live.js does on a wall. A quiet hall has no news at all, in a busy one a machine counts each second.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from django.utils.timezone import now

from benchmarks.boards import work
from benchmarks.ground import make_stations, report, write_plans
from mesproject.accounts.models import Device
from mesproject.reports import facts
from mesproject.servers.ports import any_free, listens
from mesproject.servers.process import end, spawn, wait_until
from mesproject.supervisor.machine import BACKLOG
from mesproject.tickets import ticket
from production.ingest import Parcel, record
from production.messages import Message
from production.models import Station, StationLive

# A whole minute: boards are drawn anew with each, because their targets grow.
SCREENS, STATIONS, SECONDS, WARM = 300, 60, 60, 8
EVERY, CALM = 5.0, 3.0
TICKS = os.sysconf("SC_CLK_TCK")


def run() -> None:
    """Print the processor time of web and live, of one core, while 300 screens hang."""
    stations = make_stations(STATIONS, cycle_time_ms=60_000)
    begun = now()
    write_plans(begun)
    work([station.pk for station in stations], begun, every=timedelta(minutes=31))
    StationLive.objects.update(status="running", since=begun)
    while facts.refresh(now=begun):
        pass
    tokens = _displays(stations[0])
    for name, busy in (("quiet", False), ("busy", True)):
        with _processes() as (web, live, pids):
            hall = Hall(web, live, list(zip(tokens, _paths(stations), strict=True)), [s.pk for s in stations])
            spent = asyncio.run(hall.watched(stations if busy else [], pids))
            asked = sum(hall.answers.values())
            report(
                f"{SCREENS} screens, {name} hall", floor=15.0, figure=spent, unit="% of a core",
                wanted=f"at most 15; {asked / SECONDS:.0f}/s asked, {dict(hall.answers)}",
            )  # fmt: skip


def _displays(station: Station) -> list[str]:
    made = [Device(company=station.company, kind=Device.Kind.DISPLAY, name=f"tv-{n}") for n in range(SCREENS)]
    tokens = [device.issue_token() for device in made]
    Device.objects.bulk_create(made)
    return tokens


def _paths(stations: list[Station]) -> list[str]:
    """Half of them show the hall, as many as there are stations show one each, the rest needs and utilisation."""
    own = [f"/board/station/{station.uuid}/" for station in stations]
    rest = ["/board/needed/", "/board/utilisation/", f"/board/line/{stations[0].group_id}/"]
    hall = ["/board/"] * (SCREENS // 2)
    return hall + own + [rest[n % len(rest)] for n in range(SCREENS - len(hall) - len(own))]


@contextmanager
def _processes() -> Iterator[tuple[int, int, list[int]]]:
    """The two processes as `up` starts them, at the ports given first."""
    web, live = any_free(), any_free()
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(web)]
    argv += ["--no-ws", "--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
    argv += ["--backlog", str(BACKLOG), "--backpressure", str(4 * SCREENS)]
    nudge = [sys.executable, "-m", "uvicorn", "mesproject.live:application", "--port", str(live)]
    running = [
        spawn([*argv, "mesproject.wsgi:application"], env=dict(os.environ)),
        spawn([*nudge, "--no-access-log", "--log-level", "warning"], env=dict(os.environ)),
    ]
    try:
        wait_until(lambda: listens("127.0.0.1", web) and listens("127.0.0.1", live), within=60)
        yield web, live, [process.pid for process in running]
    finally:
        for process in running:
            end(process)


class Hall:
    """All screens, and what they were answered."""

    def __init__(self, web: int, live: int, screens: list[tuple[str, str]], stations: list[int]) -> None:
        self.web, self.live, self.screens, self.stations = web, live, screens, stations
        self.answers: Counter[int] = Counter()

    async def watched(self, busy: list[Station], pids: list[int]) -> float:
        """The share of a core that the processes took while the screens hung, in percent."""
        tasks = [asyncio.create_task(self._screen(*screen)) for screen in self.screens]
        tasks.append(asyncio.create_task(self._count(busy)))
        await asyncio.sleep(WARM)
        self.answers.clear()
        before, begun = _processor_time(pids), time.monotonic()
        await asyncio.sleep(SECONDS)
        spent = (_processor_time(pids) - before) / (time.monotonic() - begun)
        failed = [task.exception() for task in tasks if task.done() and task.exception()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not failed, failed[0]
        return 100 * spent

    async def _count(self, stations: list[Station]) -> None:
        while stations:
            one = random.choice(stations)
            parcel = Parcel(one.company_id, one.code, Message(at=now(), good=1.0), "mqtt")
            await asyncio.to_thread(record, [parcel], received_at=now(), quarantine=False)
            await asyncio.sleep(1)

    async def _screen(self, token: str, path: str) -> None:
        """As live.js on a wall: every five seconds, nudged at once but not again within three."""
        nudged, etag, hurried = asyncio.Event(), "", 0.0
        listening = asyncio.create_task(self._listen(path, nudged))
        await asyncio.sleep(EVERY * random.random())
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.web)
            while True:
                etag = await self._ask(reader, writer, path, token, etag)
                with suppress(TimeoutError):
                    await asyncio.wait_for(nudged.wait(), EVERY * random.uniform(0.9, 1.1))
                    await asyncio.sleep(
                        max(0.0, hurried + CALM - time.monotonic()) + CALM * random.random() / 10
                    )
                    hurried = time.monotonic()
                nudged.clear()
        finally:
            listening.cancel()

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, token: str, etag: str
    ) -> str:
        asked = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Poll: 1\r\nCookie: floorlight_device={token}\r\n"
        )
        writer.write(f"{asked}If-None-Match: {etag}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        said = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        await reader.readexactly(int(said.get("content-length", 0)))
        self.answers[int(head[0].split()[1])] += 1
        return said["etag"]

    async def _listen(self, path: str, nudged: asyncio.Event) -> None:
        heard = self.stations
        if path.startswith("/board/station/"):
            heard = [self.stations[[p for _, p in self.screens].index(path) - SCREENS // 2]]
        reader, writer = await asyncio.open_connection("127.0.0.1", self.live)
        writer.write(f"GET /live/?token={ticket(heard)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"event: changed"):
                nudged.set()


def _processor_time(pids: list[int]) -> float:
    """Seconds of processor time of processes and all they started."""
    family, found = set(pids), 0.0
    parents = {int(p.name): _stat(p) for p in Path("/proc").iterdir() if p.name.isdigit()}
    while more := {pid for pid, stat in parents.items() if stat and int(stat[1]) in family} - family:
        family |= more
    for pid in family:
        if stat := parents.get(pid):
            found += (int(stat[11]) + int(stat[12])) / TICKS
    return found


def _stat(folder: Path) -> list[str]:
    """What follows the name in /proc/<pid>/stat; nothing of a process that has just ended."""
    with suppress(OSError):
        return (folder / "stat").read_text().rpartition(")")[2].split()
    return []
