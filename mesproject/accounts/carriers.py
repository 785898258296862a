"""What takes messages out of the building, and how it says that it could not."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from mesproject.accounts.models import OutboxMessage


class Away(Exception):
    """Nobody took it, and somebody may later."""


class Refused(Exception):
    """Nobody will ever take it."""


class Undecided(Exception):
    """It was handed over, and what became of it is unknown."""


class Carrier:
    """One run's way out. It ends when `is_away`; the endpoints in `away` did not answer, and are left alone."""

    def __init__(self) -> None:
        self.is_away = False
        self.away = set[int]()

    def carry(self, message: OutboxMessage) -> None:
        """Take a claimed message out, or raise one of the above."""
        raise NotImplementedError

    def close(self) -> None:
        """The run is over."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
