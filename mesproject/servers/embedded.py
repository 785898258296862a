"""All embedded servers at once, for tests and benchmarks."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .nats import NatsServer
from .ports import any_free
from .postgres import DISPOSABLE, Postgres
from .server import Server
from .valkey import Valkey

EVERYTHING = frozenset({"postgres", "valkey", "nats"})


@contextmanager
def embedded(
    data: Path, only: Collection[str] = EVERYTHING, *, settings: dict[str, str] = DISPOSABLE
) -> Iterator[dict[str, Server]]:
    """Run the named servers in `data`; they end with the block, and with this process however it ends."""
    with ExitStack() as running:
        servers: dict[str, Server] = {}
        if "postgres" in only:
            postgres = running.enter_context(Postgres(data, settings=settings))
            postgres.make_database(may_create=True)
            servers["postgres"] = postgres
        if "valkey" in only:
            servers["valkey"] = running.enter_context(Valkey(data))
        if "nats" in only:
            url = f"mqtt://127.0.0.1:{any_free()}"
            servers["nats"] = running.enter_context(NatsServer(data, url=url))
        yield servers
