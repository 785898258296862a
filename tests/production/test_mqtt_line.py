"""The line hands letters over once, and knows which acknowledgements a new connection made worthless."""

import time

from production.mqtt_line import Letter, Line
from production.mqtt_socket import Message


def make_line() -> Line:
    """Connected for the first time, as far as it knows."""
    line = Line(lambda: None, "reader", str)
    line._begin_anew(kept=True)
    return line


def message(packet_id: int, *, qos: int = 1, again: bool = False) -> Message:
    return Message("t", b"%d" % packet_id, packet_id, qos, again)


def taken(line: Line, *, most: int = 1000) -> list[Letter]:
    return line.take(most=most, linger=0.0, wait=0.0)


def test_letters_come_in_order_and_are_counted_until_they_are_taken():
    line = make_line()
    line._hand_over([message(1), message(2)])
    line._hand_over([message(3), message(0, qos=0)])
    assert line.waiting == line.received == 4
    assert [letter.packet_id for letter in taken(line, most=1)] == [1, 2]
    assert [letter.packet_id for letter in taken(line)] == [3, 0]
    assert line.waiting == 0
    assert taken(line) == []


def test_taking_waits_for_the_first_letter_and_then_not_for_long():
    line = make_line()
    began = time.monotonic()
    assert line.take(most=2, linger=5.0, wait=0.05) == []
    line._hand_over([message(1)])
    assert len(line.take(most=2, linger=0.05, wait=5.0)) == 1
    assert 0.1 <= time.monotonic() - began < 2


def test_a_redelivery_of_what_is_still_being_stored_is_dropped_even_within_one_read():
    line = make_line()
    line._hand_over([message(1), message(1, again=True), message(2, again=True)])
    line._hand_over([message(2, again=True), message(0, qos=0), message(0, qos=0)])
    assert [letter.packet_id for letter in taken(line)] == [1, 2, 0, 0]


def test_a_new_connection_makes_acknowledgements_of_the_last_one_worthless():
    line = make_line()
    line._hand_over([message(1), message(2), message(0, qos=0)])
    early, late, unasked = taken(line)
    line.acknowledge([early])
    line._begin_anew(kept=True)
    line.acknowledge([late, unasked])
    assert line.take_unsent() == [early, late]
    assert line.take_unsent() == []
    line._hand_over([message(1, again=True)])
    assert [letter.connection for letter in taken(line)] == [2]


def test_nothing_is_expected_again_of_a_broker_that_lost_our_session():
    line = make_line()
    line._hand_over([message(1), message(2)])
    early, late = taken(line)
    line.acknowledge([early])
    line._begin_anew(kept=False)
    line.acknowledge([late])
    assert line.take_unsent() == []
