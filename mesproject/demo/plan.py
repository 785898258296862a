"""The demo plant on paper: its stations, what each plays, what it makes, and why it may stop. Pure.

Makers and models of the machines are those that were recorded; all names of people and products are made up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from mesproject.demo.recordings import Stretch, Tape

HURCO_2, HURCO_4 = "hurco02", "hurco04"
MAZAK, MAZAK_2018 = "mazak01-busy-days", "mazak01-2018-09"
FURNACE = "furnace"
# Groups, by their codes: the halls in which they stand.
MILLING, TURNING, HEAT = "H1", "H2", "H3"
# So long before it opened the plant's counters stood at zero: a year of its past may be filled in.
COUNTED_BEFORE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Work:
    """One turn at a station: a stretch of a recording, and the order it stands for."""

    stretch: Stretch
    sku: str = ""  # empty: the station makes nothing that is counted
    operation: str = ""
    cycle_time: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One station; `setting` are fields of the model. `cue`: where its tape stands when the plant opens."""

    code: str
    name: str
    group: str
    works: Sequence[Work]
    cue: timedelta
    setting: Mapping[str, object] = field(default_factory=dict)
    count_by: str = ""  # of its MTConnect source, for whoever replays a recording to it

    def tape(self, opened: datetime) -> Tape:
        """What it plays in a plant that opened at this instant."""
        tape = Tape([work.stretch for work in self.works])
        loops = math.ceil(COUNTED_BEFORE / tape.length)
        return tape.beginning(opened - self.cue - loops * tape.length)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _work(
    recording: str, start: str, until: str, sku: str, operation: str, minutes: float, count_by: str
) -> Work:
    stretch = Stretch(recording, _at(start), _at(start[:11] + until), count_by)
    return Work(stretch, sku, operation, timedelta(minutes=minutes))


def _milled(recording: str, start: str, until: str, sku: str, operation: str, minutes: float) -> Work:
    return _work(recording, start, until, sku, operation, minutes, "part_count")


def _turned(recording: str, start: str, until: str, sku: str, operation: str, minutes: float) -> Work:
    # This machine's part counter stands at 0: a unit is a cycle that ends.
    return _work(recording, start, until, sku, operation, minutes, "cycle_end")


def _heated(start: str, hours: float) -> Work:
    begin = _at(start)
    return Work(Stretch(FURNACE, begin, begin + timedelta(hours=hours)))


# By output: machines with short cycles, whose part counter tells that they work.
BY_OUTPUT = {"detection": "production_cycle", "stop_multiplier": 2.0, "micro_stop_ms": 480_000}
# By execution: a pause of two minutes belongs to the work, one of more than five is a stop.
BY_EXECUTION = {"detection": "utilisation", "hold_on_ms": 120_000, "utilisation_threshold_ms": 300_000}
# The machine that the examples of MachineMetrics' reference ask for.
EXAMPLE = UUID("0e871f8e-a48a-4a7b-ba33-a02cba7d4f2c")
BY_POWER = {
    "detection": "power",
    "power_threshold_kw": 140.0,
    "hold_on_ms": 60_000,
    "utilisation_threshold_ms": 300_000,
}

GROUPS = {MILLING: "Milling", TURNING: "Turning", HEAT: "Heat treatment"}

