"""Scales with ticks that people count in, and shapes whose words are safe."""

import re
from xml.etree import ElementTree

import pytest

from mesproject.analysis import charts
from mesproject.analysis.drawing import HOUR, MINUTE, Chart, Link, Rect, Text, cut, runs_of, scale

HOSTILE = "<script>\"&'</script>"


def drawn(chart):
    """A chart as XML: it must be well formed whatever is in it."""
    return ElementTree.fromstring(f"<svg>{chart.body}</svg>")


@pytest.mark.parametrize(
    ("high", "is_time", "ticks"),
    [
        (97, False, [0, 20, 40, 60, 80, 100]),
        (0.9, False, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (7 * HOUR, True, [0, 2 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR]),
        (50 * MINUTE, True, [0, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 40 * MINUTE, 50 * MINUTE]),
        (0, False, [0, 1]),
    ],
)
def test_ticks_are_numbers_that_people_count_in(high, is_time, ticks):
    assert scale(0, high, 0, 100, is_time=is_time).ticks == pytest.approx(ticks)


def test_a_scale_reaches_below_zero_and_always_holds_it():
    found = scale(-12, 40, 0, 100)
    assert 0 in found.ticks
    assert found.ticks[0] <= -12 < 40 <= found.ticks[-1]
    assert scale(5, 40, 0, 100).ticks[0] == 0


def test_many_days_get_ticks_of_whole_days():
    ticks = scale(0, 1000 * HOUR, 0, 1, is_time=True).ticks
    assert all(tick % (24 * HOUR) == 0 for tick in ticks)


def test_lines_have_gaps_where_nothing_is_known():
    assert [list(run) for run in runs_of([1, 2, None, 3, None])] == [[0, 1], [3]]
    assert list(runs_of([])) == []


def test_texts_from_people_cannot_leave_their_element():
    shapes = [Rect(0, 0, 1, 1, "f-bar", HOSTILE), Text(0, 0, HOSTILE), Link(f"/?a={HOSTILE}", HOSTILE, [])]
    body = Chart(10, shapes, "x").body
    assert "<script" not in body
    assert drawn(Chart(10, shapes, "x")).find("text").text == HOSTILE


def test_what_holds_links_is_not_told_as_an_image():
    assert Chart(1, [], "x").role == "img"
    assert Chart(1, [Link("/", "x", [])], "x").role == "group"


def test_bars_are_as_long_as_their_values_and_lead_where_they_say():
    found = [
        charts.Bar("A", [charts.Part(100, "f-bar")], "100", "/a"),
        charts.Bar("B", [charts.Part(25, "f-bar")], "25"),
    ]
    svg = drawn(charts.bars(found, say=str, words="x"))
    widths = [float(rect.get("width")) for rect in svg.iter("rect") if rect.get("class") == "f-bar"]
    assert widths[0] == pytest.approx(4 * widths[1], abs=0.2)
    assert [link.get("href") for link in svg.iter("a")] == ["/a"]


def test_a_bar_below_zero_is_drawn_to_the_left():
    found = [
        charts.Bar("A", [charts.Part(10, "f-bar")], ""),
        charts.Bar("B", [charts.Part(-5, "f-bar")], "", start=10),
    ]
    first, second = [
        r for r in drawn(charts.bars(found, say=str, words="")).iter("rect") if r.get("class") == "f-bar"
    ]
    assert float(second.get("x")) + float(second.get("width")) == pytest.approx(
        float(first.get("x")) + float(first.get("width")), abs=0.2
    )


def test_columns_stand_on_zero_and_lines_follow_their_own_scale():
    found = [charts.Column(str(n), [charts.Part(n, "f-bar")]) for n in range(4)]
    line = charts.Line([None, 0.5, 1.0, None], "oee", "OEE")
    svg = drawn(charts.columns(found, say=str, words="x", lines=[line], say_line=lambda v: f"{v:.0%}"))
    feet = {
        round(float(rect.get("y")) + float(rect.get("height")), 1)
        for rect in svg.iter("rect") if rect.get("class") == "f-bar"
    }  # fmt: skip
    assert len(feet) == 1
    [stroke] = [one for one in svg.iter("polyline") if "l-oee" in one.get("class")]
    assert len(stroke.get("points").split()) == 2


def test_of_many_columns_some_names_are_left_out():
    found = [charts.Column(f"day {n}", [charts.Part(1, "f-bar")]) for n in range(90)]
    names = re.findall("day ", charts.columns(found, say=str, words="x").body)
    assert 8 <= len(names) <= 16


def test_nothing_at_all_is_drawn_as_an_empty_chart():
    assert drawn(charts.bars([], say=str, words="x")) is not None
    assert drawn(charts.columns([], say=str, words="x")) is not None


def test_long_names_are_cut():
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
