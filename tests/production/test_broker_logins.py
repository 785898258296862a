"""Who may log in to our own broker, and what he may publish there."""

import re
import subprocess
import threading
import time
from pathlib import Path

import bcrypt
import paho.mqtt.client as paho
import pytest
from django.test import Client
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from mesproject.accounts.models import Device
from mesproject.servers.logs import LARGEST
from mesproject.servers.nats import find_binary
from production.broker import Listener, Login, render, subjects
from tests.make import make_company, make_device
from tests.production import processes
from tests.production.processes import client, wait_for

DIGEST = bcrypt.hashpw(b"token", bcrypt.gensalt(4)).decode()
LISTENER = Listener("0.0.0.0", 1883)


def rendered(*logins: Login, bare: bool = False) -> str:
    return render(logins, listener=LISTENER, store=Path("/data/nats"), own_digest=DIGEST, bare=bare)


def test_a_device_may_publish_its_company_s_signals_and_its_own_frames():
    assert subjects(Login("acme", "opta-1", DIGEST), bare=False) == [
        "busroot.v1.acme.signals.*", "busroot.v2.acme.signals.*",
        "busroot.v1.dau.acme.opta-1", "*.busroot.v1.dau.acme.opta-1",
        "busroot.v2.dau.acme.opta-1", "*.busroot.v2.dau.acme.opta-1",
    ]  # fmt: skip


def test_where_there_is_one_company_the_device_s_name_alone_will_do():
    assert "busroot.v2.dau.opta-1" in subjects(Login("acme", "opta-1", DIGEST), bare=True)


@pytest.mark.parametrize(
    "login",
    [
        Login("acme", 'x", password: "', DIGEST),
        Login("acme", "a.>", DIGEST),
        Login("acme", "*", DIGEST),
        Login("ac.me", "x", DIGEST),
        Login("acme", "x", ""),
        Login("acme", "x", "plain"),
        Login("acme", "x\n", DIGEST),
    ],
)
def test_what_cannot_have_come_through_the_admin_gets_no_login(login):
    assert rendered(login) == rendered()


@given(st.text(), st.text(), st.text())
def test_no_name_means_anything_else_in_the_configuration(company, name, digest):
    text = rendered(Login(company, name, digest))
    assert len(re.findall(r"{ user: ", text)) in (1, 2)
    assert text.count("\n") - rendered().count("\n") in (0, 1)


