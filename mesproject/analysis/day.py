"""The page of a station's day, and of each part of it down to the single signal."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mesproject.analysis import asked
from mesproject.analysis.charts import LEFT, RIGHT
from mesproject.analysis.day_figures import figures, strips_of, tiles
from mesproject.analysis.day_reading import Day, Look, instant, look_at, read
from mesproject.analysis.figure import Page
from mesproject.analysis.zoom import moves
from mesproject.reports.looking import looking, user_of
from production.windows import Window


@require_safe
@looking
def day(request: HttpRequest, code: str) -> HttpResponseBase:
    """A day, or the part of it that the address says."""
    company, query = user_of(request).company, asked.said_in(request.GET)
    look = look_at(company, code, query, at=now())
    with timezone.override(look.station.plant.tz):
        found = read(company, look)
        told = {"station": look.station.code, **look.times}
        told |= {name: query[name] for name in ("format", "figure") if name in query}
        page = Page(
            code="day",
            title=look.station.name,
            lead=_("What it did, made and used, and where it stood still."),
            figures=list(figures(found)),
            tiles=list(tiles(found)),
            back=(_("Overview"), reverse("analysis:start")),
            template="analysis/day.html",
            more={
                "day": look,
                "strips": strips_of(found),
                "zoom": _zoom(look),
                **_ways(look),
                "stations": _stations(found),
            },
        )
        frame = asked.Look(user_of(request), found.asked, found.definition, told)
        return asked.answered(request, frame, page)


def _ways(look: Look) -> dict[str, Any]:
    """Where the buttons lead."""
    went = moves(look.seen, look.whole)
    to = {name: _part(getattr(went, name)) for name in ("closer", "wider", "earlier", "later")}
    days = {"before": _day(look.neighbour(-1)), "after": _day(look.neighbour(1))}
    return {"ways": to, "days": days}


def _zoom(look: Look) -> dict[str, str]:
    """What the script needs to know of the drawing, as numbers that no language writes otherwise."""
    return {
        "from": f"{look.seen.start.timestamp():.3f}",
        "length": f"{look.seen.duration.total_seconds():.3f}",
        "left": str(LEFT),
        "right": str(RIGHT),
    }


def _part(window: Window | None) -> str:
    return "?" + urlencode({"from": instant(window.start), "to": instant(window.end)}) if window else ""


def _day(day: date | None) -> str:
    return f"?date={day}" if day else ""


def _stations(found: Day) -> list[tuple[str, str, bool]]:
    """The others to look at, on the same day."""
    return [
        (reverse("analysis:day", args=[one.code]), one.name, one == found.look.station)
        for one in found.asked.everywhere
        if one.archived_at is None or one == found.look.station
    ]
