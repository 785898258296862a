"""Starting and ending turns at a station: the one road for operators, plans, machines and ERPs.

Under the lock of the station's live row, so that two who start at once are one after the other. A run that begins
ends the one before it at that instant; what was made since is theirs from then on, also where that lies in the past.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from production import effects, live
from production.errors import DomainError
from production.models import JobRun
from production.models.jobs import AROUND_SETUP

# How far somebody's clock may be ahead of ours.
AHEAD = timedelta(minutes=5)
WHEN = ("actual_start", "actual_end", "starts_in_setup", "production_start")


class NotYet(DomainError):
    """Only what has happened can be recorded."""

    code = "in_the_future"
    sentence = _("This lies in the future.")


class AlreadyStarted(DomainError):
    """A run has one start."""

    code = "already_started"
    sentence = _("This run has begun already, at another time.")


class NotRunning(DomainError):
    """Only what runs can be ended."""

    code = "not_running"
    sentence = _("This run is not running.")


class EndBeforeStart(DomainError):
    """Time runs forward."""

    code = "end_before_start"
    sentence = _("The end must be after the start.")


class LaterRun(DomainError):
    """A start in the past takes what was made since, but not from a run that began later."""

    code = "later_run"
    sentence = _("Another run began on this station at that time or later.")


class SameStart(DomainError):
    """Of two runs that began at the same instant nobody could say which is on."""

    code = "same_start"
    sentence = _("Another run began on this station at that very time.")


class NoSetup(DomainError):
    """Setup is over once, and only in a run that began with it."""

    code = "no_setup"
    sentence = _("This run is not being set up.")


def start(run: JobRun, *, at: datetime, now: datetime, in_setup: bool | None = None) -> bool:
    """Let a planned run begin, and end at that instant what ran before; False where it had begun just then.

    `in_setup` says whether the station is set up for it first; None: as it is planned.
    """
    at = _past(at, now)
    with transaction.atomic():
        live.lock([run.station_id])
        run.refresh_from_db(fields=WHEN)
        if run.actual_start == at:
            return False
        if run.actual_start is not None:
            raise AlreadyStarted
        others = JobRun.objects.filter(station=run.station_id)
        if others.filter(actual_start__gte=at).exists():
            raise LaterRun
        since = _end_before(others.covering(at, now).first(), at)
        run.actual_start = at
        run.starts_in_setup = run.starts_in_setup if in_setup is None else in_setup
        run.save(update_fields=["actual_start", "starts_in_setup"])
        _look_again(run, since, now)
    return True


def end(run: JobRun, *, at: datetime, now: datetime) -> bool:
    """End a run that goes on; False where it had ended just then."""
    at = _past(at, now)
    with transaction.atomic():
        live.lock([run.station_id])
        run.refresh_from_db(fields=WHEN)
        if run.actual_end is not None and run.actual_end == at:
            return False
        if run.actual_start is None or run.actual_end is not None:
            raise NotRunning
        if at <= run.actual_start:
            raise EndBeforeStart
        since = _end_before(run, at)
        _look_again(run, since, now)
    return True


# What programs tell, late and in any order: the same is found whoever is told first.


def tell_start(run: JobRun, *, at: datetime, now: datetime) -> None:
    """Begin a run when it began: it ends what ran before, and has ended where another has begun since."""
    at = _past(at, now)
    with transaction.atomic():
        live.lock([run.station_id])
        if run.actual_start is not None:
            raise AlreadyStarted
        others = JobRun.objects.filter(station=run.station_id)
        if others.filter(actual_start=at).exists():
            raise SameStart
        since = _end_before(others.covering(at, at).first(), at)
        run.actual_start, run.actual_end = at, _next_start(run, at)
        run.save()
        _look_again(run, since, now)


def tell_end(run: JobRun, *, at: datetime, now: datetime) -> bool:
    """End a run when it ended, or where another began before that; False where this is no news."""
    at = _past(at, now)
    with transaction.atomic():
        live.lock([run.station_id])
        run.refresh_from_db(fields=WHEN)
        if run.actual_start is None:
            raise NotRunning
        if at <= run.actual_start:
            raise EndBeforeStart
        ended, known = min(at, _next_start(run, run.actual_start) or at), run.actual_end
        if ended == known:
            return False
        run.actual_end = ended
        run.save(update_fields=["actual_end"])
        _look_again(run, min(ended, known or ended), now)
    return True


def end_setup(run: JobRun, *, at: datetime, now: datetime) -> bool:
    """Let production begin in a run that is set up; False where it had begun just then."""
    at = _past(at, now)
    with transaction.atomic():
        live.lock([run.station_id])
        run.refresh_from_db(fields=WHEN)
        if run.setup is None or (run.production_start and run.production_start != at):
            raise NoSetup
        if run.production_start == at:
            return False
        if at < run.setup.start:
            raise EndBeforeStart(_("Setup is over after it began."))
        run.production_start = at
        run.save(update_fields=["production_start"])
        live.sum_again([run.station_id], since=run.setup.start - AROUND_SETUP)
    return True


def _end_before(run: JobRun | None, at: datetime) -> datetime:
    """End a run, if there is one; from when on its stops are to be looked at again."""
    if run is None:
        return at
    since = run.setup_matters_from(at)
    run.actual_end = at
    run.save(update_fields=["actual_end"])
    return since


def _next_start(run: JobRun, at: datetime) -> datetime | None:
    later = JobRun.objects.filter(station=run.station_id, actual_start__gt=at).exclude(pk=run.pk)
    return later.aggregate(first=Min("actual_start"))["first"]


def _past(at: datetime, now: datetime) -> datetime:
    if at > now + AHEAD:
        raise NotYet
    return min(at, now)


def _look_again(run: JobRun, since: datetime, now: datetime) -> None:
    """What was made from then on is another's."""
    since = run.setup_matters_from(since)
    effects.apply([effects.Effect((run.station_id,), began={run.station_id: since})], at=now)
