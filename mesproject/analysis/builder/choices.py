"""What the form of a report lets choose: numbers, groups, and values to narrow it by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from downtime.models import Cause
from mesproject.accounts.models import Company
from mesproject.analysis.builder.question import KINDS, Report
from mesproject.analysis.builder.words import GROUPS, number_word
from mesproject.analysis.builder.words import KINDS as KIND_WORDS
from mesproject.reports import metrics
from mesproject.reports.how import UNITS
from mesproject.reports.metric import Metric
from mesproject.reports.narrowing import MARKS
from production.models import Operator, Sku
from quality.models import RejectReason
from scheduling.models import PatternShift

# So many values of a group are offered; others are typed.
MOST_OFFERED = 100
EMPTY_ROWS, LEAST_GROUPS = 2, 3
NOT_FILTERED = ("hour",)


@dataclass(frozen=True, slots=True)
class Filter:
    """A row of the form: of a group, one value only, or all but it."""

    number: int
    group: str = ""
    is_not: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """All that may be chosen, with what is."""

    kinds: Sequence[tuple[str, str, bool]]
    metrics: Sequence[tuple[str, Sequence[tuple[Metric, str, str, bool]]]]
    found: int
    wanted: str
    levels: Sequence[Sequence[tuple[str, str, bool]]]
    filters: Sequence[Filter]
    groups: Sequence[tuple[str, str]]
    offered: Sequence[tuple[str, str]]


def choices_of(company: Company, report: Report, wanted: str) -> Choices:
    """What is chosen, and what else there is; three queries."""
    shown = list(_metrics(report, wanted))
    return Choices(
        kinds=[(kind, str(KIND_WORDS[kind]), kind == report.of) for kind in KINDS],
        metrics=shown,
        found=sum(len(of) for _title, of in shown),
        wanted=wanted,
        levels=list(_levels(report)),
        filters=list(_filters(report)),
        groups=[(group, str(GROUPS[group])) for group in report.allowed_groups if group not in NOT_FILTERED],
        offered=list(_offered(company, report)),
    )


def _metrics(report: Report, wanted: str) -> Iterator[tuple[str, Sequence[tuple[Metric, str, str, bool]]]]:
    """By their groups, those in which a word occurs, and those that are chosen in any case."""
    for title, group in metrics.GROUPS.items():
        found = [
            (one, number_word(one.name), str(UNITS.get(one.unit, one.unit)), one.name in report.metrics)
            for one in group
            if one.name in report.metrics or _is_about(one, wanted)
        ]
        if found:
            yield title, found


def _is_about(metric: Metric, wanted: str) -> bool:
    said = (
        metric.name,
        number_word(metric.name),
        metric.meaning,
        _(metric.meaning),
        *metric.dialects.values(),
    )
    return wanted.casefold() in " ".join(said).casefold()


def _levels(report: Report) -> Iterator[list[tuple[str, str, bool]]]:
    """A select for each level, and one more."""
    for level in range(max(LEAST_GROUPS, len(report.by) + 1)):
        chosen = report.by[level] if level < len(report.by) else ""
        if level < len(GROUPS):
            yield [(group, str(word), group == chosen) for group, word in GROUPS.items()]


def _filters(report: Report) -> Iterator[Filter]:
    pairs = report.narrowed.pairs
    for number, (name, value) in enumerate(pairs):
        mark, _dot, group = name.partition(".")
        yield Filter(number, group, mark == MARKS[1], value)
    for number in range(len(pairs), len(pairs) + EMPTY_ROWS):
        yield Filter(number)


def _offered(company: Company, report: Report) -> Iterator[tuple[str, str]]:
    """Values to choose from while typing, with what they are."""
    reasons: Any = {"downtime": Cause, "quality": RejectReason}.get(report.of)
    rows = [
        (
            _("Shift"),
            PatternShift.objects.of(company).order_by("name").values_list("name", flat=True).distinct(),
        ),
        (_("Product"), Sku.objects.of(company).order_by("code").values_list("code", flat=True)),
        (_("Operator"), Operator.objects.of(company).order_by("initials").values_list("initials", flat=True)),
    ]
    if reasons:
        found = reasons.objects.of(company).order_by("description")
        rows.append((_("Cause or reason"), found.values_list("description", flat=True)))
    for word, values in rows:
        yield from ((value, word) for value in values[:MOST_OFFERED] if value)
