"""From a report to the call of MachineMetrics' API that it makes, and from what that finds to rows of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.utils.translation import gettext, gettext_noop

from mesproject.accounts.models import Company
from mesproject.analysis.builder.question import Report
from mesproject.reports import machinemetrics_asked, machinemetrics_report
from mesproject.reports.asking import Days, TooManyGroups
from mesproject.reports.how_asked import Asked, BadQuestion, asked_of
from mesproject.reports.machinemetrics_asked import frame_of
from mesproject.reports.machinemetrics_entities import Frame, iso
from mesproject.reports.machinemetrics_report import Found
from mesproject.reports.machinemetrics_shapes import ASKED
from mesproject.reports.metrics import METRICS
from mesproject.reports.narrowing import ids_of
from mesproject.reports.tally import EVER
from scheduling.api.machinemetrics_edge import Invalid

DIALECT = "machinemetrics"
TOO_MANY = gettext_noop(
    "This has too many rows. Ask for less time or fewer stations, or group by something coarser."
)
# What people are told of refusals that the API words for programs.
REFUSALS = {
    "TooManyGroups": TOO_MANY,
    "InvalidRange": gettext_noop("A report cannot be of so long a time, or of that one."),
}
# What reports of losses tell, with the number of ours that leads to how it is computed.
LOSSES = {
    "downtime": (("downtimeMs", "ms", "downtime_by_cause"), ("recordCount", "count", "stops_by_cause")),
    "quality": (
        ("rejectCount", "units", "rejects_by_reason"),
        ("recordCount", "count", "reject_declarations"),
    ),
}


class Number(msgspec.Struct, frozen=True):
    """A column of values: its name in files, its unit, and the metric that it is, if it is one."""

    name: str
    unit: str
    metric: str


class Answer(msgspec.Struct, frozen=True):
    """The rows of a report, as they are kept until somebody looks: column by column."""

    groups: list[str]
    numbers: list[Number]
    names: list[list[str]]  # of each level of groups, as entities are called
    ids: list[list[str]]
    values: list[list[Any]]  # of each number
    total: list[Any]
    start: datetime
    end: datetime
    asked_at: datetime
    exact_until: datetime = EVER.end

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.ids[0]) if self.ids else 1

    @property
    def rows(self) -> Iterator[tuple[list[str], list[str], list[Any]]]:
        """Names, ids and values of each row."""
        for n in range(self.count):
            yield [of[n] for of in self.names], [of[n] for of in self.ids], [of[n] for of in self.values]

    def lines(self) -> Iterator[list[Any]]:
        """The rows of a file, whose columns are `columns`."""
        for names, ids, values in self.rows:
            yield [*(part for pair in zip(names, ids, strict=True) for part in pair), *values]

    @property
    def columns(self) -> list[str]:
        """The columns of a file: those of a flat report of the API, by our names."""
        named = [part for group in self.groups for part in (group, f"{group}Id")]
        return [*named, *(number.name for number in self.numbers)]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report of a company at a time: what it asks of the API, and of the facts."""

    report: Report
    asked: Asked
    body: dict[str, Any]
    question: machinemetrics_asked.Report

    def follows(self, answer: Answer) -> bool:
        """Whether some of its numbers are being summed anew, and may still change."""
        return self.asked.follows(answer.exact_until)

    def answer(self, found: Found) -> Answer:
        """What was found, as rows."""
        groups = list(found.groups)
        table = found.table if groups else found.table.total()
        names = [
            [level[id_].shown for id_ in ids] for level, ids in zip(found.entities, table.ids, strict=True)
        ]
        columns = [list(column) for column in found.shown.columns(table)]
        total = [column[0] for column in found.shown.columns(found.table.total())]
        window = self.question.frame.range
        return Answer(
            groups, numbers_of(self.report), names, [list(ids) for ids in table.ids], columns, total,
            window.start, window.end, self.asked.now, found.exact_until,
        )  # fmt: skip


def prepared(company: Company, report: Report, *, at: datetime) -> Prepared:
    """What a report asks of a company, or BadQuestion."""
    asked = asked_of(company, dict(report.when), at=at)
    frame = frame_of(report.of, company, asked.everywhere, asked.question.when)
    body = body_of(report, asked, frame)
    try:
        typed = msgspec.convert(body, ASKED[report.of])
        question = machinemetrics_asked.report(
            report.of, typed, company, asked.everywhere, now=at, like=frame
        )
    except Invalid as error:
        raise BadQuestion(gettext(REFUSALS.get(error.fault.code, error.fault.message))) from None
    except msgspec.ValidationError as error:
        raise BadQuestion(str(error)) from None
    return Prepared(report, asked, body, question)


def asked_now(prepared: Prepared) -> Answer:
    """Ask all at once."""
    try:
        return prepared.answer(machinemetrics_report.found(prepared.question))
    except TooManyGroups:
        raise BadQuestion(gettext(TOO_MANY)) from None


def numbers_of(report: Report) -> list[Number]:
    """The columns of values."""
    if report.of != "production":
        return [Number(*told) for told in LOSSES[report.of]]
    return [Number(name, METRICS[name].unit, name) for name in report.metrics]


# The call


def body_of(report: Report, asked: Asked, frame: Frame) -> dict[str, Any]:
    """The JSON that the API is sent, with all that is relative as it is now."""
    only = _places(report, asked) | ids_of(frame, report.narrowed.only)
    body: dict[str, Any] = _time(asked)
    if report.of == "production":
        body["data"] = [{"metric": spoken(name)} for name in report.metrics]
    body["groupBy"] = [{"group": group} for group in report.by]
    for name, found in (("filter", only), ("exclude", ids_of(frame, report.narrowed.without))):
        if found:
            body[name] = found
    return body | {"flatten": True}


def spoken(metric: str) -> str:
    """What the API calls a metric; by our own name, where MachineMetrics has none."""
    return METRICS[metric].dialects.get(DIALECT, metric)


def _places(report: Report, asked: Asked) -> dict[str, list[str]]:
    """The places of the address, as ids."""
    given, stations = dict(report.when), asked.stations
    found: dict[str, Sequence[str]] = {}
    if "plant" in given:
        found["plant"] = [str(station.group.plant_id) for station in stations]
    if "group" in given:
        found["machineGroup"] = [str(station.group_id) for station in stations]
    if "station" in given:
        found["machine"] = [str(station.uuid) for station in stations]
    return {group: list(dict.fromkeys(ids)) for group, ids in found.items()}


def _time(asked: Asked) -> dict[str, str]:
    when = asked.question.when
    if isinstance(when, Days):
        return {"startDay": str(when.first), "endDay": str(when.last)}
    return {"start": iso(when.start.astimezone(UTC)), "end": iso(when.end.astimezone(UTC))}
