"""Few calls on the socket for many packets: reading ahead, and acknowledging hundreds at once.

paho asks the socket three times for each packet and sends each acknowledgement by itself. Every such call
gives the interpreter away to the thread that stores, and waits to get it back: with both busy, that wait
was most of the time a message took.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
from collections.abc import Iterable
from typing import Any

AHEAD = 65_536
PATIENCE = 10.0  # seconds in which the peer must take a batch's acknowledgements
PUBACK = struct.Struct("!BBH")  # MQTT 3.1.1, 3.4: type 4, two bytes follow, the packet id


class BufferedSocket:
    """A connected, non-blocking TCP socket; everything that is not here is the socket's own."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self._ahead = b""
        self._position = 0

    def recv(self, size: int) -> bytes:
        """Up to `size` bytes; b"" when the peer has gone. Raises BlockingIOError when nothing is there."""
        if self._position == len(self._ahead):
            self._ahead, self._position = self._plain.recv(AHEAD), 0
        piece = self._ahead[self._position : self._position + size]
        self._position += len(piece)
        return piece

    def pending(self) -> int:
        """How many bytes were read ahead; a select would not tell of them."""
        return len(self._ahead) - self._position

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


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
