"""Our own processes beside a test: broker and reader, as the supervisor would run them, and their clients."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import paho.mqtt.client as paho
from django.db import connection

from mesproject.servers.nats import answers
from mesproject.servers.ports import any_free
from mesproject.servers.process import end, spawn
from production import mqtt

CHECKOUT = Path(__file__).resolve().parents[2]
# Looking for mistakes in the code is half of what a command takes to start; `make gate` looks once.
WITHOUT_CHECKS = "--skip-checks"


class Plant:
    """A data folder, a port for machines, and the test's database."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = f"mqtt://127.0.0.1:{any_free()}"
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run a management command; what it says is in the data folder."""
        env = os.environ | {
            "DATABASE_URL": database_url(), "FLOORLIGHT_DATA": str(self.data), "MQTT_URL": self.url,
            "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        command = [sys.executable, str(CHECKOUT / "manage.py")]
        with (self.data / f"{arguments[0]}.log").open("ab") as log:
            process = spawn([*command, *arguments, WITHOUT_CHECKS], env=env, output=log)
        self.running.append(process)
        return process

    def start_broker(self) -> subprocess.Popen[bytes]:
        """Our own broker, answering."""
        process = self.start("broker")
        wait_for(lambda: answers(self.url, timeout=0.2) and self.address.password, "the broker")
        return process

    def kill_nats(self) -> None:
        """kill -9 the broker itself; its keeper starts it again."""
        os.kill(int(_child(self.running[0].pid)), signal.SIGKILL)

    @property
    def address(self) -> mqtt.Address:
        """The broker, with our own login."""
        return mqtt.Address.of(self.url, self.data)

    def login(self, user: str, password: str) -> mqtt.Address:
        """The broker, with a device's login."""
        return mqtt.Address(self.address.host, self.address.port, user=user, password=password)

    def said(self, name: str) -> str:
        """The log of a command."""
        return (self.data / f"{name}.log").read_text()

    def stop(self) -> None:
        """End everything that runs."""
        for process in reversed(self.running):
            end(process)


def _child(pid: int) -> str:
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return child


@contextmanager
def plant(data: Path) -> Iterator[Plant]:
    """A plant whose processes end with the block."""
    running = Plant(data)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def client(address: mqtt.Address, name: str, *, keep_session: bool = False) -> Iterator[paho.Client]:
    """A machine's MQTT client that acknowledges by itself and reconnects."""
    one = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, clean_session=not keep_session)
    one.username_pw_set(address.user, address.password) if address.user else None
    one.reconnect_delay_set(1, 1)
    one.max_queued_messages_set(0)
    one.connect(address.host, address.port, keepalive=5)
    one.loop_start()
    wait_for(one.is_connected, f"{name} to be let in")
    try:
        yield one
    finally:
        one.disconnect()
        one.loop_stop()


def wait_for(condition: Callable[[], object], what: str, *, within: float = 20) -> float:
    """Wait until something is so and return how long it took; fails with `what` was awaited."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, f"waited in vain for {what}"
        time.sleep(0.01)
    return time.monotonic() - began


def database_url() -> str:
    """The test database, for other processes."""
    found = connection.settings_dict
    host = quote(str(found["HOST"]), safe="")
    return f"postgresql://{found['USER']}@/{found['NAME']}?host={host}&port={found['PORT']}"
