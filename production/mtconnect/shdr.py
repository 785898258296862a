"""The lines of an MTConnect adapter: `time|key|value|key|value…`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from production import whys_not
from production.messages import NotUnderstood
from production.mtconnect.observation import LEVELS, BadLine, Observation, shortened

LONGEST_LINE = 1_000_000
# An asset is a page of XML; a block that goes on for longer was never closed.
LONGEST_BLOCK = 5_000

_MULTILINE = "--multiline--"
_PIPE = re.compile(r"(?<!\\)\|")
_QUALIFIERS = frozenset({"", "HIGH", "LOW"})
# Python also takes a bare date or a week for a time; an adapter never means that.
_SHORTEST_TIME = len("2026-03-01T06:00")


def read(lines: Iterable[str]) -> Iterator[Observation | BadLine]:
    """Read a recording; what cannot be understood stands in the place where it was found."""
    reader = LineReader()
    number, line = 0, ""
    for number, line in enumerate(lines, 1):
        try:
            yield from reader.read(line)
        except NotUnderstood as error:
            yield BadLine(error.code, error.reason, number=number, line=line.rstrip("\r\n"))
    if reader.inside_block:
        yield BadLine("bad_line", whys_not.ENDS_INSIDE, number=number, line=line.rstrip("\r\n"))


class LineReader:
    """Reads lines one after the other; all it remembers is an open --multiline-- block."""

    def __init__(self) -> None:
        self._closing = ""
        self._swallowed = 0

    @property
    def inside_block(self) -> bool:
        """Whether a block has been opened and not yet closed."""
        return bool(self._closing)

    def read(self, line: str) -> list[Observation]:
        """The observations of one line, none for comments and assets. Raises NotUnderstood."""
        line = line.strip("\r\n\t \ufeff")
        if self._closing:
            self._swallow(line)
            return []
        if not line or line.startswith("*"):  # `* PONG 10000` and the like
            return []
        return self._observations(line)

    def _observations(self, line: str) -> list[Observation]:
        if "\x00" in line or len(line) > LONGEST_LINE:
            raise NotUnderstood("bad_line", whys_not.NOT_A_LINE)
        time, *fields = _split(line)
        at = instant(time)
        if not fields:
            raise NotUnderstood("bad_line", whys_not.NO_FIELDS)
        if fields[0].startswith("@"):
            self._open(fields[-1])
            return []
        if _is_condition(fields):
            return [_condition(at, fields)]
        return _pairs(at, fields)

    def _open(self, last: str) -> None:
        """An asset: nothing of it is kept, but its text must not be taken for lines of its own."""
        if last.startswith(_MULTILINE):
            self._closing, self._swallowed = last, 0

    def _swallow(self, line: str) -> None:
        self._swallowed += 1
        if line == self._closing:
            self._closing = ""
        elif self._swallowed > LONGEST_BLOCK:
            self._closing = ""
            raise NotUnderstood("bad_line", whys_not.NEVER_CLOSED.format(number=LONGEST_BLOCK))


def instant(text: str) -> datetime:
    """A line's time, in UTC; the standard allows a duration after an @, and any number of decimals.

    Adapters that leave out the zone mean UTC. Raises NotUnderstood.
    """
    moment = text.partition("@")[0].strip()
    try:
        if len(moment) < _SHORTEST_TIME:
            raise ValueError
        at = datetime.fromisoformat(moment)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise NotUnderstood("bad_time", whys_not.NO_TIME.format(value=shortened(text))) from None


def _split(line: str) -> list[str]:
    """The fields; a pipe inside a value is written as backslash and pipe."""
    if "\\|" not in line:
        return line.split("|")
    return [field.replace("\\|", "|") for field in _PIPE.split(line)]


def _is_condition(fields: list[str]) -> bool:
    """Whether these are key, level, code, severity, qualifier and text: pairs can look much like it."""
    return len(fields) == 6 and fields[1].strip().upper() in LEVELS and fields[4].upper() in _QUALIFIERS


def _condition(at: datetime, fields: list[str]) -> Observation:
    key, level, code, _, _, text = (field.strip() for field in fields)
    device, name = _named(key)
    return Observation(at, name, text, device=device, level=level.upper(), code=code)


def _pairs(at: datetime, fields: list[str]) -> list[Observation]:
    if len(fields) == 3:  # a message: key, code, text
        fields = [fields[0], fields[2]]
    if len(fields) % 2 and not fields[-1]:
        fields = fields[:-1]
    if len(fields) % 2:
        raise NotUnderstood("bad_line", whys_not.NO_VALUE.format(name=shortened(fields[-1])))
    found = []
    for key, value in zip(fields[::2], fields[1::2], strict=True):
        device, name = _named(key)
        found.append(Observation(at, name, value.strip(), device=device))
    return found


def _named(key: str) -> tuple[str, str]:
    """Device and name of `device:name`. Raises NotUnderstood where there is no name."""
    device, _, name = key.strip().rpartition(":")
    if not name or len(name) > 256:
        raise NotUnderstood("bad_line", whys_not.NO_KEY)
    return device, name
