"""From an empty database to a machine that is seen, step by step; what is wrong is said, nothing is half stored."""

from datetime import date, time
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now

from downtime.models import Cause
from mesproject.accounts.models import ApiKey, Company, Device, Pairing, Role, User
from mesproject.accounts.models.companies import UNNAMED
from mesproject.setup import industries
from mesproject.setup.models import Progress
from mesproject.setup.names import code_of
from mesproject.setup.pasted import stations as stations_in
from mesproject.setup.steps import SLUGS, standings
from production import heard
from production.models import Plant, Sku, Station, StationGroup
from scheduling.models import PatternAssignment, PatternShift, ShiftPattern
from tests.make import (
    PASSWORD,
    make_company,
    make_device,
    make_group,
    make_pattern,
    make_plant,
    make_sku,
    make_station,
    make_user,
)

pytestmark = pytest.mark.django_db
PLANT = {"name": "Lyon", "timezone": "Europe/Paris", "day_start": "06:00", "group": "Hall 1"}
STATIONS = {"detection": "production_cycle", "cycle_time": "30"}


@pytest.fixture
def administrator(db):
    return make_user()


@pytest.fixture
def company(administrator):
    return administrator.company


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


def words(company):
    return {one.step.slug: one.word for one in standings(company)}


def errors_of(response):
    return {name: [str(one) for one in said] for name, said in response.context["form"].errors.items()}


def send(client, page, said=None, /, **more):
    return client.post(f"/set-up/{page}/", (said or {}) | more)


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


def test_every_step_can_be_opened_before_any_other_is_done(signed_in, company):
    for slug in SLUGS:
        assert signed_in.get(f"/set-up/{slug}/").status_code == 200, slug


def test_a_step_can_be_skipped_and_done_later(signed_in, company):
    assert send(signed_in, "skip", step="plant").url == "/set-up/shifts/"
    send(signed_in, "skip", step="plant")
    assert Progress.objects.get(company=company).skipped == ["plant"]
    assert words(company)["plant"] == "skipped"
    send(signed_in, "plant", PLANT)
    assert words(company)["plant"] == "done"


def test_what_is_no_step_cannot_be_skipped(signed_in):
    assert send(signed_in, "skip", step="nonsense").status_code == 404


def test_when_nothing_is_left_the_overview_says_so(signed_in, company):
    for slug in SLUGS:
        answer = send(signed_in, "skip", step=slug)
    assert answer.url == "/set-up/"
    assert "Nothing is left" in signed_in.get("/set-up/").content.decode()


def test_another_companys_things_do_not_count(company):
    station = make_station()
    make_pattern(follows=station)
    make_sku(company=station.company)
    assert set(words(company).values()) == {"done", "open"}
    assert [slug for slug, word in words(company).items() if word == "done"] == ["company"]


# Company


def test_the_company_is_named(signed_in, company):
    assert send(signed_in, "company", name="Müller", code="mueller").status_code == 302
    company.refresh_from_db()
    assert (company.name, company.code) == ("Müller", "mueller")


@pytest.mark.parametrize(
    "said", [{"name": "", "code": "a"}, {"name": "A", "code": "No Blanks"}, {"name": UNNAMED, "code": "a"}]
)
def test_a_company_that_cannot_be_is_refused_and_stays_as_it_was(said, signed_in, company):
    assert send(signed_in, "company", said).status_code == 422
    before = company.name
    company.refresh_from_db()
    assert company.name == before


def test_a_code_that_another_company_has_is_refused(signed_in):
    make_company(code="taken")
    assert "code" in errors_of(send(signed_in, "company", name="A", code="taken"))


def test_a_code_that_gateways_log_in_with_stays(signed_in, company):
    make_device(company=company)
    send(signed_in, "company", name="A", code="another")
    before = company.code
    company.refresh_from_db()
    assert (company.name, company.code) == ("A", before)


# Plant


def test_a_plant_comes_with_its_first_group(signed_in, company):
    assert send(signed_in, "plant", PLANT).url == "/set-up/shifts/"
    plant = Plant.objects.get(company=company)
    assert (plant.code, plant.timezone, plant.day_start) == ("LYON", "Europe/Paris", time(6))
    assert [(one.name, one.code) for one in plant.groups.all()] == [("Hall 1", "HALL-1")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"timezone": "Europe/Lyon"}, "timezone"), ({"day_start": "25:00"}, "day_start"), ({"name": ""}, "name"),
     ({"group": ""}, "group")],
)  # fmt: skip
def test_a_plant_that_cannot_be_is_refused_and_nothing_of_it_is_stored(wrong, field, signed_in):
    assert field in errors_of(send(signed_in, "plant", PLANT | wrong))
    assert not Plant.objects.exists()
    assert not StationGroup.objects.exists()


