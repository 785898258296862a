"""Which ports are free."""

import errno
import socket
from contextlib import suppress


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port that only waits for its last connections to be forgotten is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        return True


def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=2):
        return True
    return False


def next_free(host: str, port: int, *, run: int = 1) -> int:
    """The first of `run` free ports in a row, at `port` or after it."""
    while not all(is_free(host, port + step) for step in range(run)):
        port += 1
    return port


def any_free(host: str = "127.0.0.1") -> int:
    """A free port that the system chooses."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number
