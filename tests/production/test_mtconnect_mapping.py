from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.messages import Message, NotUnderstood
from production.mtconnect import shdr
from production.mtconnect.mapping import Names, Reader, State
from production.mtconnect.observation import Observation

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)


def line(second: float, *fields: str) -> str:
    return "|".join([(NOON + timedelta(seconds=second)).isoformat(), *fields])


def executions(*values: str) -> list[str]:
    """One value of execution a second."""
    return [line(second, "execution", value) for second, value in enumerate(values)]


def said(lines: Iterable[str], reader: Reader | None = None, **names: str) -> list[tuple[float, dict]]:
    """What is said when, in seconds after noon; only what is said."""
    messages = (reader or Reader(Names(**names))).read(shdr.read(lines))
    found = []
    for message in messages:
        assert isinstance(message, Message)
        values = msgspec.to_builtins(message)
        values.pop("at")
        found.append(((message.at - NOON).total_seconds(), values))
    return found


def test_only_active_is_productive():
    lines = [
        line(n, "execution", value) for n, value in enumerate(["READY", "ACTIVE", "FEED_HOLD", "STOPPED"])
    ]
    assert [values["productive"] for _, values in said(lines)] == [False, True, False, False]


def test_a_lost_connection_is_neither_running_nor_stopped():
    assert said([line(0, "execution", "UNAVAILABLE")]) == [(0, {"available": False})]


def test_an_adapter_that_is_there_without_its_machine_says_nothing():
    lines = [
        line(0, "execution", "UNAVAILABLE"),
        line(1, "avail", "AVAILABLE"),
        line(2, "execution", "READY"),
    ]
    assert said(lines)[1:] == [(2, {"available": True, "productive": False})]


def test_values_of_one_instant_are_one_message():
    lines = [line(0, "Program_Status", "READY"), line(0, "Part_Count", "1909", "Program_Name_Running", " ")]
    assert said(lines) == [(0, {"available": True, "productive": False, "good_total": 1909.0, "program": ""})]


@pytest.mark.parametrize("name", ["execution", "Execution", "Program_Status", "pexecution"])
@pytest.mark.parametrize("configured", ["", "execution"])
def test_well_known_names_are_found_without_configuration(name, configured):
    assert said([line(0, name, "ACTIVE")], execution=configured)


def test_a_name_of_one_s_own_is_an_order():
    lines = [line(0, "execution", "ACTIVE"), line(1, "path2_exec", "READY")]
    assert said(lines, execution="path2_exec") == [(1, {"available": True, "productive": False})]


def test_the_configured_one_of_two_known_names_wins_even_when_it_comes_later():
    lines = [
        line(0, "p1execution", "ACTIVE"),
        line(1, "execution", "READY"),
        line(2, "p1execution", "STOPPED"),
    ]
    assert [at for at, _ in said(lines, execution="execution")] == [0, 1]


def test_of_two_that_fit_alike_the_first_stays():
    lines = [line(0, "Part_Count", "5"), line(1, "ppartcount", "900"), line(2, "Part_Count", "6")]
    assert [values.get("good_total") for _, values in said(lines)] == [5.0, 6.0]


def test_a_program_that_completes_is_a_unit_once():
    lines = executions(
        "ACTIVE", "PROGRAM_COMPLETED", "PROGRAM_COMPLETED", "READY", "ACTIVE", "PROGRAM_COMPLETED"
    )
    assert [at for at, values in said(lines, count_by="program_end") if "good" in values] == [1, 5]


def test_what_was_complete_when_we_came_is_not_counted_but_what_completed_while_we_were_away_is():
    lines = executions("PROGRAM_COMPLETED", "ACTIVE", "UNAVAILABLE", "PROGRAM_COMPLETED")
    assert [at for at, values in said(lines, count_by="program_end") if "good" in values] == [3]


def test_a_cycle_ends_when_execution_leaves_active_for_ready_or_stopped():
    lines = executions(
        "READY", "ACTIVE", "READY", "ACTIVE", "FEED_HOLD", "READY", "ACTIVE", "STOPPED", "READY"
    )
    assert [at for at, values in said(lines, count_by="cycle_end") if "good" in values] == [2, 7]


def test_a_late_value_is_said_and_moves_nothing():
    lines = [
        line(10, "execution", "ACTIVE"),
        line(5, "execution", "UNAVAILABLE"),
        line(20, "execution", "READY"),
    ]
    found = said(lines, count_by="cycle_end")
    assert found[1] == (5, {"available": False})
    assert found[2] == (20, {"available": True, "productive": False, "good": 1.0})


