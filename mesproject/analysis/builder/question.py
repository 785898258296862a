"""A report as its address says it: which numbers, by what, of which places and time, and of which values only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _

from mesproject.reports.how_asked import BadQuestion, not_one_of
from mesproject.reports.machinemetrics_shapes import GROUPS, Kind
from mesproject.reports.metrics import METRICS, in_dialect
from mesproject.reports.narrowing import NARROWING, Narrowed, narrowing_in

KINDS: tuple[Kind, ...] = ("production", "downtime", "quality")
PLACE_AND_TIME = ("plant", "group", "station", "range", "from", "to")
CHARTS = ("auto", "none")
LOSS_GROUPS = (*GROUPS, "reason")
MOST_FILTERS = 40
LONGEST = 128


@dataclass(frozen=True, slots=True)
class Report:
    """What is asked. `when` holds places and time in the words of the address; relative times stay relative."""

    of: Kind = "production"
    metrics: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    when: tuple[tuple[str, str], ...] = ()
    narrowed: Narrowed = field(default_factory=Narrowed)
    chart: str = "auto"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Its address, word by word."""
        of = [] if self.of == "production" else [("of", self.of)]
        chart = [] if self.chart == "auto" else [("chart", self.chart)]
        asked = [*(("metric", name) for name in self.metrics), *(("by", group) for group in self.by)]
        return [*of, *asked, *self.when, *self.narrowed.pairs, *chart]

    @property
    def text(self) -> str:
        """The same as a query string."""
        return urlencode(self.pairs)

    @property
    def allowed_groups(self) -> tuple[str, ...]:
        """What it may be grouped and narrowed by."""
        return GROUPS if self.of == "production" else LOSS_GROUPS

    def at(self, **when: str) -> Report:
        """The same report of another time."""
        kept = {name: value for name, value in self.when if name not in ("range", "from", "to")}
        return replace(self, when=_ordered(kept | when))


# What a page shows that was asked nothing.
DEFAULT = Report(
    metrics=("oee", "availability", "performance", "quality"), by=("day",), when=(("range", "last-7-days"),)
)


def read(text: str) -> Report:
    """The report of a query string, or BadQuestion."""
    return said(parse_qsl(text, keep_blank_values=True))


def said(pairs: Iterable[tuple[str, str]]) -> Report:
    """The report that these words ask for, or BadQuestion. Words that say nothing are ignored."""
    words = [(name, value.strip()) for name, value in pairs]
    words = [(name, value) for name, value in words if value]
    if any("\x00" in value or len(value) > LONGEST for _, value in words):
        told = _("A word of this address is longer than %(most)s letters, or has one that none may have.")
        raise BadQuestion(told % {"most": LONGEST})
    last = dict(words)
    of = _one_of("of", last.get("of", "production"), KINDS)
    report = Report(
        of=of,
        metrics=_metrics(words) if of == "production" else (),
        by=_groups(words, GROUPS if of == "production" else LOSS_GROUPS),
        when=_ordered(last),
        narrowed=narrowing_in(words),
        chart=_one_of("chart", last.get("chart", "auto"), CHARTS),
    )
    _checked(report)
    return report


def unfolded(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the page's form sends, in the words of an address: a row of a filter has its parts under three names, and
    the time that is told twice is the one that was changed.
    """
    last = dict(pairs)
    found = [(name, value) for name, value in pairs if not name.startswith(("where", "how", "what"))]
    for name, group in pairs:
        number = name.removeprefix("where")
        what = last.get(f"what{number}", "").strip()
        if name.startswith("where") and group and what:
            mark = "not" if last.get(f"how{number}") == "not" else "only"
            found.append((f"{mark}.{group}", what))
    return _with_one_time(found)


def _with_one_time(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    last = {name: value for name, value in pairs if value}
    was, chosen = last.get("was"), last.get("range")
    by_dates = chosen == "dates" or (chosen == was and bool(last.get("from") and last.get("to")))
    dropped = ("range", "was", "ask") if by_dates else ("was", "ask", *(("from", "to") if chosen else ()))
    return [(name, value) for name, value in pairs if name not in dropped]


def _metrics(words: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Our own names, once each; a name of MachineMetrics leads to ours."""
    return (
        tuple(dict.fromkeys(_metric(value) for name, value in words if name == "metric")) or DEFAULT.metrics
    )


def _metric(name: str) -> str:
    found = METRICS.get(name) or in_dialect("machinemetrics", name)
    if found is None:
        raise BadQuestion(_("There is no number called “{name}”.").format(name=name[:64]))
    return found.name


def _groups(words: Iterable[tuple[str, str]], allowed: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(value for name, value in words if name == "by"))
    for group in found:
        _one_of("by", group, allowed)
    return found


def _ordered(last: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, last[name]) for name in PLACE_AND_TIME if last.get(name))


def _one_of(name: str, value: str, allowed: Sequence[Any]) -> Any:
    if value not in allowed:
        raise BadQuestion(not_one_of(name, allowed))
    return value


def _checked(report: Report) -> None:
    """Refuse what has an address and no meaning."""
    if len(report.narrowed.pairs) > MOST_FILTERS:
        raise BadQuestion(_("A report has at most %(most)s filters.") % {"most": MOST_FILTERS})
    groups = [name.partition(".")[2] for name, _value in report.narrowed.pairs]
    for group in groups:
        _one_of("only", group, [one for one in report.allowed_groups if one in NARROWING])
    given = dict(report.when)
    if "station" in given and "machine" in report.narrowed.only:
        raise BadQuestion(_("Say the station once: as the place, or as a filter."))
