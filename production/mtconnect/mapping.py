"""What the observations of a machine mean for its station: a sequential reader with explicit state. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from production import whys_not
from production.messages import Message, NotUnderstood
from production.mtconnect.observation import FAULT, NORMAL, UNAVAILABLE, BadLine, Observation, shortened

# Names that common adapters use, in small letters; a source that keeps the default finds any of them.
KNOWN = {
    "execution": {"execution", "exec", "program_status", "pexecution", "p1execution", "path1_execution"},
    "part_count": {"partcountact", "part_count", "partcount", "ppartcount", "p1partcount", "pcount", "parts"},
    "program": {"program", "program_name_running", "program_name", "pprogram", "p1program"},
    "availability": {"avail", "availability"},
}
# An agent says what an item is, whatever its name.
KINDS = {
    "Execution": "execution",
    "PartCount": "part_count",
    "Program": "program",
    "Availability": "availability",
}
# The sub-types that mean it, best first; TARGET or REMAINING parts have not been made.
SUBTYPES = {
    "execution": ("",),
    "part_count": ("GOOD", "", "ALL", "COMPLETE"),
    "program": ("", "MAIN", "ACTIVE"),
    "availability": ("",),
}
ROLES = tuple(KNOWN)

# Agent and adapter have clocks of their own: a value this much older than the last is a late one. One that
# is older still begins another session, in a recording that was not put together in order.
LATE = timedelta(minutes=1)
# While anything is said at all, the station is told this often that its machine is alive.
ALIVE_EVERY = timedelta(seconds=30)

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?", re.ASCII)
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class Names:
    """Which data items speak of what, by name or id, and what counts as a unit (see MTConnectSource.Count).

    A name that is empty or well known is a hint: any other well-known name, and in XML the item's kind,
    will do. Any other name is an order.
    """

    execution: str = ""
    part_count: str = ""
    program: str = ""
    availability: str = ""
    count_by: str = "part_count"


class State(msgspec.Struct):
    """All that reading goes on from; it survives as JSON."""

    # Role → how well the item fits (0 is best) and which item it is.
    bound: dict[str, tuple[int, str]] = {}
    execution: str = ""
    executed: str = ""  # the last execution other than UNAVAILABLE
    execution_at: datetime | None = None
    faults: dict[str, str] = {}  # open faults, oldest first: item and code → what is shown
    available: bool | None = None  # as the last one said, whatever its time
    said_at: datetime | None = None


class Reader:
    """Turns observations into messages, in the order in which the adapter or agent sent them."""

    def __init__(self, names: Names, state: State | None = None) -> None:
        self.names = names
        self.state = state or State()
        self._ranks: dict[tuple[str, str, str, str], tuple[str, int] | None] = {}
        self._hear = {
            "execution": self._execution,
            "part_count": self._part_count,
            "program": self._program,
            "availability": self._availability,
        }

    def read(self, items: Iterable[Observation | BadLine]) -> Iterator[Message | NotUnderstood]:
        """One message for each run of observations of one instant that says something of the station."""
        at: datetime | None = None
        said: dict[str, Any] = {}
        there = False
        for item in items:
            if isinstance(item, NotUnderstood):
                yield item
                continue
            if item.at != at:
                yield from self._message(at, said, there)
                at, said, there = item.at, {}, False
            there = there or UNAVAILABLE not in (item.level, item.value)
            try:
                self._take(item, said)
            except NotUnderstood as error:
                yield error
        yield from self._message(at, said, there)

    def alive(self, at: datetime) -> Message | None:
        """A sign of life, where one is due: something is said, and the machine was last heard to be there."""
        state = self.state
        if not state.available:
            return None
        if state.said_at is not None and at - state.said_at < ALIVE_EVERY:
            return None
        state.said_at = at
        return Message(at=at, available=True)

    def _message(self, at: datetime | None, said: dict[str, Any], there: bool) -> Iterator[Message]:
        if at is None:
            return
        if not said:
            if there and (alive := self.alive(at)):
                yield alive
            return
        self.state.available = said.get("available", self.state.available)
        if self.state.said_at is None or at > self.state.said_at:
            self.state.said_at = at
        yield Message(at=at, **said)

    def _take(self, item: Observation, said: dict[str, Any]) -> None:
        if item.level:
            self._condition(item, said)
        elif role := self._role(item):
            self._hear[role](item, said)

    def _role(self, item: Observation) -> str | None:
        """What the item is to the station; of several that would do the best, then the first, is it."""
        key = (item.name, item.item, item.kind, item.subtype)
        if key not in self._ranks:
            self._ranks[key] = rank(item, self.names)
        if (found := self._ranks[key]) is None:
            return None
        role, fit = found
        bound = self.state.bound.get(role)
        if bound is None or fit < bound[0]:
            self.state.bound[role] = bound = (fit, item.identity)
        return role if bound[1] == item.identity else None

    def _execution(self, item: Observation, said: dict[str, Any]) -> None:
        value, state = item.value.upper(), self.state
        if value == UNAVAILABLE:
            said["available"] = False
        else:
            said["available"], said["productive"] = True, value == "ACTIVE"
        behind = state.execution_at - item.at if state.execution_at else timedelta()
        if timedelta() < behind <= LATE:
            return
        if not behind > timedelta() and self._is_unit(value):
            said["good"] = said.get("good", 0.0) + 1.0
        state.execution, state.execution_at = value, item.at
        if value != UNAVAILABLE:
            state.executed = value

    def _is_unit(self, value: str) -> bool:
        """Whether this execution, after the last one, completes a unit."""
        if self.names.count_by == "program_end":
            return value == "PROGRAM_COMPLETED" and self.state.executed not in ("", value)
        if self.names.count_by == "cycle_end":
            return self.state.execution == "ACTIVE" and value in ("READY", "STOPPED")
        return False

    def _part_count(self, item: Observation, said: dict[str, Any]) -> None:
        value = item.value.partition(":")[0]  # `12:MANUAL` tells why the count was reset
        if self.names.count_by != "part_count" or value.upper() in ("", UNAVAILABLE):
            return
        if not _NUMBER.fullmatch(value):
            text = whys_not.NO_COUNT.format(name=item.name, value=shortened(item.value))
            raise NotUnderstood("bad_value", text)
        said["good_total"] = float(value)

    def _program(self, item: Observation, said: dict[str, Any]) -> None:
        if item.value.upper() != UNAVAILABLE:
            said["program"] = _text(item.value)

    def _availability(self, item: Observation, said: dict[str, Any]) -> None:
        """A machine whose execution is unknown is not there yet, whatever its adapter says of itself."""
        if item.value.upper() == UNAVAILABLE:
            said["available"] = False
        elif self.state.execution != UNAVAILABLE:
            said["available"] = True

    def _condition(self, item: Observation, said: dict[str, Any]) -> None:
        faults, before = self.state.faults, self._fault()
        prefix = f"{item.identity}\x1f"
        if item.level == FAULT:
            faults.pop(prefix + item.code, None)
            faults[prefix + item.code] = _text(": ".join(filter(None, (item.code, item.value)))) or "fault"
        elif item.code and item.level == NORMAL:
            faults.pop(prefix + item.code, None)
        elif item.level != "WARNING" or item.code:
            # A warning under a fault's code means that it is no fault any more; a bare level speaks for all.
            cleared = prefix + item.code
            for key in [key for key in faults if key.startswith(cleared)]:
                del faults[key]
        if self._fault() != before:
            said["error_code"] = self._fault()

    def _fault(self) -> str:
        """The fault that is shown: the youngest open one, empty where there is none."""
        return next(reversed(self.state.faults.values()), "")


def rank(item: Observation, names: Names) -> tuple[str, int] | None:
    """The role of an item and how well it fits: by the given name, by a well-known one, by its kind."""
    name = item.name.casefold()
    for role in ROLES:
        if getattr(names, role) and getattr(names, role) in (item.name, item.item):
            return role, 0
    for role in ROLES:
        given = getattr(names, role)
        if given and given.casefold() not in KNOWN[role]:
            continue
        if name in KNOWN[role]:
            return role, 1
        if KINDS.get(item.kind) == role and item.subtype.upper() in SUBTYPES[role]:
            return role, 2 + SUBTYPES[role].index(item.subtype.upper())
    return None


def _text(value: str) -> str:
    return value.replace("\x00", "")[:_LONGEST]
