"""Telling a person at the console what is going on: one line per step, with its time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Steps:
    """Writes to the console; a line that comes in the middle of a step gets its own row."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self._open = False
        self.began = time.monotonic()

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Name what begins, and when the block is done add how long it took."""
        began = time.monotonic()
        self._write(f"  {label:<44}", end="")
        self._open = True
        try:
            yield
        except BaseException:
            self._close_line()
            raise
        took = f"{time.monotonic() - began:6.1f} s"
        self._write(took if self._open else f"  {label:<44}{took}", end="\n")
        self._open = False

    def say(self, line: str = "") -> None:
        """Write one line."""
        self._close_line()
        self._write(line, end="\n")

    def elapsed(self) -> float:
        """Seconds since this began."""
        return time.monotonic() - self.began

    def _close_line(self) -> None:
        if self._open:
            self._write("", end="\n")
            self._open = False

    def _write(self, text: str, *, end: str) -> None:
        # A console that went away (ssh lost, pipe closed) must not stop the plant.
        try:
            print(text, end=end, file=self.out, flush=True)
        except (OSError, ValueError):
            self.out = open("/dev/null", "w")  # noqa: SIM115
