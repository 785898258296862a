"""What a station says minute by minute from noon on, and what becomes of it."""

from datetime import timedelta

from downtime import engine
from downtime.models import Issue
from production.ingest import Parcel, record
from production.messages import Message
from tests.make import NOON


def minutes(n):
    return timedelta(minutes=n)


def say(station, minute, *, now=None, **what):
    at = NOON + minutes(minute)
    parcel = Parcel(station.company_id, station.code, Message(at=at, **what), "mqtt")
    record([parcel], received_at=NOON + minutes(minute if now is None else now), quarantine=False)


def made(station, *ats, now=None):
    for minute in ats:
        say(station, minute, good=1.0, now=now)


def tick(minute):
    return engine.tick(now=NOON + minutes(minute))


def stop():
    return Issue.objects.select_related("cause").get()


def steps(issue=None):
    """The kinds of what happened, and of the rules' steps what they said."""
    events = (issue or stop()).events.exclude(kind__in=("raised", "ended"))
    return [(event.kind, event.cause and event.cause.code, event.text) for event in events]
