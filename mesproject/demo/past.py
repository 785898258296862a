"""Filling in what the demo plant did while nobody watched: through the door, the engine and the crew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from downtime import engine
from mesproject.accounts.models import Company, ProcessLife
from mesproject.demo import orders, plan
from mesproject.demo.acting import Crew
from mesproject.demo.plant import GATEWAY, stations_of
from mesproject.demo.recordings import Tape
from production.ingest import Parcel, record
from production.models import QuarantinedMessage, Station
from production.windows import Window

# The row that says until when everything has been sent.
LIFE = "demo"
CHUNK = timedelta(hours=4)
# The visitor finds what happened at his station so shortly before he came.
LEFT_TO_VISITOR = timedelta(hours=1)
A_SHIFT = timedelta(minutes=plan.SHIFT_MINUTES)


def sent_until() -> datetime | None:
    """Until when everything the plant had to say has been handed over."""
    return ProcessLife.objects.filter(name=LIFE).values_list("at", flat=True).first()


def tapes_of(company: Company, stations: Mapping[str, Station]) -> dict[str, Tape]:
    """What each station plays."""
    return {code: plan.station(code).tape(company.created_at) for code in stations}


def fill(company: Company, *, days: float, now: datetime) -> Window:
    """Let the plant have lived until now: since it was last watched, or for this many days at most.

    May be repeated and killed anywhere: what is there already is not stored twice.
    """
    since = max(sent_until() or now - timedelta(days=days), now - timedelta(days=days))
    stations = stations_of(company)
    tapes = tapes_of(company, stations)
    for code, station in stations.items():
        orders.keep(station, plan.station(code), tapes[code], since=since, now=now)
    for window in _chunks(Window(since, now)):
        record(
            [parcel for code in stations for parcel in _parcels(company, code, tapes[code], window)],
            received_at=now,
            quarantine=False,
        )
    while engine.tick(now=now):
        pass
    crew = Crew(company, stations)
    crew.sign_on(since=since - A_SHIFT, now=now)
    crew.answer(since=since, now=now, visitors_from=now - LEFT_TO_VISITOR)
    crew.reject(tapes, since=since, now=now)
    ProcessLife.note(LIFE, now)
    return Window(since, now)


def _parcels(company: Company, code: str, tape: Tape, window: Window) -> Iterator[Parcel]:
    for message in tape.messages(window):
        yield Parcel(company.pk, code, message, QuarantinedMessage.Source.MQTT, sender=GATEWAY)


def _chunks(window: Window) -> Iterator[Window]:
    start = window.start
    while start < window.end:
        end = min(start + CHUNK, window.end)
        yield Window(start, end)
        start = end
