"""Everybody is shown his language: users, operators at tablets, displays, strangers. Programs are told in English."""

import re
from datetime import datetime

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from mesproject.formats import number
from mesproject.formats import spoken as spoken_sentence
from mesproject.words import Said
from production.models import Operator, StationLive
from production.sign_ons import Hand, sign_on
from tests.make import make_api_key, make_company, make_operator, make_pattern, make_station
from tests.screens import POLL, SCRIPT, enrolled, person, within_a_minute

pytestmark = pytest.mark.django_db
POLISH_BROWSER = {"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.5"}


@pytest.fixture
def station():
    station = make_station(name="Press 4")
    make_pattern(follows=station)
    StationLive.objects.create(station=station, status="running")
    return station


def tablet_page(station) -> str:
    return reverse("boards:tablet", args=[station.uuid])


def spoken(client, address, **headers) -> str:
    """What a page says of itself; a part of one says it by its head alone."""
    answer = client.get(address, headers=headers)
    written = re.search(r'<html lang="([^"]+)"', answer.content.decode())
    assert written is None or written[1] == answer["Content-Language"]
    return answer["Content-Language"]


def switch(client, language, back="/"):
    return client.post("/language/", {"language": language, "next": back})


def test_a_stranger_is_shown_the_browsers_language_until_he_chooses_one(client):
    assert spoken(client, "/login/", **POLISH_BROWSER) == "pl"
    assert switch(client, "fr", "/login/").url == "/login/"
    assert spoken(client, "/login/", **POLISH_BROWSER) == "fr"
    assert spoken(client, "/nowhere/", **POLISH_BROWSER) == "fr"


def test_a_user_finds_his_language_in_every_browser(station):
    client = person(station.company, username="ann")
    assert spoken(client, "/", **POLISH_BROWSER) == "pl"
    switch(client, "de")
    assert spoken(client, "/", **POLISH_BROWSER) == "de"
    other = Client()
    other.force_login(station.company.users.get(username="ann"))
    assert spoken(other, "/", **POLISH_BROWSER) == "de"
    assert spoken(other, "/nowhere/", **POLISH_BROWSER) == "de"


def test_who_chose_nothing_is_shown_the_companys_language(station):
    company = station.company
    company.language = "es"
    company.save()
    for client in (person(company), enrolled(company), enrolled(company, "display")):
        assert spoken(client, "/board/", **POLISH_BROWSER) == "es"
    assert spoken(Client(), "/login/", **POLISH_BROWSER) == "pl"


def test_a_tablet_speaks_the_language_of_whoever_is_signed_on(station):
    tablet, page = enrolled(station.company), tablet_page(station)
    switch(tablet, "de", page)
    assert spoken(tablet, page) == "de"
    for initials, language in (("AB", "pl"), ("CD", "zh-hans")):
        operator = make_operator(company=station.company, initials=initials)
        tablet.post(reverse("production:operator", args=[station.uuid]), {"operator": operator.pk})
        assert spoken(tablet, page) == "de"
        switch(tablet, language, page)
        assert spoken(tablet, page) == language
        assert spoken(tablet, f"{page}live/", **POLL) == language
    again = Operator.objects.get(initials="AB")
    tablet.post(reverse("production:operator", args=[station.uuid]), {"operator": again.pk})
    assert spoken(tablet, page) == "pl"
    tablet.post(reverse("production:operator", args=[station.uuid]), {"off": "present"})
    assert spoken(tablet, page) == "de"


def test_every_tablet_of_a_station_speaks_what_is_spoken_there(station):
    operator = make_operator(company=station.company, language="fr")
    sign_on(station, operator, at=now(), by=Hand())
    other = enrolled(station.company)
    assert spoken(other, tablet_page(station)) == "fr"
    assert spoken(other, "/tablet/") == "en"
    part = reverse("downtime:station-stops", args=[station.uuid])
    assert spoken(other, part, **SCRIPT) == "fr"


def test_a_users_own_page_is_in_his_language_whoever_stands_at_the_station(station):
    sign_on(station, make_operator(company=station.company, language="fr"), at=now(), by=Hand())
    assert spoken(person(station.company, "supervisor", language="pt"), tablet_page(station)) == "pt"


