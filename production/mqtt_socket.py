"""A socket that reads ahead and can hold back what is written.

paho asks the socket three times for each packet and sends each acknowledgement by itself. Every such call
gives the interpreter away to the thread that stores, and waits to get it back: with both busy, that wait
was most of the time a message took. Reading ahead makes one call of hundreds.
"""

from __future__ import annotations

import select
import socket
from typing import Any

AHEAD = 65_536
PATIENCE = 10.0  # seconds in which the peer must take what was held back


class BufferedSocket:
    """A connected, non-blocking TCP socket; everything that is not here is the socket's own."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self._ahead = b""
        self._position = 0
        self._held: bytearray | None = None

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

    def send(self, data: bytes | bytearray) -> int:
        """Write, or put aside while writing is held back."""
        if self._held is None:
            return self._plain.send(data)
        self._held += data
        return len(data)

    def hold(self) -> None:
        """Put aside what is written from now on."""
        if self._held is None:
            self._held = bytearray()

    def release(self) -> int:
        """Send what was put aside; how many bytes the peer's side took before it went, if it went."""
        held, self._held, sent = self._held or bytearray(), None, 0
        while sent < len(held):
            try:
                sent += self._plain.send(held[sent:])
            except BlockingIOError:
                if not select.select([], [self._plain], [], PATIENCE)[1]:
                    return sent
            except OSError:
                return sent
        return sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)