STATIONS = (
    StationPlan(
        "HURCO-1", "Hurco VMX24 · 1", MILLING,
        (
            _milled(HURCO_2, "2017-02-08T12:00", "16:28", "BOX", "OP20", 7.8),
            _milled(HURCO_2, "2017-02-07T11:20", "16:32", "BOX", "OP10", 26),
            _milled(HURCO_2, "2017-02-08T09:50", "11:08", "BOX", "OP30", 4.2),
        ),
        cue=timedelta(minutes=166.4), setting=BY_OUTPUT | {"uuid": EXAMPLE}, count_by="part_count",
    ),
    StationPlan(
        "HURCO-2", "Hurco VMX24 · 2", MILLING,
        (
            _milled(HURCO_4, "2017-02-06T12:43", "13:52", "PLATE", "OP20", 3),
            _milled(HURCO_4, "2017-02-10T10:10", "18:00", "COVER", "OP10", 17),
            _milled(HURCO_4, "2017-02-10T18:34", "19:30", "COVER", "OP20", 2.3),
            _milled(HURCO_4, "2017-02-08T10:47", "16:10", "COVER", "OP10", 17),
        ),
        cue=timedelta(minutes=120), setting=BY_OUTPUT, count_by="part_count",
    ),
    StationPlan(
        "HURCO-3", "Hurco VMX24 · 3", MILLING,
        (
            _milled(HURCO_2, "2017-02-14T13:14", "19:45", "BOX", "OP60", 38),
            _milled(HURCO_2, "2017-02-16T10:41", "20:40", "BOX", "OP40", 112),
            _milled(HURCO_2, "2017-02-17T09:30", "14:02", "BOX", "OP40", 112),
            _milled(HURCO_2, "2017-02-15T10:29", "21:05", "BOX", "OP50", 74),
        ),
        cue=timedelta(minutes=783), setting=BY_EXECUTION, count_by="part_count",
    ),
    StationPlan(
        "HURCO-4", "Hurco VMX24 · 4", MILLING,
        (
            _milled(HURCO_4, "2017-02-02T16:31", "19:50", "PLATE", "OP10", 21),
            _milled(HURCO_2, "2017-02-07T10:40", "18:15", "BOX", "OP10", 26),
            _milled(HURCO_4, "2017-02-07T16:02", "20:00", "COVER", "OP10", 12),
        ),
        cue=timedelta(minutes=310), setting=BY_EXECUTION, count_by="part_count",
    ),
    StationPlan(
        "MAZAK-1", "Mazak Integrex · 1", TURNING,
        (
            _turned(MAZAK, "2019-06-19T09:20", "15:40", "SHAFT", "OP10", 6.4),
            _turned(MAZAK, "2017-05-30T16:35", "19:30", "SHAFT", "OP20", 6),
            _turned(MAZAK, "2018-08-28T16:59", "19:30", "FLANGE", "OP10", 5.4),
            _turned(MAZAK, "2019-06-18T16:50", "19:05", "SLEEVE", "OP10", 5),
        ),
        cue=timedelta(minutes=548.5), setting=BY_EXECUTION, count_by="cycle_end",
    ),
    StationPlan(
        "MAZAK-2", "Mazak Integrex · 2", TURNING,
        (
            _turned(MAZAK_2018, "2018-09-17T14:09", "15:55", "FLANGE", "OP20", 3.1),
            _turned(MAZAK, "2018-10-25T11:01", "15:50", "SLEEVE", "OP10", 2.5),
            _turned(MAZAK_2018, "2018-09-18T17:07", "19:15", "PINION", "OP10", 2.2),
            _turned(MAZAK, "2018-10-29T09:28", "11:20", "FLANGE", "OP10", 2.4),
            _turned(MAZAK_2018, "2018-09-27T14:03", "16:00", "PINION", "OP20", 3.2),
        ),
        cue=timedelta(minutes=294), setting=BY_EXECUTION, count_by="cycle_end",
    ),
    StationPlan(
        "MAZAK-3", "Mazak Integrex · 3", TURNING,
        (
            _turned(MAZAK, "2018-06-06T09:38", "13:20", "SHAFT", "OP30", 6.8),
            _turned(MAZAK, "2017-07-12T08:46", "11:20", "SHAFT", "OP40", 15),
            _turned(MAZAK, "2017-10-31T11:24", "15:50", "PINION", "OP30", 9),
            _turned(MAZAK, "2018-10-02T09:09", "11:30", "SHAFT", "OP40", 24),
        ),
        cue=timedelta(minutes=340), setting=BY_EXECUTION, count_by="cycle_end",
    ),
    StationPlan(
        "FURNACE", "Induction furnace", HEAT,
        (
            _heated("2018-01-17T23:15", 11.75),
            _heated("2018-01-21T23:15", 11.75),
            _heated("2018-01-24T23:15", 11.75),
            _heated("2018-01-16T23:15", 11.75),
            _heated("2018-01-22T23:15", 11.75),
        ),
        cue=timedelta(minutes=700), setting=BY_POWER,
    ),
)  # fmt: skip

