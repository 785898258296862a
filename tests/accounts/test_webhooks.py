"""Calls of webhooks: signed as Standard Webhooks are, tried for days, and never into the plant's own network."""

import json
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest
from django.utils.timezone import now
from django.utils.translation import override
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from mesproject.accounts import destinations, outbox, signatures, webhooks
from mesproject.accounts.destinations import Forbidden, Unknown, destination, is_public
from mesproject.accounts.models import Endpoint, OutboxMessage
from mesproject.accounts.models.endpoints import OVERLAP, PATIENCE
from tests.make import NOON, make_endpoint

pytestmark = pytest.mark.django_db
WEBHOOK, State = OutboxMessage.Kind.WEBHOOK, OutboxMessage.State


@pytest.fixture
def receiver(settings):
    """A program that listens on this machine, which is allowed here."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    with listening() as one:
        yield one


@contextmanager
def listening():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.calls.append((dict(self.headers), body))
            self.send_response(self.server.status)
            if 300 <= self.server.status < 400:
                self.send_header("Location", self.server.url)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.calls, server.status = [], 204
    server.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(endpoint, key="1", body='{"type": "issue.raised"}'):
    message = outbox.call(endpoint, key=key, subject="issue.raised", body=body, at=NOON)
    message.save()
    return message


def deliver(now=NOON):
    return outbox.deliver(now=now, kind=WEBHOOK)


def verified(secret, headers, body):
    """As the library of Standard Webhooks signs it, whatever the clock says."""
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    wanted = Webhook(secret).sign(headers["webhook-id"], at, body.decode())
    return wanted in headers["webhook-signature"].split()


def test_a_signature_is_that_of_the_specification():
    # The example of https://github.com/standard-webhooks/standard-webhooks, its libraries' test vector.
    found = signatures.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )  # fmt: skip
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_library_of_standard_webhooks_takes_our_calls_and_nothing_that_was_changed(receiver):
    endpoint = make_endpoint(receiver.url)
    told(endpoint, body='{"type": "issue.raised", "data": {"stationName": "Größe"}}')
    assert deliver(now()) == 1
    [(headers, body)] = receiver.calls
    ours = Webhook(endpoint.secret)
    assert ours.verify(body, headers)["data"] == {"stationName": "Größe"}
    for changed in (
        {"webhook-id": "msg_0"},
        {"webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)},
    ):
        with pytest.raises(WebhookVerificationError):
            ours.verify(body, headers | changed)
    with pytest.raises(WebhookVerificationError):
        ours.verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(signatures.new_secret()).verify(body, headers)


def test_a_call_is_signed_and_its_id_is_the_same_each_time(receiver):
    endpoint = make_endpoint(receiver.url)
    message = told(endpoint)
    receiver.status = 500
    assert deliver() == 0
    receiver.status = 200
    later = NOON + timedelta(minutes=1)
    assert deliver(later) == 1
    (first, _), (second, body) = receiver.calls
    assert first["webhook-id"] == second["webhook-id"] == f"msg_{message.pk}"
    assert second["webhook-timestamp"] == str(int(later.timestamp()))
    assert verified(endpoint.secret, second, body)
    assert json.loads(body) == {"type": "issue.raised"}
    assert second["Content-Type"] == "application/json"
    endpoint.refresh_from_db()
    assert (endpoint.last_success_at, endpoint.failing_since) == (later, None)


def test_after_a_rotation_both_secrets_sign_for_a_week(receiver):
    endpoint = make_endpoint(receiver.url)
    old, new = endpoint.secret, endpoint.rotate(at=NOON)
    told(endpoint, "1"), deliver()
    told(endpoint, "2"), deliver(NOON + OVERLAP)
    during, after = receiver.calls
    assert [verified(secret, *during) for secret in (old, new)] == [True, True]
    assert [verified(secret, *after) for secret in (old, new)] == [False, True]


def test_a_redirection_is_not_followed(receiver):
    receiver.status = 302
    message = told(make_endpoint(receiver.url))
    assert deliver() == 0
    message.refresh_from_db()
    assert (message.state, message.error, len(receiver.calls)) == (State.WAITING, "It answered 302.", 1)


def test_one_that_fails_is_called_once_a_run_and_holds_up_nobody(receiver):
    dead = make_endpoint("http://127.0.0.1:1/")
    for number in range(5):
        told(dead, str(number))
    told(make_endpoint(receiver.url))
    assert deliver() == 1
    assert sorted(dead.messages.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_days_of_failure_switch_it_off_with_a_note(receiver):
    endpoint = make_endpoint(receiver.url)
    receiver.status = 503
    told(endpoint), told(endpoint, "2")
    at = NOON
    while not endpoint.disabled_at:
        deliver(at)
        endpoint.refresh_from_db()
        at += timedelta(hours=2)
    deliver(at)
    assert PATIENCE <= endpoint.disabled_at - endpoint.failing_since < PATIENCE + timedelta(hours=2)
    assert endpoint.note == "Switched off after 3 days of failure; the last was: It answered 503."
    with override("de"):
        assert endpoint.told == "Nach 3 Tagen ohne Erfolg abgeschaltet; zuletzt: Die Antwort war 503."
    assert set(endpoint.messages.values_list("state", flat=True)) == {State.FAILED}
    endpoint.enable()
    assert Endpoint.objects.active().get().failing_since is None


def test_who_answers_that_it_is_gone_is_called_no_more(receiver):
    endpoint = make_endpoint(receiver.url)
    receiver.status = 410
    told(endpoint), told(endpoint, "2")
    assert deliver() == 0
    assert len(receiver.calls) == 1
    endpoint.refresh_from_db()
    assert endpoint.disabled_at == NOON
    assert "410" in endpoint.note
    with override("de"):
        assert (
            endpoint.told
            == "Abgeschaltet: sie hat 410 geantwortet, und das heißt, dass sie nichts mehr will."
        )


def test_a_receiver_that_drips_its_answer_is_hung_up_on(settings, monkeypatch):
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.1")]
    monkeypatch.setattr(webhooks, "WHOLE_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=[server])
        thread.start()
        endpoint = make_endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/")
        told(endpoint)
        began = time.monotonic()
        assert deliver() == 0
        assert time.monotonic() - began < 5
        thread.join()


def drip(server):
    connection, _ = server.accept()
    with connection:
        try:
            for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
                connection.sendall(bytes([letter]))
                time.sleep(0.1)
        except OSError:
            pass


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "::", "::1",
    "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
    "2001:db8::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("given", PRIVATE)
def test_an_address_inside_is_not_public(given):
    assert not is_public(ip_address(given))


@pytest.mark.parametrize(
    "given", ["8.8.8.8", "93.184.216.34", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_of_the_internet_is_public(given):
    assert is_public(ip_address(given))


WAYS_IN = [
    "https://127.0.0.1/", "https://localhost/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0177.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1:8443/", "https://0/", "https://[fe80::1%25lo]/",
    "http://8.8.8.8/", "https://user:word@8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "https:///", "gopher://8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("url", WAYS_IN)
def test_no_spelling_of_an_address_leads_inside(url):
    with pytest.raises((Forbidden, Unknown)):
        destination(url)


def answering(*addresses):
    return lambda host, port, **_: [(2, 1, 6, "", (address, port)) for address in addresses]


def test_a_name_that_means_one_address_inside_is_refused_whatever_else_it_means(monkeypatch):
    monkeypatch.setattr(destinations.socket, "getaddrinfo", answering("8.8.8.8", "192.168.0.7"))
    with pytest.raises(Forbidden, match=r"192\.168\.0\.7"):
        destination("https://erp.example.com/")


def test_the_address_that_was_checked_is_the_one_that_is_called(receiver, settings, monkeypatch):
    """A name that means something else the second time it is asked for leads nowhere else."""
    asked = []

    def rebinding(host, port, **more):
        asked.append(host)
        return answering("127.0.0.1" if len(asked) == 1 else "127.0.0.2")(host, port)

    monkeypatch.setattr(destinations.socket, "getaddrinfo", rebinding)
    to = destination(f"http://erp.example.com:{receiver.server_port}/x")
    assert (to.address, to.netloc) == ("127.0.0.1", f"erp.example.com:{receiver.server_port}")
    asked.clear()
    # Connecting to an address in figures asks for no name: only what is figures may be asked again.
    told(make_endpoint(f"http://erp.example.com:{receiver.server_port}/x"))
    deliver()
    assert asked[0] == "erp.example.com"
    assert set(asked[1:]) <= {"127.0.0.1"}


def test_one_that_leads_inside_is_not_called_and_says_why(receiver, settings):
    settings.WEBHOOK_NETWORKS = []
    message = told(make_endpoint(receiver.url))
    assert deliver() == 0
    message.refresh_from_db()
    assert message.state == State.FAILED
    assert "WEBHOOK_NETWORKS" in message.error
    assert receiver.calls == []