def test_a_display_keeps_what_was_chosen_for_it(station):
    display = enrolled(station.company, "display")
    station.company.devices.update(language="de")
    assert spoken(display, "/board/", **POLISH_BROWSER) == "de"
    switch(display, "fr")
    assert station.company.devices.get().language == "de"


@pytest.mark.django_db(transaction=True)
def test_what_a_screen_has_seen_in_one_language_is_drawn_anew_in_another(station):
    client = person(station.company)
    page, poll = tablet_page(station), f"{tablet_page(station)}live/"
    within_a_minute()
    tag = client.get(poll, headers=POLL)["ETag"]
    assert client.get(poll, headers={**POLL, "If-None-Match": tag}).status_code == 304
    switch(client, "de", page)
    assert client.get(poll, headers={**POLL, "If-None-Match": tag}).status_code == 200


def test_a_kept_page_is_another_one_in_another_language(station):
    client = person(station.company)
    english = client.get("/tablet/worker.js").content
    switch(client, "de")
    assert client.get("/tablet/worker.js").content != english


def test_programs_are_answered_in_english(station):
    _, key = make_api_key(company=station.company)
    station.company.language = "de"
    station.company.save()
    headers = {"Authorization": f"Bearer {key}", **POLISH_BROWSER}
    for address in ("/api/v1/stations", "/api/nowhere", "/reports/production"):
        assert Client().get(address, headers=headers)["Content-Language"] == "en"


@pytest.mark.parametrize(
    "page", ["https://elsewhere.example/", "//elsewhere.example", "word", "httpword", ""]
)
def test_only_a_language_there_is_and_a_page_of_ours_are_taken(station, page):
    client = person(station.company, username="ann")
    answer = switch(client, "tlh", page)
    assert answer.url == "/"
    assert station.company.users.get(username="ann").language == ""
    assert client.get("/language/").status_code == 405


def test_nobody_changes_the_language_of_another_company(station):
    foreign = make_station(company=make_company(name="Other"))
    there = make_operator(company=foreign.company, language="pl")
    sign_on(foreign, there, at=now(), by=Hand())
    tablet = enrolled(station.company)
    switch(tablet, "de", tablet_page(foreign))
    there.refresh_from_db()
    assert there.language == "pl"
    assert station.company.devices.get().language == "de"


def test_every_language_names_itself_on_the_switch(client):
    page = client.get("/login/", headers=POLISH_BROWSER).content.decode()
    for name in ("English", "Deutsch", "Español", "Français", "Polski", "Português", "简体中文"):
        assert f">{name}</button>" in page
    assert 'value="pl" lang="pl" aria-current="true"' in page


@pytest.mark.parametrize(
    ("language", "written"), [("en", "1,234.5"), ("de", "1.234,5"), ("fr", "1\u202f234,5")]
)
def test_numbers_for_people_are_written_as_their_language_does(language, written):
    with translation.override(language):
        assert number("1,234.5") == written


@pytest.mark.parametrize("language", ["de", "fr", "pl", "zh-hans"])
def test_what_pages_draw_with_and_dates_are_the_same_in_every_language(language):
    with translation.override(language):
        drawn = Template("{{ x }} {{ at }} {{ day }}").render(
            Context({"x": 3.25, "at": datetime(2026, 3, 4, 17, 5), "day": datetime(2026, 3, 4).date()})
        )
    assert drawn == "3.25 2026-03-04 17:05:00 2026-03-04"


@pytest.mark.parametrize(
    ("language", "words"),
    [("de", "Anmelden"), ("es", "Iniciar sesión"), ("fr", "Se connecter"), ("pl", "Zaloguj się"), ("pt", "Entrar"),
     ("zh-hans", "登录"), ("en", "Log in")],
)  # fmt: skip
def test_pages_say_it_in_every_language(client, language, words):
    assert (
        f"<h1>{words}</h1>" in client.get("/login/", headers={"Accept-Language": language}).content.decode()
    )


def test_states_and_standings_are_said_in_the_language_of_the_page(station):
    tablet = enrolled(station.company)
    switch(tablet, "de", tablet_page(station))
    assert "Läuft" in tablet.get(tablet_page(station)).content.decode()
    with translation.override("pl"):
        assert spoken_sentence(Said("In hand of {who}", {"who": "MK"})) == "Zajmuje się MK"
