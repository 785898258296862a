"""Reports that take long: worked out in the background in steps of time, with progress, and kept for a day."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from django.db import OperationalError, connection, transaction
from django.db.models import F
from psycopg.errors import QueryCanceled

from mesproject.accounts.models import User
from mesproject.analysis.builder.answering import TOO_MANY, Answer, Prepared, prepared
from mesproject.analysis.builder.models import Run
from mesproject.analysis.builder.question import Report, read
from mesproject.reports import asking, budget, machinemetrics_report
from mesproject.reports.asking import Days, Question
from mesproject.reports.how_asked import BadQuestion
from production.windows import Window

logger = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")

# What the database takes longer for is worked out in the background, and so is what surely will.
PATIENCE_MS = 1_500
LONG = 400_000  # rows of facts
# A step reads about so many, and is asked of the database with nobody waiting.
STEP = 40_000
KEPT = timedelta(days=1)
MOST_AT_ONCE, ATTEMPTS = 3, 3


class Stopped(Exception):
    """Somebody cancelled it, or another worker has it."""


class TooManyRuns(BadQuestion):
    """Somebody has as many of them going as he may."""

    status = 429


def takes_long(ready: Prepared) -> bool:
    """Whether it is not even tried while somebody waits."""
    return ready.question.cost > LONG


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


def begin(user: User, report: Report, *, at: datetime) -> Run:
    """Have it worked out; the same that is asked again while it is, or was just now, is the same run."""
    own = Run.objects.of(user.company_id).filter(owner=user)
    going = own.filter(state__in=[Run.State.WAITING, Run.State.RUNNING])
    if same := going.filter(asks=report.text).first():
        return same
    if going.count() >= MOST_AT_ONCE:
        raise TooManyRuns("Three reports of yours are being worked out. Wait for one, or cancel it.")
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
            error="The database took too long. Ask for less, or group it coarser.",
        )
    except Exception:  # one that cannot be worked out must not come back for ever
        logger.exception("Report %s cannot be worked out", run.uuid)
        _end(run, Run.State.FAILED, at=clock(), error="It broke here. The error is in the log of the server.")
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
        run.state, run.sign_at, run.done = Run.State.RUNNING, at, 0
        if run.attempts > ATTEMPTS:
            run.state, run.finished_at = Run.State.FAILED, at
            run.error = "It was begun three times, and each time its worker was lost."
        run.save(update_fields=["attempts", "state", "sign_at", "done", "finished_at", "error"])
    return run if run.state == Run.State.RUNNING else None


def _worked_out(run: Run, clock: Callable[[], datetime]) -> Answer | None:
    """The answer; None where somebody cancelled it, or another worker has it."""
    ready = prepared(run.owner.company, read(run.asks), at=run.asked_at)
    try:
        return summed(ready, lambda done, steps: _go_on(run, done=done, steps=steps, at=clock()))
    except Stopped:
        return None


def summed(ready: Prepared, tell: Callable[[int, int], None] = lambda done, steps: None) -> Answer:
    """The answer in steps, before each of which it is told how many are done, of how many."""
    steps = list(steps_of(ready))
    found: dict[Any, list[Any]] = {}
    for number, question in enumerate(steps):
        tell(number, len(steps))
        with budget.within(STEP):
            _add(found, ready, question)
    rows = [(*key, *sums) for key, sums in found.items()]
    return ready.answer(machinemetrics_report.of_rows(ready.question, rows))


def _go_on(run: Run, *, done: int, steps: int, at: datetime) -> None:
    """Tell how far it is, while it is ours."""
    mine = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, attempts=run.attempts)
    if not mine.update(done=done, steps=steps, sign_at=at):
        raise Stopped


def _add(found: dict[Any, list[Any]], ready: Prepared, question: Question) -> None:
    """The sums of a step to those before."""
    names, width = machinemetrics_report.sums_of(ready.question), len(question.groups)
    for row in asking.rows_of(question, machinemetrics_report.TABLES[ready.report.of], names):
        sums = found.setdefault(row[:width], [0] * len(names))
        sums[:] = [before + more for before, more in zip(sums, row[width:], strict=True)]
    if len(found) > budget.MOST_GROUPS:
        raise BadQuestion(TOO_MANY)


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
    mine = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, attempts=run.attempts)
    mine.update(state=state, finished_at=at, done=F("steps"), **told)
