"""The pages of cycle times: all products and stations, one of them with its histogram, and taking its average over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mesproject import csv_text
from mesproject.accounts.backends import may
from mesproject.formats import number
from mesproject.reports import budget
from mesproject.reports.cycle_summary import Histogram, histogram
from mesproject.reports.cycle_taking import foreseen, last_change, take, target_of
from mesproject.reports.cycle_times import MOST_STATION_DAYS, MOST_UNITS, Line, Product, Products, products
from mesproject.reports.definitions import definition_of
from mesproject.reports.how import places
from mesproject.reports.how_asked import Asked, BadQuestion, asked_of, ranges_of
from mesproject.reports.looking import looking, refused, user_of
from mesproject.reports.machinemetrics_entities import NONE
from production.errors import DomainError
from production.models import Sku, Station

KEPT = ("plant", "group", "station", "range", "from", "to")
# A page of all products looks at so many single units, one of a product at more.
MOST_UNITS_OF_ALL = 20_000
UNKNOWN = "UNKNOWN"
COLUMNS = (
    "sku_code", "sku_name", "station_code", "station_name", "units", "specified_ms", "specified_by", "average_ms",
    "median_ms", "best_ms", "spread_ms", "fastest_ms", "cycles", "performance_percent", "suspicious",
)  # fmt: skip


@require_safe
@looking
def overview(request: HttpRequest) -> HttpResponse:
    """All products of the stations and the time asked for."""
    asked, found = _found(request, most=MOST_UNITS_OF_ALL)
    doubtful = request.GET.get("only") == "suspicious"
    context = {
        "asked": asked, "kept": _kept(request), "ranges": ranges_of(asked), "places": places(request.GET, asked),
        "products": [product for product in found.made if product.is_doubtful or not doubtful],
        "only": doubtful, "doubtful": sum(product.is_doubtful for product in found.made), "all": len(found.made),
        "looked": found.looked, "follows": asked.follows(found.exact_until),
        "most": MOST_UNITS_OF_ALL, "unknown": UNKNOWN,
    }  # fmt: skip
    with timezone.override(asked.clock.tz):
        return render(request, "reports/cycle_times.html", context)


@require_safe
@looking
def one(request: HttpRequest) -> HttpResponse:
    """A product, on all its stations or on one: how long its cycles were, and what its average would change."""
    asked, found = _found_one(request)
    product = found.made[0]
    line = product.lines[0] if request.GET.get("station") else product.whole
    row, ms = target_of(line), round(line.average or 0)
    user = user_of(request)
    context = {
        "asked": asked, "kept": _kept(request), "of_it": _of(request, line), "ranges": ranges_of(asked),
        "product": product, "line": line,
        "looked": found.looked, "follows": asked.follows(found.exact_until),
        "most": MOST_UNITS, "days": MOST_STATION_DAYS, "unknown": UNKNOWN,
        "histogram": _drawn(line), "row": row, "ms": ms, "foreseen": foreseen(product, ms) if row and ms else [],
        "is_station": isinstance(row, Station), "before": row.cycle_time_ms if row else None,
        "changed": last_change(row) if row else None,
        "may_take": row is not None and may(user.role, "change", row._meta.label_lower),
        "elsewhere": _elsewhere(product, row, asked),
    }  # fmt: skip
    with timezone.override(asked.clock.tz):
        return render(request, "reports/cycle_time.html", context)


@require_POST
@looking
def take_over(request: HttpRequest) -> HttpResponse:
    """Let the SKU, or the station, have the time that was shown."""
    row = _row(request)
    if not may(user_of(request).role, "change", row._meta.label_lower):
        raise PermissionDenied(_("Your role does not set cycle times. Ask a member or an administrator."))
    try:
        ms, seen = _milliseconds(request, "ms"), _milliseconds(request, "seen")
        if take(row, ms, seen=seen, at=now()):
            messages.success(request, _taken(row, ms))
    except DomainError as error:
        return refused(request, error.detail, 409)
    return redirect(f"{reverse('cycles:cycle-time')}{_kept(request, 'sku')}")


@require_safe
@looking
def table(request: HttpRequest) -> HttpResponseBase:
    """The same as CSV: a line for each product on each station."""
    _asked, found = _found(request, most=MOST_UNITS)
    return StreamingHttpResponse(
        csv_text.lines(COLUMNS, _rows(found.made)), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="cycle-times.csv"'},
    )  # fmt: skip


# What is asked


def _found(request: HttpRequest, *, most: int) -> tuple[Asked, Products]:
    company = user_of(request).company
    asked = asked_of(company, request.GET, at=now())
    question = replace(asked.question, groups=("part", "machine"), only=_only(request))
    days = asked.range.window.duration // timedelta(days=1) + 1
    cost = budget.rows(("part",), stations=len(asked.stations), days=days, by_hour=False)
    with budget.within(cost):
        found = products(company, question, asked.range.window, definition_of(company), most=most)
    return asked, found


def _only(request: HttpRequest) -> dict[str, Sequence[Any]]:
    part = request.GET.get("sku", "")[:64]
    return {"part": ["" if part == UNKNOWN else part]} if part and "\x00" not in part else {}


def _found_one(request: HttpRequest) -> tuple[Asked, Products]:
    if not _only(request):
        raise Http404
    asked, found = _found(request, most=MOST_UNITS)
    if not found.made and asked.follows(found.exact_until):
        raise BadQuestion(_("It is being summed. Look again in a moment."))
    if not found.made:
        raise BadQuestion(_("Nothing of this was made there in that time."))
    return asked, found


def _row(request: HttpRequest) -> Sku | Station:
    """Whose time is to change: an SKU's, or that of a station of which nobody knows what it makes."""
    company, code = user_of(request).company, request.GET.get("sku", "")[:64]
    if "\x00" in code:
        raise Http404
    if code == UNKNOWN:
        place = request.GET.get("station", "")[:64]
        found = None if "\x00" in place else Station.objects.of(company).filter(code=place).first()
    else:
        found = Sku.objects.of(company).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _milliseconds(request: HttpRequest, name: str) -> int | None:
    """Whole milliseconds, or that there are none."""
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else 0


