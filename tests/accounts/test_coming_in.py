"""Who gets in, where to, and what he is told who does not."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils.timezone import now

from mesproject.accounts.middleware import DEVICE_COOKIE
from mesproject.accounts.models import Device, Role
from tests.make import PASSWORD, make_company, make_device, make_operator, make_station, make_user
from tests.screens import POLL, SCRIPT, enrolled, person

pytestmark = pytest.mark.django_db


def waiting(kind: str = Device.Kind.TABLET) -> str:
    """The code of a device that waits for it."""
    device, _ = make_device(kind)
    code = device.issue_code(at=now())
    device.save()
    return code


@pytest.mark.parametrize(("kind", "page"), [("tablet", "/tablet/"), ("display", "/board/")])
def test_a_code_makes_a_browser_the_device_and_shows_its_page(client, kind, page):
    code = waiting(kind)
    answer = client.post("/enrol/", {"code": code})
    assert (answer.status_code, answer.url) == (302, page)
    cookie = answer.cookies[DEVICE_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert client.get(page).status_code == 200
    assert client.get("/").url == page


def test_a_code_is_taken_as_people_type_it(client):
    code = waiting()
    assert client.post("/enrol/", {"code": f" {code[:4].lower()}-{code[4:]} "}).status_code == 302


@pytest.mark.parametrize("code", ["", "WRONG", "A" * 400, "\x00", "'; DROP TABLE"])
def test_a_wrong_code_is_answered_with_a_sentence(client, code):
    waiting()
    answer = client.post("/enrol/", {"code": code})
    assert answer.status_code == 422 if code else 200
    assert DEVICE_COOKIE not in answer.cookies


def test_a_code_works_once():
    code = waiting()
    assert Client().post("/enrol/", {"code": code}).status_code == 302
    again = Client().post("/enrol/", {"code": code})
    assert "used already" in again.content.decode()


def test_the_code_in_a_link_is_filled_in(client):
    assert 'value="ABCD1234"' in client.get("/enrol/?code=ABCD1234").content.decode()
    assert client.get("/tablet/?code=ABCD1234").url == "/enrol/?code=ABCD1234"


def test_a_device_that_was_revoked_is_asked_to_enrol_again():
    company = make_company()
    client = enrolled(company)
    assert client.get("/tablet/").status_code == 200
    Device.objects.update(revoked_at=now())
    assert client.get("/tablet/").url == "/enrol/"


def test_the_token_of_a_gateway_opens_no_screen():
    assert enrolled(make_company(), Device.Kind.GATEWAY).get("/board/").url == "/enrol/"


@pytest.mark.parametrize("headers", [POLL, SCRIPT])
def test_a_part_of_a_page_is_told_and_gets_no_form_to_log_in(client, headers):
    answer = client.get("/board/", headers=headers)
    assert answer.status_code == 401
    assert b"<form" not in answer.content


def test_a_person_logs_in_and_out_by_name_and_password(client):
    user = make_user(password=PASSWORD)
    wrong = client.post("/login/", {"username": user.username, "password": "nonsense"})
    assert b"correct username and password" in wrong.content
    right = client.post("/login/", {"username": user.username, "password": PASSWORD, "next": "/board/"})
    assert right.url == "/board/"
    client.post("/logout/")
    assert client.get("/").url == "/login/"


def test_after_logging_in_nobody_is_sent_to_another_site(client):
    user = make_user(Role.MEMBER, password=PASSWORD)
    sent = {"username": user.username, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/login/", sent).url == "/"


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("operator", "answer the stops", "/admin/"),
        ("read_only", "/admin/", "answer the stops"),
        ("administrator", "/admin/", "nothing hidden"),
    ],
)
def test_the_start_page_offers_what_the_role_may_do(role, shown, hidden):
    page = person(make_company(), role).get("/").content.decode()
    assert shown in page
    assert hidden not in page


def test_initials_must_be_of_an_operator_of_the_company():
    station = make_station()
    company, path = station.company, f"/operator/{station.uuid}/"
    client = enrolled(company)
    theirs, ours = make_operator(), make_operator(company=company)
    for nonsense in (theirs.pk, "x", "", "9" * 40):
        assert client.post(path, {"operator": nonsense}).status_code == 404
    assert client.post(path, {"operator": ours.pk, "next": "/board/"}).url == "/board/"
    assert client.post(path, {"operator": ours.pk, "next": "//elsewhere.example"}).url == "/tablet/"


def test_without_the_database_a_page_says_so_and_a_poll_gets_a_code(client, monkeypatch):
    def gone(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("mesproject.boards.views.viewer_of", gone)
    page = client.get("/", headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert b'http-equiv="refresh"' in page.content
    poll = client.get("/", headers={"Accept": "text/html", **POLL})
    assert poll.json()["code"] == "unavailable"
    assert poll["Retry-After"]
