"""POST /api/signals in batches of 1,000 through the real web server, against COPY alone into the same table."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median

from django.db import connection, transaction

from benchmarks.ground import make_stations, report, seconds
from mesproject.accounts.models import ApiKey
from mesproject.servers.ports import any_free
from production import partitions, storage
from production.messages import MEASURES
from production.models import Station

BATCH, BATCHES, STATIONS, ROUNDS = 1000, 30, 50, 5
_instants = count(1)


def run() -> None:
    """Alternate both five times, on fresh instants, and compare the medians."""
    stations = make_stations(STATIONS)
    key = ApiKey(company=stations[0].company, name="benchmark", scopes=["signals"])
    token = key.issue_token()
    key.save()
    start = datetime.now(UTC) - timedelta(days=1)
    partitions.ensure({(at.year, at.month) for at in (start, datetime.now(UTC))})
    copies, posts = [], []
    with web_server() as port:
        for _ in range(ROUNDS):
            rows = [copy_rows(stations, start) for _ in range(BATCHES)]
            copies.append(seconds(lambda rows=rows: [copy_alone(batch) for batch in rows]))
            bodies = [body(stations, start) for _ in range(BATCHES)]
            posts.append(seconds(lambda bodies=bodies: post(port, token, bodies)))
    stored = BATCH * BATCHES
    report(
        "HTTP, batches of 1,000", floor=stored / median(copies), figure=stored / median(posts),
        unit="signals/s", wanted="at least 0.3 of COPY alone",
    )  # fmt: skip


def instant(start: datetime) -> datetime:
    """A new instant for each signal, in order."""
    return start + timedelta(milliseconds=10 * next(_instants))


def copy_rows(stations: list[Station], start: datetime) -> list[tuple[object, ...]]:
    """A batch as COPY takes it."""
    nothing = (None,) * (len(MEASURES) - 1)
    return [(stations[n % STATIONS].pk, at := instant(start), n, at, 1.0, *nothing) for n in range(BATCH)]


def copy_alone(rows: list[tuple[object, ...]]) -> None:
    """The floor: COPY and nothing else, committed batch by batch as the door does."""
    command = f"COPY production_signal ({', '.join(storage.COLUMNS)}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)


def body(stations: list[Station], start: datetime) -> bytes:
    """A batch as a client sends it."""
    items = [
        {
            "station": stations[n % STATIONS].code,
            "timestamp": instant(start).isoformat(),
            "production_complete": 1,
        }
        for n in range(BATCH)
    ]
    return json.dumps(items).encode()


def post(port: int, token: str, bodies: list[bytes]) -> None:
    """One connection, one batch after the other."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for each in bodies:
        client.request("POST", "/api/signals", each, {"X-API-KEY": token, "Content-Type": "application/json"})
        answer = client.getresponse()
        results = json.loads(answer.read())["results"]
        assert all(item["status"] == 201 for item in results), results[0]


@contextmanager
def web_server():
    """granian, as the product runs it."""
    port = any_free()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--no-ws",
        "--log-level",
        "error",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    with subprocess.Popen(
        [*command, "mesproject.wsgi:application"], env=os.environ, stderr=subprocess.DEVNULL
    ) as web:
        try:
            wait_for(port)
            yield port
        finally:
            web.terminate()


def wait_for(port: int) -> None:
    """Until it answers, at most 20 seconds."""
    for _ in range(200):
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/api/signals")
            client.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("The web server did not come up.")
