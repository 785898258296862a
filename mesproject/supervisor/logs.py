"""A child's log: a file of bounded size, whose errors are repeated on the console.

The child writes to the file itself, so a supervisor that is busy or dead never holds it up.
"""

import re
from pathlib import Path
from typing import IO

from mesproject.servers.logs import LARGEST, rotate

_ERROR = re.compile(
    r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|^\w[\w.]*(Error|Exception|Failed)\b:?|^\[FTL\]|^\[ERR\]"
)
# Whoever calls while PostgreSQL comes up or goes is told so. That is no news: the supervisor says it itself.
_NO_NEWS = re.compile(
    r"the database system is (starting up|shutting down|in recovery mode|not (yet )?accepting connections)"
)


class ChildLog:
    """The log of one child."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = path.stat().st_size if path.exists() else 0

    def open(self) -> IO[bytes]:
        """The file for the child to write to; appending lets it be emptied under the child's hands."""
        self.rotate()  # for commands that end before anybody looks after their log
        return self.path.open("ab")

    def new_errors(self) -> list[str]:
        """The lines about errors that were written since the last call."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size < self._seen:
            self._seen = 0
        if size == self._seen:
            return []
        with self.path.open("rb") as file:
            file.seek(self._seen)
            text = file.read(LARGEST)
        # A line that is still being written is read the next time.
        whole = text[: text.rfind(b"\n") + 1]
        self._seen += len(whole)
        lines = whole.decode(errors="replace").splitlines()
        return [line for line in lines if _ERROR.search(line) and not _NO_NEWS.search(line)]

    def last_lines(self, count: int = 5) -> list[str]:
        """How the log ends."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - 4096))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def rotate(self) -> None:
        """Move what was written aside once it is large; the oldest part is dropped."""
        if rotate(self.path):
            self._seen = 0