def test_an_older_session_begins_anew_and_counts_nothing_at_its_seam():
    lines = [
        line(7200, "execution", "ACTIVE"),
        line(0, "execution", "READY"),
        line(60, "execution", "ACTIVE"),
    ]
    assert not any("good" in values for _, values in said(lines, count_by="cycle_end"))


@pytest.mark.parametrize("value", ["-1", "NaN", "1e400", "inf", "1_000", "٣", "true", "12 parts", "9" * 16])
def test_a_part_count_is_a_plain_number(value):
    lines = [line(0, "Part_Count", value), line(1, "Part_Count", "7")]
    bad, good = Reader(Names()).read(shdr.read(lines))
    assert isinstance(bad, NotUnderstood)
    assert good.good_total == 7.0


def test_an_unknown_part_count_is_no_count():
    assert said([line(0, "Part_Count", "UNAVAILABLE")]) == []


def test_only_faults_are_error_codes_and_the_last_to_go_clears_them():
    lines = [
        line(0, "system", "NORMAL", "", "", "", ""),
        line(1, "system", "WARNING", "9", "", "", "LOW OIL"),
        line(2, "system", "FAULT", "414", "", "", "SPINDLE HOT"),
        line(3, "logic", "FAULT", "", "", "", "DOOR"),
        line(4, "system", "FAULT", "500", "", "HIGH", ""),
        line(5, "system", "NORMAL", "500", "", "", ""),
        line(6, "logic", "NORMAL", "", "", "", ""),
        line(7, "system", "NORMAL", "", "", "", ""),
    ]
    assert [(at, values["error_code"]) for at, values in said(lines)] == [
        (2, "414: SPINDLE HOT"), (3, "DOOR"), (4, "500"), (5, "DOOR"), (6, "414: SPINDLE HOT"), (7, ""),
    ]  # fmt: skip


def test_a_fault_that_becomes_a_warning_is_no_fault_any_more():
    lines = [line(0, "system", "FAULT", "1", "", "", "A"), line(1, "system", "WARNING", "1", "", "", "A")]
    assert [values["error_code"] for _, values in said(lines)] == ["1: A", ""]


def test_a_machine_that_says_anything_is_alive_twice_a_minute():
    lines = [line(0, "execution", "ACTIVE")] + [line(n, "Xload", str(n)) for n in range(1, 91)]
    assert said(lines)[1:] == [(at, {"available": True}) for at in (30, 60, 90)]


def test_a_machine_that_is_gone_gives_no_sign_of_life():
    lines = [
        line(0, "execution", "ACTIVE"),
        line(10, "execution", "UNAVAILABLE"),
        line(50, "Xload", "UNAVAILABLE"),
    ]
    lines += [line(60, "Yload", "1")]
    assert [at for at, _ in said(lines)] == [0, 10]


def test_a_machine_heard_to_be_gone_stays_gone_though_the_agent_s_clock_is_behind():
    reader = Reader(Names())
    list(reader.read(shdr.read([line(20, "execution", "ACTIVE"), line(5, "execution", "UNAVAILABLE")])))
    assert reader.alive(NOON + timedelta(hours=1)) is None


@pytest.mark.parametrize("cut", range(1, 8))
def test_reading_goes_on_from_a_saved_state(cut):
    lines = executions(
        "READY",
        "ACTIVE",
        "PROGRAM_COMPLETED",
        "READY",
        "ACTIVE",
        "UNAVAILABLE",
        "PROGRAM_COMPLETED",
        "READY",
    )
    first = Reader(Names(count_by="program_end"))
    before = said(lines[:cut], first)
    state = msgspec.json.decode(msgspec.json.encode(first.state), type=State)
    after = said(lines[cut:], Reader(Names(count_by="program_end"), state))
    assert before + after == said(lines, count_by="program_end")


texts = st.text(max_size=15) | st.sampled_from(
    ["UNAVAILABLE", "ACTIVE", "READY", "PROGRAM_COMPLETED", "5", "NaN"]
)
names = st.sampled_from(["execution", "Part_Count", "avail", "program", "Xload"])
levels = st.sampled_from(["", "", "", "FAULT", "NORMAL", "WARNING", "UNAVAILABLE"])
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
observations = st.builds(
    Observation, moments, names, texts, level=levels, code=texts, kind=texts, subtype=texts
)


@given(
    st.lists(observations, max_size=20), st.sampled_from(["part_count", "program_end", "cycle_end", "none"])
)
def test_no_observations_break_the_reader(items, count_by):
    for message in Reader(Names(count_by=count_by)).read(items):
        assert isinstance(message, Message | NotUnderstood)
