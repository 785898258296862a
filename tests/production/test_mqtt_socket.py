"""Messages are taken out of the broker's bytes whole, in order, wherever those are cut; the rest is paho's."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.mqtt_socket import Message, SplittingSocket, acknowledge, split

CONNACK, SUBACK, PINGRESP = b"\x20\x02\x01\x00", b"\x90\x03\x00\x01\x01", b"\xd0\x00"
QOS_2 = b"\x34\x07\x00\x01t\x00\x09xy"


def packed(message: Message) -> bytes:
    """A PUBLISH packet, written after section 3.3 of the standard and not after our reading of it."""
    topic = message.topic.encode()
    body = len(topic).to_bytes(2, "big") + topic
    body += message.packet_id.to_bytes(2, "big") if message.qos else b""
    body += message.payload
    head, rest = bytearray([0x30 | message.again << 3 | message.qos << 1]), len(body)
    while rest > 127:
        head.append(rest % 128 | 128)
        rest //= 128
    return bytes([*head, rest]) + body


TOPICS, PAYLOADS = st.text(max_size=40), st.binary(max_size=300)
MESSAGES = st.builds(Message, TOPICS, PAYLOADS, st.just(0), st.just(0), st.just(False)) | st.builds(
    Message, TOPICS, PAYLOADS, st.integers(1, 65_535), st.just(1), st.booleans()
)


@given(st.lists(MESSAGES | st.sampled_from([CONNACK, SUBACK, PINGRESP, QOS_2]), max_size=8), st.data())
def test_what_is_sent_comes_out_wherever_the_bytes_are_cut(packets, data):
    stream = b"".join(one if isinstance(one, bytes) else packed(one) for one in packets)
    cut = data.draw(st.integers(0, len(stream)))
    messages, others, begun = split(stream[:cut])
    more_messages, more_others, rest = split(begun + stream[cut:])
    assert [*messages, *more_messages] == [one for one in packets if isinstance(one, Message)]
    assert others + more_others == b"".join(one for one in packets if isinstance(one, bytes))
    assert rest == b""


@pytest.mark.parametrize("length", [0, 127, 128, 16_383, 16_384, 900_000])
def test_a_message_may_be_short_or_long(length):
    message = Message("t", b"x" * length, 7, 1, False)
    assert split(packed(message)) == ([message], b"", b"")


def test_a_topic_that_is_not_utf8_is_named_so():
    assert split(b"\x30\x05\x00\x02\xff\xfex")[0] == [Message("(not UTF-8)", b"x", 0, 0, False)]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x30\xff\xff\xff\xff\x01",
        b"\x30\x03\x00\x09t",
        b"\x32\x04\x00\x01t\x00",
        b"\x30\x00",
        b"\x30\x01\x00",
    ],
)
def test_what_is_not_mqtt_ends_the_connection(nonsense):
    with pytest.raises(ConnectionError):
        split(nonsense)


@pytest.fixture
def broker_and_line():
    broker, line = socket.socketpair()
    line.setblocking(False)
    with broker, line:
        yield broker, SplittingSocket(line)


def test_paho_sees_whole_packets_and_no_messages(broker_and_line):
    broker, line = broker_and_line
    one, two = Message("a", b"1", 1, 1, False), Message("b", b"2", 0, 0, False)
    broker.sendall(packed(one) + CONNACK + packed(two) + SUBACK[:2])
    assert (line.recv(1), line.pending(), line.recv(100)) == (CONNACK[:1], 3, CONNACK[1:])
    assert line.messages() == [one, two]
    with pytest.raises(BlockingIOError):
        line.recv(1)
    broker.sendall(SUBACK[2:])
    assert line.recv(100) == SUBACK
    assert line.messages() == []


def test_where_only_messages_came_paho_is_told_that_nothing_came_and_then_that_the_broker_has_gone(
    broker_and_line,
):
    broker, line = broker_and_line
    broker.sendall(packed(Message("a", b"1", 1, 1, False)))
    with pytest.raises(BlockingIOError):
        line.recv(1)
    broker.close()
    assert line.recv(1) == b""
    assert len(line.messages()) == 1


def test_acknowledgements_are_counted_as_far_as_they_left(broker_and_line):
    broker, line = broker_and_line
    assert acknowledge(line, [1, 258]) == 2
    assert broker.recv(100) == b"\x40\x02\x00\x01\x40\x02\x01\x02"
    broker.close()
    assert acknowledge(line, [3]) == 0
