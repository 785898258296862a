"""Everything that runs on one machine, and the order in which it comes up."""

import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from mesproject.servers import nats
from mesproject.servers.folders import CHECKOUT, Unreachable, data_folder, make_folder, private_folder
from mesproject.servers.ports import is_free, listens, next_free
from mesproject.servers.postgres import Postgres
from mesproject.servers.process import raise_open_files
from mesproject.servers.server import Server, ServerFailed
from mesproject.servers.valkey import Valkey

from . import environment
from .child import Child
from .lock import AlreadyRunning, only_one
from .loop import Stopped, Supervisor
from .steps import Steps

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# A browser keeps up to six connections open, and each of them takes one of these for as long as it is there:
# 300 screens would take all that granian allows by default, and nobody else would be answered.
CONNECTIONS, BACKLOG = 16_384, 4_096
# An arbitrary number that all supervisors of one database agree on.
MIGRATION_LOCK = 7_061_935


@dataclass(frozen=True)
class Options:
    """What a person may choose about a start."""

    host: str = "127.0.0.1"
    port: int = 8000
    mqtt_port: int = 1883
    web_workers: int = 2
    data: Path = field(default_factory=data_folder)


@dataclass(frozen=True)
class Machine:
    """One start: its options, the environment of its children, and the servers that it runs itself."""

    options: Options
    env: dict[str, str]
    postgres: Postgres | None
    valkey: Valkey | None
    own_broker: bool

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return _url(self.options)


def nobody_else(machine: Machine) -> Sequence[Child]:
    """No further children."""
    return ()


def run(
    options: Options,
    *,
    prepare: Callable[[Machine], None] | None = None,
    children: Callable[[Machine], Sequence[Child]] = nobody_else,
    after_ready: Callable[[Machine], None] | None = None,
    steps: Steps | None = None,
) -> int:
    """Run everything until somebody asks it to end; returns the exit code.

    `prepare` is called when the database is migrated and before anything uses it, `after_ready` when
    all children answer; `children` run beside our own processes.
    """
    steps = steps or Steps()
    try:
        with only_one(make_folder(options.data)):
            _run(options, steps, prepare, children, after_ready)
    except Stopped:
        steps.say("Stopped.")
        return 0
    except (AlreadyRunning, ServerFailed, Unreachable, psycopg.Error, OSError) as failure:
        steps.say(str(failure).strip())
        return 1
    return 0


def _run(
    options: Options,
    steps: Steps,
    prepare: Callable[[Machine], None] | None,
    children: Callable[[Machine], Sequence[Child]],
    after_ready: Callable[[Machine], None] | None,
) -> None:
    machine = plan(options, steps)
    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor(options.data / "log", steps=steps, cwd=CHECKOUT))
        stack.callback(_say_draining, steps)
        stack.callback(environment.withdraw, options.data)
        environment.publish(options.data, addresses(machine))
        _start_servers(machine, supervisor, steps)
        _migrate(machine, supervisor, steps)
        if prepare:
            with supervisor.interruptible():
                prepare(machine)
        if machine.own_broker:
            with steps.step("MQTT broker"):
                supervisor.start(broker(machine))
        with steps.step("web, live, ingest, tick"):
            supervisor.start(*processes(machine))
        # Nobody waits for these, and their start would cost the others half their processor.
        with steps.step("worker, beat"):
            supervisor.start(*background(machine), *children(machine))
        if after_ready:
            after_ready(machine)
        supervisor.watch()


def _say_draining(steps: Steps) -> None:
    steps.say("Stopping …")


def plan(options: Options, steps: Steps) -> Machine:
    """Decide ports and addresses; what the environment names is somewhere else and not ours to run."""
    options = _with_free_ports(options, steps)
    environment.make_secret_key(options.data)
    given = dict(os.environ)
    postgres = None if given.get("DATABASE_URL") else Postgres(options.data)
    valkey = None if given.get("REDIS_URL") else Valkey(options.data)
    own_broker = not given.get("MQTT_URL")
    env = given | {"FLOORLIGHT_DATA": str(options.data), "PYTHONUNBUFFERED": "1"}
    env.setdefault("SECRET_KEY", (options.data / "secret_key").read_text().strip())
    env.setdefault("ALLOWED_HOSTS", ",".join(_own_names(options.host)))
    env["LIVE_PORT"] = str(_live_port(options))
    env.setdefault("SITE_URL", _url(options))
    if postgres:
        env["DATABASE_URL"] = postgres.url
    if valkey:
        env["REDIS_URL"] = valkey.url
    if own_broker:
        env["MQTT_URL"] = f"mqtt://127.0.0.1:{options.mqtt_port}"
        env["MQTT_LISTEN"] = f"{options.host}:{options.mqtt_port}"
    os.environ.update(env)  # `prepare` runs in this process
    return Machine(options, env, postgres, valkey, own_broker)


def addresses(machine: Machine) -> dict[str, str]:
    """What a command in another terminal needs to know."""
    names = ("DATABASE_URL", "REDIS_URL", "MQTT_URL", "MQTT_LISTEN", "LIVE_PORT", "SITE_URL")
    return {name: machine.env[name] for name in names if name in machine.env} | {
        "FLOORLIGHT_URL": machine.url
    }


