"""One supervisor per data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another supervisor owns the data folder."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Own `data` for the length of the block. The lock goes with the process, so none is ever stale."""
    with (data / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(
                f"Floorlight already runs on {data} (process {file.read().strip() or 'unknown'}):"
                " stop it first, or set FLOORLIGHT_DATA to another folder."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
