"""Refusals that belong to the domain, not to a protocol."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """A rule of the plant says no. `code` is for programs, the sentence for people."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This cannot be done."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or self.sentence
        super().__init__(self.detail)
