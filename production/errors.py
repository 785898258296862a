"""Refusals that belong to the domain, not to a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class DomainError(Exception):
    """A rule of the plant says no. `code` is for programs, the sentence for people."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str | _StrPromise] = _("This cannot be done.")

    def __init__(self, detail: str | _StrPromise | None = None) -> None:
        self.detail = str(detail or self.sentence)
        super().__init__(self.detail)
