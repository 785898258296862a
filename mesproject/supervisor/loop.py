"""The supervisor: starts children in order, starts them again when they die, and ends them all."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Self

from mesproject.servers.server import ServerFailed

from .child import Child, Watched
from .logs import ChildLog
from .steps import Steps

TICK = 0.25
END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked us to end. Not an Exception: nothing on the way may take it for a failure."""


class Supervisor:
    """Watches over its children from `with` to the end of the block, and leaves none behind.

    Runs in the main thread, because signals and the death of a parent are bound to it.
    """

    def __init__(self, folder: Path, *, steps: Steps, cwd: Path) -> None:
        self.folder = folder
        self.steps = steps
        self.cwd = cwd
        self.groups: list[list[Watched]] = []
        self._stopping = self._interruptible = False
        self._wake_read, self._wake_write = os.pipe()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        self._former_wakeup = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._former = {number: signal.signal(number, self._on_signal) for number in END_SIGNALS}
        self._former[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        self.drain()
        for number, handler in self._former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._former_wakeup)
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        if self._interruptible:
            raise Stopped

    @property
    def watched(self) -> list[Watched]:
        """All children, in the order of their start."""
        return [watched for group in self.groups for watched in group]

    def start(self, *children: Child) -> None:
        """Start children together and return when all are ready; they are ended together as well.

        Raises ServerFailed when one is not ready in time.
        """
        group = [Watched(child, ChildLog(self.folder / f"{child.name}.log")) for child in children]
        self.groups.append(group)
        for watched in group:
            self._try_start(watched)
        for watched in group:
            if not self._until(watched.child.ready, within=watched.child.start_within):
                last = " | ".join(watched.log.last_lines()) or "it wrote nothing"
                raise ServerFailed(f"{watched.child.name} does not start: {last} (see {watched.log.path})")

    def call(self, name: str, argv: list[str], *, env: dict[str, str]) -> None:
        """Run a command to its end while watching the children. Raises ServerFailed when it fails."""
        task = Watched(Child(name, argv, env=env), ChildLog(self.folder / f"{name}.log"))
        task.start(cwd=self.cwd)
        try:
            self._until(lambda: not task.alive(), within=float("inf"))
            code = task.process.returncode if task.process else None
        finally:
            task.insist()
        if code:
            last = " | ".join(task.log.last_lines())
            raise ServerFailed(f"{name} failed: {last} (see {task.log.path})")

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the signals that end us interrupt the block wherever it is."""
        if self._stopping:
            raise Stopped
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    def watch(self) -> None:
        """Watch until somebody asks us to end; raises Stopped then."""
        self._until(lambda: False, within=float("inf"))

    def drain(self) -> None:
        """End all children, the last started first; being asked once more kills them at once."""
        self._stopping = False
        while self.groups:
            group = self.groups.pop()
            for watched in group:
                watched.ask_to_end()
            began = time.monotonic()
            while any(w.alive() and time.monotonic() - began < w.child.grace for w in group):
                if self._stopping:
                    break
                self._pause(TICK)
            for watched in group:
                if watched.alive():
                    self.steps.say(f"  {watched.child.name} did not end and was killed")
                watched.insist()

    def _until(self, done: Callable[[], bool], *, within: float) -> bool:
        """Watch until `done` agrees; False when time is up first."""
        deadline = time.monotonic() + within
        pause = 0.02
        while not done():
            if time.monotonic() >= deadline:
                return False
            if self._stopping:
                raise Stopped
            self._look_after()
            self._pause(pause)
            pause = min(TICK, pause * 1.3)
        return True

    def _look_after(self) -> None:
        for watched in self.watched:
            if watched.process is not None and not watched.alive():
                self.steps.say(f"  {watched.child.name} {watched.bury()}")
            if watched.process is None and time.monotonic() >= watched.due:
                self._try_start(watched)
            for line in watched.log.new_errors():
                self.steps.say(f"  {watched.child.name}: {line}")
            watched.log.rotate()

    def _try_start(self, watched: Watched) -> None:
        try:
            watched.start(cwd=self.cwd)
        except (OSError, subprocess.SubprocessError, ServerFailed) as error:
            self.steps.say(f"  {watched.child.name}: {error}; {watched.bury()}")

    def _pause(self, seconds: float) -> None:
        """Sleep, but not through a signal."""
        readable, _, _ = select.select([self._wake_read], [], [], seconds)
        if readable:
            with suppress(BlockingIOError):
                os.read(self._wake_read, 512)
