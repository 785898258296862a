"""“How is this computed?”: every number with its formula, and with the actual numbers in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from mesproject.accounts.models import Role
from mesproject.accounts.viewers import Viewer, viewing
from mesproject.formats import number as written
from mesproject.formats import spoken
from mesproject.reports import budget, how_single
from mesproject.reports.asking import exact_until, production
from mesproject.reports.definition import CHOICES, DEFAULT, Definition, sentences
from mesproject.reports.definitions import definition_of
from mesproject.reports.explain import (
    NO_ANSWER,
    Step,
    chain,
    flagged,
    measures_in,
    percent,
    plain,
    said,
    steps,
    switches,
    unit_of,
)
from mesproject.reports.how_asked import Asked, BadQuestion, asked_of, ranges_of
from mesproject.reports.measure_words import MEANINGS
from mesproject.reports.measures import Measures, total
from mesproject.reports.metric import WORD, Metric
from mesproject.reports.metric_names import NAMES
from mesproject.reports.metrics import GROUPS, METRICS, in_dialect
from mesproject.reports.metrics_machinemetrics import ALIASES
from mesproject.reports.narrowing import Narrowed, narrowed, narrowing_in, narrows
from mesproject.reports.single_numbers import GROUPS as SINGLE_GROUPS
from mesproject.reports.single_numbers import SINGLES, Single

KEPT = ("plant", "group", "station", "range", "from", "to")
DIALECTS = {"machinemetrics": "MachineMetrics", "busroot": "Busroot"}
# Those that are words; the others are the same in every language.
UNITS = {
    "ratio": pgettext_lazy("unit", "ratio"), "units": pgettext_lazy("unit", "units"),
    "units/h": pgettext_lazy("unit", "units/h"), "kWh/unit": pgettext_lazy("unit", "kWh/unit"),
    "money": pgettext_lazy("unit", "money"), "count": pgettext_lazy("unit", "count"),
    "instant": pgettext_lazy("unit", "instant"),
}  # fmt: skip
IN_PERCENT = ("performance_cap", "oee_warning", "oee_failure", "parts_goal_warning", "parts_goal_failure")


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch of the definition, as it stands."""

    name: str
    value: str
    sentence: str
    is_ours: bool


# Pages


@require_safe
@never_cache
@viewing
def numbers(request: HttpRequest) -> HttpResponse:
    """All numbers by group, or those in which a word occurs."""
    wanted = request.GET.get("q", "").strip()[:64]
    groups = {title: [one for one in group if _is_about(one, wanted)] for title, group in GROUPS.items()}
    definition = definition_of(_viewer(request).company)
    found = {
        _(title): [(one, _(NAMES[one.name]), one.worded(definition)) for one in group]
        for title, group in groups.items()
        if group
    } | _singles(wanted)
    count, known = sum(map(len, found.values())), len(METRICS) + len(SINGLES)
    context = {"groups": found, "wanted": wanted, "count": count, "all": known, "kept": _kept(request)}
    return render(request, "reports/numbers.html", context)


@require_safe
@never_cache
@viewing
def number(request: HttpRequest, metric: str) -> HttpResponse:
    """One number: what it means, its formula, and how it came about in a place and time."""
    if metric not in METRICS and metric not in SINGLES:
        return _elsewhere(request, metric)
    company, at = _viewer(request).company, now()
    try:
        asked = asked_of(company, request.GET, at=at)
        # A page asks little of the facts, but a company may be large and a range long.
        with budget.within(_cost(asked)):
            page = _told(request, metric, asked)
    except BadQuestion as error:
        return _refused(request, str(error), error.status)
    except budget.TooSlow:
        return _refused(request, _("This takes too long. Ask for less time or fewer stations."), 400)
    except budget.TooMany:
        return _refused(request, _("Several large reports are being made already. Try again soon."), 429)
    with timezone.override(asked.clock.tz):
        return render(request, "reports/number.html", _framed(request, asked) | page)


