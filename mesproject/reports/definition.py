"""Where plants define their numbers differently: one switch for each difference, and what it changes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal, TypeVar

from mesproject.reports.measures import Measures
from mesproject.words import gettext_noop as _

Side = Literal["inside", "outside"]
Loss = Literal["availability", "performance"]


@dataclass(frozen=True)
class Sum:
    """Measures added and taken away: a quantity that can be read and computed."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As in a formula, in brackets where it has several terms."""
        said = " + ".join(self.plus) + "".join(f" − {name}" for name in self.minus)
        return f"({said})" if len(self.plus) + len(self.minus) > 1 else said

    @cached_property
    def value(self) -> Callable[[Measures, Definition], float]:
        """The quantity, which no definition changes; a function made once, because reports call it a million times."""
        terms, count = (*self.plus, *self.minus), len(self.plus)
        if not terms:
            return lambda _measures, _definition: 0.0
        read: Callable[[Measures], Any] = attrgetter(*terms)  # a tuple, where there are several
        if len(terms) == 1 and count:
            return lambda measures, _definition: read(measures)
        if len(terms) == count == 2:
            return lambda measures, _definition: (pair := read(measures))[0] + pair[1]
        if terms == self.plus:
            return lambda measures, _definition: sum(read(measures))
        if (len(terms), count) == (2, 1):
            return lambda measures, _definition: (pair := read(measures))[0] - pair[1]
        return lambda measures, _definition: sum((found := read(measures))[:count]) - sum(found[count:])


def of(*plus: str, less: Sequence[str] = ()) -> Sum:
    """A sum of measures, less others."""
    return Sum(plus, tuple(less))


# What each switch of a definition says.
SENTENCES = {
    "oee_base": _(
        "OEE is a share of planned production time, of all time in shifts (shift), or of all time (all)."
    ),
    "planned_stops": _(
        "A stop whose cause is a planned one is a loss of availability (inside) or no planned time (outside)."
    ),
    "changeover": _("Setup is a loss of availability (inside) or no planned time (outside)."),
    "no_signal": _(
        "Time of which a station told nothing is a loss of availability (inside) or no planned time "
        "(outside)."
    ),
    "micro_stops": _(
        "A micro-stop is a loss of performance (the machine is slow) or of availability (it stands)."
    ),
    "performance_cap": _("Performance is cut to this; none: it is shown and flagged as it is."),
    "optional_shifts": _(
        "An optional shift counts only while a job runs in it (when_used), or always (planned)."
    ),
    "rework": _("A unit to be reworked counts as bad, or as good."),
    "idle": _("Where nothing ran, performance and quality have no answer (none) or are 0 (zero)."),
    "repair_in_mtbf": _(
        "Time between failures includes that of repair (MTBF = MTTF + MTTR), or only that at work."
    ),
    "oee_warning": _("OEE below this is a warning."),
    "oee_failure": _("OEE below this is a failure."),
    "parts_goal_warning": _("Units below this share of the goal are a warning."),
    "parts_goal_failure": _("Units below this share of the goal are a failure."),
    "idle_cost_per_hour": _(
        "What an hour without production costs where no unit's value says so; none: unknown."
    ),
    "currency": _("What all money is in."),
    "energy_price_per_kwh": _("What a kilowatt-hour costs; none: unknown, and so is what energy cost."),
    "co2_kg_per_kwh": _("How many kilograms of carbon dioxide a kilowatt-hour stands for; none: unknown."),
}

_SIDES = {"inside": _("a loss of availability"), "outside": _("no planned time")}
# What a switch may say, and what that means.
CHOICES: dict[str, dict[str, str]] = {
    "oee_base": {
        "planned": _("planned production time"),
        "shift": _("all time in shifts"),
        "all": _("all time"),
    },
    "planned_stops": _SIDES,
    "changeover": _SIDES,
    "no_signal": _SIDES,
    "micro_stops": {"performance": _("a loss of performance"), "availability": _("a loss of availability")},
    "optional_shifts": {"when_used": _("only while a job runs in it"), "planned": _("always")},
    "rework": {"bad": _("bad"), "good": _("good")},
    "idle": {"none": _("no answer"), "zero": "0"},
}
# Of switches that word formulas, everything they may say.
ALTERNATIVES: dict[str, tuple[Any, ...]] = {
    **{name: tuple(said) for name, said in CHOICES.items()},
    "performance_cap": (None, 1.0),
    "repair_in_mtbf": (False, True),
}


