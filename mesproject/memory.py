"""What this process knows for a while, as it is: Django's cache would pack and unpack a whole board for each poll."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

_Known = TypeVar("_Known")


class Memory(Generic[_Known]):
    """Values by key, each for some seconds. When there are too many all are forgotten: each can be made again."""

    def __init__(self, most: int) -> None:
        self._most, self._known = most, dict[Hashable, tuple[float, _Known]]()

    def get(self, key: Hashable) -> _Known | None:
        """What is known, or None."""
        known = self._known.get(key)
        return known[1] if known and monotonic() < known[0] else None

    def get_or_make(self, key: Hashable, make: Callable[[], _Known], seconds: float) -> _Known:
        """What is known, or else what is made now and known so long."""
        known = self._known.get(key)
        if known and monotonic() < known[0]:
            return known[1]
        return self.put(key, make(), seconds)

    def put(self, key: Hashable, made: _Known, seconds: float) -> _Known:
        """Know this so long."""
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[key] = monotonic() + seconds, made
        return made

    def forget(self, key: Hashable) -> None:
        """It is to be made anew."""
        self._known.pop(key, None)
