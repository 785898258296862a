"""A report as a mail: its table, bars of coloured cells in place of the chart, and links to the report and its file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from mesproject.accounts import outbox
from mesproject.accounts.languages import language_of
from mesproject.accounts.models import User
from mesproject.analysis.builder.answering import Answer, Prepared
from mesproject.analysis.builder.models import Recipient, Sending
from mesproject.analysis.builder.words import GROUPS, entity_word, number_word, value_word

LEAVING, READING = "builder.leave", "builder.mailed"
# How long the file of a mail can be had, and what fits a mail: more is in the file.
FILE_KEPT = timedelta(days=30)
MOST_ROWS, MOST_NUMBERS, MOST_BARS = 60, 4, 12


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail is to; `recipient` may leave."""

    email: str
    user: User | None = None
    recipient: Recipient | None = None

    @property
    def name(self) -> str:
        """What tells his mail from others'."""
        return f"r{self.recipient.pk}" if self.recipient else f"u{self.user.pk if self.user else 0}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the chart: how long its bar is, in percent of the longest."""

    name: str
    text: str
    percent: int

    @property
    def rest(self) -> int:
        """What is left of the longest's length."""
        return 100 - self.percent


def send(
    sending: Sending, reader: Reader, ready: Prepared, answer: Answer, *, at: datetime, expires_at: datetime
) -> bool:
    """Write a mail into the outbox, in the caller's transaction; whether it was not there before."""
    if not reader.email:
        return False
    report, tz = sending.report, ready.asked.clock.tz
    with translation.override(language_of(reader.user or report.owner)), timezone.override(tz):
        subject = f"{report.name}: {_span(ready)}"
        context = {
            "subject": subject,
            "report": report,
            "span": _span(ready),
            "zone": str(tz),
            "place": ready.asked.place,
            **_links(sending, reader),
            **_told(ready, answer),
        }
        body, html = (render_to_string(f"analysis/mail/report.{kind}", context) for kind in ("txt", "html"))
    return outbox.write(
        report.company, key=f"report:{sending.key}:{reader.name}", recipient=reader.email, subject=subject,
        body=body, html=html, headers=outbox.by_a_program(context["leave"]), at=at, expires_at=expires_at,
    )  # fmt: skip


def tell_owner(sending: Sending, why: str, *, at: datetime) -> None:
    """That a report is not mailed, and why."""
    owner = sending.report.owner
    if not (owner.email and owner.is_active):
        return
    with translation.override(language_of(owner)):
        subject = _("Not mailed: %(report)s") % {"report": sending.report.name}
        context = {
            "why": _(why),
            "report": sending.report,
            "link": _site("builder:saved", sending.report.uuid),
        }
        body = render_to_string("analysis/mail/paused.txt", context)
    outbox.write(
        sending.report.company, key=f"report:{sending.key}:owner", recipient=owner.email, subject=subject,
        body=body, headers=outbox.by_a_program(), at=at,
    )  # fmt: skip


def _span(ready: Prepared) -> str:
    """The time of a report, as short as it can be said."""
    if days := ready.asked.range.days:
        first, last = (date_format(day, "D Y-m-d") for day in days)
        return first if first == last else f"{first} – {last}"
    window = ready.asked.range.window
    return " – ".join(
        date_format(timezone.localtime(edge), "Y-m-d H:i") for edge in (window.start, window.end)
    )


def _links(sending: Sending, reader: Reader) -> dict[str, str]:
    recipient, report = reader.recipient, sending.report
    return {
        "link": _site("builder:saved", report.uuid) if reader.user else "",
        "file": _site("builder:mailed", signing.dumps([sending.pk, reader.name], salt=READING)),
        "leave": _site("builder:leave", signing.dumps(recipient.pk, salt=LEAVING)) if recipient else "",
    }


def _site(route: str, *args: Any) -> str:
    return settings.SITE_URL + reverse(route, args=args)


def _told(ready: Prepared, answer: Answer) -> dict[str, Any]:
    tz, currency = ready.asked.clock.tz, ready.question.definition.currency
    numbers = answer.numbers[:MOST_NUMBERS]

    def written(values: list[Any]) -> list[str]:
        pairs = zip(numbers, values, strict=False)
        return [value_word(value, number.unit, tz, currency) for number, value in pairs]

    rows = [
        ([entity_word(*one, tz) for one in zip(answer.groups, ids, names, strict=True)], written(values))
        for names, ids, values in islice(answer.rows, MOST_ROWS)
    ]
    return {
        "groups": [str(GROUPS[group]) for group in answer.groups],
        "heads": [number_word(number.name) for number in numbers],
        "rows": rows if answer.groups else [],
        "total": written(answer.total),
        "more_rows": max(answer.count - MOST_ROWS, 0),
        "more_numbers": max(len(answer.numbers) - MOST_NUMBERS, 0),
        "bars": _bars(answer, rows),
        "follows": ready.follows(answer),
    }


def _bars(answer: Answer, rows: list[tuple[list[str], list[str]]]) -> list[Bar]:
    """The first number of the first rows; a share is a share of the whole bar, all else of the longest."""
    if not answer.groups or not answer.numbers or answer.numbers[0].unit == "instant":
        return []
    values = [value or 0 for value in answer.values[0][:MOST_BARS]]
    most = max((abs(value) for value in values), default=0)
    if most and answer.numbers[0].unit == "ratio":
        most = max(most, 1)
    if len(values) < 2 or not most:
        return []
    return [
        Bar(" · ".join(names), told[0], max(1, round(100 * abs(value) / most)))
        for value, (names, told) in zip(values, rows, strict=False)
    ]


# What links open


def leaver(token: str) -> Recipient | None:
    """Who leaves by a link; None where we made no such link, or he is no more."""
    pk = _opened(token, LEAVING, None)
    found = Recipient.objects.filter(pk=pk) if isinstance(pk, int) else Recipient.objects.none()
    return found.select_related("mailing__report").first()


def mailed(token: str) -> Sending | None:
    """The turn whose file a link opens; None where it is not good, or who has it may not read it any more."""
    found = _opened(token, READING, FILE_KEPT)
    if not isinstance(found, list) or len(found) != 2:
        return None
    pk, name = found
    sending = Sending.objects.filter(pk=pk, report__deleted_at=None).select_related("report__company").first()
    return sending if sending and _still_reads(sending, str(name)) else None


def _still_reads(sending: Sending, name: str) -> bool:
    if name.startswith("u"):
        return sending.only_to is not None and sending.only_to.is_active
    rows = Recipient.objects.filter(pk=name[1:], mailing=sending.mailing).select_related("user")
    return any(row.email for row in rows)


def _opened(token: str, salt: str, max_age: timedelta | None) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=max_age)
    except signing.BadSignature:
        return None
