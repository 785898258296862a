"""That screens live, written down once a minute for all of a process: three hundred ask every few seconds."""

from __future__ import annotations

from datetime import datetime
from threading import Lock

from django.utils.timezone import now

from mesproject.accounts.models import Device
from mesproject.accounts.models.devices import SEEN_EVERY


class SignsOfLife:
    """The tokens of devices that asked and were not written down yet, by their digests."""

    def __init__(self) -> None:
        self._digests, self._due, self._lock = set[str](), now() + SEEN_EVERY, Lock()

    def add(self, digest: str, *, at: datetime) -> None:
        """One of them asked."""
        with self._lock:
            self._digests.add(digest)
            if at < self._due:
                return
            seen, self._digests, self._due = self._digests, set(), at + SEEN_EVERY
        Device.objects.active().filter(digest__in=seen).seen(at=at)
