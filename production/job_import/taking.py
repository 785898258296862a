"""Taking in a file of jobs: its rows are read into a table of their own, checked as a whole, then stored at once.

One transaction: whoever is killed meanwhile leaves nothing. Two files of a company are taken one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from mesproject.csv_reading import Fault, Source, Unreadable, table
from mesproject.words import Said, gettext_noop
from production import live
from production.effects import Effect, apply
from production.errors import DomainError
from production.job_import import checks, storing
from production.job_import.layouts import LAYOUTS, JobRow, Place, Places, Reader
from production.models import JobImport, Station, StationGroup

SHOWN_FAULTS = 100
ROWS_BETWEEN_WORDS = 10_000
# Told of each step, and of the rows read until then.
Progress = Callable[[str, int], None]


class Busy(DomainError):
    """One file at a time."""

    code = "busy"
    sentence = gettext_lazy("Another file of jobs is being taken in. Send this one again when that is done.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: all of it is taken, or it has faults and nothing is."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    archived: int = 0
    ignored: tuple[str, ...] = ()
    fault_count: int = 0
    faults: tuple[Fault, ...] = ()


@dataclass(slots=True)
class _Faults:
    """All are counted, the first of them kept."""

    count: int = 0
    first: list[Fault] = field(default_factory=list)

    def add(self, *faults: Fault) -> None:
        self.count += len(faults)
        self.first += faults[: SHOWN_FAULTS - len(self.first)]


def take(
    company: int,
    source: Source,
    *,
    layout: str = JobImport.Layout.MM,
    auto_archive: bool = False,
    dry_run: bool = False,
    now: datetime,
    progress: Progress = lambda state, rows: None,
) -> Outcome:
    """Take in all jobs of a file, or none; a dry run does the same and undoes it. Busy while another is taken."""
    with transaction.atomic():
        _claim(company)
        storing.prepare()
        faults = _Faults()
        rows, ignored = _read(company, source, layout, faults, progress)
        progress(JobImport.State.CHECKING, rows)
        if not faults.count:
            faults.add(*checks.faults(company, SHOWN_FAULTS))
        if faults.count:
            transaction.set_rollback(True)
            return Outcome(rows, ignored=ignored, fault_count=faults.count, faults=tuple(faults.first))
        progress(JobImport.State.STORING, rows)
        outcome = _stored(company, auto_archive, now, Outcome(rows, ignored=ignored))
        if dry_run:
            transaction.set_rollback(True)
    return outcome


def _claim(company: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"jobs of {company}"])
        if not cursor.fetchone()[0]:
            raise Busy


def _read(
    company: int, source: Source, layout: str, faults: _Faults, progress: Progress
) -> tuple[int, tuple[str, ...]]:
    """Copy the rows that have no fault; how many there are, and the columns that mean nothing."""
    count = 0

    def good(rows: Iterable[tuple[int, list[str]] | Fault], reader: Reader) -> Iterator[JobRow]:
        nonlocal count
        for count, item in enumerate(rows, start=1):
            if count % ROWS_BETWEEN_WORDS == 0:
                progress(JobImport.State.READING, count)
            row = [item] if isinstance(item, Fault) else reader.row(*item)
            if isinstance(row, list):
                faults.add(*row)
            else:
                yield row

    try:
        found = table(source, LAYOUTS[layout].columns)
        storing.copy(good(found.rows, Reader(LAYOUTS[layout], found.places, places_of(company))))
    except Unreadable as error:
        # The copy has failed with it, and so the transaction.
        faults.add(error.fault)
        return count, ()
    if not count:
        faults.add(Fault(0, "", Said(gettext_noop("The file has no jobs."))))
    return count, tuple(found.ignored)


def _stored(company: int, auto_archive: bool, now: datetime, outcome: Outcome) -> Outcome:
    number = storing.gather()
    anew = storing.began_of_changed(company, "ideal_part_time_ms", "units_per_count")
    sums = storing.began_of_changed(company, "expected_part_time_ms", "part_value")
    added, changed = storing.store(company)
    archived = storing.archive_others(company, now) if auto_archive else 0
    # Held at once, in the order in which everybody holds them.
    live.lock(sorted({*anew, *sums}))
    apply([Effect(tuple(anew), began=anew), Effect(tuple(sums), began=sums, sums_alone=True)], at=now)
    return replace(
        outcome, added=added, changed=changed, unchanged=number - added - changed, archived=archived
    )


def places_of(company: int) -> Places:
    """The work centers of a company by what a file may call them: ERP id before code, code before name.

    A name, or a group's code, that several have is nobody's.
    """
    stations = list(Station.objects.of(company).active().values_list("pk", "erp_id", "code", "name"))
    groups = list(StationGroup.objects.of(company).values_list("pk", "plant__code", "code", "name"))
    known = [
        *((erp_id, Place(station_id=pk)) for pk, erp_id, _, _ in stations),
        *((code, Place(station_id=pk)) for pk, _, code, _ in stations),
        *((f"{plant}:{code}", Place(group_id=pk)) for pk, plant, code, _ in groups),
        *_once((code, Place(group_id=pk)) for pk, _, code, _ in groups),
        *_once((name, Place(station_id=pk)) for pk, _, _, name in stations),
        *_once((name, Place(group_id=pk)) for pk, _, _, name in groups),
    ]
    # Of several, the first counts.
    return {name.casefold(): place for name, place in reversed(known) if name}


def _once(named: Iterable[tuple[str, Place]]) -> list[tuple[str, Place]]:
    known = list(named)
    times = Counter(name.casefold() for name, _ in known)
    return [(name, place) for name, place in known if times[name.casefold()] == 1]