# What is shown


def _of(request: HttpRequest, line: Line) -> str:
    """Place, time and product, as pages of numbers are asked for them."""
    return f"{_kept(request)}&{urlencode({'only.part': line.part or NONE['part']})}"


def _drawn(line: Line) -> Histogram | None:
    seen = line.seen
    return histogram(
        line.lengths,
        {"specified": line.specified, "average": line.average, "median": seen.median if seen else None},
    )


def _elsewhere(product: Product, row: Sku | Station | None, asked: Asked) -> bool:
    """Whether the SKU may be made at stations that are not shown."""
    return isinstance(row, Sku) and len(asked.stations) < len(asked.everywhere)


def _taken(row: Sku | Station, ms: int | None) -> str:
    time = number(f"{(ms or 0) / 1000:g}")
    if ms is None:
        return _(
            "{name} has no cycle time of its own any more; its numbers are summed anew, the past too."
        ).format(name=row)
    if isinstance(row, Station):
        return _("{name} has a cycle time of {time} s; it holds from now on.").format(name=row, time=time)
    return _("{name} has a cycle time of {time} s; its numbers are summed anew, the past too.").format(
        name=row, time=time
    )


def _rows(found: Sequence[Product]) -> Iterator[list[Any]]:
    for product in found:
        for line in product.lines:
            seen, station, share = line.seen, line.station, line.performance
            assert station is not None
            yield [
                line.part or UNKNOWN, line.sku.name if line.sku else "", station.code, station.name, line.units,
                line.specified, " ".join(line.said_by), line.average,
                *((seen.median, seen.best, seen.spread, seen.fastest, seen.count) if seen else [None] * 5),
                None if share is None else 100 * share, "; ".join(doubt.word for doubt in line.doubts),
            ]  # fmt: skip


def _kept(request: HttpRequest, *more: str) -> str:
    """Place and time, for links."""
    kept = {name: request.GET[name] for name in (*more, *KEPT) if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else "?"
