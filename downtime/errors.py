"""What a plant's rules refuse; the edge turns these into answers a person can read."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from production.errors import DomainError


class IssueWithdrawn(DomainError):
    """The stop is none any more: data that came late shows that the station ran, or it was merged into another."""

    code = "issue_withdrawn"
    sentence = _("This was no stop after all: late data shows that the station ran.")


class IssueClosed(DomainError):
    """It is over, and nothing is left to be done about it."""

    code = "issue_closed"
    sentence = _("This is over already.")


class IssueOpen(DomainError):
    """It asks already; there is nothing to re-open."""

    code = "issue_open"
    sentence = _("This is open: nobody has explained, excluded or closed it.")


class AlreadyOpen(DomainError):
    """The station has one of this kind at that time."""

    code = "already_open"
    sentence = _("This station has an open issue of this type already.")


class MachineDecides(DomainError):
    """A stop begins and ends with signals, not by hand."""

    code = "machine_decides"
    sentence = _("A stop ends by itself, with the next sign of work.")


class NoSuchCut(DomainError):
    """A stop cannot be split there."""

    code = "outside_of_stop"
    sentence = _("At that time the station did not stand still in this stop.")


class NoNeighbours(DomainError):
    """Only what was split can be merged."""

    code = "no_neighbours"
    sentence = _("Only two parts of one stop that follow each other can be merged.")


class BadEstimate(DomainError):
    """An end that nobody can mean."""

    code = "bad_estimate"
    sentence = _("An estimate lies ahead, by seven days at most.")


class TextTooLong(DomainError):
    """More than anybody reads."""

    code = "text_too_long"
    sentence = _("A note has at most 2,000 characters.")


class CauseNotUsable(DomainError):
    """A cause that must not be chosen: another company's, or one out of use."""

    code = "cause_not_usable"
    sentence = _("This cause is out of use. Choose another one.")


class AlreadyAnswered(DomainError):
    """Somebody else was faster."""

    code = "already_answered"

    def __init__(self, by: str) -> None:
        self.by = by
        told = gettext("Already answered by {by}.").format(by=by) if by else ""
        super().__init__(told or gettext("Already answered by somebody else."))
