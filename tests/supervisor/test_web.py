"""The web server as `manage.py up` starts it."""

import http.client
import os
import socket
from contextlib import ExitStack, closing

import pytest

from mesproject.servers.folders import CHECKOUT
from mesproject.servers.ports import any_free
from mesproject.servers.process import end, raise_open_files, spawn, wait_until
from mesproject.supervisor.machine import Machine, Options, processes


@pytest.fixture
def port():
    """Where a web server listens, with one worker."""
    options = Options(port=any_free(), web_workers=1)
    web = processes(Machine(options, dict(os.environ), None, None, own_broker=False))[0]
    process = spawn(web.argv, env=web.env, cwd=CHECKOUT)
    assert wait_until(web.ready, within=60)
    yield options.port
    end(process)


def status(port):
    """What a newcomer is answered."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status


@pytest.mark.parametrize(
    "said", [b"", b"GET /healthz HTTP/1.1\r\nHost: loc"], ids=["nothing", "half a request"]
)
def test_two_thousand_who_say_nothing_keep_nobody_out(port, said):
    raise_open_files(8_192)
    with ExitStack() as held:
        for _ in range(2_000):
            held.enter_context(socket.create_connection(("127.0.0.1", port), 5)).sendall(said)
        assert [status(port) for _ in range(5)] == [200] * 5