def test_the_broker_can_read_it(tmp_path):
    config = tmp_path / "nats.conf"
    config.write_text(rendered(Login("acme", "opta-1", DIGEST), Login("acme", "opta-2", DIGEST), bare=True))
    done = subprocess.run([find_binary(), "-c", config, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def plant(tmp_path, transactional_db):
    with processes.plant(tmp_path) as running:
        running.start_broker()
        yield running


@pytest.fixture
def pages():
    """Django's own client; `client` is a machine's here."""
    return Client()


class Listening:
    """Everything that is delivered, to our own login."""

    def __init__(self, plant):
        self.topics = []
        self._client = client(plant.address, "listener")

    def __enter__(self):
        one = self._client.__enter__()
        known = threading.Event()
        one.on_message = lambda _, __, message: self.topics.append(message.topic)
        one.on_subscribe = lambda *_: known.set()
        one.subscribe("#", 1)
        assert known.wait(5)
        return self

    def __exit__(self, *error):
        self._client.__exit__(*error)


def test_a_device_publishes_to_its_own_topics_only(plant):
    acme, other = make_company(code="acme"), make_company(code="other")
    device, token = make_device(company=acme, name="opta-1")
    make_device(company=other, name="opta-1")
    topics = {
        "busroot/v2/acme/signals/S1": True, "busroot/v1/acme/signals/S1": True,
        "busroot/v2/dau/acme/opta-1": True, "plant7/busroot/v2/dau/acme/opta-1": True,
        "busroot/v2/other/signals/S1": False, "busroot/v2/dau/acme/opta-2": False,
        "busroot/v2/dau/other/opta-1": False, "busroot/v2/dau/opta-1": False, "elsewhere": False,
    }  # fmt: skip
    wait_for_login(plant, device)
    with Listening(plant) as heard, client(plant.login(device.login, token), f"{device.login}/1") as machine:
        for topic in topics:  # a forbidden one is acknowledged, too, and goes nowhere
            machine.publish(topic, b"{}", qos=1).wait_for_publish(5)
        machine.publish("busroot/v2/acme/signals/last", b"{}", qos=1).wait_for_publish(5)
        wait_for(lambda: "busroot/v2/acme/signals/last" in heard.topics, "the last message")
        assert set(heard.topics) == {topic for topic, may in topics.items() if may} | {
            "busroot/v2/acme/signals/last"
        }


def refused(address, name: str) -> bool:
    """Whether the broker turns a login away."""
    answers = []
    one = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name)
    one.username_pw_set(address.user, address.password)
    one.on_connect = lambda _, __, ___, reason, ____: answers.append(reason)
    one.connect(address.host, address.port)
    deadline = time.monotonic() + 5
    while not answers and time.monotonic() < deadline:
        one.loop(0.05)
    one.disconnect()
    return bool(answers and answers[0].is_failure)


def revoke(device):
    device.revoked_at = now()
    device.save()


def renew(device):
    device.issue_token()
    device.save()


def test_a_device_that_is_removed_is_cut_off_at_once_and_the_others_are_not(plant):
    company = make_company(code="acme")
    other, others_token = make_device(company=company)
    ways = [revoke, renew, Device.delete, lambda device: Device.objects.filter(pk=device.pk).update(digest="",
            broker_digest=""), lambda device: Device.objects.filter(pk=device.pk).delete()]  # fmt: skip
    devices = [make_device(company=company) for _ in ways]
    wait_for_login(plant, devices[-1][0])
    lost = []
    with client(plant.login(other.login, others_token), f"{other.login}/1") as neighbour:
        neighbour.on_disconnect = lambda *_: lost.append("neighbour")
        for (device, token), remove in zip(devices, ways, strict=True):
            address = plant.login(device.login, token)
            with client(address, f"{device.login}/1") as machine:
                machine.on_disconnect = lambda *_, name=device.name: lost.append(name)
                remove(device)
                taken = wait_for(lambda name=device.name: name in lost, "the device to be cut off", within=5)
                assert refused(address, "again")
            print(f"cut off after {1000 * taken:.0f} ms")
            assert taken < 1
    assert lost == [device.name for device, _ in devices] + ["neighbour"]  # at the end


def wait_for_login(plant, device):
    """Wait until the broker has read that a device may log in."""
    wait_for(lambda: device.login in (plant.data / "nats" / "nats.conf").read_text(), f"{device}'s login")
    time.sleep(0.1)


def test_nobody_gets_in_without_a_login(plant):
    assert refused(plant.login("floorlight", "guess"), "guest")
    assert refused(plant.login("", ""), "guest")


def test_the_password_of_our_own_login_is_readable_by_its_owner_alone(plant):
    for name in ("password", "nats.conf"):
        assert (plant.data / "nats" / name).stat().st_mode & 0o777 == 0o600
    assert plant.address.password not in (plant.data / "nats" / "nats.conf").read_text()


def test_what_is_acknowledged_before_there_was_ever_a_reader_waits_for_it(plant):
    """The broker must know the reader's session before it lets anybody else in."""
    device, token = make_device(company=make_company(code="acme"))
    wait_for_login(plant, device)
    with client(plant.login(device.login, token), f"{device.login}/1") as machine:
        machine.publish("busroot/v2/acme/signals/S1", b"first", qos=1).wait_for_publish(5)
    got = []
    one = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="floorlight-ingest", clean_session=False)
    one.username_pw_set(plant.address.user, plant.address.password)
    one.on_message = lambda _, __, message: got.append(message.payload)
    one.connect(plant.address.host, plant.address.port)
    one.loop_start()
    wait_for(lambda: got, "the message")
    one.disconnect()
    one.loop_stop()
    assert got == [b"first"]


def test_being_asked_whether_it_is_ready_leaves_no_trace_in_its_log(plant, pages, settings):
    settings.MQTT_URL, settings.DATA_DIR = plant.url, plant.data
    log = plant.data / "log" / "nats.log"
    assert pages.get("/readyz").json()["checks"]["broker"] == "ok"
    before = log.read_text().count("[ERR]")
    for _ in range(5):
        assert pages.get("/readyz").json()["checks"]["broker"] == "ok"
    assert log.read_text().count("[ERR]") == before
    settings.MQTT_URL = plant.url.replace("//", "//floorlight:wrong@")
    assert "refuses our login" in pages.get("/readyz").json()["checks"]["broker"]


def test_the_broker_s_log_stays_bounded(plant):
    log = plant.data / "log" / "nats.log"
    with log.open("ab") as file:
        file.write(b"x" * LARGEST)
    wait_for(lambda: log.stat().st_size < LARGEST, "the log to be moved aside")
    assert log.with_name("nats.log.1").stat().st_size >= LARGEST
