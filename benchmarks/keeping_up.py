"""Whether facts keep up with 5,000 signals a second that come in beside them, on the same cores."""

from __future__ import annotations

import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from statistics import median

import django

STATIONS, A_SECOND, SECONDS = 1000, 5, 150
# The first facts are summed in this time.
WARM = 65


def run() -> None:
    """The door, the tick and the worker are processes of their own, as in a plant; look how old facts become."""
    from benchmarks.ground import make_stations, write_plans

    stations = make_stations(STATIONS, cycle_time_ms=60_000)
    write_plans(datetime.now(UTC))
    before, begun = signals(), time.monotonic()
    ages = beside([(station.company_id, station.code) for station in stations])
    stored = (signals() - before) / (time.monotonic() - begun)
    print(
        f"facts of {STATIONS:,} stations beside {stored:,.0f} signals/s: {median(ages):.0f} s old, at most "
        f"{max(ages):.0f}, on {os.cpu_count()} cores  (at most 90 s: they are summed when they are a minute old)"
    )


def beside(senders: list[tuple[int, str]]) -> list[float]:
    """The ages of the oldest facts, in seconds, while everything runs."""
    spawn = multiprocessing.get_context("spawn")
    over = spawn.Event()
    children = [
        spawn.Process(target=send, args=(senders, over)),
        spawn.Process(target=tick, args=(over,)),
        spawn.Process(target=refresh, args=(over,)),
    ]
    for child in children:
        child.start()
    ages, begun = [], time.monotonic()
    try:
        while (lasted := time.monotonic() - begun) < SECONDS:
            time.sleep(2)
            assert all(child.is_alive() for child in children), "all went on"
            if lasted > WARM:
                ages.append(age())
    finally:
        over.set()
        for child in children:
            child.join(60)
    return ages


def signals() -> int:
    """How many are stored."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM production_signal")
        return int(cursor.fetchone()[0])


def age() -> float:
    """How old the oldest facts are, in seconds."""
    from mesproject.reports.models import FactMark

    oldest = FactMark.objects.order_by("summed_until").values_list("summed_until", flat=True)[0]
    return (datetime.now(UTC) - oldest).total_seconds()


# Children


def send(senders: list[tuple[int, str]], over: Event) -> None:
    """Each station counts several times a second; a second's signals come in batches of a thousand."""
    django.setup()
    from production.ingest import Parcel, record
    from production.messages import Message

    due = datetime.now(UTC)
    while not over.is_set():
        for n in range(A_SECOND):
            at = due + n * timedelta(seconds=1) / A_SECOND
            parcels = [Parcel(company, code, Message(at=at, good=1.0), "mqtt") for company, code in senders]
            record(parcels, received_at=datetime.now(UTC), quarantine=False)
        due += timedelta(seconds=1)
        over.wait(max(0.0, (due - datetime.now(UTC)).total_seconds()))


def tick(over: Event) -> None:
    """Once a second."""
    django.setup()
    from downtime import engine

    while not over.is_set():
        if engine.tick(now=datetime.now(UTC)) < engine.STATIONS_AT_ONCE:
            over.wait(1)


def refresh(over: Event) -> None:
    """As the worker does every twenty seconds."""
    django.setup()
    from mesproject.reports import facts

    while not over.is_set():
        while facts.refresh(now=datetime.now(UTC)) and not over.is_set():
            pass
        over.wait(20)
