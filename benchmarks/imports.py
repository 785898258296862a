"""Importing jobs: a hundred thousand rows of a file, against COPY of the same rows alone, and half a million."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from django.db import transaction

from benchmarks.ground import make_stations, report, seconds
from mesproject.csv_reading import table
from production.job_import import storing
from production.job_import.layouts import MM, Reader
from production.job_import.taking import places_of, take
from production.models import Job

ROWS, MANY = 100_000, 500_000
HEADER = (
    "name,part,operation,lot,description,due_date,quantity,partvalue,default_expectedparttime,default_idealparttime,"
    "default_setuptime,workcenter,idealparttime\n"
)


def run() -> None:
    """Measure the first, the second and a larger file."""
    stations = make_stations(200)
    company = stations[0].company_id
    codes = [station.code for station in stations]
    reader = Reader(MM, table(partial(portions, codes, 1), MM.columns).places, places_of(company))
    rows = [row for row in (reader.row(*one) for one in _read(codes)) if not isinstance(row, list)]
    assert len(rows) == ROWS
    floor = seconds(lambda: _copy(rows))
    rows.clear()  # a hundred thousand rows to look through whenever garbage is collected
    now = datetime.now(UTC)
    for name, wanted in (("a new file", ROWS), ("the same file again", 0)):
        figure = seconds(lambda: take(company, partial(portions, codes, ROWS), now=now))
        assert Job.objects.of(company).count() == ROWS
        report(
            f"100,000 jobs of {name}", floor=floor, figure=figure, unit="s elapsed",
            wanted=f"at most 10 s, {wanted:,} stored; floor: COPY of the same rows",
        )  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figure = seconds(lambda: take(company, partial(portions, codes, MANY), now=now))
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert Job.objects.of(company).count() == MANY
    report(
        f"500,000 jobs, {more:.0f} MB more memory than 100,000", floor=floor * MANY / ROWS, figure=figure,
        unit="s elapsed", wanted="no more memory; floor: COPY of as many rows",
    )  # fmt: skip


def portions(codes: list[str], count: int) -> Iterator[bytes]:
    """A file of so many jobs."""
    yield HEADER.encode()
    for number in range(count):
        code = codes[number % len(codes)]
        yield (
            f"WO-{number:06},PART-{number % 5000},{number % 9}0,L{number % 7},Bracket {number},2026-12-01,"
            f"{number % 900},1.50,{60_000 + number % 1000},50000,600000,{code},51000\n"
        ).encode()


def _read(codes: list[str]) -> Iterator[tuple[int, list[str]]]:
    for row in table(partial(portions, codes, ROWS), MM.columns).rows:
        assert isinstance(row, tuple)
        yield row


def _copy(rows: list[object]) -> None:
    with transaction.atomic():
        storing.prepare()
        storing.copy(rows)  # type: ignore[arg-type]
