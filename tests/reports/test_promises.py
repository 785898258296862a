"""I3 to I8: random histories, and what holds of every one of them, whoever has changed what.

The oracle is `naive`: minute by minute, from the tables, without anything of the product's sums.
"""

import os
from datetime import timedelta
from itertools import pairwise

import pytest

from downtime import engine
from downtime.models import Slice
from mesproject.reports.asking import Days, Question, losses, production
from mesproject.reports.definition import DEFAULT
from mesproject.reports.measures import FIELDS, Measures
from mesproject.reports.metrics import METRICS
from mesproject.reports.models import DayFact, DowntimeFact, FactMark, HourFact, RejectFact, ShiftFact
from production.models import Operator
from production.windows import Window
from tests.reports import histories, naive
from tests.reports.histories import history, settle

pytestmark = pytest.mark.django_db

HISTORIES = int(os.environ.get("HISTORIES", "2000"))
FIRST = int(os.environ.get("FIRST", "1000"))
NAMES = (
    "machine", "machineGroup", "plant", "hour", "day", "week", "month", "shift", "run", "operator", "job",
    "jobOperation", "part",
)  # fmt: skip
WHOLE = [name for name in FIELDS if name.endswith("_ms") and name not in ("ideal_ms", "expected_ms")]
COUNTED = [*WHOLE, "stops", "micro_stops"]
FACTS = (HourFact, DayFact, ShiftFact, DowntimeFact, RejectFact)
TOGETHER = ("run_ms", "micro_stop_ms", "stop_ms", "planned_stop_ms", "setup_ms", "no_signal_ms")
DOWNTIME = METRICS["downtime"]
NOT_PLANNED = (
    "optional_ms", "unattended_ms", "no_run_ms", "break_ms", "holiday_ms", "maintenance_ms", "non_production_ms",
)  # fmt: skip


def over(seeds, *checks, **how):
    for seed in seeds:
        with history(seed, **how) as one:
            for check in checks:
                try:
                    check(one)
                except BaseException as problem:
                    problem.add_note(f"history {seed}, {check.__name__}")
                    raise


def test_i3_slices_tile_the_time_of_a_station():
    over(range(5), slices_tile)


def test_i4_what_became_of_time_adds_up_to_calendar_time():
    over(range(5, 10), time_adds_up)


def test_i5_totals_do_not_depend_on_the_bucket():
    over(range(10, 14), buckets_do_not_matter)


def test_i6_facts_are_what_the_slow_way_finds_in_the_tables():
    over(range(14, 24), answers_are_the_naive_ones)


def test_i6_facts_are_the_same_when_all_is_decided_and_summed_anew():
    over(range(24, 30), summing_anew_changes_nothing)


def test_i7_any_order_and_repetition_gives_the_same_facts():
    for seed in range(30, 34):
        order_does_not_matter(seed)


def test_i8_ratios_lie_where_ratios_lie():
    over(range(34, 38), ratios_are_sane)


@pytest.mark.long
def test_thousands_of_histories_keep_every_promise():
    for seed in range(FIRST, FIRST + HISTORIES):
        over([seed], *EVERY)
        if seed % 5 == 0:
            order_does_not_matter(seed)


# I3


def slices_tile(one):
    for station in one.stations:
        found = list(Slice.objects.filter(station=station).order_by("start"))
        assert all(before.end == after.start for before, after in pairwise(found))
        assert [piece.end for piece in found[-1:]] in ([], [None])


# I4


def time_adds_up(one):
    for window in (one.window, one.window_of_minutes()):
        for groups in ((), ("machine", "hour"), ("day", "shift"), ("run",), ("operator",)):
            for key, sums in production(Question(one.as_they_are(), window, groups, now=one.end)):
                became = sum(getattr(sums, name) for name in TOGETHER)
                assert sums.planned_ms == became
                assert sums.shift_ms == became + sum(getattr(sums, name) for name in NOT_PLANNED)
                assert sums.all_ms >= sums.shift_ms
                assert ("shift" not in groups) or key[-1] or not sums.shift_ms
    for station in one.as_they_are():
        window = one.window_of_minutes()
        known = Slice.objects.filter(station=station).order_by("start").first()
        if known:
            end = min(window.end, station.archived_at or window.end)
            time = max(end - max(window.start, known.start), timedelta())
            asked = production(Question([station], window, ("machine",), now=one.end))
            assert sum(sums.all_ms for _, sums in asked) == time // timedelta(milliseconds=1)


# I5


