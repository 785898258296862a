"""From an empty database to a plant, step by step; what is wrong is said, nothing is half stored."""

from datetime import time
from io import StringIO

import pytest
from django.core.management import call_command

from mesproject.accounts.models import Company, Role, User
from mesproject.accounts.models.companies import UNNAMED
from mesproject.setup.models import Progress
from mesproject.setup.steps import SLUGS
from production.models import Plant, StationGroup
from tests.admin.set_up.asking import errors_of, send, words
from tests.make import (
    PASSWORD,
    make_company,
    make_device,
    make_pattern,
    make_plant,
    make_sku,
    make_station,
    make_user,
)

pytestmark = pytest.mark.django_db
PLANT = {"name": "Lyon", "timezone": "Europe/Paris", "day_start": "06:00", "group": "Hall 1"}


# The beginning


def test_the_owner_of_an_empty_installation_gets_a_company_and_is_led_to_set_it_up(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command(
        "createsuperuser", interactive=False, username="root", email="root@example.com", stdout=StringIO()
    )
    assert Company.objects.get().name == UNNAMED
    answer = client.post("/login/", {"username": "root", "password": PASSWORD})
    assert answer.url == "/set-up/"
    assert b"Next: Company" in client.get("/set-up/").content


def test_where_there_are_several_companies_the_owner_says_which(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    companies = [make_company(), make_company()]
    call_command(
        "createsuperuser", interactive=False, username="root", email="root@example.com",
        company=companies[1].pk, stdout=StringIO(),
    )  # fmt: skip
    assert User.objects.get().company == companies[1]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.OPERATOR])
def test_only_administrators_are_led_there(role, client):
    user = make_user(role, password=PASSWORD)
    assert client.post("/login/", {"username": user.username, "password": PASSWORD}).url == "/"


def test_a_company_with_a_plant_is_left_alone(client):
    user = make_user(password=PASSWORD)
    make_plant(company=user.company)
    assert client.post("/login/", {"username": user.username, "password": PASSWORD}).url == "/"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_set_up(role, client):
    client.force_login(make_user(role))
    for step in ("", "machine/heard/", *(f"{slug}/" for slug in SLUGS)):
        assert client.get(f"/set-up/{step}").status_code == 403, step
    assert send(client, "company", name="Mine", code="mine").status_code == 403
    assert send(client, "skip", step="plant").status_code == 403


def test_a_stranger_logs_in_first(client):
    assert client.get("/set-up/shifts/").url == "/login/?next=/set-up/shifts/"


def test_every_step_can_be_opened_before_any_other_is_done(admin_client, company):
    for slug in SLUGS:
        assert admin_client.get(f"/set-up/{slug}/").status_code == 200, slug


def test_a_step_can_be_skipped_and_done_later(admin_client, company):
    assert send(admin_client, "skip", step="plant").url == "/set-up/shifts/"
    send(admin_client, "skip", step="plant")
    assert Progress.objects.get(company=company).skipped == ["plant"]
    assert words(company)["plant"] == "skipped"
    send(admin_client, "plant", PLANT)
    assert words(company)["plant"] == "done"


def test_what_is_no_step_cannot_be_skipped(admin_client):
    assert send(admin_client, "skip", step="nonsense").status_code == 404


def test_when_nothing_is_left_the_overview_says_so(admin_client, company):
    for slug in SLUGS:
        answer = send(admin_client, "skip", step=slug)
    assert answer.url == "/set-up/"
    assert "Nothing is left" in admin_client.get("/set-up/").content.decode()


def test_another_companys_things_do_not_count(company):
    station = make_station()
    make_pattern(follows=station)
    make_sku(company=station.company)
    assert set(words(company).values()) == {"done", "open"}
    assert [slug for slug, word in words(company).items() if word == "done"] == ["company"]


# Company


def test_the_company_is_named(admin_client, company):
    assert send(admin_client, "company", name="Müller", code="mueller").status_code == 302
    company.refresh_from_db()
    assert (company.name, company.code) == ("Müller", "mueller")


@pytest.mark.parametrize(
    "said", [{"name": "", "code": "a"}, {"name": "A", "code": "No Blanks"}, {"name": UNNAMED, "code": "a"}]
)
def test_a_company_that_cannot_be_is_refused_and_stays_as_it_was(said, admin_client, company):
    assert send(admin_client, "company", said).status_code == 422
    before = company.name
    company.refresh_from_db()
    assert company.name == before


def test_a_code_that_another_company_has_is_refused(admin_client):
    make_company(code="taken")
    assert "code" in errors_of(send(admin_client, "company", name="A", code="taken"))


def test_a_code_that_gateways_log_in_with_stays(admin_client, company):
    make_device(company=company)
    send(admin_client, "company", name="A", code="another")
    before = company.code
    company.refresh_from_db()
    assert (company.name, company.code) == ("A", before)


# Plant


def test_a_plant_comes_with_its_first_group(admin_client, company):
    assert send(admin_client, "plant", PLANT).url == "/set-up/shifts/"
    plant = Plant.objects.get(company=company)
    assert (plant.code, plant.timezone, plant.day_start) == ("LYON", "Europe/Paris", time(6))
    assert [(one.name, one.code) for one in plant.groups.all()] == [("Hall 1", "HALL-1")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"timezone": "Europe/Lyon"}, "timezone"), ({"day_start": "25:00"}, "day_start"), ({"name": ""}, "name"),
     ({"group": ""}, "group")],
)  # fmt: skip
def test_a_plant_that_cannot_be_is_refused_and_nothing_of_it_is_stored(wrong, field, admin_client):
    assert field in errors_of(send(admin_client, "plant", PLANT | wrong))
    assert not Plant.objects.exists()
    assert not StationGroup.objects.exists()


def test_coming_back_changes_the_plant_and_makes_no_second(admin_client, company):
    send(admin_client, "plant", PLANT)
    send(admin_client, "plant", PLANT | {"name": "Lyon South", "timezone": "Europe/Berlin"})
    assert [(one.name, one.code, one.timezone) for one in Plant.objects.all()] == [
        ("Lyon South", "LYON", "Europe/Berlin")
    ]
    assert StationGroup.objects.count() == 1


def test_of_several_plants_each_has_its_own_page(admin_client, company):
    make_plant(company=company)
    make_plant(company=company)
    assert b"There are several plants" in admin_client.get("/set-up/plant/").content
    send(admin_client, "plant", PLANT)
    assert Plant.objects.count() == 2
