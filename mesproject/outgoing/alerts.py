"""Telling people of stops that go on and of calls for help.

Nothing is told because something happened: each few seconds it is asked what people should know by now and were
not told. So a stop that ends in time is never told, and what is told survives any worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from downtime.models import Issue, IssueEvent
from mesproject.accounts.languages import language_of
from mesproject.accounts.models import Company
from mesproject.outgoing import letters
from mesproject.outgoing.models import Message, Notice
from mesproject.outgoing.people import Reader, readers
from mesproject.outgoing.templatetags.told import MINUTE_MS, length
from production.models import Station

# What began earlier is no news: nobody who subscribes today is told of last week.
FRESH = timedelta(days=1)
# A mail that could not be sent for so long is not sent any more.
STALE = timedelta(hours=2)
KEPT = timedelta(days=30)
MOST_LINES = 50
MINUTE = timedelta(minutes=1)
# One teller at a time; any number that is ours.
LOCK = 0x666C_0001


@dataclass(frozen=True, slots=True)
class Line:
    """One issue as a mail tells it, on its plant's clock."""

    issue: Issue
    now: datetime
    caller: str = ""  # who asked for help

    @property
    def station(self) -> Station:
        """Where it is."""
        return self.issue.station

    @property
    def said(self) -> str:
        """What is the matter: stopped, or what somebody raised by hand."""
        stopped = self.issue.kind == Issue.Kind.STOP
        return pgettext("a station", "stopped") if stopped else self.issue.get_kind_display()

    @property
    def since(self) -> str:
        """When it began, on the wall."""
        return f"{self.issue.started_at.astimezone(self.station.group.plant.tz):%H:%M}"

    @property
    def lasted(self) -> str:
        """How long it has gone on, in whole minutes."""
        return length(self.issue.duration(self.now) // MINUTE * MINUTE_MS)

    @property
    def back(self) -> str:
        """When somebody said that it would be over, on the wall; empty where nobody did."""
        end = self.issue.estimated_end_at
        return f"{end.astimezone(self.station.group.plant.tz):%H:%M}" if end else ""

    @property
    def is_overdue(self) -> bool:
        """Whether it should be over by now."""
        end = self.issue.estimated_end_at
        return end is not None and end <= self.now


def tell(*, now: datetime) -> int:
    """Write a mail to everybody who should know something by now; return how many mails those are."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [LOCK])
            if not cursor.fetchone()[0]:
                return 0
        return sum(_tell(company, issues, now) for company, issues in _going_on(now).items())


def forget(*, now: datetime) -> None:
    """Drop what was told long ago."""
    Notice.objects.filter(at__lt=now - KEPT).delete()


def _going_on(now: datetime) -> dict[Company, list[Issue]]:
    fresh = Q(raised_at__gt=now - FRESH) | Q(escalated_at__gt=now - FRESH)
    issues = (
        Issue.objects.ongoing()
        .filter(fresh, raised_at__lte=now, excluded_at=None)
        .order_by("started_at", "pk")
    )
    found: dict[Company, list[Issue]] = {}
    for issue in issues.select_related(
        "station__group__plant", "station__company", "cause", "owner", "owner_user"
    ):
        found.setdefault(issue.station.company, []).append(issue)
    return found


def _tell(company: Company, issues: Sequence[Issue], now: datetime) -> int:
    calls = [issue for issue in issues if issue.escalated_at and issue.escalated_at > now - FRESH]
    telling = _Telling(company, issues, calls, now)
    called: set[tuple[int, int]] = set()
    for reader in readers(company, Message.ESCALATIONS) if calls else ():
        called |= {(reader.user.pk, issue.pk) for issue in calls if reader.cares_for(issue.station.group)}
        telling.write(reader, Message.ESCALATIONS, _awaited(reader, calls, now))
    for reader in readers(company, Message.ALERTS):
        # Who is called for help knows that it stands.
        others = (issue for issue in issues if (reader.user.pk, issue.pk) not in called)
        telling.write(reader, Message.ALERTS, _late(reader, _awaited(reader, others, now), now))
    return telling.mails


def _awaited(reader: Reader, issues: Iterable[Issue], now: datetime) -> list[Issue]:
    """What concerns a reader who may be disturbed."""
    return [
        issue
        for issue in issues
        if reader.cares_for(issue.station.group)
        and not reader.subscription.is_quiet(now, issue.station.group.plant.tz)
    ]


def _late(reader: Reader, issues: Iterable[Issue], now: datetime) -> list[Issue]:
    """Those that have gone on for longer than he wants to wait."""
    delay = timedelta(minutes=reader.subscription.alert_after)
    return [issue for issue in issues if issue.raised_at > now - FRESH and issue.started_at + delay <= now]


class _Telling:
    """What the people of a company were told, and are told now."""

    def __init__(
        self, company: Company, issues: Sequence[Issue], calls: Sequence[Issue], now: datetime
    ) -> None:
        abouts = [_about(Message.ALERTS, issue) for issue in issues]
        abouts += [_about(Message.ESCALATIONS, issue) for issue in calls]
        told = Notice.objects.filter(user__company=company, about__in=abouts)
        self._known = set(told.values_list("user_id", "about"))
        events = IssueEvent.objects.filter(issue__in=calls, kind=IssueEvent.Kind.ESCALATED).order_by("pk")
        self._calls = {event.issue_id: event for event in events.select_related("user", "operator", "device")}
        self._now = now
        self.mails = 0

    def write(self, reader: Reader, message: Message, issues: Sequence[Issue]) -> None:
        """One mail for all that is new; nothing where he knows it all."""
        user = reader.user
        new = {
            about: issue for issue in issues if (user.pk, about := _about(message, issue)) not in self._known
        }
        if not new:
            return
        notices = Notice.objects.bulk_create(Notice(user=user, about=about, at=self._now) for about in new)
        with override(language_of(user)):
            lines = [Line(issue, self._now, self._caller(issue)) for issue in new.values()]
            self.mails += letters.send(
                user, message, key=f"{message.value}:{notices[0].pk}", subject=_subject(message, lines),
                context={"lines": lines[:MOST_LINES], "more": len(lines) - MOST_LINES, "count": _stations(lines)},
                at=self._now, expires_at=self._now + STALE,
            )  # fmt: skip

    def _caller(self, issue: Issue) -> str:
        """Who asked for help, or what the clock says of it."""
        call = self._calls.get(issue.pk)
        return "" if call is None else f"{call.by} ({call.told})" if call.text else call.by


def _about(message: Message, issue: Issue) -> str:
    """What makes it news: a stop once, a call for help each time somebody calls.

    A part that was cut from a stop is no news: it was raised, and help called, with the whole.
    """
    call = issue.escalated_at if message == Message.ESCALATIONS else None
    return f"{message.value}:{issue.station_id}:{issue.kind}:{(call or issue.raised_at).isoformat()}"


def _subject(message: Message, lines: Sequence[Line]) -> str:
    calls = message == Message.ESCALATIONS
    if (count := _stations(lines)) > 1:
        return (_("Help needed at {count} stations") if calls else _("Waiting at {count} stations")).format(
            count=count
        )
    said = _("{station}: help needed, {what} for {time}") if calls else _("{station}: {what} for {time}")
    return said.format(station=lines[0].station.name, what=lines[0].said, time=lines[0].lasted)


def _stations(lines: Sequence[Line]) -> int:
    """At how many something is the matter; at one it may be more than one thing."""
    return len({line.station.pk for line in lines})
