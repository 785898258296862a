"""Whether reports that are as heavy as allowed, as many at once as allowed, slow what comes in beside them."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from statistics import median, quantiles

import django

# A batch of a thousand each fifth of a second: 5,000 signals a second.
BATCH, EVERY, SECONDS = 1000, 0.2, 20


def run() -> None:
    """The same stream alone, and beside a year by day x machine in every slot."""
    from benchmarks.answers import key_of
    from benchmarks.ground import make_stations, report
    from benchmarks.reports import FIRST, STATIONS, fill_shifts
    from mesproject.reports.budget import SLOTS

    asked = make_stations(STATIONS, cycle_time_ms=60_000)
    fill_shifts([station.pk for station in asked], FIRST)
    senders = [(station.company_id, station.code) for station in make_stations(BATCH, cycle_time_ms=60_000)]
    alone, _ = stream(senders, [])
    beside, answers = stream(senders, [key_of(asked[0].company)] * SLOTS)
    for name, of in (("median", median), ("95th of 100", lambda taken: quantiles(taken, n=20)[-1])):
        report(
            f"a batch beside heavy reports in {SLOTS} slots, {name}", floor=of(alone) * 1000, figure=of(beside) * 1000,
            unit="ms", wanted=f"below {EVERY * 1000:.0f} ms: nothing waits for the one before",
        )  # fmt: skip
    print(f"{answers} heavy reports were answered meanwhile, in {SECONDS} s")


def stream(senders: list[tuple[int, str]], tokens: list[str]) -> tuple[list[float], int]:
    """How long after it was due each batch was stored, in seconds, and how many reports were answered."""
    spawn = multiprocessing.get_context("spawn")
    over, taken, answers = spawn.Event(), spawn.Queue(), spawn.Queue()
    asking = [spawn.Process(target=ask, args=(token, over, answers)) for token in tokens]
    for child in asking:
        child.start()
    for _ in asking:
        answers.get(timeout=60)  # the first answer of each: all are under way
    door = spawn.Process(target=send, args=(senders, taken))
    door.start()
    late = taken.get(timeout=SECONDS * 10)
    over.set()
    answered = sum(answers.get(timeout=60) for _ in asking)
    for child in [*asking, door]:
        child.join(60)
    return late, answered


# Children


def send(senders: list[tuple[int, str]], taken: Queue[list[float]]) -> None:
    """A batch whenever it is due, however long the one before took."""
    django.setup()
    from production.ingest import Parcel, record
    from production.messages import Message

    late, due = [], time.monotonic()
    for _ in range(int(SECONDS / EVERY)):
        at = datetime.now(UTC)
        parcels = [Parcel(company, code, Message(at=at, good=1.0), "mqtt") for company, code in senders]
        record(parcels, received_at=at + timedelta(milliseconds=1), quarantine=False)
        late.append(time.monotonic() - due)
        due += EVERY
        time.sleep(max(0.0, due - time.monotonic()))
    taken.put(late)


def ask(token: str, over: Event, answers: Queue[int]) -> None:
    """One heavy report after the other."""
    django.setup()
    from benchmarks.answers import asked

    number = 0
    while not over.is_set():
        asked(token, flatten=True)
        number += 1
        if number == 1:
            answers.put(1)
    answers.put(number)
