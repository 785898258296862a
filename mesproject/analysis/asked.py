"""What a page of the analysis is asked, by whom, and how it answers: as a page or as CSV."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mesproject.accounts.models import Company, User
from mesproject.analysis.figure import Page, Switch, csv_of
from mesproject.analysis.navigation import links
from mesproject.reports import budget
from mesproject.reports.asking import Answer, Beyond, beyond, losses, production
from mesproject.reports.definition import Definition
from mesproject.reports.definitions import definition_of
from mesproject.reports.how import places
from mesproject.reports.how_asked import PLACES, Asked, BadQuestion, asked_of, not_one_of, ranges_of
from mesproject.reports.looking import looking, user_of
from mesproject.reports.measures import Measures
from mesproject.reports.metric import Metric
from mesproject.reports.metrics import needed

KEPT = ("plant", "group", "station", "range", "from", "to")
# What a choice of time is called where it is told by two days.
DATES = "dates"


@dataclass(frozen=True)
class Look:
    """Who looks, at which stations and what time, and what else the address says."""

    user: User
    asked: Asked
    definition: Definition
    query: Mapping[str, str]

    @property
    def company(self) -> Company:
        """Whose numbers they are."""
        return self.user.company

    @property
    def kept(self) -> str:
        """Place and time, for links to other pages."""
        return _address({name: self.query[name] for name in KEPT if self.query.get(name)})

    @cached_property
    def _beyond(self) -> Beyond:
        # A page has figures of operators, too.
        return beyond(replace(self.asked.question, groups=("operator",)))

    @property
    def follows(self) -> bool:
        """Whether some of the sums that it told are being made anew, so that they may change."""
        known: Beyond | None = vars(self).get("_beyond")  # a page that tells stories alone has asked for none
        return known is not None and self.asked.follows(known.late.exact_until)

    def production(
        self, *groups: str, metrics: Iterable[Metric], only: Mapping[str, Collection[Any]] | None = None
    ) -> Answer[Measures]:
        """The sums that metrics are computed from, of each group."""
        question = replace(self.asked.question, groups=groups, only=only or {})
        return production(question, needed(metrics, self.definition), self._beyond)

    def losses(
        self, kind: str, *groups: str, only: Mapping[str, Collection[Any]] | None = None
    ) -> dict[tuple[Any, ...], tuple[float, int]]:
        """Amount and number of stops (downtime) or declarations (rejects) of each group."""
        question = replace(self.asked.question, groups=groups, only=only or {})
        return dict(losses(question, kind, self._beyond))

    def link(self, route: str = "", /, **changes: str | None) -> str:
        """This address with some changes, or another page with the same filters; None takes a filter away."""
        said = {**self.query, **changes}
        told = _address(
            {name: value for name, value in said.items() if value and name not in ("format", "figure")}
        )
        return (reverse(route) if route else "") + (told or ("" if route else "?"))

    def one_of(self, name: str, choices: Sequence[str]) -> str:
        """What the address chooses; the first where it says nothing, BadQuestion where it says anything else."""
        said = self.query.get(name) or choices[0]
        if said not in choices:
            raise BadQuestion(not_one_of(name, choices))
        return said

    def switch(self, name: str, word: str, choices: Mapping[str, str]) -> Switch:
        """A choice among ways to look, as links."""
        chosen = self.one_of(name, list(choices))
        first = next(iter(choices))
        options = [
            (text, self.link(**{name: None if code == first else code}), code == chosen)
            for code, text in choices.items()
        ]
        return Switch(word, options)


Maker = Callable[..., Page]
View = Callable[..., HttpResponseBase]


def analysing_of(otherwise: str) -> Callable[[Maker], View]:
    """A view of what a function makes of a look: a page, or with `format=csv` one figure's rows. Where the address says
    no time, it is `otherwise`; where that is empty, it is the last days.
    """

    def decorated(make: Maker) -> View:
        @require_safe
        @looking
        @wraps(make)
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            look = look_of(request, at=now(), otherwise=otherwise)
            with budget.within(_cost(look.asked)), timezone.override(look.asked.clock.tz):
                return answered(request, look, make(look, **kwargs))

        return view

    return decorated


analysing = analysing_of("")


def look_of(request: HttpRequest, *, at: datetime, otherwise: str = "") -> Look:
    """What a request asks, or BadQuestion."""
    user, query = user_of(request), said_in(request.GET)
    if otherwise and not query.keys() & {"range", "from", "to"}:
        query["range"] = otherwise
    return Look(user, asked_of(user.company, query, at=at), definition_of(user.company), query)


def said_in(query: Mapping[str, str]) -> dict[str, str]:
    """The address without what is empty. The filter's form tells the time twice: what has changed of it counts, which
    `was`, the choice that it showed, tells apart.
    """
    found = {name: value for name in query if (value := query[name].strip()[:128]) and "\x00" not in value}
    was, chosen = found.pop("was", None), found.get("range")
    has_dates = "from" in found and "to" in found
    if chosen == DATES or (chosen and chosen == was and has_dates):
        del found["range"]
    elif chosen and was:
        found = {name: value for name, value in found.items() if name not in ("from", "to")}
    return found


def answered(request: HttpRequest, look: Look, page: Page) -> HttpResponseBase:
    """The page, or the rows of one of its figures."""
    if look.query.get("format") == "csv":
        wanted = look.query.get("figure", "")
        found = [figure for figure in page.figures if wanted in ("", figure.code)]
        if not found:
            raise BadQuestion(_("There is no such figure."))
        return csv_of(found[0], page.code)
    return render(request, page.template, {**framed(look, page.code), "page": page, **page.more})


def framed(look: Look, code: str) -> dict[str, Any]:
    """What the frame of a page needs: navigation and filters."""
    own = {name: value for name, value in look.query.items() if name not in (*KEPT, "format", "figure")}
    return {
        "look": look,
        "asked": look.asked,
        "kept": look.kept,
        "navigation": list(links(code, look.kept)),
        "places": _places(look),
        "ranges": _ranges(look.asked),
        "chosen": look.asked.code if look.asked.is_named else DATES,
        "place": look.asked.place if any(name in look.query for name in PLACES) else "",
        "own": own,
    }


def _places(look: Look) -> list[tuple[str, str, str, list[tuple[str, str, bool]]]]:
    words = {
        "plant": (_("Plant"), _("All plants")),
        "group": (_("Group"), _("All groups")),
        "station": (_("Station"), _("All stations")),
    }
    return [(kind, *words[kind], choices) for kind, _all, choices in places(look.query, look.asked)]


def _ranges(asked: Asked) -> list[tuple[str, str, bool]]:
    """The choices of time, and the one of two days."""
    named = [one for one in ranges_of(asked) if asked.is_named or one[0] != asked.code]
    return [*named, (DATES, _("From … to …"), not asked.is_named)]


def _cost(asked: Asked) -> int:
    days = asked.range.window.duration // timedelta(days=1) + 1
    return budget.rows(("part",), stations=len(asked.stations), days=days, by_hour=False)


def _address(said: Mapping[str, str]) -> str:
    return f"?{urlencode(said)}" if said else ""