def _with_free_ports(options: Options, steps: Steps) -> Options:
    port = next_free(options.host, options.port, run=2)
    if port != options.port:
        steps.say(f"  Port {options.port} or {options.port + 1} is taken; using {port} and {port + 1}.")
    mqtt_port = options.mqtt_port
    if not os.environ.get("MQTT_URL"):
        while not is_free(options.host, mqtt_port) or mqtt_port in (port, port + 1):
            mqtt_port += 1
        if mqtt_port != options.mqtt_port:
            steps.say(f"  Port {options.mqtt_port} is taken; machines connect by MQTT to {mqtt_port}.")
    return replace(options, port=port, mqtt_port=mqtt_port)


def _live_port(options: Options) -> int:
    return options.port + 1


def _url(options: Options) -> str:
    """Where a browser on this machine finds what listens there."""
    host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
    return f"http://{f'[{host}]' if ':' in host else host}:{options.port}"


def _own_names(host: str) -> list[str]:
    """The names by which browsers may call a server that listens on `host`."""
    names = ["localhost", "127.0.0.1", "[::1]"]
    if host not in LOOPBACK:
        name = socket.gethostname()
        names += [name, f"{name}.local", _outer_address()] if host in ("0.0.0.0", "::") else [host]
    return list(dict.fromkeys(filter(None, names)))


def _outer_address() -> str:
    """This machine's address on its network; nothing is sent to find it."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""


def _start_servers(machine: Machine, supervisor: Supervisor, steps: Steps) -> None:
    servers = [server for server in (machine.postgres, machine.valkey) if server]
    if servers:
        with steps.step(
            " and ".join({"postgres": "PostgreSQL", "valkey": "Valkey"}[s.name] for s in servers)
        ):
            for server in servers:
                server.prepare()
            supervisor.start(*(as_child(server) for server in servers))
            if machine.postgres:
                machine.postgres.make_database()


def as_child(server: Server) -> Child:
    """An embedded server as a child of the supervisor."""
    return Child(
        server.name,
        server.argv,
        env=server.env,
        account=server.account,
        stop_signal=server.stop_signal,
        death_signal=server.stop_signal,
        grace=server.grace,
        start_within=server.start_within,
        before=server.prepare,
        ready=server.ready,
    )


def _migrate(machine: Machine, supervisor: Supervisor, steps: Steps) -> None:
    """Bring the database's tables up to date; supervisors that share one take turns."""
    with steps.step("database tables"), psycopg.connect(machine.env["DATABASE_URL"], autocommit=True) as lock:
        lock.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        supervisor.call("migrate", _manage("migrate", "--noinput", "-v", "1"), env=machine.env)


def broker(machine: Machine) -> Child:
    """The MQTT broker, which writes its configuration from the device table and reloads it."""
    url = machine.env["MQTT_URL"]
    return Child(
        "broker",
        _manage("broker"),
        env=machine.env,
        death_signal=signal.SIGTERM,
        ready=lambda: nats.answers(url),
    )


def processes(machine: Machine) -> list[Child]:
    """What shows the plant and listens to it; needs database and broker."""
    host, port, live = machine.options.host, machine.options.port, _live_port(machine.options)
    reach = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    web = _python("granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws")
    web += ["--workers", str(machine.options.web_workers), "--blocking-threads", "4"]
    # Half of the files that a worker may have open: the other half is the database's and its own.
    most = raise_open_files(2 * CONNECTIONS) // 2
    web += ["--backlog", str(BACKLOG), "--backpressure", str(most)]
    web += ["--respawn-failed-workers", "--workers-kill-timeout", "5", "--log-level", "warning"]
    nudge = _python("uvicorn", "mesproject.live:application", "--host", host, "--port", str(live))
    nudge += ["--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "1"]
    return [
        Child(
            "web",
            [*web, "mesproject.wsgi:application"],
            env=machine.env,
            death_signal=signal.SIGTERM,
            ready=lambda: responds(reach, port, "/healthz"),
        ),
        Child("live", nudge, env=machine.env, ready=lambda: listens(reach, live)),
        Child("ingest", _manage("ingest"), env=machine.env),
        Child("agents", _manage("mtconnect"), env=machine.env),
        Child("tick", _manage("tick"), env=machine.env),
    ]


def background(machine: Machine) -> list[Child]:
    """Celery: what may be a minute late."""
    folder = private_folder(machine.options.data / "beat")
    celery = _python("celery", "-A", "mesproject")
    worker = [*celery, "worker", "-c", "1", "-l", "WARNING", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "-l", "WARNING", "-s", str(folder / "schedule"), "--pidfile="]
    return [
        # The worker has a process of its own that only it can take along.
        Child("worker", worker, env=machine.env, death_signal=signal.SIGTERM),
        Child("beat", beat, env=machine.env),
    ]


def responds(host: str, port: int, path: str) -> bool:
    """Whether a web server answers there with 200."""
    with (
        suppress(OSError, http.client.HTTPException),
        closing(http.client.HTTPConnection(host, port, timeout=2)) as connection,
    ):
        connection.request("GET", path, headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    return False


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _manage(command: str, *arguments: str) -> list[str]:
    return [sys.executable, str(CHECKOUT / "manage.py"), command, *arguments]