def test_coming_back_changes_the_plant_and_makes_no_second(signed_in, company):
    send(signed_in, "plant", PLANT)
    send(signed_in, "plant", PLANT | {"name": "Lyon South", "timezone": "Europe/Berlin"})
    assert [(one.name, one.code, one.timezone) for one in Plant.objects.all()] == [
        ("Lyon South", "LYON", "Europe/Berlin")
    ]
    assert StationGroup.objects.count() == 1


def test_of_several_plants_each_has_its_own_page(signed_in, company):
    make_plant(company=company)
    make_plant(company=company)
    assert b"There are several plants" in signed_in.get("/set-up/plant/").content
    send(signed_in, "plant", PLANT)
    assert Plant.objects.count() == 2


# Shifts


@pytest.fixture
def group(company):
    return make_group(plant=make_plant(company=company, timezone="Europe/Berlin"))


def shifts(group, **said):
    return {"template": "2-mon-fri", "groups": [group.pk], "starts": "", "begins": ""} | said


def test_a_template_is_followed_from_today_on(signed_in, group):
    assert send(signed_in, "shifts", shifts(group)).status_code == 302
    assignment = PatternAssignment.objects.get()
    assert assignment.group == group
    assert assignment.pattern.title == "2 shifts, Mon–Fri"
    assert assignment.valid_from == now().astimezone(group.plant.tz).date()
    assert PatternShift.objects.count() == 10


def test_a_template_may_have_other_start_times(signed_in, group):
    send(signed_in, "shifts", shifts(group, starts="05:30, 13:30"))
    assert set(PatternShift.objects.values_list("start_minute", flat=True)) == {330, 810}


def test_a_rotation_begins_when_its_first_team_does(signed_in, group):
    assert "begins" in errors_of(send(signed_in, "shifts", shifts(group, template="dupont")))
    send(signed_in, "shifts", shifts(group, template="dupont", begins="2099-01-05"))
    assert PatternAssignment.objects.get().valid_from == date(2099, 1, 5)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"template": "none"}, "template"), ({"starts": "5 o'clock"}, "starts"), ({"starts": "06:00"}, "starts"),
     ({"groups": []}, "groups"), ({"begins": "soon"}, "begins")],
)  # fmt: skip
def test_shifts_that_cannot_be_are_refused_and_nothing_is_stored(wrong, field, signed_in, group):
    assert field in errors_of(send(signed_in, "shifts", shifts(group, **wrong)))
    assert not ShiftPattern.objects.exists()


def test_another_companys_group_cannot_be_chosen(signed_in, group):
    assert "groups" in errors_of(send(signed_in, "shifts", shifts(make_group())))


def test_shifts_that_are_chosen_again_on_the_same_day_come_instead(signed_in, group):
    send(signed_in, "shifts", shifts(group))
    send(signed_in, "shifts", shifts(group, template="3-all-days"))
    assert PatternAssignment.objects.get().pattern.title == "3 shifts, every day"


# Stations


def paste(client, text, step="store", **said):
    plant = Plant.objects.order_by("pk").first()
    return send(
        client, "stations", STATIONS | {"text": text, "plant": plant.pk if plant else "", "step": step} | said
    )


def test_stations_are_looked_at_before_they_are_stored(signed_in, group):
    page = paste(signed_in, "Press 4\nMill 7, MILL-7", step="look")
    assert [(line.cells["name"], line.cells["code"], line.standing) for line in page.context["lines"]] == [
        ("Press 4", "PRESS-4", "new"), ("Mill 7", "MILL-7", "new"),
    ]  # fmt: skip
    assert not Station.objects.exists()
    assert paste(signed_in, "Press 4\nMill 7, MILL-7").status_code == 302
    assert set(Station.objects.values_list("code", "cycle_time_ms")) == {
        ("PRESS-4", 30_000),
        ("MILL-7", 30_000),
    }


def test_a_table_out_of_a_spreadsheet_says_its_columns_itself(signed_in, group):
    paste(signed_in, "Code\tMachine\tLine\nM1\tMill 1\tHall 2\nM2\tMill 2\tHall 2\n")
    assert set(Station.objects.values_list("code", "name", "group__name")) == {
        ("M1", "Mill 1", "Hall 2"), ("M2", "Mill 2", "Hall 2"),
    }  # fmt: skip


