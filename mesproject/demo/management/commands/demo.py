"""`manage.py demo`: a plant at work, from nothing, until Ctrl-C."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mesproject.demo.people import VISITORS
from mesproject.demo.plant import LOGINS
from mesproject.demo.secrets import Kept
from mesproject.management.commands.up import add_options, chosen
from mesproject.servers.folders import CHECKOUT, make_folder
from mesproject.servers.process import end, spawn
from mesproject.servers.server import ServerFailed
from mesproject.supervisor import Machine, Options, Steps, run
from mesproject.supervisor.child import Child
from mesproject.supervisor.lock import AlreadyRunning, only_one
from mesproject.supervisor.machine import LOOPBACK

# What a new start keeps: downloads, the tests' own folder, and the lock that is being held.
KEPT = frozenset({"cache", "test", "lock"})


class Command(BaseCommand):
    """Sets up the demo plant, lets it have lived for some days, and goes on with it."""

    help = "Run Floorlight with a demo plant: recordings of real machines, made to play around the clock."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser)
        parser.add_argument("--days", type=float, default=3, help="how far back the plant's past reaches")
        parser.add_argument("--reset", action="store_true", help="first throw the old demo away")

    def handle(self, *args: Any, **options: Any) -> None:
        picked, steps = chosen(options), Steps()
        if options["reset"]:
            _reset(picked.data, steps)

        def prepare(machine: Machine) -> None:
            _fill(machine, days=options["days"])

        def welcome(machine: Machine) -> None:
            for line in greeting(machine, Kept.of(picked.data)):
                steps.say(line)
            steps.say(f"The demo is up after {steps.elapsed():.1f} s. Ctrl-C stops it, and keeps its data.")

        sys.exit(run(picked, prepare=prepare, children=_life, after_ready=welcome, steps=steps))


def greeting(machine: Machine, kept: Kept) -> list[str]:
    """Where to look, how to get in, and how to say something oneself."""
    url, options = machine.url, machine.options
    password = kept.password_for(open_to_network=_open_to_network(options))
    return [
        "",
        f"  Start page   {url}/",
        f"  Log in as    {', '.join(LOGINS)}; the password of each is {password}",
        f"  Tablet       {url}/enrol/?code={kept.tablet_code}   (or log in as operator)",
        f"  Board        {url}/enrol/?code={kept.board_code}   (or log in)",
        f"  Admin        {url}/admin/",
        f"  MQTT         {machine.env['MQTT_URL']}, user demo/gateway-1, password {kept.gateway}",
        "",
        f"  The stops of {VISITORS} are left to you; make a part there yourself:",
        f"  curl {url}/api/signals -H 'X-API-KEY: {kept.api_key}' \\",
        f"""       -H 'Content-Type: application/json' -d '{{"station": "{VISITORS}", "production_complete": 1}}'""",
        "",
    ]


def _life(machine: Machine) -> list[Child]:
    return [Child("demo_life", _manage("demo_life"), env=machine.env)]


def _fill(machine: Machine, *, days: float) -> None:
    """A process of its own, because only now it is known where the database is."""
    arguments = ["--days", str(days)]
    if _open_to_network(machine.options):
        arguments.append("--open-to-network")
    process = spawn(_manage("demo_fill", *arguments), env=machine.env, cwd=CHECKOUT)
    try:
        if process.wait():
            raise ServerFailed("The demo plant could not be set up; the lines above say why.")
    finally:
        end(process)


def _reset(data: Path, steps: Steps) -> None:
    """Empty the demo's data folder. Raises CommandError where it is not a demo's, or in use."""
    if not (data / "demo").is_dir():
        if (data / "postgres").exists():
            raise CommandError(f"{data} holds no demo but a plant of yours; it is left as it is.")
        return
    try:
        with only_one(make_folder(data)), steps.step("old demo thrown away"):
            for path in data.iterdir():
                if path.name in KEPT:
                    continue
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except AlreadyRunning as error:
        raise CommandError(str(error)) from None


def _open_to_network(options: Options) -> bool:
    return options.host not in LOOPBACK


def _manage(command: str, *arguments: str) -> list[str]:
    return [sys.executable, str(CHECKOUT / "manage.py"), command, *arguments]
