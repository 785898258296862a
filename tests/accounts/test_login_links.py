"""Coming in by a link in a mail: once, for a quarter of an hour, and nobody learns who has an address here."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from mesproject.accounts import outbox
from mesproject.accounts.models import LoginLink, OutboxMessage
from tests.make import make_plant, make_user

pytestmark = pytest.mark.django_db
MAIL = "ann@example.com"


def link():
    """The address in the newest mail."""
    return re.search(r"http://testserver(/login/link/\S+/)", OutboxMessage.objects.latest("pk").body)[1]


def ask(client, email=MAIL):
    return client.post("/login/link/", {"email": email})


def test_a_link_lets_its_reader_in_once(client):
    ann = make_user(email=MAIL)
    make_plant(company=ann.company)  # else set-up would be first
    assert b"a mail is on its way" in ask(client, "ANN@example.com").content
    assert OutboxMessage.objects.get().recipient == MAIL
    address = link()
    # Mail programs look at links: that uses nothing up.
    assert b"Come in" in client.get(address).content
    assert "_auth_user_id" not in client.session
    assert client.post(address).url == "/"
    assert client.session["_auth_user_id"] == str(ann.pk)
    assert Client().get(address).status_code == 404
    assert Client().post(address).status_code == 404


def test_only_a_digest_is_kept(client):
    make_user(email=MAIL)
    ask(client)
    assert LoginLink.objects.get().digest not in link()


def test_no_administrator_reads_a_link_in_what_leaves_the_building(client):
    boss = make_user(email=MAIL)
    ask(client)
    client.force_login(boss)
    mail = OutboxMessage.objects.get()
    token = link().removesuffix("/").rpartition("/")[2]
    shown = client.get(reverse("admin:accounts_outboxmessage_change", args=[mail.pk])).content.decode()
    assert "shown to nobody else" in shown
    assert token not in shown
    assert token not in client.get(reverse("admin:accounts_outboxmessage_changelist")).content.decode()
    assert token in mail.html


def test_a_link_that_came_too_late_is_not_sent(client):
    make_user(email=MAIL)
    ask(client)
    assert outbox.deliver(now=now() + timedelta(minutes=16)) == 0
    assert OutboxMessage.objects.get().state == "failed"


def test_a_link_that_is_too_old_or_of_somebody_who_left_is_over(client):
    ann = make_user(email=MAIL)
    ask(client)
    LoginLink.objects.update(expires_at=now() - timedelta(seconds=1))
    assert client.post(link()).status_code == 404
    ask(client)
    ann.is_active = False
    ann.save()
    assert client.post(link()).status_code == 404


def test_nobody_learns_who_has_an_address_here(client):
    make_user(email=MAIL)
    known, unknown = ask(client), ask(client, "nobody@example.com")
    strip = lambda page: re.sub(rb"csrf\S+ value=\S+", b"", page.content)  # noqa: E731
    assert strip(known) == strip(unknown)
    assert OutboxMessage.objects.count() == 1


def test_nobody_is_flooded_with_links(client):
    make_user(email=MAIL)
    assert [ask(client).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert OutboxMessage.objects.count() == 3


@pytest.mark.parametrize("email", ["", "nonsense", "a" * 300 + "@example.com", "a\x00@example.com"])
def test_what_is_no_address_is_refused(client, email):
    assert ask(client, email).status_code in (200, 422)
    assert OutboxMessage.objects.count() == 0


def test_a_program_asks_for_a_link_too(client):
    make_user(email=MAIL)
    sent = client.post("/api/authenticate/link", {"email": MAIL}, "application/json")
    assert sent.json() == {"isSuccess": True, "result": {"sent": True}}
    assert client.post(link()).status_code == 302


def test_without_a_mail_server_the_page_says_that_nothing_was_sent_and_not_whether_anybody_is_known(
    client, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    make_user(email=MAIL)
    assert "no mail will reach you" in client.get("/login/link/").content.decode()
    known, unknown = (ask(client, address).content.decode() for address in (MAIL, "bob@example.com"))
    assert "No mail was sent" in known
    assert "on its way" not in known
    assert [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", one) for one in (known, unknown)] == [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", known)
    ] * 2
    assert OutboxMessage.objects.count() == 1  # it can be read in the data folder
