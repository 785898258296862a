"""Tickets to the event stream: signed by a page, read by the live process without asking the database."""

from __future__ import annotations

from collections.abc import Sequence

from django.core import signing

SALT = "floorlight.live"
# A page of a wall is loaded anew each night; what is older belongs to nobody.
AGE = 36 * 3600


def ticket(stations: Sequence[int]) -> str:
    """A ticket to hear of these stations; whoever makes it has checked that the page may show them."""
    return signing.dumps(sorted(stations), salt=SALT, compress=True)


def stations_of(text: str) -> frozenset[int] | None:
    """The stations a ticket is for; None where it is not ours or too old."""
    try:
        return frozenset(signing.loads(text, salt=SALT, max_age=AGE))
    except (signing.BadSignature, ValueError):
        return None
