"""The timeline of a shift."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from downtime.models import Issue, Slice
from mesproject.reports.timeline import draw
from production.windows import Window
from scheduling.expansion import Pause
from tests.make import NOON

HOUR = timedelta(hours=1)
SHIFT = Window(NOON - 2 * HOUR, NOON + 6 * HOUR)


def piece(start: float, end: float | None, state: str, silent: datetime | None = None) -> Slice:
    return Slice(
        start=NOON + start * HOUR,
        end=None if end is None else NOON + end * HOUR,
        state=state,
        silent_since=silent,
    )


def drawn(*slices: Slice, issues: tuple[Issue, ...] = (), pauses: tuple[Pause, ...] = (), now=NOON):
    return draw(SHIFT, slices, issues, pauses, ZoneInfo("UTC"), now)


def test_a_break_is_drawn_with_its_name_also_before_it_comes():
    timeline = drawn(pauses=(Pause(Window(NOON + 2 * HOUR, NOON + 2.5 * HOUR), "Tea"),))
    [rest] = timeline.rests
    assert (rest.x, rest.width, rest.label, rest.title) == (50, 6.25, "Tea", "14:00–14:30 Tea")


def test_a_name_that_does_not_fit_is_left_to_the_title():
    timeline = drawn(pauses=(Pause(Window(NOON + 2 * HOUR, NOON + 2.25 * HOUR), "Second breakfast"),))
    assert (timeline.rests[0].label, timeline.rests[0].title) == ("", "14:00–14:15 Second breakfast")


def test_slices_lie_where_they_were_in_the_shift():
    timeline = drawn(piece(-3, -1, "running"), piece(-1, None, "stopped"))
    assert [(bar.state, bar.x, bar.width) for bar in timeline.bars] == [
        ("running", 0, 12.5),
        ("stopped", 12.5, 12.5),
    ]
    assert timeline.now == 25
    assert timeline.bars[1].title == "11:00–12:00 Stopped"


def test_pieces_that_only_a_shift_or_a_run_parted_are_drawn_as_one():
    timeline = drawn(piece(-2, -1.5, "running"), piece(-1.5, -1, "running"), piece(-1, 0, "no_signal"))
    assert [bar.state for bar in timeline.bars] == ["running", "no_signal"]


def test_a_stop_that_waits_for_its_cause_is_marked():
    stop = piece(-1, -0.5, "stopped", silent=NOON - HOUR)
    told = Issue(silent_since=NOON - HOUR, started_at=NOON - HOUR, cause_id=1)
    waits = Issue(silent_since=NOON - HOUR, started_at=NOON - HOUR)
    assert drawn(stop, issues=(waits,)).bars[0].unexplained
    assert not drawn(stop, issues=(told,)).bars[0].unexplained


def test_when_the_shift_is_over_there_is_no_present_and_nothing_beyond_its_end():
    timeline = drawn(piece(-2, None, "running"), now=NOON + 9 * HOUR)
    assert timeline.now is None
    assert (timeline.bars[0].x, timeline.bars[0].width) == (0, 100)


def test_hours_are_those_of_the_plants_clock():
    adelaide = ZoneInfo("Australia/Adelaide")  # half an hour off
    labels = [mark.label for mark in draw(SHIFT, [], [], [], adelaide, NOON).marks]
    assert labels == ["21:00", "22:00", "23:00", "00:00", "01:00", "02:00", "03:00", "04:00"]


def test_a_night_of_a_clock_change_shows_the_hour_twice():
    night = Window(datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 5, tzinfo=UTC))
    marks = draw(night, [], [], [], ZoneInfo("Europe/Berlin"), night.start).marks
    assert [mark.label for mark in marks].count("02:00") == 2


def test_a_long_shift_shows_fewer_hours():
    day = Window(NOON, NOON + 24 * HOUR)
    assert [mark.label for mark in draw(day, [], [], [], ZoneInfo("UTC"), NOON).marks][:3] == [
        "12:00",
        "14:00",
        "16:00",
    ]
