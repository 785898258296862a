"""The servers that tests and benchmarks run for themselves."""

import os
import signal
import subprocess
import sys

import paho.mqtt.client as mqtt
import pytest
import redis

from mesproject.servers.folders import LONGEST_SOCKET, socket_folder
from mesproject.servers.nats import answers, greeting
from mesproject.servers.ports import any_free
from mesproject.servers.process import command_of, wait_until
from tests.machines import opened

HOLD = """
import pathlib, sys, time
from mesproject.servers.embedded import embedded
with embedded(pathlib.Path(sys.argv[1])) as servers:
    print(*(server.process.pid for server in servers.values()), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def open_folder(tmp_path):
    """A folder that the user nobody may enter."""
    return opened(tmp_path)


def test_valkey_answers_on_a_socket(valkey):
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        assert client.ping()


def test_the_broker_keeps_a_session_between_visits(broker):
    url = os.environ["MQTT_URL"]
    got = []
    for visits in (1, 2):
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="visitor", clean_session=False)
        client.on_connect = lambda client, data, flags, *rest: got.append(flags.session_present)
        client.connect("127.0.0.1", int(url.rpartition(":")[2]))
        assert wait_until(lambda c=client, n=visits: c.loop(0.05) == 0 and len(got) == n, within=5)
        client.disconnect()
    assert got == [False, True]


def test_a_broken_configuration_is_named_before_it_is_used(broker, tmp_path):
    broken = type(broker)(tmp_path, config=tmp_path / "broken.conf")
    broken.config.write_text("nonsense {")
    assert "line 1" in broken.complaint()
    assert not broker.complaint()


@pytest.mark.parametrize("password", ["secret", "x" * 300])
def test_a_broker_greets_whoever_calls(broker, password):
    port = int(os.environ["MQTT_URL"].rpartition(":")[2])
    assert greeting("127.0.0.1", port, user="ann", password=password) == 0
    assert greeting("127.0.0.1", port) == 0
    assert greeting("127.0.0.1", port, tls=True, timeout=0.5) is None


def test_nobody_listens_on_a_free_port():
    assert not answers(f"mqtt://127.0.0.1:{any_free()}")


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_servers_end_with_the_process_that_runs_them(open_folder, death):
    with subprocess.Popen([sys.executable, "-c", HOLD, open_folder], stdout=subprocess.PIPE) as holder:
        pids = [int(word) for word in holder.stdout.readline().split()]
        assert len(pids) == 3
        holder.send_signal(death)
    assert wait_until(lambda: not any(command_of(pid) for pid in pids), within=10)


def test_a_long_data_folder_gets_short_sockets(tmp_path):
    deep = tmp_path / ("long" * 25)
    folder = socket_folder(deep, "valkey", longest_name=len("valkey.sock"))
    assert not folder.is_relative_to(deep)
    assert len(str(folder / "valkey.sock")) <= LONGEST_SOCKET
    folder.rmdir()
