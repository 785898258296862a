"""Runs our own broker, and keeps its logins what the device table says."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import bcrypt
import paho.mqtt.client as paho
import psycopg
from django.db import InterfaceError, OperationalError, connection

from mesproject.accounts.models import Company, Device
from mesproject.servers.folders import make_folder, private_folder
from mesproject.servers.nats import NatsServer
from mesproject.servers.ports import any_free
from production import mqtt, topics
from production.broker import OWN_USER, Listener, Login, render

log = logging.getLogger(__name__)

CHANNEL = "floorlight_devices"
# The notification is fast, the table is the truth: it is read this often whatever was heard.
LOOK_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Table:
    """What of the database the configuration depends on."""

    logins: tuple[Login, ...]
    bare: bool


def read_table() -> Table:
    """The gateways that have a token, and whether there is one company only."""
    logins = tuple(
        Login(device.company.code, device.name, device.broker_digest)
        for device in Device.objects.for_broker().exclude(broker_digest="")
    )
    return Table(logins, bare=Company.objects.count() == 1)


class Keeper:
    """Starts our own broker, writes its configuration, reloads it on change, starts it again if it dies."""

    def __init__(self, data: Path, listener: Listener) -> None:
        self.data, self.listener = data, listener
        self.folder = private_folder(make_folder(data) / "nats")
        make_folder(data / "run")
        reach = "127.0.0.1" if listener.host in ("0.0.0.0", "::") else listener.host
        password = mqtt.make_own_password(data)
        self.address = mqtt.Address(reach, listener.port, user=OWN_USER, password=password)
        self.own_digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
        url = f"mqtt://{reach}:{listener.port}"
        self.server = NatsServer(data, config=self.folder / "nats.conf", url=url)
        self.table: Table | None = None
        self._looked_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Keep the broker running until asked to stop. Raises ServerFailed when it does not come up."""
        self._wait_for_the_table(stop)
        try:
            while not stop.is_set():
                if not self.server.running():
                    self._start()
                self.server.keep_log_small()
                self._watch(stop)
        finally:
            self.server.stop()

    def _wait_for_the_table(self, stop: threading.Event) -> None:
        """Without a database the last configuration serves; without one of those we wait."""
        while not stop.is_set() and not self._look() and not self.server.config.exists():
            stop.wait(0.5)

    def _start(self) -> None:
        if not (self.folder / "reader-is-known").exists():
            self._introduce_the_reader()
        epoch = {"epoch": secrets.token_hex(4), "started": time.time()}
        (self.data / "run" / "broker.json").write_text(json.dumps(epoch))
        self.server.start()

    def _introduce_the_reader(self) -> None:
        """Let the broker know the reader's session, at a port nobody knows, before anybody may publish.

        What is acknowledged while nobody is known to want it would be dropped.
        """
        hidden = replace(self.address, host="127.0.0.1", port=any_free())
        config = self.folder / "introduction.conf"
        listener = Listener(hidden.host, hidden.port)
        text = render([], listener=listener, store=self.folder, own_digest=self.own_digest)
        mqtt.write_privately(config, text)
        with NatsServer(self.data, config=config, url=f"mqtt://{hidden.host}:{hidden.port}"):
            make_session(hidden)
        config.unlink()
        (self.folder / "reader-is-known").touch()

    def _watch(self, stop: threading.Event) -> None:
        """Wait a moment for news from the device table, and follow it."""
        try:
            connection.ensure_connection()
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            while not stop.is_set() and self.server.running():
                heard = any(True for _ in connection.connection.notifies(timeout=0.3, stop_after=1))
                if heard or time.monotonic() - self._looked_at > LOOK_EVERY:
                    self._follow()
                    self.server.keep_log_small()
        except (OperationalError, InterfaceError, psycopg.Error) as error:
            log.warning("The device table cannot be read, logins stay as they are: %s", error)
            connection.close()
            stop.wait(0.5)

    def _follow(self) -> None:
        before = self.table
        self.table, self._looked_at = read_table(), time.monotonic()
        if self.table != before:
            self._write(self.table)
            self.server.reload()
            log.info("%d devices may log in.", len(self.table.logins))

    def _look(self) -> bool:
        """Read the table for the first time and write the configuration; False without a database."""
        try:
            self.table = read_table()
        except (OperationalError, InterfaceError) as error:
            log.warning("The device table cannot be read: %s", error)
            connection.close()
            return False
        self._write(self.table)
        return True

    def _write(self, table: Table) -> None:
        text = render(
            table.logins,
            listener=self.listener,
            store=self.folder,
            own_digest=self.own_digest,
            bare=table.bare,
        )
        mqtt.write_privately(self.server.config, text)


def make_session(address: mqtt.Address, *, within: float = 10.0) -> None:
    """Let the broker know the reader's session and what it listens to, before there is a reader."""
    client = mqtt.new_client(address, mqtt.READER, keep_session=True)
    known = threading.Event()

    def subscribe(client: paho.Client, *_: object) -> None:
        client.subscribe([(one, 1) for one in topics.FILTERS])

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: known.set()
    client.connect(address.host, address.port)
    deadline = time.monotonic() + within
    while not known.is_set() and time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()
    if not known.is_set():
        raise TimeoutError("The broker does not answer its own login.")
