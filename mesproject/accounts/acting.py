"""For whom something is changed just now: what the audit log says where nobody is signed in to a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from auditlog.context import auditlog_value

_by: ContextVar[list[str] | None] = ContextVar("acting_for", default=None)


@contextmanager
def acting() -> Iterator[None]:
    """A stretch of work that is somebody's, as soon as `act_for` says whose."""
    token = _by.set([])
    try:
        yield
    finally:
        _by.reset(token)


def act_for(person: Any, name: str) -> None:
    """From here on it is theirs: a person is the audit log's actor, anything else is named in it."""
    if person is not None:
        auditlog_value.get({})["actor"] = person
    elif (by := _by.get()) is not None:
        by[:] = [name]


def acting_for() -> str:
    """The name of the key whose work this is, or nothing."""
    return (_by.get() or [""])[0]
