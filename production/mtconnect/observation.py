"""One value of one data item at an instant: what both readers return."""

from __future__ import annotations

from datetime import datetime

import msgspec

from production import whys_not
from production.messages import NotUnderstood

UNAVAILABLE = "UNAVAILABLE"
NORMAL = "NORMAL"
FAULT = "FAULT"
LEVELS = frozenset({NORMAL, "WARNING", FAULT, UNAVAILABLE})


class Observation(msgspec.Struct, frozen=True):
    """What a data item said. `level` is empty for samples and events; a condition has no other value.

    An adapter knows names only; an agent also says the item's id, its kind (the XML element) and sub-type.
    """

    at: datetime
    name: str
    value: str = ""
    device: str = ""
    item: str = ""
    kind: str = ""
    subtype: str = ""
    level: str = ""
    code: str = ""

    @property
    def identity(self) -> str:
        """What tells the data item from the machine's others."""
        return self.item or self.name


class BadLine(NotUnderstood):
    """A line of a recording that cannot be understood, with its number (from 1) and what it says."""

    def __init__(self, code: str, reason: str, *, number: int, line: str) -> None:
        super().__init__(code, whys_not.AT_LINE.format(number=number, why=reason))
        self.number, self.line = number, line


def shortened(text: str) -> str:
    """How a value is quoted in a reason."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
