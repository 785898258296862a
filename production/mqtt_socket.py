"""Between the broker's bytes and paho: messages are taken out by the hundred, everything else is paho's.

paho asks the socket three times for each packet and spends ten microseconds on it. The handshake, keeping
alive and all that is rare it does well; a message (MQTT 3.1.1, section 3.3) is five fields.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

AHEAD = 65_536
PATIENCE = 10.0  # seconds in which the peer must take a batch's acknowledgements
PUBACK = struct.Struct("!BBH")  # MQTT 3.1.1, 3.4: type 4, two bytes follow, the packet id
NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Message(NamedTuple):
    """A PUBLISH packet of QoS 0 or 1; `again` is its DUP flag."""

    topic: str
    payload: bytes
    packet_id: int
    qos: int
    again: bool


class SplittingSocket:
    """A connected, non-blocking socket on which paho sees all packets but messages, and those whole.

    Everything that is not here is the socket's own.
    """

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self._begun = b""  # of a packet that has not come to its end
        self._others = b""
        self._messages: list[Message] = []

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes of paho's; b"" when the peer has gone. Raises BlockingIOError when there are none."""
        if not self._others and not self._read():
            return b""
        piece, self._others = self._others[:size], self._others[size:]
        if not piece:
            raise BlockingIOError
        return piece

    def pending(self) -> int:
        """How many bytes are here that a select would not tell of."""
        return len(self._others) + (self._plain.pending() if isinstance(self._plain, ssl.SSLSocket) else 0)

    def messages(self) -> list[Message]:
        """The messages that have come since the last call."""
        messages, self._messages = self._messages, []
        return messages

    def _read(self) -> bool:
        """Read once and split what has come; False when the peer has gone."""
        try:
            piece = self._plain.recv(AHEAD)
        except NOTHING_YET as error:
            raise BlockingIOError from error
        messages, self._others, self._begun = split(self._begun + piece)
        self._messages += messages
        return bool(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def split(data: bytes) -> tuple[list[Message], bytes, bytes]:
    """Messages, all other whole packets, and the beginning of one that is not whole yet.

    Raises ConnectionError where this is not MQTT.
    """
    messages, others, begin = [], b"", 0
    while found := _extent(data, begin):
        body, end = found
        if data[begin] & 0xF4 == 0x30:  # type 3, and not QoS 2, which nobody subscribes to
            messages.append(_message(data[begin], data[body:end]))
        else:
            others += data[begin:end]
        begin = end
    return messages, others, data[begin:]


def _extent(data: bytes, begin: int) -> tuple[int, int] | None:
    """Where the packet's body begins and ends; None while it is not whole. (2.2.3: seven bits a byte.)"""
    length = 0
    for place, byte in enumerate(data[begin + 1 : begin + 5]):
        length += (byte & 127) << 7 * place
        if byte < 128:
            body = begin + 2 + place
            return (body, body + length) if body + length <= len(data) else None
    if len(data) >= begin + 5:
        raise ConnectionError("A packet's length has more than four bytes.")
    return None


def _message(first: int, body: bytes) -> Message:
    qos = first >> 1 & 1
    end = 2 + int.from_bytes(body[:2], "big")
    begin = end + 2 * qos
    if begin > len(body):
        raise ConnectionError("A message ends within its head.")
    return Message(
        _text(body[2:end]), body[begin:], int.from_bytes(body[end:begin], "big"), qos, bool(first & 8)
    )


@lru_cache(10_000)
def _text(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return "(not UTF-8)"


def acknowledge(sock: Any, packet_ids: Iterable[int]) -> int:
    """Send a PUBACK for each, in order; how many the peer's side took whole before it went, if it went."""
    data = b"".join([PUBACK.pack(0x40, 2, packet_id) for packet_id in packet_ids])
    sent = 0
    while sent < len(data):
        try:
            sent += sock.send(data[sent:])
        except (BlockingIOError, ssl.SSLWantWriteError):
            if not select.select([], [sock], [], PATIENCE)[1]:
                break
        except OSError:
            break
    return sent // PUBACK.size
