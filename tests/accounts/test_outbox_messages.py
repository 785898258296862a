"""Mail leaves once: over a real conversation, past dead servers, poisoned messages and killed workers."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from mesproject.accounts import outbox
from mesproject.accounts.models import OutboxMessage
from mesproject.accounts.models.outbox import LEASE, Superseded
from tests.accounts.mailserver import MailServer, use
from tests.make import NOON, make_company, make_outbox_message
from tests.production.processes import CHECKOUT, database_url

pytestmark = pytest.mark.django_db
State = OutboxMessage.State
WORKER = """
from django.utils.timezone import now
from mesproject.accounts import outbox
print("at work", flush=True)
while outbox.deliver(now=now()):
    pass
"""


@pytest.fixture
def server(settings):
    with MailServer() as one:
        use(one, settings)
        yield one


def state_of(message):
    message.refresh_from_db()
    return message.state


@pytest.mark.parametrize(
    ("state", "again"), [("failed", 1), ("handed", 1), ("sending", 0), ("sent", 0), ("waiting", 0)]
)
def test_only_what_was_given_up_or_is_undecided_is_sent_again(state, again):
    message = make_outbox_message(state=state, attempts=3, error="refused")
    assert OutboxMessage.objects.of(message.company).send_again(NOON) == again
    assert (state_of(message) == State.WAITING) == (again == 1 or state == "waiting")


def test_a_mail_goes_out_as_text_and_html_with_its_headers(server):
    make_outbox_message(
        subject="M1 – steht", body="Größe\n.punkt\n", html="<p>Größe</p>", headers={"List-Unsubscribe": "<x>"}
    )
    assert outbox.deliver(now=NOON) == 1
    [mail] = server.accepted
    assert mail["Subject"] == "M1 – steht"
    assert mail["List-Unsubscribe"] == "<x>"
    assert mail.get_body(("plain",)).get_content().splitlines() == ["Größe", ".punkt"]
    assert "<p>Größe</p>" in mail.get_body(("html",)).get_content()


def test_the_same_key_is_written_once():
    company = make_company()
    written = {"recipient": "a@example.com", "subject": "A\nB", "body": "C", "at": NOON}
    assert [outbox.write(company, key="k", **written) for _ in range(2)] == [True, False]
    assert OutboxMessage.objects.get().subject == "A B"


def test_a_dead_mail_server_delays_and_is_asked_once_a_run(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    messages = [make_outbox_message(due_at=NOON - timedelta(minutes=n)) for n in range(3)]
    assert outbox.deliver(now=NOON) == 0
    assert [state_of(message) for message in messages] == [State.WAITING] * 3
    assert [message.attempts for message in messages] == [0, 0, 1]
    assert messages[2].due_at == NOON + outbox.FIRST_PAUSE
    assert "refused" in messages[2].error


def test_an_address_that_nobody_has_is_given_up_with_the_reason_and_blocks_nobody(server):
    server.unknown.add("gone@example.com")
    gone = make_outbox_message(recipient="gone@example.com", due_at=NOON - timedelta(minutes=1))
    other = make_outbox_message()
    assert outbox.deliver(now=NOON) == 1
    assert (state_of(gone), gone.error) == (State.FAILED, "550 nobody of that name")
    assert state_of(other) == State.SENT


def test_a_server_that_is_busy_is_asked_again_later_and_longer_each_time(server):
    server.answer = "451 too much to do"
    message, at, pauses = make_outbox_message(), NOON, []
    for _ in range(9):
        outbox.deliver(now=at)
        assert state_of(message) == State.WAITING
        pauses.append(message.due_at - at)
        at = message.due_at
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (outbox.FIRST_PAUSE, outbox.LONGEST_PAUSE)
    server.answer = "250 taken"
    assert outbox.deliver(now=at) == 1
    assert (state_of(message), message.error) == (State.SENT, "")


def test_what_cannot_be_sent_at_all_is_given_up_and_blocks_nobody(server):
    poisoned = make_outbox_message(subject="A\nBcc: x@example.com", due_at=NOON - timedelta(minutes=1))
    make_outbox_message()
    assert outbox.deliver(now=NOON) == 1
    assert state_of(poisoned) == State.FAILED
    assert "BadHeaderError" in poisoned.error


def test_old_news_is_not_sent():
    message = make_outbox_message(expires_at=NOON)
    assert outbox.deliver(now=NOON) == 0
    assert (state_of(message), message.attempts) == (State.FAILED, 1)


def test_a_server_that_breaks_off_unanswered_leaves_it_undecided_and_not_sent_again(server, client):
    server.cut = True
    message = make_outbox_message()
    assert outbox.deliver(now=NOON) == 0
    assert state_of(message) == State.HANDED
    server.cut = False
    assert outbox.deliver(now=NOON + timedelta(days=3)) == 0
    assert len(server.accepted) == 1
    assert client.get("/statusz").json()["outbox"]["undecided"] == 1


def test_a_worker_that_was_killed_before_it_handed_over_loses_its_lease(server):
    message = make_outbox_message()
    assert OutboxMessage.objects.claim("mail", NOON)
    assert outbox.deliver(now=NOON + LEASE / 2) == 0
    assert outbox.deliver(now=NOON + LEASE) == 1
    assert (state_of(message), message.attempts) == (State.SENT, 2)


def test_a_worker_that_slept_too_long_does_not_hand_over_what_another_has():
    make_outbox_message()
    slept = OutboxMessage.objects.claim("mail", NOON)
    assert OutboxMessage.objects.claim("mail", NOON + LEASE)
    with pytest.raises(Superseded):
        slept.hand_over()


def test_what_was_sent_long_ago_is_forgotten():
    make_outbox_message(state="sent", sent_at=NOON - timedelta(days=100))
    make_outbox_message(state="sent", sent_at=NOON)
    make_outbox_message(state="failed")
    assert outbox.forget(now=NOON) == 1
    assert OutboxMessage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_mail_once(server):
    company = make_company()
    for _ in range(40):
        make_outbox_message(company=company)

    def work(_):
        try:
            return outbox.deliver(now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 40
    assert set(server.times.values()) == {1}
    assert len(server.times) == 40


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_workers_killed_anywhere_send_nothing_twice_and_lose_nothing_unseen(server):
    company = make_company()
    for _ in range(60):
        make_outbox_message(company=company)
    server.slowness = 0.02
    for delay in (0.05, 0.11, 0.16, 0.23, 0.31):
        worker = start_a_worker(server)
        time.sleep(delay)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    # What a dead worker had claimed is due again after its lease.
    OutboxMessage.objects.filter(state=State.SENDING).update(due_at=NOON)
    twins = [start_a_worker(server) for _ in range(2)]
    assert [twin.wait(60) for twin in twins] == [0, 0]
    assert set(server.times.values()) == {1}
    undecided = OutboxMessage.objects.filter(state=State.HANDED).count()
    assert OutboxMessage.objects.filter(state=State.SENT).count() == 60 - undecided
    assert undecided <= 5
    assert 60 - undecided <= len(server.times) <= 60


def start_a_worker(server):
    env = os.environ | {
        "DATABASE_URL": database_url(), "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(server.port),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", WORKER],
        cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "at work\n"
    process.stdout.close()
    return process
