"""How numbers of single runs, stops, signals and cells come about: each of the newest one of a place and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from downtime.models import Issue
from mesproject.accounts.models import Company
from mesproject.reports import utilisation
from mesproject.reports.asking import Question, beyond, losses, production
from mesproject.reports.definitions import definition_of
from mesproject.reports.explain import plain, said
from mesproject.reports.measures import total
from mesproject.reports.metrics import METRICS
from mesproject.reports.runs import made_by
from mesproject.reports.single_example import Example, Part
from mesproject.reports.tally import MS
from production.models import JobRun, Signal
from production.windows import Window

Maker = Callable[[Company, Question, Window], Example]
A_DAY = timedelta(days=1)
NOTHING = Example(None)


# Runs


def _run(company: Company, question: Question) -> JobRun | None:
    """The one that began last, of those that go on."""
    rows = JobRun.objects.of(company).filter(
        station__among=[one.pk for one in question.stations], actual_end=None, actual_start__lte=question.now
    )
    run: JobRun | None = rows.select_related("job", "forecast").order_by("-actual_start", "-pk").first()
    if run is not None:
        run.station = next(one for one in question.stations if one.pk == run.station_id)
    return run


def _of_run(name: str) -> Maker:
    def made(company: Company, question: Question, window: Window) -> Example:
        run = _run(company, question)
        if run is None:
            return NOTHING
        sums = made_by([run], now=question.now)[run.pk]
        forecast = getattr(run, "forecast", None)
        good, wanted = sums.good if sums else None, run.planned_quantity
        parts = [Part(_("Run"), run.station.name, str(run))]
        if good is not None:
            parts.append(Part("good", _("good units"), plain(good)))
        if wanted:
            parts.append(Part("planned_quantity", _("what is wanted"), plain(wanted)))
        if name == "run_wanted":
            return Example(wanted, "", parts)
        if name == "run_progress":
            if good is None or not wanted:
                return Example(None, "", parts)
            return Example(good / wanted, f"{plain(good)} / {plain(wanted)}", parts)
        if forecast is None:
            return Example(None, "", parts)
        if name == "run_pace":
            return Example(forecast.pace_ms, "", parts)
        if not (forecast.end and forecast.due):
            return Example(None, "", parts)
        numbers = " − ".join(
            f"{timezone.localtime(at):%Y-%m-%d %H:%M}" for at in (forecast.end, forecast.due)
        )
        return Example((forecast.end - forecast.due) / MS, numbers, parts)

    return made


def _runs(company: Company, question: Question, window: Window) -> Example:
    rows = JobRun.objects.of(company).filter(
        station__among=[one.pk for one in question.stations], actual_end=None
    )
    running = rows.filter(actual_start__isnull=False).count()
    count = rows.count()
    parts = [Part(_("Running"), "", plain(running)), Part(_("To come"), "", plain(count - running))]
    return Example(count, f"{plain(running)} + {plain(count - running)}", parts)


# What sums tell


def _difference(company: Company, question: Question, window: Window) -> Example:
    sums = total(measures for _key, measures in production(question))
    numbers = f"{plain(sums.good)} − {plain(sums.ideal_units)}"
    return Example(sums.good - sums.ideal_units, numbers)


def _asked_for(company: Company, question: Question, window: Window) -> Example:
    sums = total(measures for _key, measures in production(question))
    lost = METRICS["lost_units"].compute(sums, definition_of(company))
    if lost is None:
        return NOTHING
    return Example(sums.good + lost, f"{plain(sums.good)} + {plain(lost)}")


def _power(company: Company, question: Question, window: Window) -> Example:
    sums = total(measures for _key, measures in production(question))
    if not sums.all_ms or not sums.kwh:
        return NOTHING
    numbers = f"{said(sums.kwh, 'kWh')} / {said(sums.all_ms, 'ms')} × 1 h"
    return Example(sums.kwh / sums.all_ms * 3_600_000, numbers)


def _loss_share(company: Company, question: Question, window: Window) -> Example:
    sums, definition = total(measures for _key, measures in production(question)), definition_of(company)
    loss, whole = (
        METRICS[name].compute(sums, definition) for name in ("breakdown_loss", "production_schedule")
    )
    if loss is None or not whole:
        return NOTHING
    return Example(loss / whole, f"{said(loss, 'ms')} / {said(whole, 'ms')}")


def _unexplained_rejects(company: Company, question: Question, window: Window) -> Example:
    known = beyond(question)
    bad = total(measures for _key, measures in production(question, ("bad",), known)).bad
    declared = sum(units for _key, (units, _count) in losses(question, "rejects", known))
    return Example(max(bad - declared, 0.0), f"{plain(bad)} − {plain(declared)}")


# Stops, signals, cells


def _stop(company: Company, question: Question, window: Window) -> Example:
    rows = Issue.objects.of(company).filter(station__among=[one.pk for one in question.stations])
    issue = rows.overlapping(window).select_related("station").order_by("-started_at").first()
    if issue is None:
        return NOTHING
    start, end = (timezone.localtime(at) for at in (issue.started_at, issue.ended_at or question.now))
    return Example(
        issue.duration(question.now) / MS, f"{end:%Y-%m-%d %H:%M:%S} − {start:%Y-%m-%d %H:%M:%S}",
        [Part(_("Stop"), issue.station.name, f"{start:%Y-%m-%d %H:%M:%S}")],
    )  # fmt: skip


def _delay(company: Company, question: Question, window: Window) -> Example:
    if not question.stations:
        return NOTHING
    rows = Signal.objects.filter(station=question.stations[0], at__gte=window.start, at__lt=window.end)
    found = rows.order_by("-at", "-key").values_list("at", "received_at").first()
    if found is None:
        return NOTHING
    at, heard = (timezone.localtime(one) for one in found)
    numbers = " − ".join(f"{one:%H:%M:%S}.{one.microsecond // 1000:03}" for one in (heard, at))
    return Example(
        (heard - at) / MS, numbers, [Part(_("Signal"), question.stations[0].name, f"{at:%Y-%m-%d}")]
    )


def _cells(company: Company, question: Question, window: Window) -> Example:
    """Of the first station's last day."""
    day = Window(max(window.start, window.end - A_DAY), window.end)
    rows = utilisation.heat(
        question.stations[:1], day, utilisation.NORMAL, definition_of(company), now=question.now
    )
    looks = Counter(
        cell.look.value for row in rows for cell in row.cells if cell.look != utilisation.Look.FUTURE
    )
    parts = [Part(look, "", plain(count)) for look, count in looks.items()]
    numbers = " + ".join(plain(count) for count in looks.values())
    return Example(
        looks.total() or None, numbers, parts, _("Only the last day is looked at.") if rows else ""
    )


MAKERS: Mapping[str, Maker] = {
    **{name: _of_run(name) for name in ("run_wanted", "run_progress", "run_pace", "run_lateness")},
    "runs_by_standing": _runs, "difference_to_target": _difference, "units_asked_for": _asked_for, "mean_power": _power,
    "loss_share": _loss_share, "rejects_without_reason": _unexplained_rejects, "stop_duration": _stop,
    "signal_delay": _delay, "cells_of_state": _cells,
}  # fmt: skip
