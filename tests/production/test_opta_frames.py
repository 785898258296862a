import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.messages import Message, NotUnderstood
from production.opta import Pin, signals

FRAME = {"v": 3, "rssi": -71, "cb": 0, "c1": 2, "c2": 0, "sb": 0, "s1": 1, "s2": 0, "a7": 2048, "kWh1": 12.5}


def frame(**keys: object) -> bytes:
    return json.dumps(FRAME | keys).encode()


def test_one_frame_speaks_of_every_station_its_pins_are_mapped_to():
    pins = [Pin("c1", "A", "good"), Pin("s1", "B", "productive"), Pin("a7", "B", "speed", scale=0.01)]
    assert dict(signals(frame(), pins)) == {
        "A": Message(available=True, rssi=-71.0, good=2.0),
        "B": Message(available=True, rssi=-71.0, productive=True, speed=pytest.approx(20.48)),
    }


def test_pulses_are_new_units_and_scale():
    pins = [Pin("c1", "A", "good", scale=4), Pin("c2", "A", "bad")]
    assert signals(frame(c2=1), pins) == [("A", Message(available=True, rssi=-71.0, good=8.0, bad=1.0))]


def test_a_frame_without_pulses_is_a_sign_of_life_and_no_output():
    assert signals(frame(c1=0), [Pin("c1", "A", "good")]) == [("A", Message(available=True, rssi=-71.0))]


@pytest.mark.parametrize(("state", "productive"), [(0, True), (1, False), (True, False)])
def test_an_inverted_state_input_is_productive_at_zero(state, productive):
    [(_, message)] = signals(frame(s1=state), [Pin("s1", "A", "productive", inverted=True)])
    assert message.productive is productive


def test_any_productive_input_will_do():
    pins = [Pin("s1", "A", "productive"), Pin("s2", "A", "productive")]
    assert signals(frame(s1=0, s2=1), pins)[0][1].productive is True
    assert signals(frame(s1=0, s2=0), pins)[0][1].productive is False


def test_a_meter_that_did_not_answer_is_no_reading_and_not_minus_one():
    assert signals(frame(kWh1=-1), [Pin("kWh1", "A", "kwh")])[0][1].kwh_total is None
    assert signals(frame(), [Pin("kWh1", "A", "kwh")])[0][1].kwh_total == 12.5


def test_the_sum_of_two_meters_needs_both():
    pins = [Pin("kWh1", "A", "kwh"), Pin("kWh2", "A", "kwh")]
    assert signals(frame(kWh2=0.5), pins)[0][1].kwh_total == 13.0
    assert signals(frame(kWh2=-1), pins)[0][1].kwh_total is None
    assert signals(frame(kWh1=-1, kWh2=3), pins)[0][1].kwh_total is None


def test_an_analog_input_scaled_below_zero_is_standstill():
    pins = [Pin("a7", "A", "speed", scale=0.1, offset=-300)]
    assert signals(frame(a7=12), pins)[0][1].speed == 0.0


@pytest.mark.parametrize(
    ("keys", "rssi"), [({"rssi": -1}, None), ({"rssi": None, "signal": -80}, None), ({}, -71.0)]
)
def test_minus_one_is_an_unknown_signal_strength(keys, rssi):
    assert signals(frame(**keys), [Pin("c1", "A", "good")])[0][1].rssi == rssi


def test_older_firmware_calls_it_signal():
    assert signals(b'{"ver": 1, "signal": -80, "c1": 0}', [Pin("c1", "A", "good")])[0][1].rssi == -80.0


def test_one_impossible_pin_costs_its_station_the_frame_and_not_the_others():
    pins = [Pin("c1", "A", "good"), Pin("s1", "B", "productive")]
    answers = dict(signals(frame(s1=7), pins))
    assert answers["A"].good == 2.0
    assert answers["B"].code == "bad_value"
    assert "s1 is 7" in answers["B"].reason


@pytest.mark.parametrize("value", [-5, 1e13, "2", [2], {"n": 2}])
def test_a_pin_is_a_plain_number(value):
    [(_, answer)] = signals(frame(c1=value), [Pin("c1", "A", "good")])
    assert isinstance(answer, NotUnderstood)


def test_a_negative_scale_is_the_mapping_s_fault_and_said_so():
    [(_, answer)] = signals(frame(), [Pin("c1", "A", "good", scale=-1)])
    assert "Correct its mapping" in answer.reason


@pytest.mark.parametrize("payload", [b"", b"{", b"[1]", b"12", b'{"c1": NaN}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_frame_is_not_understood(payload):
    with pytest.raises(NotUnderstood):
        signals(payload, [Pin("c1", "A", "good")])


json_values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values |= st.sampled_from(["", "1", "\x00", [], [1], {}, {"c1": 1}, 10**400])
pins = st.builds(
    Pin,
    st.sampled_from(["c1", "s1", "a7", "kWh1", "sb"]),
    st.sampled_from(["A", "B"]),
    st.sampled_from(["good", "bad", "productive", "speed", "kwh"]),
    st.booleans(),
    st.floats(),
    st.floats(),
)


@given(
    st.dictionaries(st.sampled_from(["c1", "s1", "a7", "kWh1", "sb", "rssi"]), json_values), st.lists(pins)
)
def test_no_frame_and_no_mapping_breaks_the_reader(keys, mapping):
    for _, answer in signals(json.dumps(keys).encode(), mapping):
        assert isinstance(answer, Message | NotUnderstood)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(payload):
    with suppress(NotUnderstood):
        signals(payload, [Pin("c1", "A", "good")])