@dataclass(frozen=True)
class Definition:
    """What a company means by its numbers. The defaults are ours; `block` shows whatever holds."""

    oee_base: Literal["planned", "shift", "all"] = "planned"
    planned_stops: Side = "outside"
    changeover: Side = "inside"
    no_signal: Side = "inside"
    micro_stops: Loss = "performance"
    performance_cap: float | None = None
    optional_shifts: Literal["when_used", "planned"] = "when_used"
    rework: Literal["bad", "good"] = "bad"
    idle: Literal["none", "zero"] = "none"
    repair_in_mtbf: bool = False
    oee_warning: float = 0.75
    oee_failure: float = 0.60
    parts_goal_warning: float = 0.90
    parts_goal_failure: float = 0.75
    idle_cost_per_hour: float | None = None
    currency: str | None = None
    energy_price_per_kwh: float | None = None
    co2_kg_per_kwh: float | None = None

    @cached_property
    def base(self) -> Sum:
        """The time of which availability is a share."""
        outside = {
            "planned_stop_ms": self.planned_stops, "setup_ms": self.changeover, "no_signal_ms": self.no_signal,
        }  # fmt: skip
        less = tuple(name for name, side in outside.items() if side == "outside")
        return Sum(self.whole.plus, self.whole.minus + less)

    @cached_property
    def whole(self) -> Sum:
        """The same before anything is put outside."""
        always = self.optional_shifts == "planned"
        if self.oee_base == "planned":
            return of("planned_ms", "optional_ms") if always else of("planned_ms")
        if self.oee_base == "shift":
            return of("shift_ms") if always else of("shift_ms", less=["optional_ms"])
        return of("all_ms")

    @cached_property
    def scheduled(self) -> Sum:
        """Time with a plan, be it for production, a break, or maintenance."""
        if self.oee_base == "planned":
            return Sum((*self.whole.plus, "break_ms", "maintenance_ms", "non_production_ms"))
        return self.whole

    @cached_property
    def running(self) -> Sum:
        """The time at work in planned production time, of which performance is a share."""
        return of("run_ms", "micro_stop_ms") if self.micro_stops == "performance" else of("run_ms")

    @cached_property
    def processing(self) -> Sum:
        """Time at work or in setup: ISO 22400's actual unit processing time."""
        return Sum((*self.running.plus, "setup_ms"))

    @cached_property
    def busy_base(self) -> Sum:
        """The base with setup inside: ISO 22400's planned busy time, as its NEE index has it."""
        return Sum(self.base.plus, tuple(name for name in self.base.minus if name != "setup_ms"))

    @cached_property
    def rejected(self) -> Sum:
        """Units that are not good."""
        return of("bad") if self.rework == "bad" else of("bad", less=["rework"])

    @cached_property
    def accepted(self) -> Sum:
        """Units that are."""
        return of("good") if self.rework == "bad" else of("good", "rework")

    @cached_property
    def setup(self) -> Sum:
        """Setup that is a loss."""
        return of("setup_ms") if self.changeover == "inside" else Sum(())

    @cached_property
    def standing(self) -> Sum:
        """Micro-stops that are a loss of availability."""
        return of("micro_stop_ms") if self.micro_stops == "availability" else Sum(())

    @cached_property
    def between_failures(self) -> Sum:
        """The time that failures are counted in."""
        return Sum((*self.running.plus, "stop_ms")) if self.repair_in_mtbf else self.running


DEFAULT = Definition()


@dataclass(frozen=True, slots=True)
class Chosen:
    """A quantity that the definition says."""

    name: str

    @property
    def text(self) -> str:
        """As in a formula: a place for what the definition says."""
        return f"{{{self.name}}}"

    def value(self, measures: Measures, definition: Definition) -> float:
        """The quantity under a definition."""
        said: Sum = getattr(definition, self.name)
        return said.value(measures, definition)


Quantity = Sum | Chosen
BASE, RUNNING, SCHEDULED, REJECTED = (
    Chosen("base"),
    Chosen("running"),
    Chosen("scheduled"),
    Chosen("rejected"),
)
ACCEPTED, PROCESSING, BUSY_BASE = Chosen("accepted"), Chosen("processing"), Chosen("busy_base")
SETUP, STANDING, BETWEEN_FAILURES = Chosen("setup"), Chosen("standing"), Chosen("between_failures")
QUANTITIES = (
    BASE, RUNNING, SCHEDULED, REJECTED, ACCEPTED, PROCESSING, BUSY_BASE, SETUP, STANDING, BETWEEN_FAILURES,
)  # fmt: skip


def worded(formula: str, definition: Definition) -> str:
    """A formula with every place filled by what the definition says; "0" where it says nothing counts."""
    places = {each.name: getattr(definition, each.name).text or "0" for each in QUANTITIES}
    cap = definition.performance_cap
    said = formula.format_map({**places, "cap": "" if cap is None else f", at most {100 * cap:g} %"})
    inner = said[1:-1]
    return inner if said.startswith("(") and said.endswith(")") and not set(inner) & set("()") else said


def sentences(definition: Definition) -> list[tuple[str, Any, str]]:
    """Each switch: its name, how it stands, and what it means."""
    return [(name, getattr(definition, name), sentence) for name, sentence in SENTENCES.items()]


def settings(definition: Definition) -> dict[str, Any]:
    """Each switch by name, as JSON can say it."""
    return {name: value for name, value, _sentence in sentences(definition)}


_Code = TypeVar("_Code", bound=Hashable)
_Class = TypeVar("_Class")


def class_of(path: Sequence[_Code], classes: Mapping[_Code, _Class]) -> _Class | None:
    """The class of loss of a cause, given its path from the top of the tree: the most specific one that has any."""
    return next((classes[code] for code in reversed(path) if code in classes), None)