def buckets_do_not_matter(one):
    stations, window = one.as_they_are(), one.window_of_minutes()
    whole = summed(production(Question(stations, window, now=one.end)))
    for _ in range(6):
        groups = tuple(one.chance.sample(NAMES, one.chance.randrange(1, 4)))
        same(summed(production(Question(stations, window, groups, now=one.end))), whole, groups)
    cut = window.start + (window.duration // 2 // timedelta(minutes=1)) * timedelta(minutes=1)
    parts = [Window(window.start, cut), Window(cut, window.end)]
    if window.start < cut:
        rows = [row for part in parts for row in production(Question(stations, part, ("hour",), now=one.end))]
        same(summed(rows), whole, "two windows")
    lost = losses(Question(stations, window, ("reason",), now=one.end), "downtime")
    assert sum(amount for _, (amount, _) in lost) == DOWNTIME.compute(Measures(**whole), DEFAULT)
    assert sum(records for _, (_, records) in lost) >= whole["stops"]


def summed(rows):
    return {name: sum(getattr(part, name) for _, part in rows) for name in FIELDS}


def same(found, expected, why=""):
    """To the millisecond and the unit; what was divided, to the last digits."""
    for name in FIELDS:
        if name in COUNTED:
            assert found.get(name, 0) == expected.get(name, 0), (name, why)
        else:
            assert found.get(name, 0) == pytest.approx(expected.get(name, 0), rel=1e-9, abs=1e-6), (name, why)


# I6


def answers_are_the_naive_ones(one):
    stations = one.as_they_are()
    windows = [one.window, *(one.window_of_minutes() for _ in range(3))]
    edges = [naive.ms(at) for window in windows for at in (window.start, window.end)]
    told = [atom for s in stations for atom in naive.atoms(s, round_about(one.window), cuts=edges)]
    told = [atom for atom in told if atom.at < naive.ms(one.end)]
    for window in windows:
        bounds = naive.ms(window.start), naive.ms(window.end)
        for _ in range(3):
            groups = tuple(one.chance.sample(NAMES, one.chance.randrange(4)))
            choice = chosen(one, told)
            asked = {
                key: fields(sums)
                for key, sums in production(Question(stations, window, groups, **choice, now=one.end))
            }
            compare(asked, naive.production(told, bounds, groups, **choice), (window, groups, choice))
            for kind in ("downtime", "rejects"):
                reasons = (*groups, "reason") if one.chance.random() < 0.7 else groups
                lost = dict(losses(Question(stations, window, reasons, **choice, now=one.end), kind))
                expected = naive.losses(told, bounds, reasons, kind, **choice)
                assert lost == {key: value for key, value in expected.items() if any(value)}, (
                    window,
                    reasons,
                    choice,
                )
    days = sorted({atom.groups["day"] for atom in told})
    if days:
        first, last = sorted([one.chance.choice(days), one.chance.choice(days)])
        groups = ("machine", "day", "shift")
        asked = {
            k: fields(sums)
            for k, sums in production(Question(stations, Days(first, last), groups, now=one.end))
        }
        whole = [atom for atom in told if first <= atom.groups["day"] <= last]
        compare(asked, naive.production(whole, None, groups), (first, last))


def round_about(window):
    """The window in whole minutes, for the oracle that knows nothing else."""
    end = window.end.replace(second=0, microsecond=0)
    return Window(window.start, end if end == window.end else end + timedelta(minutes=1))


def chosen(one, told):
    """A filter now and then, of a value that occurs."""
    if not told or one.chance.random() < 0.6:
        return {}
    name = one.chance.choice(["machine", "shift", "run", "operator", "part", "day"])
    value = one.chance.choice(told).groups[name]
    return {one.chance.choice(["only", "without"]): {name: [value]}}


def fields(sums):
    return {name: getattr(sums, name) for name in FIELDS}


def compare(asked, expected, why):
    empty = dict.fromkeys(FIELDS, 0)
    for key in asked.keys() | expected.keys():
        same(asked.get(key, empty), expected.get(key, empty), (key, why))


def summing_anew_changes_nothing(one):
    """From the signals on: slices and facts."""
    before, slices = stored(), tiles()
    for station in one.as_they_are():
        if not station.archived_at:
            engine.rebuild(station, now=one.end)
    assert tiles() == slices
    FactMark.objects.all().delete()
    for fact in FACTS:
        fact.objects.all().delete()
    settle(now=one.end)
    assert stored() == before


def tiles():
    return list(
        Slice.objects.order_by("station", "start").values_list(
            "station", "start", "end", "state", "silent_since"
        )
    )


def stored():
    return {fact.__name__: sorted(fact.objects.values_list()) for fact in FACTS}


# I7


def order_does_not_matter(seed):
    """The same words told at once and in order, and told in disorder, with ticks and sums between them."""
    found = []
    for quiet in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(histories, "change", lambda *_: None)
            with history(seed, quiet=quiet) as one:
                mine = {s.pk: number for number, s in enumerate(one.stations)}
                runs = {0: 0}
                began = HourFact.objects.order_by("station_id", "hour", "run_id")
                for row in began.values_list("run_id", flat=True):
                    runs.setdefault(row, len(runs))
                people = {0: ""} | dict(Operator.objects.values_list("pk", "initials"))
                facts = []
                for fact in FACTS:
                    for row in fact.objects.values():
                        row["station_id"], row["run_id"] = (
                            mine[row["station_id"]],
                            runs.get(row.get("run_id", 0)),
                        )
                        row["operator_id"] = people[row.get("operator_id", 0)]
                        row.pop("reason_id", None)
                        facts.append((fact.__name__, *(str(value) for _, value in sorted(row.items()))))
                found.append(sorted(facts))
    assert found[0] == found[1], seed


# I8


def ratios_are_sane(one):
    for groups in ((), ("machine", "hour"), ("run", "operator"), ("shift",)):
        for _, sums in production(Question(one.as_they_are(), one.window, groups, now=one.end)):
            assert 0 <= sums.run_ms + sums.micro_stop_ms <= sums.planned_ms
            assert 0 <= sums.stop_ms <= sums.planned_ms
            assert sums.uncategorized_ms <= sums.stop_ms
            assert sums.ideal_ms >= 0
            assert sums.good + sums.bad >= 0
            assert sums.bad == pytest.approx(sums.scrap + sums.nonconform + sums.rework)


EVERY = (
    slices_tile, time_adds_up, buckets_do_not_matter, answers_are_the_naive_ones, ratios_are_sane,
    summing_anew_changes_nothing,
)  # fmt: skip
