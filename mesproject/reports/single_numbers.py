"""Numbers of single things, which no sum of facts tells: stops by cause, units, runs. What each is, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from mesproject.reports.metric import OURS, Unit
from mesproject.words import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Single:
    """A number that screens show beside the metrics; `left_out` says what is not in it."""

    name: str
    word: str
    meaning: str
    unit: Unit
    formula: str
    left_out: str = ""
    additive: bool = False
    source: str = OURS


_NO_STOPS = _("Micro-stops, silence, breaks and time outside shifts are not in it.")
_DECLARED = _(
    "What machines counted as bad has no reason and is not in it, nor are declarations that were undone."
)
_AT_WORK = _("Counts with a stop, silence, a break or another run between them make no cycle.")
_EXPECTED = _("Runs of which nothing is planned or expected have none.")

LOSSES = (
    Single("downtime_by_cause", _("Downtime by cause"),
           _("Time of stops in planned production time, of one cause or of several together."),
           "ms", "sum of (ended_at − started_at), within planned_ms", _NO_STOPS, True),
    Single("stops_by_cause", _("Stops by cause"),
           _("How many stops began. One that goes on over a break or the end of a shift counts once, where it began."),
           "count", "number of stops", _NO_STOPS, True),
    Single("mean_stop", _("Mean stop"), _("What a stop of the cause took on average."), "ms",
           "downtime_by_cause / stops_by_cause", _NO_STOPS),
    Single("downtime_share", _("Share of downtime"),
           _("What one cause took of all downtime that stands beside it: among causes, of what is explained."),
           "ratio", "downtime_by_cause / sum of downtime_by_cause", _NO_STOPS),
    Single("downtime_reached", _("Share of downtime up to here"),
           _("What a cause and all greater ones take together."), "ratio",
           "sum of downtime_by_cause of the greatest / sum of downtime_by_cause", _NO_STOPS),
    Single("rejects_by_reason", _("Rejects by reason"),
           _("Units that people declared not good, of one reason or of several together."), "units",
           "sum of quantity", _DECLARED, True),
    Single("reject_declarations", _("Declarations"), _("How often somebody declared units not good."), "count",
           "number of declarations", _DECLARED, True),
    Single("mean_declaration", _("Mean declaration"), _("Units of one declaration on average."), "units",
           "rejects_by_reason / reject_declarations", _DECLARED),
    Single("rejects_share", _("Share of rejects"), _("What one reason took of all declared rejects."), "ratio",
           "rejects_by_reason / sum of rejects_by_reason", _DECLARED),
    Single("rejects_reached", _("Share of rejects up to here"),
           _("What a reason and all greater ones take together."), "ratio",
           "sum of rejects_by_reason of the greatest / sum of rejects_by_reason", _DECLARED),
    Single("rejects_without_reason", _("Rejects without a reason"),
           _("Units that machines counted as bad, of which nobody said why."), "units",
           "bad − sum of rejects_by_reason", _("What people declared is not in it."), True),
)  # fmt: skip
CYCLES = (
    Single("cycle_of_unit", _("Time of a unit"), _("The time from one count to the next of the same run."), "ms",
           "(at − at of the count before) / units", _AT_WORK),
    Single("median_cycle", _("Median"), _("Half of the units took less."), "ms",
           "quantile(cycle_of_unit, 0.5)", _AT_WORK),
    Single("best_cycle", _("Best"), _("One in ten units took less. The fastest of all is no measure."), "ms",
           "quantile(cycle_of_unit, 0.1)", _AT_WORK),
    Single("cycle_spread", _("Spread"), _("How far the quartiles lie apart: the middle half of the units."), "ms",
           "quantile(cycle_of_unit, 0.75) − quantile(cycle_of_unit, 0.25)", _AT_WORK),
    Single("long_above", _("Long is above"),
           _("What a unit takes longer than is unusual for its run, which has at least eight."), "ms",
           "quantile(cycle_of_unit, 0.75) + 1.5 × cycle_spread", _AT_WORK),
    Single("units_measured", _("Units measured"), _("How many counts followed another one so that a time is known."),
           "count", "number of cycle_of_unit", _AT_WORK, True),
    Single("long_units", _("Long ones"), _("How many of these took longer than is usual for their run."), "count",
           "number of cycle_of_unit above long_above", _AT_WORK, True),
)  # fmt: skip
RUNS = (
    Single("run_wanted", _("Wanted"), _("The quantity that was planned for the run, else for its job."), "units",
           "planned_quantity"),
    Single("run_progress", _("Done"), _("The good units of a run, of what is wanted."), "ratio",
           "good / planned_quantity", _("Bad units are not in it; runs without a quantity have none.")),
    Single("run_pace", _("Pace of a run"),
           _("Planned time that a good unit takes, stops and all; of what has just begun, what it is planned to take."),
           "ms", "planned time so far / good", _EXPECTED),
    Single("run_lateness", _("Late"), _("How much later than due a run is expected to end; below zero it is early."),
           "ms", "expected_end − due", _EXPECTED),
    Single("runs_by_standing", _("Runs"), _("How many runs there are, and how many are ahead, on time or at risk."),
           "count", "number of runs", _("Runs that have ended are not in it."), True),
)  # fmt: skip
OTHERS = (
    Single("difference_to_target", _("Difference"), _("Good units beyond the target; below zero they are missing."),
           "units", "good − ideal_units", "", True),
    Single("loss_share", _("Share of the whole"),
           _("What a loss, or what is left, takes of the first step: of planned production time, of the units asked "
             "for, of all cost."), "ratio", "breakdown_loss / production_schedule"),
    Single("units_asked_for", _("Asked for at the ideal pace"),
           _("Units that planned time was good for at the ideal pace: those that are good, and those that were lost."),
           "units", "good + lost_units",
           _("What the company's definition puts outside planned time is not in it."), True),
    Single("mean_power", _("Mean power"), _("Energy over the time in which it was used."), "kW",
           "kwh / all_ms × 1 h", _("What no meter told is not in it.")),
    Single("stop_duration", _("Duration of a stop"), _("From its beginning to its end, or to now."), "ms",
           "ended_at − started_at", _("Nothing: breaks and time outside shifts are in it, as in no other number.")),
    Single("signal_delay", _("Heard after"), _("How long after its own time a signal was heard. Below zero the "
           "sender's clock is ahead."), "ms", "received_at − at"),
    Single("cells_of_state", _("Cells"),
           _("Cells of the heatmap in which a station was at work, idle …: what filled a cell most, and at work where "
             "it was so at all."), "count", "number of cells", _("What is to come is not in it."), True),
)  # fmt: skip

GROUPS = MappingProxyType({
    _("Stops and rejects by cause"): LOSSES,
    _("Single units"): CYCLES,
    _("Single runs"): RUNS,
    _("Single stops, signals and cells"): OTHERS,
})  # fmt: skip
SINGLES = MappingProxyType({one.name: one for group in GROUPS.values() for one in group})
