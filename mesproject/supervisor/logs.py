"""A child's log: a file of bounded size, whose errors are repeated on the console.

The child writes to the file itself, so a supervisor that is busy or dead never holds it up.
"""

import re
import shutil
from pathlib import Path
from typing import IO

LARGEST = 4 * 2**20
KEPT = 2

_ERROR = re.compile(
    r"\b(ERROR|CRITICAL|FATAL|PANIC)\b|^\w[\w.]*(Error|Exception|Failed)\b:?|^\[FTL\]|^\[ERR\]"
)


class ChildLog:
    """The log of one child."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = path.stat().st_size if path.exists() else 0

    def open(self) -> IO[bytes]:
        """The file for the child to write to; appending lets it be emptied under the child's hands."""
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
        return [line for line in whole.decode(errors="replace").splitlines() if _ERROR.search(line)]

    def last_lines(self, count: int = 5) -> list[str]:
        """How the log ends."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - 4096))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def rotate(self) -> None:
        """Move what was written aside once it is large; the oldest part is dropped."""
        if not self.path.exists() or self.path.stat().st_size < LARGEST:
            return
        for number in range(KEPT, 1, -1):
            older = self._part(number - 1)
            if older.exists():
                older.replace(self._part(number))
        shutil.copyfile(self.path, self._part(1))
        with self.path.open("r+b") as file:
            file.truncate()
        self._seen = 0

    def _part(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
