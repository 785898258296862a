"""A screen without a keyboard shows a code; an administrator types it; the screen is his company's."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from mesproject.accounts import tries
from mesproject.accounts.models import Device, Pairing
from mesproject.accounts.models.pairings import LIFETIME
from mesproject.accounts.qr import qr
from tests.make import make_company, make_user
from tests.screens import POLL, enrolled, person

pytestmark = pytest.mark.django_db


def shown(screen):
    """The six digits on a screen."""
    page = screen.get("/pair/").content.decode()
    return "".join(re.findall(r"<span>(\d{3})</span>", page))


def paired(company, code, *, name="hall-2", role="administrator"):
    """What the admin answers to who types it."""
    return person(company, role).post("/admin/accounts/device/pair/", {"code": code, "name": name})


def test_a_screen_is_paired_and_shows_the_board_of_the_company():
    screen, company = Client(), make_company()
    code = shown(screen)
    assert re.fullmatch(r"\d{6}", code)
    assert paired(company, f"{code[:3]} {code[3:]}").status_code == 302
    assert screen.get("/pair/").headers["Location"] == "/board/"
    assert screen.get("/board/").status_code == 200
    device = Device.objects.get(name="hall-2")
    assert (device.company, device.kind) == (company, Device.Kind.DISPLAY)
    assert not Pairing.objects.exists()


def test_it_keeps_its_code_while_it_waits():
    screen = Client()
    assert shown(screen) == shown(screen)
    assert shown(screen) != shown(Client())


@pytest.mark.parametrize("secure", [False, True])
def test_a_telephone_that_scans_the_screen_comes_to_the_digits_typed(secure):
    screen, company = Client(), make_company()
    code = shown(screen)
    path = f"/admin/accounts/device/pair/?code={code}"
    address = f"http{'s' if secure else ''}://testserver{path}"
    assert qr(address) in screen.get("/pair/", secure=secure).content.decode()
    assert qr(address) in screen.get("/pair/", headers=POLL, secure=secure).content.decode()
    assert f'value="{code}"' in person(company, "administrator").get(path).content.decode()


def test_who_scans_it_without_being_logged_in_comes_there_when_he_is():
    path = f"/admin/accounts/device/pair/?code={shown(Client())}"
    company, telephone = make_company(), Client()
    login = telephone.get(path).headers["Location"]
    user = make_user("administrator", company=company, password="not a secret")
    answer = telephone.post(login, {"username": user.username, "password": "not a secret"}, follow=True)
    assert answer.redirect_chain[-1][0] == path


def test_a_screen_on_the_server_itself_shows_no_address_that_leads_nowhere():
    page = Client().get("/pair/", headers={"host": "localhost:8000"}).content.decode()
    assert "<svg" not in page


def test_a_code_is_good_for_ten_minutes():
    screen, company = Client(), make_company()
    code = shown(screen)
    Pairing.objects.update(created_at=now() - LIFETIME)
    assert paired(company, code).status_code == 200
    assert not Device.objects.exists()
    assert shown(screen) != code
    assert Pairing.objects.count() == 1


def test_what_no_screen_shows_is_refused_with_a_sentence():
    answer = paired(make_company(), "000000")
    assert "No screen shows this code." in answer.content.decode()
    assert not Device.objects.exists()


def test_a_code_is_good_for_one_device():
    screen, company = Client(), make_company()
    code = shown(screen)
    paired(company, code)
    assert paired(company, code, name="hall-3").status_code == 200
    assert Device.objects.count() == 1


def test_a_name_that_is_taken_pairs_nothing():
    company = make_company()
    paired(company, shown(Client()))
    assert paired(company, shown(Client())).status_code == 200
    assert Device.objects.count() == 1


@pytest.mark.parametrize("role", ["read_only", "operator", "supervisor", "member"])
def test_only_administrators_pair(role):
    code = shown(Client())
    assert paired(make_company(), code, role=role).status_code in (302, 403)
    assert not Device.objects.exists()


def test_nobody_else_gets_the_screen_s_token():
    screen, other, company = Client(), Client(), make_company()
    code = shown(screen)
    paired(company, code)
    assert other.get("/pair/").status_code == 200
    assert other.get("/board/").status_code == 302


def test_a_display_that_is_revoked_before_it_came_stays_outside():
    screen, company = Client(), make_company()
    paired(company, shown(screen))
    Device.objects.get().revoke(at=now())
    assert screen.get("/pair/").status_code == 200
    assert screen.get("/board/").status_code == 302


def test_an_address_cannot_draw_all_codes():
    answers = [Client().get("/pair/").status_code for _ in range(tries.PLACE + 1)]
    assert answers == [200] * tries.PLACE + [429]


def test_a_display_shows_a_sign_of_life_once_a_minute():
    company = make_company()
    display = enrolled(company, Device.Kind.DISPLAY)
    Device.objects.update(last_seen_at=now() - timedelta(hours=1))
    display.get("/board/", headers=POLL)
    device = Device.objects.get()
    assert device.is_awake(at=now())
    assert not device.is_awake(at=now() + timedelta(minutes=3))
    before = device.last_seen_at
    display.get("/board/", headers=POLL)
    device.refresh_from_db()
    assert device.last_seen_at == before
    listed = person(company, "administrator").get("/admin/accounts/device/").content.decode()
    assert "awake" in listed
