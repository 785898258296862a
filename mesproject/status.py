"""The figures of /statusz, composed of what each part knows."""

from __future__ import annotations

import json
from datetime import datetime

from django.conf import settings
from django.db.models import Count, DateTimeField, F, Max, Min, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.timezone import now

from mesproject.accounts.models import Endpoint, OutboxMessage, ProcessLife
from mesproject.health import PROBES
from mesproject.reports.facts import FRESH
from production.models import QuarantinedMessage, Station, StationLive


def process_ages() -> dict[str, float]:
    """Seconds since each process last did its work."""
    at = now()
    return {life.name: round((at - life.at).total_seconds(), 1) for life in ProcessLife.objects.all()}


def quarantine() -> dict[str, object]:
    """How many messages wait for a person, of all companies, and when the last came."""
    waiting = QuarantinedMessage.objects.filter(replayed_at=None)
    return {"waiting": waiting.count(), "last": waiting.aggregate(at=Max("received_at"))["at"]}


def outbox() -> dict[str, object]:
    """How many mails and calls wait, and for how many seconds the oldest has been due.

    `undecided` were handed over without an answer: the one moment in which a mail may or may not have gone.
    """
    at = now()
    states = OutboxMessage.State
    waiting = OutboxMessage.objects.due(at)
    oldest = waiting.aggregate(at=Min("due_at"))["at"]
    return {
        "due": waiting.count(),
        "oldest_s": round((at - oldest).total_seconds(), 1) if oldest else 0,
        "undecided": OutboxMessage.objects.filter(state=states.HANDED).count(),
        "given_up": OutboxMessage.objects.filter(state=states.FAILED).count(),
        "webhooks_off": Endpoint.objects.exclude(disabled_at=None).count(),
    }


def tick() -> dict[str, object]:
    """How many stations are overdue for a look, and by how many seconds the worst."""
    at = now()
    overdue = StationLive.objects.filter(deadline__lt=at)
    worst = overdue.aggregate(at=Min("deadline"))["at"]
    return {"overdue": overdue.count(), "worst_s": round((at - worst).total_seconds(), 1) if worst else 0}


def signals() -> dict[str, object]:
    """When any station was last heard, and how many seconds of late data wait to be decided anew."""
    late = Max(F("settled_at") - F("dirty_from"), filter=Q(dirty_from__lt=F("settled_at")))
    return StationLive.objects.aggregate(last=Max("last_seen_at"), late=late)


def counters() -> dict[str, object]:
    """On how many stations a running count ever jumped further than believed, and when that last was."""
    jumps = StationLive.objects.jumped().annotate(at=Cast(KT("counters__jump__at"), DateTimeField()))
    return jumps.aggregate(jumped=Count("pk"), last=Max("at"))


def ingest() -> dict[str, object]:
    """What the reader of the broker wrote of itself, and how many seconds ago; its lag is in `lag_ms`."""
    return _sign_of_life("ingest.json")


def agents() -> dict[str, object]:
    """The same of the reader of MTConnect agents, with those that cannot be reached."""
    return _sign_of_life("mtconnect.json")


def _sign_of_life(name: str) -> dict[str, object]:
    try:
        said = json.loads((settings.DATA_DIR / "run" / name).read_bytes())
        age = (now() - datetime.fromisoformat(said["at"])).total_seconds()
    except (OSError, ValueError, KeyError):
        return {"error": "It has not run in this data folder."}
    return {**said, "age_s": round(age, 1)}


def plans() -> dict[str, object]:
    """How many days the shortest plan is written ahead, and how many stations have none yet."""
    at, active = now(), Station.objects.active()
    shortest = active.aggregate(until=Min("plan__written_until"))["until"]
    return {
        "ahead_days": round((shortest - at).total_seconds() / 86_400, 1) if shortest else None,
        "unwritten": active.filter(plan=None).count(),
    }


def facts() -> dict[str, object]:
    """How many stations' facts wait to be summed, and by how many seconds the oldest are behind.

    A station that is in use is summed each minute; `changed` are those of which something in the past has changed.
    """
    at, stations = now(), Station.objects.active().filter(live__settled_at__isnull=False)
    late = stations.filter(Q(facts=None) | Q(facts__summed_until__lt=at - 2 * FRESH))
    oldest = stations.aggregate(until=Min("facts__summed_until"))["until"]
    return {
        "behind": late.count(),
        "oldest_s": round((at - oldest).total_seconds(), 1) if oldest else 0,
        "changed": stations.exclude(live__sums_from=None).count(),
    }


PROBES.update(
    processes_s=process_ages,
    tick=tick,
    signals=signals,
    counters=counters,
    plans=plans,
    facts=facts,
    ingest=ingest,
    agents=agents,
    quarantine=quarantine,
    outbox=outbox,
)