def _told(request: HttpRequest, name: str, asked: Asked) -> dict[str, Any]:
    """What is told of a number: of sums, or of single things."""
    company = _viewer(request).company
    if name in SINGLES:
        single = SINGLES[name]
        told = how_single.told(single, company, asked, _words(request))
        follows = asked.follows(exact_until(asked.question))
        return told | {"unit": UNITS.get(single.unit, single.unit), "follows": follows}
    answer = production(narrowed(company, asked, _narrowed(request)))
    page = _page(request, METRICS[name], asked, total(measures for _key, measures in answer))
    return page | {"follows": asked.follows(answer.exact_until)}


def _singles(wanted: str) -> dict[str, list[tuple[Single, str, str]]]:
    """The numbers of single things in which a word occurs, by group."""
    groups = {
        title: [(one, _(one.word), one.formula) for one in group if _says(one, wanted)]
        for title, group in SINGLE_GROUPS.items()
    }
    return {_(title): group for title, group in groups.items() if group}


def _says(one: Single, wanted: str) -> bool:
    said = " ".join(
        [one.name, one.name.replace("_", " "), one.word, _(one.word), one.meaning, _(one.meaning)]
    )
    return wanted.lower() in said.lower()


def _viewer(request: HttpRequest) -> Viewer:
    found: Viewer = request.viewer  # type: ignore[attr-defined]
    return found


def _is_about(metric: Metric, wanted: str) -> bool:
    names = [*metric.dialects.values(), *(alias for alias, name in ALIASES.items() if name == metric.name)]
    words = [
        metric.name,
        metric.name.replace("_", " "),
        NAMES[metric.name],
        _(NAMES[metric.name]),
        metric.meaning,
        _(metric.meaning),
        metric.source,
        *names,
    ]
    said = " ".join(words)
    return wanted.lower() in said.lower()


def _cost(asked: Asked) -> int:
    days = asked.range.window.duration // timedelta(days=1) + 1
    return budget.rows([], stations=len(asked.stations), days=days, by_hour=False)


def _kept(request: HttpRequest) -> str:
    """Place and time, for the links to other numbers."""
    kept = [(name, request.GET[name]) for name in KEPT if request.GET.get(name)]
    kept += [(name, value) for name, value in _words(request) if narrows(name)]
    return f"?{urlencode(kept)}" if kept else ""


