"""Files of jobs that are kept until they are taken: how far that is, and what became of them.

The row is the truth. Small files are taken at once; a worker takes large ones, and those whose taker died.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy

from mesproject.accounts.models import Company
from mesproject.csv_reading import Fault, Source
from mesproject.formats import spoken
from mesproject.words import Said, gettext_noop
from production.errors import DomainError
from production.job_import.taking import Busy, Outcome, Progress, take
from production.models import JobImport, JobImportPart

LARGEST = 200 * 1024 * 1024
# What is larger is not waited for.
AT_ONCE = 10 * 1024 * 1024
PART = 1024 * 1024
# Whoever takes a file says so sooner, unless it was killed.
DEAD_AFTER = timedelta(seconds=30)
# Dry runs wait so long to be done in earnest.
KEPT = timedelta(days=1)
TOO_LARGE = gettext_noop("A file has at most 200 MB.")
BROKEN = gettext_noop("This file could not be taken; the reason is in the server's log.")
logger = logging.getLogger(__name__)


class TooLarge(DomainError):
    """There is an end to everything."""

    code = "too_large"
    sentence = gettext_lazy(TOO_LARGE)


def keep(
    company: Company,
    portions: Iterable[bytes],
    *,
    by: str,
    at: datetime,
    layout: str = JobImport.Layout.MM,
    file_name: str = "",
    auto_archive: bool = False,
    dry_run: bool = False,
) -> JobImport:
    """Keep a file to be taken."""
    with transaction.atomic():
        kept = JobImport.objects.create(
            company=company, layout=layout, file_name=file_name[:128].replace("\0", ""), auto_archive=auto_archive,
            dry_run=dry_run, asked_by=by[:200], asked_at=at,
        )  # fmt: skip
        for number, content in enumerate(_parts(portions)):
            kept.size += len(content)
            if kept.size > LARGEST:
                raise TooLarge
            JobImportPart.objects.create(job_import=kept, number=number, content=content)
        kept.save(update_fields=["size"])
    return kept


def run(kept: JobImport, *, now: datetime) -> None:
    """Take a file that is kept, and write down what became of it, in one transaction; Busy while another is taken."""
    with transaction.atomic():
        outcome = take(
            kept.company_id, source_of(kept), layout=kept.layout, auto_archive=kept.auto_archive,
            dry_run=kept.dry_run, now=now, progress=_telling(kept),
        )  # fmt: skip
        _finish(kept, outcome, now)


def refuse(kept: JobImport, told: Said, *, now: datetime) -> None:
    """Nothing of it is taken, now or later."""
    _finish(kept, Outcome(fault_count=1, faults=(Fault(0, "", told),)), now)


def is_ready(kept: JobImport) -> bool:
    """Whether it is a dry run without faults whose file is still kept."""
    return kept.dry_run and kept.state == JobImport.State.DONE and kept.parts.exists()


def in_earnest(kept: JobImport, *, by: str, now: datetime) -> bool:
    """Let a dry run without faults be done; False where it cannot be any more."""
    if not is_ready(kept):
        return False
    waiting = {"dry_run": False, "state": JobImport.State.WAITING, "finished_at": None, "rows": 0}
    claimed = JobImport.objects.filter(pk=kept.pk, dry_run=True)
    done = claimed.update(**waiting, asked_by=by[:200], asked_at=now)
    kept.refresh_from_db()
    return bool(done)


def work(*, now: datetime) -> bool:
    """Take one of the files that wait, or whose taker was killed; whether there was one."""
    waits = Q(state=JobImport.State.WAITING) | Q(asked_at__lt=now - DEAD_AFTER)
    for kept in JobImport.objects.unfinished().filter(waits).order_by("asked_at", "pk"):
        try:
            run(kept, now=now)
        except Busy:
            continue
        except DatabaseError:
            raise
        except Exception:
            # It would fail the next time, too, and the files behind it wait.
            logger.exception("Import %s failed", kept.pk)
            refuse(kept, Said(BROKEN), now=now)
        return True
    return False


def forget(*, now: datetime) -> None:
    """Let go of files whose dry run nobody followed up."""
    JobImportPart.objects.filter(job_import__finished_at__lt=now - KEPT).delete()


def source_of(kept: JobImport) -> Source:
    """The file, a part at a time."""

    def portions() -> Iterator[bytes]:
        for number in sorted(kept.parts.values_list("number", flat=True)):
            yield bytes(kept.parts.values_list("content", flat=True).get(number=number))

    return portions


def _parts(portions: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for portion in portions:
        held += portion
        while len(held) >= PART:
            yield held[:PART]
            held = held[PART:]
    if held:
        yield held


def _telling(kept: JobImport) -> Progress:
    """Says how far it is by a connection of its own: what is said within a transaction nobody hears."""

    def tell(state: str, rows: int) -> None:
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(
                    "UPDATE production_jobimport SET state = %s, rows = %s WHERE id = %s",
                    [state, rows, kept.pk],
                )
        finally:
            other.close()

    return tell


def _kept(fault: Fault) -> dict[str, Any]:
    """For programs, and with the parts of its sentence for people."""
    parts = {"sentence": fault.told.text, "values": dict(fault.told.values)}
    return {"line": fault.line, "column": fault.column, "reason": fault.reason, "said": fault.said} | parts


def faults_of(kept: JobImport) -> list[dict[str, Any]]:
    """What is wrong with a file, in the language of the page; what was kept without its parts stays English."""
    return [
        one | {"reason": spoken(Said(one["sentence"], one["values"])) if "sentence" in one else one["reason"]}
        for one in kept.faults
    ]


def _finish(kept: JobImport, outcome: Outcome, now: datetime) -> None:
    kept.state = JobImport.State.REFUSED if outcome.fault_count else JobImport.State.DONE
    kept.rows, kept.fault_count, kept.finished_at = outcome.rows, outcome.fault_count, now
    kept.added, kept.changed = outcome.added, outcome.changed
    kept.unchanged, kept.archived = outcome.unchanged, outcome.archived
    kept.ignored, kept.faults = list(outcome.ignored), [_kept(fault) for fault in outcome.faults]
    kept.save()
    if not (kept.dry_run and kept.state == JobImport.State.DONE):
        kept.parts.all().delete()
