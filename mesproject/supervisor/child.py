"""One child process: how to run it, and how long to wait before it is run again."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mesproject.servers.process import Account, end_group, spawn

from .logs import ChildLog

SHORTEST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
HEALTHY_AFTER = 30.0


def _at_once() -> bool:
    return True


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Child:
    """What the supervisor runs.

    `before` is called ahead of every start, `ready` until it agrees after the first. When the supervisor
    is killed the child gets `death_signal`: SIGKILL unless it has processes of its own to take along.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    account: Account | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    grace: float = 10
    start_within: float = 60
    before: Callable[[], None] = _nothing
    ready: Callable[[], bool] = _at_once


@dataclass
class Backoff:
    """Pauses that double from 0.2 s to 10 s, and begin anew after half a minute of health."""

    failures: int = 0
    jitter: Callable[[float, float], float] = random.uniform

    def pause(self, *, lived: float) -> float:
        """How long to wait after a life of `lived` seconds."""
        self.failures = 1 if lived >= HEALTHY_AFTER else self.failures + 1
        longest = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (self.failures - 1))
        # Jitter keeps children that fell together from getting up together.
        return max(SHORTEST_PAUSE, self.jitter(longest / 2, longest))


@dataclass
class Watched:
    """A child and its present process, if it has one."""

    child: Child
    log: ChildLog
    backoff: Backoff = field(default_factory=Backoff)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0

    def start(self, *, cwd: Path) -> None:
        """Run it. Raises OSError when the program cannot be run."""
        self.child.before()
        with self.log.open() as output:
            self.started = time.monotonic()
            self.process = spawn(
                self.child.argv,
                env=self.child.env,
                account=self.child.account,
                output=output,
                death_signal=self.child.death_signal,
                cwd=cwd,
            )

    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def bury(self) -> str:
        """Forget the dead process, end what it left behind, set the next start; say how it ended."""
        code = self.process.returncode if self.process else None
        if self.process:
            end_group(self.process.pid)
        self.process = None
        pause = self.backoff.pause(lived=time.monotonic() - self.started)
        self.due = time.monotonic() + pause
        return f"{_ending(code)}; again in {pause:.1f} s"

    def ask_to_end(self) -> None:
        """Send its stop signal."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.child.stop_signal)

    def insist(self) -> None:
        """Kill what is left of it."""
        if self.process is not None:
            end_group(self.process.pid)
            self.process.wait()
            self.process = None


def _ending(code: int | None) -> str:
    if code is None:
        return "could not be started"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"
