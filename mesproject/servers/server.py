"""What the three embedded servers have in common."""

import signal
import subprocess
from pathlib import Path
from typing import Self

from .logs import rotate
from .process import Account, end, spawn, wait_until


class ServerFailed(Exception):
    """A server did not come up; the message ends with the last lines of its log."""


class Server:
    """One server of which this machine runs its own copy.

    `prepare` makes the files, `argv` is the command that then runs in the foreground, `ready` asks it.
    The supervisor runs it as a child of its own; tests and benchmarks use `start` and `stop`.
    """

    name: str
    stop_signal: int = signal.SIGTERM
    grace: float = 10
    start_within: float = 30

    def __init__(self, data: Path) -> None:
        self.data = data
        self.account: Account | None = None
        self.env: dict[str, str] | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def argv(self) -> list[str]:
        """The command that runs the server in the foreground."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """Where clients find it."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make everything the server needs; may be repeated."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers now."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        """Where `start` sends what the server says."""
        return self.data / "log" / f"{self.name}.log"

    def start(self) -> Self:
        """Prepare, run and wait until it answers."""
        self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = spawn(
                self.argv,
                env=self.env,
                account=self.account,
                output=output,
                death_signal=self.stop_signal,
            )
        if not wait_until(self.ready, within=self.start_within, alive=self.running):
            self.stop()
            last = self.log.read_text(errors="replace").splitlines()[-5:]
            raise ServerFailed(f"{self.name} did not start: " + " | ".join(last))
        return self

    def keep_log_small(self) -> None:
        """To be called now and then by whoever used `start`; the supervisor looks after its own logs."""
        rotate(self.log)

    def running(self) -> bool:
        """Whether the process that `start` made is alive."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it; a second call does nothing."""
        if self.process is not None:
            end(self.process, first=self.stop_signal, grace=self.grace)
            self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
