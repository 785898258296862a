"""The first machine is seen, a tablet and a television come in."""

import re

import pytest
from django.test import Client

from mesproject.accounts.models import ApiKey, Device, Pairing
from mesproject.setup.steps import SLUGS
from tests.admin.set_up.asking import send, words
from tests.make import (
    make_api_key,
    make_device,
    make_group,
    make_pattern,
    make_plant,
    make_station,
)

pytestmark = pytest.mark.django_db


# Machine


def test_a_key_is_shown_once_with_a_line_to_copy_and_its_messages_are_seen(admin_client, company, kept):
    station = make_station("M1", company=company)
    page = send(admin_client, "machine", way="http", name="plc", station="M1").content.decode()
    key = ApiKey.objects.get(company=company)
    assert key.scopes == ["signals"]
    token = page.split("X-API-KEY: ")[1].split("<")[0]
    assert "http://testserver/api/signals" in page
    assert token not in admin_client.get("/set-up/machine/").content.decode()
    assert b"Nothing yet" in admin_client.get("/set-up/machine/heard/?station=M1").content
    headers = {"X-API-KEY": token}
    Client().post(
        "/api/signals", {"station": "M1", "production_complete": 1}, "application/json", headers=headers
    )
    Client().post("/api/signals", {"station": "M9", "productive": 1}, "application/json", headers=headers)
    seen = admin_client.get("/set-up/machine/heard/?station=M1").content.decode()
    assert "stored" in seen
    assert "No station has the code" in seen
    assert station.name in seen
    assert words(company)["machine"] == "done"


def test_a_machine_is_let_in_above_what_comes_in_until_something_came(admin_client, company, kept):
    make_station("M1", company=company)
    page = admin_client.get("/set-up/machine/").content.decode()
    assert page.index("Let a machine in") < page.index("What comes in")
    page = send(admin_client, "machine", way="http", name="plc", station="M1").content.decode()
    assert page.index("What comes in") < page.index("Another one")


def test_a_message_is_told_by_the_clock_of_the_plant(admin_client, company, kept):
    station = make_station("M1", group=make_group(plant=make_plant(company=company, timezone="Asia/Tokyo")))
    _, token = make_api_key(company=company)
    body = {"station": "M1", "production_complete": 1}
    Client().post("/api/signals", body, "application/json", headers={"X-API-KEY": token})
    seen = admin_client.get(f"/set-up/machine/heard/?station={station.code}").content.decode()
    [told] = re.findall(r'<time datetime="([^"]+)"', seen)
    assert told.endswith("+09:00")


def test_a_gateway_is_shown_with_its_login_and_a_line_to_copy(admin_client, company, kept):
    make_station("M1", company=company)
    page = send(admin_client, "machine", way="mqtt", name="gw", station="M1").content.decode()
    device = Device.objects.get(company=company)
    assert device.kind == Device.Kind.GATEWAY
    assert "mosquitto_pub" in page
    assert f"busroot/v2/{company.code}/signals/M1" in page


def test_messages_of_another_company_are_not_seen(admin_client, company, kept, client):
    theirs = make_station("M1", name="Secret press")
    _, token = make_api_key(company=theirs.company)
    body = {"station": "M1", "program": "secret"}
    Client().post("/api/signals", body, "application/json", headers={"X-API-KEY": token})
    make_station("M1", company=company)
    seen = admin_client.get("/set-up/machine/heard/?station=M1").content.decode()
    assert "secret" not in seen.lower()


@pytest.mark.parametrize(
    "said",
    [
        {"way": "pigeon"},
        {"name": "two words"},
        {"name": ""},
        {"station": "M9"},
        {"name": "taken", "way": "mqtt"},
    ],
)
def test_a_sender_that_cannot_be_is_refused_and_nothing_is_made(said, admin_client, company, kept):
    make_station("M1", company=company)
    make_device(company=company, name="taken")
    assert (
        send(admin_client, "machine", {"way": "http", "name": "plc", "station": "M1"} | said).status_code
        == 422
    )
    assert not ApiKey.objects.exists()
    assert Device.objects.count() == 1


# Screens


def test_a_tablet_is_enrolled_by_the_address_that_is_scanned(admin_client, company):
    page = send(admin_client, "screens", {"what": "tablet", "tablet-name": "hall-1"})
    assert b"<svg" in page.content
    address = page.context["enrol"].removeprefix("http://testserver")
    tablet = Client()
    form = tablet.get(address).content.decode()
    assert f'value="{page.context["code"]}"' in form
    assert tablet.post("/enrol/", {"code": page.context["code"]}).url == "/tablet/"
    assert Device.objects.get().name == "hall-1"
    assert words(company)["screens"] == "done"


def test_a_television_is_paired_by_its_six_digits(admin_client, company):
    Client().get("/pair/")
    said = {"what": "display", "display-code": Pairing.objects.get().code, "display-name": "tv-1"}
    assert "is paired" in send(admin_client, "screens", said).content.decode()
    assert Device.objects.get(company=company).kind == Device.Kind.DISPLAY


@pytest.mark.parametrize(
    "said",
    [
        {"what": "tablet", "tablet-name": "two words"},
        {"what": "display", "display-code": "000000", "display-name": "x"},
    ],
)
def test_a_screen_that_cannot_be_is_refused(said, admin_client):
    assert send(admin_client, "screens", said).status_code == 422
    assert not Device.objects.exists()


def test_the_page_that_pairs_knows_the_digits_that_were_scanned(admin_client):
    assert b'value="123456"' in admin_client.get("/admin/accounts/device/pair/?code=123456").content


# Speed


def test_no_step_asks_the_database_more_the_more_there_is(
    admin_client, company, kept, django_assert_max_num_queries
):
    for n in range(30):
        station = make_station(f"M{n}", company=company)
        make_pattern(follows=station.group)
        make_device(company=company)
    for slug in ("", *SLUGS):
        with django_assert_max_num_queries(20):
            admin_client.get(f"/set-up/{slug}/" if slug else "/set-up/")