SKUS = {
    "BOX": "Gear housing",
    "COVER": "Housing cover",
    "PLATE": "Base plate",
    "SHAFT": "Drive shaft",
    "FLANGE": "Coupling flange",
    "SLEEVE": "Bearing sleeve",
    "PINION": "Pinion shaft",
}
# The first code is the cause, those after it stand below it.
CAUSES: Mapping[str, Sequence[str]] = {
    "Changeover": ("Change fixture", "Change tools", "Change program", "First piece approval"),
    "Material": ("Wait for material", "Wrong material", "Wait for forklift", "Containers full"),
    "Tooling": ("Tool broken", "Tool worn", "Tool missing", "Tool offset"),
    "Machine fault": ("Alarm", "Spindle", "Coolant", "Hydraulics", "Door or interlock"),
    "Quality": ("Measure", "Rework", "Wait for inspection"),
    "Cleaning": ("Remove chips", "Clean fixture"),
    "Staff": ("Nobody here", "Meeting", "Training"),
    "Maintenance": ("Planned", "Unplanned"),
    "Energy and air": (),
    "Other": (),
}
# What stops of a cause are, and of those below it; all others are unplanned.
CAUSE_KINDS: Mapping[str, str] = {
    "CHANGEOVER": "setup", "CLEANING": "planned", "MEETING": "planned", "TRAINING": "planned", "PLANNED": "planned",
}  # fmt: skip
# How often which cause explains a stop of a group, by the codes that `cause_code` makes.
USUAL: Mapping[str, Mapping[str, int]] = {
    MILLING: {
        "CHANGE-FIXTURE": 5, "FIRST-PIECE-APPROVAL": 3, "WAIT-FOR-MATERIAL": 3, "TOOL-WORN": 4,
        "TOOL-BROKEN": 2, "MEASURE": 4, "REMOVE-CHIPS": 3, "COOLANT": 1, "NOBODY-HERE": 2, "OTHER": 1,
    },
    TURNING: {
        "CHANGE-TOOLS": 4, "CHANGE-PROGRAM": 2, "ALARM": 4, "TOOL-OFFSET": 3, "MEASURE": 3,
        "WAIT-FOR-MATERIAL": 2, "REMOVE-CHIPS": 2, "DOOR-OR-INTERLOCK": 2, "HYDRAULICS": 1, "MEETING": 1,
    },
    HEAT: {"WAIT-FOR-MATERIAL": 4, "CONTAINERS-FULL": 2, "ENERGY-AND-AIR": 2, "UNPLANNED": 1},
}  # fmt: skip
# Why parts are bad, and what becomes of them.
REJECT_REASONS: Mapping[str, str] = {
    "Dimension": "nonconform", "Surface": "rework", "Burr": "rework", "Material defect": "scrap",
    "Tool mark": "nonconform", "Set-up piece": "scrap",
}  # fmt: skip
OPERATORS = {
    "AB": "Ana Berger", "CD": "Carl Dietz", "EF": "Emma Fischer", "GH": "Gus Hill", "IJ": "Ida Jensen",
    "KL": "Kim Lund", "MN": "Max Novak", "OP": "Olga Petrov", "RS": "Rosa Silva",
}  # fmt: skip
# Who works in which group, by shift.
CREWS: Mapping[str, Mapping[str, str]] = {
    "Early": {MILLING: "AB", TURNING: "CD", HEAT: "EF"},
    "Late": {MILLING: "GH", TURNING: "IJ", HEAT: "KL"},
    "Night": {MILLING: "MN", TURNING: "OP", HEAT: "RS"},
}
NOTES = (
    "Insert chipped, new one set.",
    "Chips under the clamp.",
    "Second time today.",
    "Maintenance has been told.",
    "Waited for the forklift.",
    "Measured twice, now fine.",
)
# Shifts begin here on the wall clock, in minutes; breaks come at different times in each group.
SHIFTS = (("Early", 360), ("Late", 840), ("Night", 1320))
SHIFT_MINUTES = 480
BREAKS = {MILLING: (180, 20), TURNING: (210, 20), HEAT: (240, 15)}


def cause_code(description: str) -> str:
    """The code of a cause, from its description."""
    return description.upper().replace(" ", "-")


def station(code: str) -> StationPlan:
    """The plan of one station."""
    return next(plan for plan in STATIONS if plan.code == code)