def test_a_new_group_works_as_the_others_do(signed_in, group):
    send(signed_in, "shifts", shifts(group, template="3-all-days"))
    paste(signed_in, "Filler, F1, Hall 2")
    station = Station.objects.get(code="F1")
    assert station.group.patterns.get().pattern.title == "3 shifts, every day"


def test_one_wrong_line_stores_no_station_and_no_group(signed_in, group):
    page = paste(signed_in, "Filler, F1, Hall 2\nCapper, not a code!, Hall 3\n, X, Hall 3\nCap, F1")
    faults = {line.number: set(line.faults) for line in page.context["lines"] if line.faults}
    assert faults == {2: {"code"}, 3: {"name"}, 4: {"code"}}
    assert not Station.objects.exists()
    assert StationGroup.objects.count() == 1


def test_an_empty_list_and_one_that_is_too_long_are_refused(signed_in, group):
    assert errors_of(paste(signed_in, "\n\n"))
    assert errors_of(paste(signed_in, "x\n" * 1_001)) == {"text": ["At most 1000 lines are read at once."]}


def test_a_plant_of_another_company_cannot_be_chosen(signed_in, company):
    other = make_plant()
    assert "plant" in errors_of(paste(signed_in, "Mill", plant=other.pk))


def test_codes_are_made_of_names_and_never_twice():
    found = stations_in("Press 4\nPress 4\nÖfen\n压机", taken={"OFEN"})
    assert [one.code for one in found] == ["PRESS-4", "PRESS-4-2", "OFEN-2", "STATION-1"]
    assert code_of("x" * 99, longest=32) == "X" * 32


# SKUs


def test_skus_are_looked_at_before_they_are_stored(signed_in, company):
    text = "code,name,cycle_time_seconds\nA1,Bracket,1.5"
    assert b"Store all of them" in send(signed_in, "skus", text=text, step="check").content
    assert not Sku.objects.exists()
    assert send(signed_in, "skus", text=text, step="store").status_code == 302
    assert Sku.objects.get(company=company).cycle_time_ms == 1_500


def test_skus_with_a_wrong_line_are_not_stored(signed_in):
    page = send(signed_in, "skus", text="code,name\nA1,Bracket\nA 2,", step="store")
    assert set(page.context["lines"][0].faults) == {"code", "name"}
    assert not Sku.objects.exists()


@pytest.mark.parametrize("text", ["", "no table", "code\n"])
def test_what_is_no_table_is_refused(text, signed_in):
    assert send(signed_in, "skus", text=text, step="check").status_code == 422


# Causes


@pytest.mark.parametrize(
    ("industry", "language"),
    list(zip(industries.INDUSTRIES, ["en", "de", "es", "pl", "pt", "zh-hans"], strict=True)),
)
def test_every_template_can_be_taken(industry, language, signed_in, company):
    assert send(signed_in, "causes", industry=industry, language=language).status_code == 302
    tree = industries.branches(industry, language)
    assert Cause.objects.of(company).filter(parent=None).count() == len(tree)
    assert Cause.objects.of(company).count() == sum(1 + len(one.below) for one in tree)


@pytest.mark.parametrize("language", industries.LANGUAGES)
@pytest.mark.parametrize("industry", industries.INDUSTRIES)
def test_the_tiles_of_a_template_have_words_that_fit_in_every_language(industry, language):
    tree = industries.branches(industry, language)
    causes = [one for branch in tree for one in (branch.cause, *branch.below)]
    assert 6 <= len(tree) <= 12
    assert all(len(branch.below) <= 12 for branch in tree)
    assert all(0 < len(one.text) <= 50 for one in causes)
    assert len({one.code for one in causes}) == len(causes)


def test_templates_of_two_industries_go_together(signed_in, company):
    send(signed_in, "causes", industry="machining", language="de")
    before = Cause.objects.of(company).count()
    send(signed_in, "causes", industry="food", language="en")
    assert Cause.objects.get(code="TOOL").description == "Werkzeug"
    assert Cause.objects.get(code="HYGIENE").parent.code == "QUALITY"
    assert Cause.objects.of(company).count() > before
    send(signed_in, "causes", industry="food", language="en")


@pytest.mark.parametrize(
    "said", [{"industry": "none", "language": "en"}, {"industry": "food", "language": "xx"}]
)
def test_a_template_that_is_not_there_is_refused(said, signed_in):
    assert send(signed_in, "causes", said).status_code == 422
    assert not Cause.objects.exists()


