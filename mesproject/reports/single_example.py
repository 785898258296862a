"""A worked example of a number of single things: what it comes to, the numbers in its formula, and what they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Part:
    """Something that went into it: its name, what it is, and how much, all as people read it."""

    name: str
    meaning: str
    amount: str


@dataclass(frozen=True, slots=True)
class Example:
    """What it comes to, in its unit (None: no answer), the formula with numbers, and the parts."""

    value: float | None
    numbers: str = ""
    parts: Sequence[Part] = field(default_factory=list)
    note: str = ""
