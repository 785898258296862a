"""Questions of facts: any window, any grouping, and always what the story itself says."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mesproject.reports.asking import Days, Question, TooManyGroups, losses, production
from mesproject.reports.measures import FIELDS, Measures, total
from mesproject.reports.story import Question as Of
from mesproject.reports.story import told
from mesproject.reports.tally import tally
from production.live import look_again
from production.models import Station
from production.windows import Window
from tests.make import make_job_run, make_pattern, make_plant, make_reject, make_sku, make_station
from tests.reports import histories
from tests.reports.test_facts import say, settle
from tests.tries import tries

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
BEGIN = datetime(2026, 3, 27, 21, tzinfo=UTC)
END = BEGIN + 60 * HOUR


def make_history():
    """Two and a half days over the end of winter time, with shifts that reach over the end of the shop day."""
    plant = make_plant("Europe/Berlin", day_start="00:00")
    stations = [make_station(cycle_time_ms=600_000, plant=plant) for _ in range(2)]
    for number, station in enumerate(stations):
        make_pattern(("Early", 360, 480), ("Night", 1320, 480), follows=station)
        make_job_run(station, sku=make_sku(company=station.company, cycle_time_ms=300_000),
                           actual_start=BEGIN + 10 * HOUR, actual_end=BEGIN + 31 * HOUR)  # fmt: skip
        for step in range(0, 60 * 60, 7 + number):
            if step % 400 < 300:
                say(station, BEGIN + step * timedelta(minutes=1), good=1.0, now=END)
        make_reject(station, at=BEGIN + 11 * HOUR, quantity=3)
    settle(now=END)
    return list(Station.objects.filter(pk__in=[s.pk for s in stations]).in_place())


def told_by_the_story(stations, window):
    """The sums of a window, without facts."""
    found = told([Of(station, window, window.start) for station in stations])
    return total(part for s in stations for part in tally(found[s.pk].story, window).measures.values())


def close(found: Measures, expected: Measures):
    return {n: getattr(found, n) for n in FIELDS} == pytest.approx({n: getattr(expected, n) for n in FIELDS})


def test_any_window_gives_what_its_story_says():
    stations = make_history()

    @settings(max_examples=tries(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 3600), st.integers(1, 3600), st.sampled_from([1, 15, 60]))
    def check(start, length, step):
        begin = BEGIN + start // step * step * timedelta(minutes=1)
        window = Window(begin, min(begin + max(length // step * step, 1) * timedelta(minutes=1), END))
        if window.start < window.end:
            for groups in ((), ("machine",), ("hour",), ("run", "shift"), ("day",)):
                rows = production(Question(stations, window, groups, now=END))
                assert close(total(part for _, part in rows), told_by_the_story(stations, window)), groups

    check()


def test_whole_days_are_answered_by_shop_day():
    stations = make_history()
    rows = dict(
        production(Question(stations, Days(date(2026, 3, 28), date(2026, 3, 29)), ("day", "shift"), now=END))
    )
    assert set(rows) == {(date(2026, 3, day), name) for day in (28, 29) for name in ("", "Early", "Night")}
    # The night of the 28th loses an hour, and belongs to the day on which it begins.
    assert rows[date(2026, 3, 28), "Night"].shift_ms == 2 * 7 * 3_600_000


def test_runs_and_their_skus_group_and_filter():
    stations = make_history()
    window = Window(BEGIN, END)
    by_part = dict(production(Question(stations, window, ("part",), now=END)))
    codes = {code for (code,) in by_part if code}
    assert len(codes) == 2
    one = sorted(codes)[0]
    [(key, only)] = production(Question(stations, window, ("part",), only={"part": [one]}, now=END))
    assert key == (one,)
    assert only.good == by_part[one,].good
    rest = production(Question(stations, window, ("part",), without={"part": [one]}, now=END))
    assert one not in {code for (code,), _ in rest}


@pytest.mark.parametrize("asked", [FIELDS, ("good",)])
def test_what_only_ran_after_a_window_is_not_told(asked):
    """The night reaches over the end of its shop day, and so of the window; another run begins in that part."""
    stations = make_history()
    begin, end = datetime(2026, 3, 26, 23, tzinfo=UTC), datetime(2026, 3, 27, 23, tzinfo=UTC)
    late = make_job_run(stations[0], actual_start=end + HOUR, actual_end=end + 3 * HOUR)
    look_again([stations[0].pk], since=end, at=END)
    histories.settle(now=END)
    runs = {run for (run,), _ in production(Question(stations, Window(begin, end), ("run",), now=END), asked)}
    assert late.pk not in runs
    longer = production(Question(stations, Window(begin, END), ("run",), now=END), asked)
    assert late.pk in {run for (run,), _ in longer}


def test_downtime_is_told_by_cause_and_counted_once():
    stations = make_history()
    window = Window(BEGIN, END)
    found = dict(losses(Question(stations, window, ("reason",), now=END), "downtime"))
    assert set(found) == {(0,)}
    whole = total(part for _, part in production(Question(stations, window, now=END)))
    assert found[0,] == (whole.stop_ms, whole.stops)
    by_machine = losses(Question(stations, window, ("machine", "reason"), now=END), "downtime")
    assert sum(amount for _, (amount, _) in by_machine) == whole.stop_ms


def test_rejects_are_told_by_reason():
    stations = make_history()
    found = losses(Question(stations, Window(BEGIN, END), ("reason", "machine"), now=END), "rejects")
    assert [amount for _, amount in found] == [(3, 1), (3, 1)]


def test_days_are_found_among_hours_and_losses():
    stations = make_history()
    first, last = date(2026, 3, 28), date(2026, 3, 29)
    whole = total(part for _, part in production(Question(stations, Days(first, last), now=END)))
    by_hour = production(Question(stations, Days(first, last), ("hour",), now=END))
    assert close(total(part for _, part in by_hour), whole)
    [(_, (amount, records))] = losses(Question(stations, Days(first, last), now=END), "downtime")
    assert (amount, records) == (whole.stop_ms, whole.stops)


def test_more_groups_than_wanted_are_refused():
    stations = make_history()
    days = Days(date(2026, 3, 28), date(2026, 3, 29))
    assert len(production(Question(stations, days, ("machine", "day"), most=4, now=END))) == 4
    with pytest.raises(TooManyGroups):
        production(Question(stations, days, ("machine", "day"), most=3, now=END))


def test_before_its_first_signal_a_station_has_no_time():
    stations = make_history()
    early = Window(BEGIN - 90 * timedelta(minutes=1), END)
    [(_, whole)] = production(Question(stations, early, now=END))
    [(_, known)] = production(Question(stations, Window(BEGIN, END), now=END))
    assert whole.all_ms == known.all_ms == 2 * 60 * 3_600_000


def test_nothing_asked_is_nothing_answered():
    assert production(Question([], Window(BEGIN, END), now=END)) == []