# Machine


@pytest.fixture
def kept(valkey):
    heard._Away.until = 0.0
    heard._valkey().flushdb()


def test_a_key_is_shown_once_with_a_line_to_copy_and_its_messages_are_seen(signed_in, company, kept):
    station = make_station("M1", company=company)
    page = send(signed_in, "machine", way="http", name="plc", station="M1").content.decode()
    key = ApiKey.objects.get(company=company)
    assert key.scopes == ["signals"]
    token = page.split("X-API-KEY: ")[1].split("<")[0]
    assert "http://testserver/api/signals" in page
    assert token not in signed_in.get("/set-up/machine/").content.decode()
    assert b"Nothing yet" in signed_in.get("/set-up/machine/heard/?station=M1").content
    headers = {"X-API-KEY": token}
    Client().post(
        "/api/signals", {"station": "M1", "production_complete": 1}, "application/json", headers=headers
    )
    Client().post("/api/signals", {"station": "M9", "productive": 1}, "application/json", headers=headers)
    seen = signed_in.get("/set-up/machine/heard/?station=M1").content.decode()
    assert "stored" in seen
    assert "No station has the code" in seen
    assert station.name in seen
    assert words(company)["machine"] == "done"


def test_a_gateway_is_shown_with_its_login_and_a_line_to_copy(signed_in, company, kept):
    make_station("M1", company=company)
    page = send(signed_in, "machine", way="mqtt", name="gw", station="M1").content.decode()
    device = Device.objects.get(company=company)
    assert device.kind == Device.Kind.GATEWAY
    assert "mosquitto_pub" in page
    assert f"busroot/v2/{company.code}/signals/M1" in page


def test_messages_of_another_company_are_not_seen(signed_in, company, kept, client):
    from tests.make import make_api_key

    theirs = make_station("M1", name="Secret press")
    _, token = make_api_key(company=theirs.company)
    body = {"station": "M1", "program": "secret"}
    Client().post("/api/signals", body, "application/json", headers={"X-API-KEY": token})
    make_station("M1", company=company)
    seen = signed_in.get("/set-up/machine/heard/?station=M1").content.decode()
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
def test_a_sender_that_cannot_be_is_refused_and_nothing_is_made(said, signed_in, company, kept):
    make_station("M1", company=company)
    make_device(company=company, name="taken")
    assert (
        send(signed_in, "machine", {"way": "http", "name": "plc", "station": "M1"} | said).status_code == 422
    )
    assert not ApiKey.objects.exists()
    assert Device.objects.count() == 1


# Screens


def test_a_tablet_is_enrolled_by_the_address_that_is_scanned(signed_in, company):
    page = send(signed_in, "screens", {"what": "tablet", "tablet-name": "hall-1"})
    assert b"<svg" in page.content
    address = page.context["enrol"].removeprefix("http://testserver")
    tablet = Client()
    form = tablet.get(address).content.decode()
    assert f'value="{page.context["code"]}"' in form
    assert tablet.post("/enrol/", {"code": page.context["code"]}).url == "/tablet/"
    assert Device.objects.get().name == "hall-1"
    assert words(company)["screens"] == "done"


def test_a_television_is_paired_by_its_six_digits(signed_in, company):
    Client().get("/pair/")
    said = {"what": "display", "display-code": Pairing.objects.get().code, "display-name": "tv-1"}
    assert "is paired" in send(signed_in, "screens", said).content.decode()
    assert Device.objects.get(company=company).kind == Device.Kind.DISPLAY


@pytest.mark.parametrize(
    "said",
    [
        {"what": "tablet", "tablet-name": "two words"},
        {"what": "display", "display-code": "000000", "display-name": "x"},
    ],
)
def test_a_screen_that_cannot_be_is_refused(said, signed_in):
    assert send(signed_in, "screens", said).status_code == 422
    assert not Device.objects.exists()


def test_the_page_that_pairs_knows_the_digits_that_were_scanned(signed_in):
    assert b'value="123456"' in signed_in.get("/admin/accounts/device/pair/?code=123456").content


# Speed


def test_no_step_asks_the_database_more_the_more_there_is(
    signed_in, company, kept, django_assert_max_num_queries
):
    for n in range(30):
        station = make_station(f"M{n}", company=company)
        make_pattern(follows=station.group)
        make_device(company=company)
    for slug in ("", *SLUGS):
        with django_assert_max_num_queries(20):
            signed_in.get(f"/set-up/{slug}/" if slug else "/set-up/")
