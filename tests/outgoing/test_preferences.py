"""A person chooses what he is told, and ends it by one click in the mail."""

import re
from datetime import time

import pytest
from django.urls import reverse

from mesproject.accounts import outbox
from mesproject.accounts.models import OutboxMessage, Role
from mesproject.outgoing import letters
from mesproject.outgoing.models import Message, Subscription
from tests.accounts.mailserver import MailServer, use
from tests.make import NOON, make_group, make_plant, make_subscription, make_user

pytestmark = pytest.mark.django_db
PAGE = "/messages/"
CHOSEN = {"alerts": "on", "alert_after": "10", "quiet_from": "22:00", "quiet_until": "06:00"}


@pytest.fixture
def ann(client):
    user = make_user(Role.OPERATOR, email="ann@example.com")
    client.force_login(user)
    return user


def test_what_is_ticked_is_kept(client, ann):
    group = make_group(company=ann.company)
    answer = client.post(PAGE, CHOSEN | {"daily": "on", "groups": [group.pk], "plants": [group.plant_id]})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    kept = Subscription.objects.get(user=ann)
    assert (kept.alerts, kept.alert_after, kept.escalations, kept.daily) == (True, 10, False, True)
    assert (list(kept.groups.all()), list(kept.plants.all())) == ([group], [group.plant])
    assert (kept.quiet_from, kept.quiet_until) == (time(22), time(6))
    page = client.get(PAGE).content.decode()
    assert 'value="22:00"' in page
    assert page.count("checked") == 4


def test_the_page_needs_no_script(client, ann):
    page = client.get(PAGE).content.decode()
    assert "<script" not in page
    assert "<button" in page


def test_who_answers_for_the_floor_is_told_of_calls_unless_he_says_otherwise(client):
    boss = make_user(Role.SUPERVISOR, email="boss@example.com")
    assert Subscription.of(boss).escalations
    client.force_login(boss)
    client.post(PAGE, {"alert_after": "5"})
    assert not Subscription.of(boss).escalations


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_until": ""}, "or neither"),
        ({"alert_after": "-5"}, "greater than or equal to 0"),
        ({"alert_after": "1000000000"}, "less than or equal to 1440"),
        ({"quiet_from": "25:00"}, "valid time"),
        ({"groups": ["7777777"]}, "not one of the available"),
    ],
)
def test_nonsense_is_refused_with_a_sentence(client, ann, wrong, said):
    answer = client.post(PAGE, CHOSEN | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Subscription.objects.exists()


def test_another_company_s_plant_cannot_be_chosen(client, ann):
    answer = client.post(PAGE, CHOSEN | {"plants": [make_plant().pk]})
    assert answer.status_code == 422


def test_without_an_address_nothing_can_be_chosen(client):
    client.force_login(make_user())
    answer = client.post(PAGE, CHOSEN)
    assert "no mail address" in answer.content.decode()


def test_a_stranger_is_sent_to_the_login(client):
    assert client.get(PAGE).status_code == 302


def sent_to(user, message=Message.ALERTS):
    letters.send(user, message, key="k", subject="S", context={"lines": [], "count": 0, "more": 0}, at=NOON)
    return OutboxMessage.objects.get()


def test_a_mail_says_how_to_end_it_in_the_header_that_mail_programs_know(settings):
    settings.SITE_URL = "https://mes.example.com"
    mail = sent_to(make_user(email="ann@example.com"))
    address = re.fullmatch(
        r"<(https://mes\.example\.com/unsubscribe/[^>]+/)>", mail.headers["List-Unsubscribe"]
    )[1]
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in mail.body
    assert address in mail.html


def test_one_click_ends_one_kind_of_mail_and_nothing_else(client):
    ann = make_subscription(alerts=True, daily=True).user
    page = reverse("outgoing:unsubscribe", args=[letters.leave_token(ann, Message.ALERTS)])
    assert "is told: alerts of stops" in client.get(page).content.decode()
    assert Subscription.of(ann).alerts  # looking, as scanners of mail do, changes nothing
    strict = type(client)(enforce_csrf_checks=True)
    answer = strict.post(page, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert (Subscription.of(ann).alerts, Subscription.of(ann).daily) == (False, True)


def test_who_never_chose_can_end_what_his_role_is_told(client):
    boss = make_user(Role.SUPERVISOR, email="boss@example.com")
    client.post(reverse("outgoing:unsubscribe", args=[letters.leave_token(boss, Message.ESCALATIONS)]))
    assert not Subscription.of(boss).escalations


@pytest.mark.parametrize("token", ["", "x", "WzEsImFsZXJ0cyJd:1:x"])
def test_a_link_that_we_did_not_make_does_nothing(client, token):
    assert client.post(f"/unsubscribe/{token or 'a:b:c'}/").status_code == 404


def test_one_click_of_a_mail_program_that_got_the_mail_ends_it(client, settings):
    """RFC 8058: the address is in the header, the body is fixed, and there is neither a cookie nor a question."""
    ann = make_subscription(make_user(email="ann@example.com"), alerts=True).user
    settings.SITE_URL = "http://testserver"
    with MailServer() as server:
        use(server, settings)
        sent_to(ann)
        assert outbox.deliver(now=NOON) == 1
    [mail] = server.accepted
    address = mail["List-Unsubscribe"].strip("<> ").removeprefix("http://testserver")
    program = type(client)(enforce_csrf_checks=True)
    answer = program.post(address, mail["List-Unsubscribe-Post"], "application/x-www-form-urlencoded")
    assert (answer.status_code, Subscription.of(ann).alerts) == (200, False)
