"""What single cycles say of a specified time."""

from hypothesis import given
from hypothesis import strategies as st

from mesproject.reports.cycle_summary import BINS, Summary, doubts, histogram, summary


def seen(count=100, best=60_000.0):
    return Summary(count, best, best, best, 0.0, best)


def words(specified, average, known=None):
    return [doubt.word for doubt in doubts(specified, average, known)]


def test_no_cycles_say_nothing():
    assert summary([]) is None
    assert histogram([], {"specified": 1.0}) is None


def test_the_best_is_what_one_in_ten_is_as_fast_as_and_no_bouncing_sensor():
    known = summary([1.0, *map(float, range(50, 149))])
    assert known.fastest == 1
    assert known.best == 58.9
    assert (known.count, known.median, known.slowest) == (100, 98.5, 148)
    assert known.spread == 49.5


def test_a_specification_that_is_beaten_hides_losses():
    assert words(60_000, 50_000) == ["ideal too slow"]
    assert words(60_000, 59_500) == []
    assert "120 %" in next(doubts(60_000, 50_000, None)).sentence


def test_one_that_hardly_any_cycle_reaches_is_doubtful_where_enough_were_seen():
    assert words(60_000, 90_000, seen(best=80_000.0)) == ["ideal out of reach"]
    assert words(60_000, 90_000, seen(count=29, best=80_000.0)) == []
    assert words(60_000, 90_000, seen(best=65_000.0)) == []


def test_without_a_time_or_units_nothing_is_doubtful():
    assert words(None, 60_000) == words(60_000, None) == []


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=200), st.floats(1, 1e9))
def test_every_cycle_is_in_one_bin_and_every_mark_on_the_chart(lengths, specified):
    drawn = histogram(lengths, {"specified": specified, "average": None})
    assert sum(one.count for one in drawn.bins) == len(lengths)
    assert len(drawn.bins) == BINS
    assert max(one.height for one in drawn.bins) == 100
    assert set(drawn.marks) == {"specified"}
    assert 0 <= drawn.marks["specified"] <= 100
