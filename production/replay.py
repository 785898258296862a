"""Recordings: what formats there are, what they say, and when each message is due. Knows no database."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec

from production.messages import SIGNAL_KEYS, Message, NotUnderstood, Wire, decode, from_wire, not_valid
from production.mtconnect import shdr, xml
from production.mtconnect.mapping import Names, Reader
from production.mtconnect.observation import BadLine, Observation

Item = Message | NotUnderstood
LONGEST_LINE = 1_000_000
# How many lines are looked at before anything is sent.
LOOKED_AT = 200


class Unreadable(Exception):
    """A file that is no recording; the message is a sentence that says what to do."""


class Recording:
    """An open file, gzipped or not, that knows how much of it was read."""

    def __init__(self, raw: IO[bytes], size: int) -> None:
        self._raw, self._size = raw, size
        unpacked = gzip.GzipFile(fileobj=raw) if raw.peek(2)[:2] == b"\x1f\x8b" else raw  # type: ignore[attr-defined]
        self.text = io.TextIOWrapper(unpacked, encoding="utf-8-sig", errors="replace", newline="\n")

    @property
    def fraction(self) -> float:
        """How much was read, from 0 to 1."""
        return min(self._raw.tell() / self._size, 1.0) if self._size else 1.0

    def lines(self) -> Iterator[str]:
        """The lines; one that never ends comes in pieces, each of which is refused. Raises Unreadable."""
        try:
            while line := self.text.readline(LONGEST_LINE + 1):
                yield line
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(f"The file is damaged, it ends here: {error}.") from None


@contextmanager
def opened(path: Path) -> Iterator[Recording]:
    """Open a recording. Raises Unreadable."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    with raw:
        yield Recording(raw, path.stat().st_size)


def from_shdr(lines: Iterable[str], names: Names) -> Iterator[Item]:
    """What the lines of an MTConnect adapter mean."""
    return Reader(names).read(shdr.read(lines))


def from_xml(lines: Iterable[str], names: Names) -> Iterator[Item]:
    """What one document of an MTConnect agent means."""
    try:
        yield from Reader(names).read(xml.parse("".join(lines).encode()).observations)
    except NotUnderstood as error:
        yield error


def from_jsonl(lines: Iterable[str], _: Names) -> Iterator[Item]:
    """One object of signal keys a line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield decode(line.encode())
            except NotUnderstood as error:
                yield BadLine(error.code, error.reason, number=number, line=line.rstrip("\r\n"))


def from_csv(lines: Iterable[str], _: Names) -> Iterator[Item]:
    """A header of signal keys, then one message a row; empty cells say nothing."""
    rows = csv.reader(lines)
    header: list[str] = []
    number = 0
    while True:
        number += 1
        row: list[str] | None = None
        try:
            if (row := next(rows, None)) is None:
                return
            if not header:
                header = [name.strip() for name in row]
            elif row:
                yield _row(header, row)
        except (NotUnderstood, csv.Error) as error:
            code = error.code if isinstance(error, NotUnderstood) else "bad_line"
            yield BadLine(code, str(error), number=number, line=",".join(row or []))


def _row(header: list[str], row: list[str]) -> Message:
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()}
    try:
        return from_wire(msgspec.convert(cells, Wire, strict=False))
    except msgspec.ValidationError as error:
        raise not_valid(error) from None


FORMATS: dict[str, Callable[[Iterable[str], Names], Iterator[Item]]] = {
    "shdr": from_shdr,
    "jsonl": from_jsonl,
    "csv": from_csv,
    "xml": from_xml,
}


def recognise(path: Path) -> str:
    """The format of a recording, by its first lines. Raises Unreadable where it is none of ours."""
    with opened(path) as recording:
        lines = [line for line in islice(recording.lines(), LOOKED_AT) if line.strip()]
    first = lines[0].lstrip() if lines else ""
    if first.startswith("{"):
        return "jsonl"
    if first.startswith("<"):
        return "xml"
    if set(first.strip().replace('"', "").split(",")) & set(SIGNAL_KEYS):
        return "csv"
    if any(isinstance(found, Observation) for found in shdr.read(lines)):
        return "shdr"
    raise Unreadable(
        f"{path.name} is neither adapter lines (time|key|value) nor JSON lines nor CSV with a header of"
        " signal keys nor an agent's XML."
    )


def check(path: Path, form: str, names: Names) -> None:
    """Look at the beginning. Raises Unreadable where most of it makes no sense in this format."""
    with opened(path) as recording:
        lines = recording.lines() if form == "xml" else islice(recording.lines(), LOOKED_AT)
        found = list(FORMATS[form](lines, names))
    bad = [item for item in found if isinstance(item, NotUnderstood)]
    if len(bad) > 2 and len(bad) > len(found) / 2:
        raise Unreadable(
            f"Most of the first lines of {path.name} make no sense as {form}; {bad[0].reason}"
            " A capture that was wrapped at some width must be unwrapped first."
        )


@dataclass(slots=True)
class Pacer:
    """When each message is due: with the recording's pauses, `speed` times as fast, none over `longest`.

    Speed 0 means at once. A message that is older than the one before it is due at once, too.
    """

    speed: float
    longest: float
    elapsed: float = 0.0  # seconds from the start at which the newest message was due
    newest: datetime | None = None

    def due(self, at: datetime) -> float:
        """Seconds from the start at which a message of this instant is due; a late one's lie behind."""
        if not self.speed:
            return 0.0
        behind = (at - (self.newest or at)).total_seconds() / self.speed
        if behind < 0:
            return self.elapsed + behind
        self.elapsed += min(behind, self.longest)
        self.newest = at
        return self.elapsed


_WIRE = {
    "at": "timestamp",
    "good": "production_complete_good",
    "bad": "production_complete_bad",
    "good_total": "production_count_good",
    "bad_total": "production_count_bad",
    "speed": "line_speed",
    "kwh": "electrical_kwh_interval",
    "kwh_total": "electrical_kwh",
}


def to_wire(message: Message) -> bytes:
    """A message as a station would have sent it; `decode` gives it back."""
    values = {_WIRE.get(name, name): getattr(message, name) for name in Message.__struct_fields__}
    return msgspec.json.encode({name: value for name, value in values.items() if value is not None})


def moved(message: Message, start: datetime, seconds: float) -> Message:
    """The message as if it were said so long after `start`."""
    return msgspec.structs.replace(message, at=start + timedelta(seconds=seconds))


def as_recorded(message: Message) -> Message:
    """The message with the word that its time is meant, however long ago that was."""
    return msgspec.structs.replace(message, recorded=True)