def _words(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _narrowed(request: HttpRequest) -> Narrowed:
    """Of which values only; a number is of all causes together."""
    found = narrowing_in(_words(request))
    if "reason" in {*found.only, *found.without}:
        raise BadQuestion(_("A number is of all causes together. Ask for it without one."))
    return found


def _elsewhere(request: HttpRequest, name: str) -> HttpResponse:
    """To the number that a dialect calls so, else nowhere."""
    for dialect in DIALECTS:
        if found := in_dialect(dialect, name):
            return redirect(f"{_address(found.name)}{_kept(request)}")
    return _refused(request, _("There is no number called “{name}”.").format(name=name[:64]), 404)


def _refused(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render(request, "reports/refused.html", {"sentence": sentence}, status=status)


def _address(name: str) -> str:
    return reverse("reports:number", args=[name])


# What the page shows


def _framed(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """What all pages of numbers show."""
    user = _viewer(request).user
    return {
        "asked": asked,
        "kept": _kept(request),
        "ranges": ranges_of(asked),
        "places": places(request.GET, asked),
        "may_define": user is not None and user.role == Role.ADMINISTRATOR,
    }


def _page(request: HttpRequest, metric: Metric, asked: Asked, sums: Measures) -> dict[str, Any]:
    definition = definition_of(_viewer(request).company)
    found, kept = steps(metric, sums, definition), _kept(request)
    matters, used = switches(metric, definition), {one.name for one in chain(metric, definition)}
    known = [_switch(name, value, sentence) for name, value, sentence in sentences(definition)]
    return {
        "metric": metric,
        "word": _(NAMES[metric.name]),
        "unit": UNITS.get(metric.unit, metric.unit),
        "value": _value(metric, asked, _shown(found[0].answer)),
        "steps": [_step(one, kept) for one in found],
        "measures": _measured(metric, sums, definition),
        "flags": [spoken(flag.said) for flag in flagged(sums, definition) if flag.metric in used],
        "matters": [one for one in known if one.name in matters],
        "others": [one for one in known if one.name not in matters],
        "spoken": [(DIALECTS[dialect], name) for dialect, name in metric.dialects.items()],
        "narrowed": _narrowed(request).pairs,
    }


def _value(metric: Metric, asked: Asked, answer: str) -> str:
    """The answer; the edges of a window are its own."""
    if metric.edge is None:
        return answer
    at = asked.range.window.start if metric.edge == "start" else asked.range.window.end
    return f"{timezone.localtime(at, asked.clock.tz):%Y-%m-%d %H:%M}"


def _shown(answer: str) -> str:
    """What was computed, in the language of the page."""
    return written(answer).replace(NO_ANSWER, _("no answer"))


def _step(one: Step, kept: str) -> dict[str, Any]:
    """A metric, its formula in parts, the same with numbers (empty where it has none), and what it comes to."""
    numbers = _shown(one.numbers) if one.numbers not in (one.formula, one.answer) else ""
    parts = list(_linked(one.formula, kept))
    return {
        "metric": one.metric, "word": _(NAMES[one.metric.name]), "formula": parts, "numbers": numbers,
        "answer": _shown(one.answer),
    }  # fmt: skip


def _linked(formula: str, kept: str) -> Iterator[tuple[str, str, str]]:
    """A formula in parts: the text, where it leads, and what it means."""
    end = 0
    for word in WORD.finditer(formula):
        name = word[0]
        yield formula[end : word.start()], "", ""
        link = f"{_address(name)}{kept}" if name in METRICS else ""
        yield name, link, _meaning(METRICS[name].meaning if link else MEANINGS.get(name, ""))
        end = word.end()
    yield formula[end:], "", ""


def _measured(metric: Metric, sums: Measures, definition: Definition) -> list[tuple[str, str, str]]:
    found = [(name, getattr(sums, name)) for name in measures_in(metric, definition)]
    return [
        (name, _meaning(MEANINGS.get(name, "")), written(said(value, unit_of(name))) if value else "0")
        for name, value in found
    ]


def _meaning(text: str) -> str:
    """In the language of the page; of nothing, gettext would say its head."""
    return _(text) if text else ""


def _switch(name: str, value: Any, sentence: str) -> Switch:
    return Switch(name, _stands(name, value), _(sentence), value == getattr(DEFAULT, name))


def _stands(name: str, value: Any) -> str:
    """How a switch stands, in words."""
    if value is None:
        return pgettext("no value", "none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in CHOICES:
        return _(CHOICES[name][value])
    if name in IN_PERCENT:
        return written(percent(value))
    return value if isinstance(value, str) else written(plain(value))


def places(query: Mapping[str, str], asked: Asked) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """What may be chosen: of plants, groups and stations the address, the name, and whether it is."""
    found: dict[str, dict[str, str]] = {"plant": {}, "group": {}, "station": {}}
    for station in asked.everywhere:
        group, plant = station.group, station.group.plant
        found["plant"][plant.code], found["group"][group.code] = plant.name, group.name
        if station.archived_at is None or query.get("station") in (station.code, str(station.uuid)):
            found["station"][station.code] = station.name
    chosen = {kind: query.get(kind, "") for kind in found}
    if asked.stations and chosen["station"]:
        chosen["station"] = asked.stations[0].code  # it may have been asked for by its uuid
    everything = {"plant": _("All plants"), "group": _("All groups"), "station": _("All stations")}
    return [
        (kind, everything[kind], [(code, name, code == chosen[kind]) for code, name in names.items()])
        for kind, names in found.items()
    ]
