"""Which notes of earlier shifts stand on top of a station's tablet."""

from __future__ import annotations

from datetime import datetime

from production.models import ShiftNote, Station
from scheduling.calendar import Shift


def notes_to_read(station: Station) -> list[ShiftNote]:
    """All that nobody has read, the oldest first."""
    return list(ShiftNote.objects.filter(station=station).unread().with_people())


def handed_over(notes: list[ShiftNote], shift: Shift | None, *, now: datetime) -> list[ShiftNote]:
    """Those of them that were not written in the shift that goes on; all, where none is known.

    `shift` is the present one, else the last one: when it is over, whoever comes is the next.
    """
    if shift is None:
        return notes
    since = shift.window.end if shift.window.end <= now else shift.window.start
    return [note for note in notes if note.written_at < since]
