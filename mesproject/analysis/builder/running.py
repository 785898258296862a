"""Reports that take long: worked out in the background in steps of time, with progress, and kept for a day."""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils.translation import gettext, gettext_noop
from psycopg.errors import QueryCanceled

from mesproject.accounts.models import User
from mesproject.analysis.builder.answering import TOO_MANY, Answer, Prepared, asked_now, numbers_of, prepared
from mesproject.analysis.builder.models import Run, RunQuerySet
from mesproject.analysis.builder.question import Report, read
from mesproject.reports import asking, budget, machinemetrics_report
from mesproject.reports.asking import Days, Question
from mesproject.reports.how_asked import BadQuestion
from mesproject.reports.tally import EVER
from production.windows import Window

logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class Found:
    """What the steps so far brought: by the values of groups their sums, and up to where these are exact."""

    sums: dict[tuple[Any, ...], list[Any]] = field(default_factory=dict)
    exact_until: datetime = EVER.end


# What the database takes longer for is worked out in the background, and so is what surely will.
PATIENCE_MS = 1_500
LONG = 80_000  # rows of facts; so many values of groups count as one
VALUES = 8
# A step reads about so many, and is asked of the database with nobody waiting.
STEP = 40_000
# So many seconds a worker stays at one report before it looks what else there is to do.
TURN_S = 10
KEPT = timedelta(days=1)
MOST_AT_ONCE, ATTEMPTS = 3, 3


class TooManyRuns(BadQuestion):
    """Somebody has as many of them going as he may."""

    status = 429


def takes_long(ready: Prepared) -> bool:
    """Whether it is not even tried while somebody waits."""
    question, frame = ready.question.question, ready.question.frame
    days = frame.range.duration // timedelta(days=1) + 1
    groups = budget.groups(question.groups, places=max(len(question.stations), 1), days=days)
    return ready.question.cost + groups * len(numbers_of(ready.report)) / VALUES > LONG


