"""A station that is being set up: how long it has been, and how long that was to take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from production.models import JobRun
from production.models.live import Status
from production.windows import Window, intersection, total

SETUP = "setup"
# Running, but below its pace: only where time is drawn.
SLOW = "slow"
# What is truer of a station than that it is being set up.
ABOVE = (Status.NO_SIGNAL, Status.NOT_PLANNED)


@dataclass(frozen=True, slots=True)
class SettingUp:
    """So far, in time that is planned for production: nobody sets up in a break. `expected` is None where none says."""

    now: datetime
    length: timedelta
    expected: timedelta | None

    @property
    def since(self) -> datetime:
        """When it would have begun without a break."""
        return self.now - self.length

    @property
    def is_over(self) -> bool:
        """Whether it takes longer than it was to."""
        return self.expected is not None and self.length > self.expected


def setting_up(run: JobRun | None, planned: Iterable[Window], *, now: datetime) -> SettingUp | None:
    """How long a run has been set up; None where it is not."""
    if run is None or run.actual_start is None or not run.is_in_setup or now < run.actual_start:
        return None
    expected = run.effective_setup_ms
    return SettingUp(
        now,
        total(intersection([Window(run.actual_start, now)], planned)),
        None if expected is None else timedelta(milliseconds=expected),
    )


def label_of(state: str) -> str:
    """A state as people call it, in their language."""
    ours = {SETUP: _("Setup"), SLOW: _("Slow")}
    return ours.get(state) or str(Status(state).label)
