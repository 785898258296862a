"""Starting and ending processes so that none is ever left behind."""

import ctypes
import os
import pwd
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Loaded here because nothing may be imported between fork and exec.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Account:
    """A user to run as."""

    uid: int
    gid: int


def unprivileged() -> Account | None:
    """Whom to become when started by root; None for everybody else, who stays who he is."""
    if os.geteuid():
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def raise_open_files(most: int) -> int:
    """Let this process and those it starts have up to `most` files and connections open; how many they may now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return most if soft == resource.RLIM_INFINITY else soft


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    output: int | IO[bytes] | None = None,
    death_signal: int = signal.SIGTERM,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own that is sent `death_signal` when this one dies.

    Call it from the main thread: Linux takes the end of the calling thread for the end of the parent.
    """
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        start_new_session=True,
        preexec_fn=_follow_parent(death_signal),
    )


def _follow_parent(death_signal: int) -> Callable[[], None]:
    parent = os.getpid()

    def in_child() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if _libc is not None:
            # Runs after the change of user, which would clear it.
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return in_child


def end(process: subprocess.Popen[bytes], *, first: int = signal.SIGTERM, grace: float = 10) -> int:
    """Ask a process to end, insist after `grace` seconds, and take its whole group along."""
    if process.poll() is None:
        process.send_signal(first)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    end_group(process.pid)
    return process.wait()


def end_group(group: int) -> None:
    """Kill what is left of a process group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def wait_until(
    ready: Callable[[], bool],
    *,
    within: float,
    alive: Callable[[], bool] = lambda: True,
) -> bool:
    """Ask `ready` every few milliseconds; False when time is up or the process is gone."""
    deadline = time.monotonic() + within
    while alive() and time.monotonic() < deadline:
        if ready():
            return True
        time.sleep(0.02)
    return False


def command_of(pid: int) -> str:
    """The command line of a process, or an empty string when there is none."""
    if Path("/proc/self").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return ""
    return subprocess.run(
        ["ps", "-p", str(pid), "-o", "command="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
