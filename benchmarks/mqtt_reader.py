"""The reader from broker to table, against what the same client library receives and merely acknowledges.

Both find their messages waiting at the broker, in a session that was there before, so that neither waits
for a publisher; both are processes of their own; both acknowledge each message.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import paho.mqtt.client as paho
from django.conf import settings
from django.db.models import Max, Min

from benchmarks.ground import make_stations, report
from production.models import Signal, Station
from production.topics import FILTERS

MESSAGES, STATIONS, ROUNDS, WITHIN = 20_000, 50, 5, 120
CHECKOUT = Path(__file__).resolve().parent.parent


def run() -> None:
    """Five times each, in turns; the medians count."""
    received, stored = [], []
    for number in range(ROUNDS):
        stations = make_stations(STATIONS)
        received.append(merely_received(stations, f"bench-floor-{number}"))
        stored.append(stored_by_reader(stations, f"bench-{number}"))
    report(
        "MQTT, reader", floor=median(received), figure=median(stored),
        unit="messages/s", wanted="at least 0.7 of merely receiving",
    )  # fmt: skip


def merely_received(stations: list[Station], session: str) -> float:
    """Messages a second that paho receives and acknowledges, and does nothing with."""
    fill(stations, session)
    command = [sys.executable, "-m", "benchmarks.mqtt_floor", settings.MQTT_URL, session, str(MESSAGES)]
    answer = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=WITHIN, check=True)
    return float(answer.stdout)


def stored_by_reader(stations: list[Station], session: str) -> float:
    """Messages a second that the product's reader stores, live rows and all."""
    fill(stations, session)
    reader = subprocess.Popen([sys.executable, "manage.py", "ingest", "--client-id", session], cwd=CHECKOUT)
    try:
        mine = Signal.objects.filter(station__in=stations)
        give_up = time.monotonic() + WITHIN
        while mine.count() < MESSAGES:
            if time.monotonic() > give_up:
                raise TimeoutError(f"{mine.count()} of {MESSAGES} were stored.")
            time.sleep(0.1)
        times = mine.aggregate(first=Min("received_at"), last=Max("received_at"))
    finally:
        reader.terminate()
        reader.wait()
    first_batch = mine.filter(received_at=times["first"]).count()
    return (MESSAGES - first_batch) / (times["last"] - times["first"]).total_seconds()


def fill(stations: list[Station], session: str) -> None:
    """Open the session, leave it, and let messages wait for it."""
    client = connected(session)
    done = []
    client.on_subscribe = lambda *_: done.append(True)
    client.subscribe([(topic, 1) for topic in FILTERS])
    wait_for(lambda: done)
    client.disconnect()
    client.loop_stop()
    publisher = connected(f"{session}-publisher")
    start = datetime.now(UTC) - timedelta(hours=6)
    for number in range(MESSAGES):
        station = stations[number % STATIONS]
        at = start + timedelta(milliseconds=100 * number)
        payload = json.dumps({"timestamp": at.isoformat(), "production_complete": 1})
        last = publisher.publish(f"busroot/v2/{station.company.code}/signals/{station.code}", payload, qos=1)
        if number % 1000 == 999:
            last.wait_for_publish(WITHIN)
    publisher.disconnect()
    publisher.loop_stop()


def connected(session: str) -> paho.Client:
    """A client whose session outlives the connection."""
    host, _, port = settings.MQTT_URL.removeprefix("mqtt://").partition(":")
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=session, clean_session=False)
    client.max_inflight_messages_set(2000)
    client.connect(host, int(port))
    client.loop_start()
    wait_for(client.is_connected)
    return client


def wait_for(done: object) -> None:
    """Until it is so, at most ten seconds."""
    give_up = time.monotonic() + 10
    while not done():  # type: ignore[operator]
        if time.monotonic() > give_up:
            raise TimeoutError
        time.sleep(0.01)