def within_patience(ask: Callable[[], _Answer]) -> _Answer | None:
    """What the database answers while somebody waits; None where it takes too long."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
            return ask()
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


def at_once(ready: Prepared) -> Answer | None:
    """The answer; None where nobody should wait for it, and no worker that has others to serve."""
    return None if takes_long(ready) else within_patience(lambda: asked_now(ready))


def in_turns(owner: User, report: Report, *, at: datetime) -> Answer | None:
    """The answer for nobody who looks, worked out like all that takes long; None until it is. BadQuestion where it was
    given up.
    """
    own = Run.objects.of(owner.company_id).filter(owner=owner, asks=report.text, asked_at=at)
    run = own.first() or Run.objects.create(
        company_id=owner.company_id, owner=owner, asks=report.text, asked_at=at
    )
    if run.state in (Run.State.FAILED, Run.State.CANCELLED):
        raise BadQuestion(run.error or gettext_noop("Somebody cancelled it."))
    return result_of(run) if run.state == Run.State.DONE else None


def forget_turns(owner: User, report: Report, *, at: datetime) -> None:
    """Let such a report be worked out anew when it is asked again."""
    Run.objects.of(owner.company_id).filter(owner=owner, asks=report.text, asked_at=at).delete()


def begin(user: User, report: Report, *, at: datetime) -> Run:
    """Have it worked out; the same that is asked again while it is, or was just now, is the same run."""
    own = Run.objects.of(user.company_id).filter(owner=user)
    going = own.filter(state__in=[Run.State.WAITING, Run.State.RUNNING])
    if same := going.filter(asks=report.text).first():
        return same
    if going.count() >= MOST_AT_ONCE:
        raise TooManyRuns(gettext("Three reports of yours are being worked out. Wait for one, or cancel it."))
    return Run.objects.create(company_id=user.company_id, owner=user, asks=report.text, asked_at=at)


def forget(*, now: datetime) -> None:
    """Delete what is over since a day."""
    Run.objects.filter(asked_at__lt=now - KEPT).delete()


# Working it out


def work(*, clock: Callable[[], datetime]) -> bool:
    """Work out one that nobody works on; whether there was one. May be killed anywhere: another goes on anew."""
    run = _claimed(clock())
    if run is None:
        return False
    try:
        answer = _worked_out(run, clock)
    except BadQuestion as error:
        _end(run, Run.State.FAILED, at=clock(), error=str(error))
    except budget.TooSlow:
        _end(
            run,
            Run.State.FAILED,
            at=clock(),
            error=gettext_noop("The database took too long. Ask for less, or group it coarser."),
        )
    except Exception:  # one that cannot be worked out must not come back for ever
        logger.exception("Report %s cannot be worked out", run.uuid)
        told = gettext_noop("It broke here. The error is in the log of the server.")
        _end(run, Run.State.FAILED, at=clock(), error=told)
    else:
        if answer is not None:
            _end(run, Run.State.DONE, at=clock(), result=zlib.compress(msgspec.msgpack.encode(answer)))
    return True


def result_of(run: Run) -> Answer:
    """What was found."""
    return msgspec.msgpack.decode(zlib.decompress(bytes(run.result or b"")), type=Answer)


def _claimed(at: datetime) -> Run | None:
    with transaction.atomic():
        run: Run | None = Run.objects.waiting(at).select_for_update(skip_locked=True).first()
        if run is None:
            return None
        run.attempts += 1
        run.state, run.sign_at = Run.State.RUNNING, at
        if run.attempts > ATTEMPTS:
            run.state, run.finished_at = Run.State.FAILED, at
            run.error = gettext_noop("It was begun three times, and each time its worker was lost.")
        run.save(update_fields=["attempts", "state", "sign_at", "finished_at", "error"])
    return run if run.state == Run.State.RUNNING else None


def _worked_out(run: Run, clock: Callable[[], datetime]) -> Answer | None:
    """The answer; None where somebody cancelled it, another worker has it, or its turn is over."""
    ready = prepared(run.owner.company, read(run.asks), at=run.asked_at)
    steps = list(steps_of(ready))
    first, found = _begun(run, ready, len(steps))
    until = time.monotonic() + TURN_S
    for number in range(first, len(steps)):
        if not _goes_on(run, done=number, steps=len(steps), at=clock()):
            return None
        if number > first and time.monotonic() > until:
            _leave(run, number, found)
            return None
        _step(found, ready, steps[number])
    return _answer(ready, found)


def _goes_on(run: Run, *, done: int, steps: int, at: datetime) -> bool:
    """Tell how far it is, while it is ours."""
    return bool(_mine(run).update(done=done, steps=steps, sign_at=at))


def _mine(run: Run) -> RunQuerySet:
    return Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, attempts=run.attempts)


def _step(found: Found, ready: Prepared, question: Question) -> None:
    """Add the sums of a piece of time."""
    names, width = machinemetrics_report.sums_of(ready.question), len(question.groups)
    with budget.within(STEP):
        rows = asking.rows_of(question, machinemetrics_report.TABLES[ready.report.of], names)
    found.exact_until = min(found.exact_until, rows.exact_until)
    for row in rows:
        sums = found.sums.setdefault(row[:width], [0] * len(names))
        sums[:] = [before + more for before, more in zip(sums, row[width:], strict=True)]
    if len(found.sums) > budget.MOST_GROUPS:
        raise BadQuestion(gettext(TOO_MANY))


def _answer(ready: Prepared, found: Found) -> Answer:
    rows = asking.Rows((*key, *sums) for key, sums in found.sums.items())
    rows.exact_until = found.exact_until
    return ready.answer(machinemetrics_report.of_rows(ready.question, rows))


# The worker has others to serve: what is summed in a turn waits for the next


def _leave(run: Run, done: int, found: Found) -> None:
    """Let others have the worker."""
    kept = zlib.compress(msgspec.msgpack.encode((done, found.exact_until, list(found.sums.items()))), level=1)
    _mine(run).update(state=Run.State.WAITING, attempts=0, result=kept)


def _begun(run: Run, ready: Prepared, steps: int) -> tuple[int, Found]:
    """How many steps are done, and their sums; none where the plant has changed since, and with it the steps."""
    if not run.result or run.steps != steps:
        return 0, Found()
    key: Any = tuple.__class_getitem__(tuple(_TYPES.get(group, int) for group in ready.report.by))
    kept: Any = tuple[int, datetime, list[tuple[key, list[int | float]]]]
    try:
        done, exact_until, rows = msgspec.msgpack.decode(zlib.decompress(bytes(run.result)), type=kept)
    except msgspec.ValidationError:  # of an older version
        return 0, Found()
    return done, Found(dict(rows), exact_until)


_TYPES = {"hour": datetime, "day": date, "week": date, "month": date, "shift": str, "job": str, "part": str}


def steps_of(ready: Prepared) -> Iterator[Question]:
    """The question in pieces of time that follow each other; what is asked of the whole is the sum of theirs."""
    question = replace(ready.question.question, most=None)
    length = _length(ready)
    if isinstance(question.when, Days):
        first = question.when.first
        while first <= question.when.last:
            last = min(first + length - timedelta(days=1), question.when.last)
            yield replace(question, when=Days(first, last))
            first = last + timedelta(days=1)
        return
    start = question.when.start
    while start < question.when.end:
        # At a full hour: what cuts an hour is summed from its story, which takes longer.
        end = min((start + length).replace(minute=0, second=0, microsecond=0), question.when.end)
        yield replace(question, when=Window(start, end))
        start = end


def _length(ready: Prepared) -> timedelta:
    """So many days that a step reads what it may."""
    days = max(1, ready.question.frame.range.duration // timedelta(days=1))
    return timedelta(days=max(1, STEP * days // max(ready.question.cost, 1)))


def _end(run: Run, state: str, *, at: datetime, **told: Any) -> None:
    """Over, where nobody has cancelled it meanwhile."""
    _mine(run).update(state=state, finished_at=at, done=F("steps"), **told)
