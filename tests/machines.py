"""A whole machine beside a test, started as a person starts it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mesproject.servers.folders import CHECKOUT
from mesproject.servers.ports import any_free
from mesproject.servers.process import command_of

# What this process was told and a newcomer's terminal does not know.
TOLD = ("DATABASE_URL", "REDIS_URL", "MQTT_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")


def opened(folder: Path) -> Path:
    """A folder of this run that the user nobody may enter; pytest closes those above it, one more in each worker."""
    for parent in (folder, *folder.parents[:4]):
        if parent.name.startswith("run-"):
            break
        parent.chmod(0o755)
    return folder


def data_folder_below(folder: Path) -> Path:
    """A data folder that the user nobody may enter; it is not there yet."""
    return opened(folder) / "data"


@contextmanager
def machine(
    folder: Path, *command: str, until: str, port: int = 0
) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`manage.py COMMAND`, up, and what it told until it said so; killed in the end."""
    env = {name: value for name, value in os.environ.items() if name not in TOLD}
    ports = ["--port", str(port or any_free()), "--mqtt-port", str(any_free())]
    with subprocess.Popen(
        [sys.executable, "manage.py", *command, *ports],
        cwd=CHECKOUT,
        env=env | {"FLOORLIGHT_DATA": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            said = ""
            for line in process.stdout or ():
                said += line
                if until in line:
                    break
            assert until in said, f"It did not come up:\n{said}"
            yield process, said
        finally:
            process.kill()


def running(folder: Path) -> dict[int, str]:
    """Every process that was started for this data folder: its command by its pid."""
    mark = f"FLOORLIGHT_DATA={folder}".encode()
    found = {}
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            ours = mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            continue
        command = command_of(pid)
        if command and pid != os.getpid() and (ours or str(folder) in command):
            found[pid] = command
    return found
