"""Making the recordings that the demo ships, out of the published ones. Pure; see data/README.md.

`manage.py demo_extract FOLDER` runs it. The product itself reads only what this wrote.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

DATA = Path(__file__).parent / "data"

HURCO_KEYS = frozenset({"Program_Status", "Part_Count", "Program_Name_Running", "avail"})
MAZAK_KEYS = frozenset({"execution", "program", "PartCountAct", "avail"})
CONDITIONS = frozenset({"system_cond", "logic_cond", "motion_cond"})

SEOUL = timezone(timedelta(hours=9))  # Korea has had no summer time since 1988
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Source:
    """One shipped recording: the published files it comes from and what of them is kept."""

    name: str
    files: tuple[str, ...]
    keys: frozenset[str]
    days: frozenset[date] = frozenset()  # empty: all


# Days of the long history on which the machine was busy, from different years.
BUSY_DAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2017-02-22", "2017-04-13", "2017-05-30", "2017-06-21", "2017-07-12", "2017-10-05", "2017-10-26",
        "2017-10-31", "2017-11-06", "2018-05-29", "2018-06-06", "2018-06-19", "2018-08-28", "2018-08-29",
        "2018-10-02", "2018-10-18", "2018-10-24", "2018-10-25", "2018-10-29", "2018-12-04", "2019-04-17",
        "2019-05-29", "2019-06-06", "2019-06-18", "2019-06-19", "2019-07-11",
    )
)  # fmt: skip

SOURCES = (
    Source("hurco02", ("nist-mtc-hurco/stream_Hurco02.txt.gz",), HURCO_KEYS),
    Source("hurco04", ("nist-mtc-hurco/stream_Hurco04.txt.gz",), HURCO_KEYS),
    Source("mazak01-2018-09", ("nist-mazak01-2018-09/raw/*.txt.gz",), MAZAK_KEYS | CONDITIONS),
    Source(
        "mazak01-busy-days", ("nist-state-history/Mazak01_state.txt.gz",), MAZAK_KEYS | CONDITIONS, BUSY_DAYS
    ),
)
FURNACE = "uci-steel-energy/Steel_industry_data.csv.gz"
FURNACE_DAYS = 28


def extract(published: Path, to: Path = DATA) -> dict[str, int]:
    """Write every shipped recording anew; the number of lines of each, by file name."""
    counts = {}
    for source in SOURCES:
        counts[f"{source.name}.shdr.gz"] = _write(to / f"{source.name}.shdr.gz", _thinned(source, published))
    counts["furnace.csv.gz"] = _write(to / "furnace.csv.gz", _furnace(published / FURNACE))
    return counts


def thin(lines: Iterable[str], source: Source) -> Iterator[str]:
    """Of each line the pairs that are kept, in the order of the recording; of conditions only changes."""
    in_force: dict[str, str] = {}
    for line in lines:
        at, *fields = line.rstrip("\r\n").split("|")
        if source.days and date.fromisoformat(at[:10]) not in source.days:
            continue
        if fields and fields[0] in CONDITIONS:
            content = "|".join(fields)
            if in_force.get(fields[0]) != content and fields[0] in source.keys:
                in_force[fields[0]] = content
                yield f"{at}|{content}"
            continue
        pairs = zip(fields[::2], fields[1::2], strict=False)
        kept = [f"{key}|{value}" for key, value in pairs if key in source.keys]
        if kept:
            yield "|".join([at, *kept])


def _thinned(source: Source, published: Path) -> Iterator[str]:
    files = [file for pattern in source.files for file in sorted(published.glob(pattern))]
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8", errors="replace") as lines:
            yield from thin(lines, source)


def _furnace(file: Path) -> Iterator[str]:
    """The meter's quarters of an hour, with their ends in UTC.

    Row i ends 15 (i + 1) minutes into 2018 in Seoul; the published date column swaps day and month.
    """
    yield "interval_end,kwh"
    begin = datetime(2018, 1, 1, tzinfo=SEOUL)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as rows:
        for number, row in enumerate(csv.DictReader(rows), 1):
            if number > FURNACE_DAYS * 96:
                return
            end = (begin + number * QUARTER).astimezone(UTC)
            yield f"{end:%Y-%m-%dT%H:%M:%SZ},{row['Usage_kWh']}"


def _write(file: Path, lines: Iterable[str]) -> int:
    """Write lines compressed, the same bytes for the same lines; how many there were."""
    count = 0
    with file.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        for count, line in enumerate(lines, 1):  # noqa: B007
            packed.write(line.encode() + b"\n")
    return count
