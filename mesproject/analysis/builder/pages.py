"""The page of a report: what is asked, the answer as chart and table, and the call that fetches the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mesproject import csv_text
from mesproject.accounts.backends import may
from mesproject.accounts.models import Role, User
from mesproject.analysis.asked import Look, framed
from mesproject.analysis.builder import running
from mesproject.analysis.builder.answering import Answer, Prepared, prepared
from mesproject.analysis.builder.call import Call
from mesproject.analysis.builder.choices import choices_of
from mesproject.analysis.builder.models import SavedReport
from mesproject.analysis.builder.picture import picture
from mesproject.analysis.builder.question import DEFAULT, Report, said, unfolded
from mesproject.analysis.builder.words import GROUPS, entity_word, number_word, value_word
from mesproject.reports.looking import looking, user_of

# So many rows are shown; all of them are in the file.
MOST_ROWS = 300
# What the address of a page says beside the report.
BESIDE = ("saved", "q", "format", "csrfmiddlewaretoken")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and where it is told how it is computed."""

    text: str
    how: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table as it is shown."""

    names: Sequence[str]
    cells: Sequence[Cell]


@require_safe
@looking
def report(request: HttpRequest) -> HttpResponseBase:
    """The report of the address; with `format=csv` its rows. One that takes long is worked out in the background."""
    pairs = [(name, value) for name in request.GET for value in request.GET.getlist(name)]
    beside = {name: value.strip()[:128] for name, value in pairs if name in BESIDE and value.strip()}
    asked = [(name, value) for name, value in pairs if name not in BESIDE]
    if not asked:
        return redirect(address_of(DEFAULT, **beside))
    if "ask" in request.GET:
        return redirect(address_of(_read_form(asked), **beside))
    user, wanted = user_of(request), said(asked)
    ready = prepared(user.company, wanted, at=now())
    answer = running.at_once(ready)
    if answer is None:
        return redirect("builder:run", running.begin(user, wanted, at=now()).uuid)
    if beside.get("format") == "csv":
        return csv_of(answer, wanted.of)
    return shown(request, ready, answer, beside)


def address_of(report: Report, **beside: str) -> str:
    """The address of a report's page."""
    more = f"&{urlencode(beside)}" if beside else ""
    return f"{reverse('builder:report')}?{report.text}{more}"


def _read_form(pairs: Sequence[tuple[str, str]]) -> Report:
    """What the form asks. A group that the chosen kind of report does not have is left out."""
    told = unfolded(pairs)
    if dict(told).get("of", "production") == "production":
        told = [(name, value) for name, value in told if (name, value) != ("by", "reason")]
    return said(told)


def csv_of(answer: Answer, name: str) -> StreamingHttpResponse:
    """The rows as a file."""
    return StreamingHttpResponse(
        csv_text.lines(answer.columns, answer.lines()), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )  # fmt: skip


# What is shown


def shown(
    request: HttpRequest, ready: Prepared, answer: Answer, beside: Mapping[str, str], **more: Any
) -> HttpResponse:
    """The page."""
    user, wanted = user_of(request), ready.report
    definition, tz = ready.question.definition, ready.asked.clock.tz
    look = Look(user, ready.asked, definition, dict(wanted.when))
    kept = _saved(user, beside.get("saved", ""))
    with timezone.override(tz):
        drawn = picture(answer, tz, definition.currency) if wanted.chart != "none" else None
        context = {
            **framed(look, "report"),
            "report": wanted,
            "answer": answer,
            "figure": {"title": _("Chart of the report")},
            "group_words": [GROUPS[group] for group in answer.groups],
            "choices": choices_of(user.company, wanted, beside.get("q", "")),
            "picture": drawn,
            "heads": [(number_word(one.name), how_link(one.metric, ready, {})) for one in answer.numbers],
            "lines": list(_lines(ready, answer, definition.currency)),
            "follows": ready.follows(answer),
            "totals": list(_total(ready, answer, definition.currency)),
            "most": MOST_ROWS,
            "call": (call := Call(wanted.of, ready.body)),
            "curl": call.curl(settings.SITE_URL),
            "may_keep": may_keep(user),
            "saved": kept,
            "is_mine": kept is not None and may_change(user, kept),
            "is_as_kept": kept is None or kept.asks == wanted.text,
            "mail_key": uuid4(),
            "here": address_of(wanted),
            **more,
        }
        return render(request, "analysis/builder.html", context)


def may_keep(user: User) -> bool:
    """Whether somebody's role keeps reports and has them mailed."""
    return may(user.role, "change", "builder.savedreport")


def may_change(user: User, report: SavedReport) -> bool:
    """Whether it is his, or he looks after the company."""
    return may_keep(user) and (report.owner_id == user.pk or user.role == Role.ADMINISTRATOR)


def _saved(user: User, uuid: str) -> SavedReport | None:
    """The kept report that the page is about."""
    seen = SavedReport.objects.seen_by(user).there().select_related("owner")
    return next((one for one in seen if str(one.uuid) == uuid), None) if uuid else None


def _lines(ready: Prepared, answer: Answer, currency: str | None) -> Iterator[Line]:
    tz = ready.asked.clock.tz
    for names, ids, values in islice(answer.rows, MOST_ROWS):
        told = [entity_word(*one, tz) for one in zip(answer.groups, ids, names, strict=True)]
        only = dict(zip(answer.groups, _filters(answer, ids, names), strict=True))
        yield Line(told, list(_cells(ready, answer, values, only, currency)))


def _filters(answer: Answer, ids: Sequence[str], names: Sequence[str]) -> list[str]:
    """By what a row's groups are asked for: days by their dates, all else by ids."""
    dated = ("day", "week", "month")
    return [
        name if group in dated else id_ for group, id_, name in zip(answer.groups, ids, names, strict=True)
    ]


def _total(ready: Prepared, answer: Answer, currency: str | None) -> Iterator[Cell]:
    return _cells(ready, answer, answer.total, {}, currency)


def _cells(
    ready: Prepared, answer: Answer, values: Sequence[Any], only: Mapping[str, str], currency: str | None
) -> Iterator[Cell]:
    tz = ready.asked.clock.tz
    for number, value in zip(answer.numbers, values, strict=True):
        yield Cell(value_word(value, number.unit, tz, currency), how_link(number.metric, ready, only))


def how_link(metric: str, ready: Prepared, only: Mapping[str, str]) -> str:
    """Where it is told how a number came about, for exactly these places, this time and these values."""
    narrowed = ready.report.narrowed.to(**only)
    places = [(name, value) for name, value in ready.report.when if name in ("plant", "group", "station")]
    pairs = [*places, *_edges(ready), *narrowed.pairs]
    return f"{reverse('reports:number', args=[metric])}?{urlencode(pairs)}"


def _edges(ready: Prepared) -> list[tuple[str, str]]:
    """The time of a report by its edges, which mean the same tomorrow."""
    body = ready.body
    if "startDay" in body:
        return [("from", body["startDay"]), ("to", body["endDay"])]
    return [("from", body["start"]), ("to", body["end"])]
