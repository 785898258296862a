"""What each measure is, in words for people. Pure."""

from __future__ import annotations

from mesproject.words import gettext_noop as _

MEANINGS = {
    "all_ms": _("all time"),
    "shift_ms": _("time in shifts"),
    "optional_ms": _("time in optional shifts without a job"),
    "unattended_ms": _("time in shifts that nobody attends"),
    "no_run_ms": _("time in shifts without a job"),
    "break_ms": _("time in breaks"),
    "holiday_ms": _("time of shifts that falls on holidays"),
    "maintenance_ms": _("time planned for maintenance"),
    "non_production_ms": _("time planned for other things than production"),
    "planned_ms": _("planned production time"),
    "run_ms": _("time at work in planned production time, without micro-stops"),
    "micro_stop_ms": _("time of micro-stops"),
    "stop_ms": _("time of stops without a cause, or with one that is not planned"),
    "planned_stop_ms": _("time of stops whose cause is a planned one"),
    "setup_ms": _("time of stops whose cause is a setup, and of those without one while a run is set up"),
    "no_signal_ms": _("planned production time of which the station told nothing"),
    "uncategorized_ms": _("time of stops whose cause nobody has told"),
    "run_outside_ms": _("ideal time of the units made outside planned production time"),
    "stops": _("number of stops that were not planned"),
    "micro_stops": _("number of micro-stops"),
    "good": _("good units"),
    "bad": _("units that are not good, counted by machines or declared by hand"),
    "scrap": _("units thrown away"),
    "nonconform": _("units that do not conform"),
    "rework": _("units to be reworked"),
    "ideal_ms": _("ideal cycle time of all units made"),
    "expected_ms": _("expected cycle time of all units made"),
    "ideal_units": _("units that planned production time is good for at the ideal cycle time"),
    "target_units": _("the same without the time of stops"),
    "expected_units": _("units that planned production time is good for at the expected cycle time"),
    "kwh": _("energy used"),
    "kwh_outside": _("energy used outside planned production time"),
    "value": _("value of the good units"),
    "lost_value": _("value of the ideal units that are no good ones"),
}
