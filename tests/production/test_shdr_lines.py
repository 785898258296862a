from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.messages import NotUnderstood
from production.mtconnect.observation import BadLine, Observation
from production.mtconnect.shdr import LineReader, instant, read

AT = datetime(2026, 3, 11, 12, 0, 0, 123456, tzinfo=UTC)
TIME = "2026-03-11T12:00:00.1234567Z"


def pairs(line: str) -> list[tuple[str, str]]:
    return [(found.name, found.value) for found in LineReader().read(line)]


def test_one_line_holds_several_values_of_one_instant():
    found = LineReader().read(f"{TIME}|execution|ACTIVE|Part_Count|1909|avail|AVAILABLE\r\n")
    assert [(one.at, one.name, one.value) for one in found] == [
        (AT, "execution", "ACTIVE"), (AT, "Part_Count", "1909"), (AT, "avail", "AVAILABLE"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-11T12:00:00.1234567Z", AT),
        ("2026-03-11T12:00:00.123456Z@12.5", AT),
        ("2026-03-11T13:00:00.123456+01:00", AT),
        ("2026-03-11T12:00:00.123456", AT),
        ("2026-03-11T12:00:00Z", AT.replace(microsecond=0)),
    ],
)
def test_a_time_has_any_number_of_decimals_a_duration_or_no_zone(text, at):
    assert instant(text) == at


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-03-11", "12.5", "noon", "2026-13-11T12:00:00Z", "2026-W11-3"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(NotUnderstood, match="no time"):
        instant(text)


def test_conditions_have_level_code_and_text():
    [found] = LineReader().read(f"{TIME}|system_cond|Fault|1105|2|HIGH|SAFETY SHIELD")
    assert found == Observation(AT, "system_cond", "SAFETY SHIELD", level="FAULT", code="1105")
    [found] = LineReader().read(f"{TIME}|system_cond|NORMAL||||")
    assert (found.level, found.code, found.value) == ("NORMAL", "", "")


def test_three_pairs_are_not_taken_for_a_condition():
    assert pairs(f"{TIME}|mode|NORMAL|tool|1|axis|X") == [("mode", "NORMAL"), ("tool", "1"), ("axis", "X")]


def test_a_key_may_name_its_device():
    [found] = LineReader().read(f"{TIME}|Mazak01:execution|READY")
    assert (found.device, found.name) == ("Mazak01", "execution")


def test_a_message_has_a_code_and_a_text():
    assert pairs(f"{TIME}|message|CHG_INSRT|Change inserts") == [("message", "Change inserts")]


def test_empty_values_and_a_closing_pipe_are_fine():
    assert pairs(f"{TIME}|tool||asset|") == [("tool", ""), ("asset", "")]
    assert pairs(f"{TIME}|tool|1|asset|2|") == [("tool", "1"), ("asset", "2")]


def test_a_pipe_in_a_value_is_written_with_a_backslash():
    assert pairs(f"{TIME}|program|A\\|B") == [("program", "A|B")]


@pytest.mark.parametrize("line", ["", "\n", "* PONG 10000", "* shdrVersion: 2"])
def test_comments_say_nothing(line):
    assert LineReader().read(line) == []


def test_assets_are_left_out_with_all_their_lines():
    lines = [
        f"{TIME}|@ASSET@|123.1|CuttingTool|--multiline--ABCD\n",
        f"{TIME}|execution|<a line of the asset>\n",
        "--multiline--ABCD\n",
        f"{TIME}|@REMOVE_ASSET@|123.1\n",
        f"{TIME}|execution|ACTIVE\n",
    ]
    assert [found.value for found in read(lines)] == ["ACTIVE"]


def test_a_block_without_an_end_is_told():
    found = list(read([f"{TIME}|@ASSET@|1|CuttingTool|--multiline--X\n", "<a/>\n"]))
    assert [type(one) for one in found] == [BadLine]
    assert found[0].number == 2


GARBAGE = [
    "|".join(["x"] * 40),
    "2026-03-11T12:00:00Z",
    "2026-03-11T12:00:00Z|a|1|b|2|c",
    "2026-03-11T12:00:00Z|||||",
    "|execution|ACTIVE",
    "99999999999999999999|execution|ACTIVE",
    "2026-03-11T12:00:00Z|exec\x00ution|ACTIVE",
    "2026-03-11T12:00:00Z|" + "x" * 2_000_000,
]


@pytest.mark.parametrize("line", GARBAGE)
def test_garbage_is_refused_with_its_line_number_and_the_next_line_is_unharmed(line):
    bad, good = read([line, f"{TIME}|execution|ACTIVE"])
    assert isinstance(bad, BadLine)
    assert bad.reason.startswith("Line 1: ")
    assert bad.line == line
    assert good == Observation(AT, "execution", "ACTIVE")


odd = ["FAULT", "Normal", "", "@ASSET@", "--multiline--X", "1", TIME, "a:b", "\\"]
field = st.text(max_size=12) | st.sampled_from(odd)
lines = st.lists(field, max_size=8).map("|".join)


@given(st.lists(lines | lines.map(lambda rest: f"{TIME}|{rest}"), max_size=5))
def test_no_lines_break_the_reader(recording):
    for found in read(recording):
        assert isinstance(found, Observation | BadLine)


@given(st.text(max_size=60))
def test_no_text_breaks_the_clock(text):
    with suppress(NotUnderstood):
        assert instant(text).tzinfo is UTC
