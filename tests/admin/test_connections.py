"""A device, a key and a station tell how their connection is: what came, what became of it, and what to do."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation
from django.utils.timezone import now

from mesproject.accounts.models import Device, Role
from production import heard, whys_not
from production.connections import signed
from production.ingest import Delivery
from production.reader import through_the_door
from production.unpacking import Directory, unpack
from tests.make import make_api_key, make_device, make_pin, make_station, make_user


@pytest.fixture(autouse=True)
def kept(valkey, db):
    heard._Away.until = 0.0
    heard._valkey().flushdb()


def mqtt(topic, payload, at=None):
    through_the_door(unpack(topic, payload.encode(), Directory(), Delivery("s", 1, False)), at or now())


def page_of(client, row, **headers):
    app, model = row._meta.app_label, row._meta.model_name
    return client.get(f"/admin/{app}/{model}/{row.pk}/page/connection/", headers=headers)


def said(client, row):
    answer = page_of(client, row)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_gateway_that_was_never_heard_is_told_what_to_check(admin_client, company):
    gateway, _ = make_device(company=company)
    assert "Nothing has been heard yet." in said(admin_client, gateway)
    assert (
        f"/{gateway.pk}/page/connection/"
        in admin_client.get(f"/admin/accounts/device/{gateway.pk}/change/").content.decode()
    )


def test_frames_are_shown_raw_with_what_each_became(admin_client, company):
    opta, _ = make_device(company=company, name="opta-1")
    make_pin(opta, make_station("M1", company=company), pin="c1")
    for n in range(3):
        mqtt(f"busroot/v2/dau/{opta.login}", '{"c1": 2}', now() - timedelta(seconds=5 * (2 - n)))
    page = said(admin_client, opta)
    assert "All is well." in page
    assert page.count("{&quot;c1&quot;: 2}") == 3
    assert "<b>M1</b> stored" in page


def test_the_list_of_devices_tells_when_each_gateway_was_heard_last(admin_client, company):
    station = make_station("M1", company=company)
    said_at = {"opta-1": now() - timedelta(minutes=3), "opta-2": now() - timedelta(minutes=70)}
    for name, at in said_at.items():
        unit, _ = make_device(company=company, name=name)
        make_pin(unit, station, pin="c1")
        mqtt(f"busroot/v2/dau/{unit.login}", '{"c1": 2}', at)
    assert signs_of_life(admin_client) == {name: f"{at:%Y-%m-%d %H:%M:%S}" for name, at in said_at.items()}


def test_a_gateway_that_is_alone_is_the_one_that_speaks_on_the_stations_topics(admin_client, company):
    make_station("M1", company=company)
    gateway, _ = make_device(company=company)
    at = now() + timedelta(minutes=1)
    mqtt(f"busroot/v2/{company.code}/signals/M1", '{"production_complete": 1}', at)
    assert signs_of_life(admin_client) == {gateway.name: f"{at:%Y-%m-%d %H:%M:%S}"}
    make_device(company=company, name="another")
    assert set(signs_of_life(admin_client).values()) == {"-"}


def signs_of_life(client):
    page = client.get("/admin/accounts/device/").content.decode()
    names = re.findall(r'field-name"><a [^>]+>([^<]+)', page)
    return dict(zip(names, re.findall(r'field-last_sign[^"]*">([^<]+)', page), strict=True))


def test_a_unit_without_pins_is_told_to_map_them(admin_client, company):
    opta, _ = make_device(company=company, name="opta-1")
    heard.note_ignored(opta.pk, f"busroot/v2/dau/{opta.login}", b"{}", now())
    assert "no pin is mapped" in said(admin_client, opta)


def test_a_gateway_shows_what_is_said_on_stations_topics_with_clock_and_numbers(admin_client, company):
    gateway, _ = make_device(company=company)
    make_device(company=company)  # another, and the broker does not tell which of the two speaks
    make_station("M1", company=company)
    at = now()
    for n in (1, 2, 5):
        sent = at + timedelta(minutes=3, seconds=n)
        text = f'{{"productive": 1, "boot": "a", "seq": {n}, "timestamp": "{sent.isoformat()}"}}'
        mqtt(f"busroot/v2/{company.code}/signals/M1", text, at + timedelta(seconds=n))
    mqtt(f"busroot/v2/{company.code}/signals/M9", '{"productive": 1}', at)
    page = said(admin_client, gateway)
    assert "Its clock is 3 min ahead." in page
    assert "2 of its numbers are missing at M1: 3–4." in page
    assert "No station has the code" in page
    assert "The broker does not tell which gateway speaks" in page
    assert "1 message</a>" in page  # in quarantine


@pytest.mark.parametrize(
    ("ago", "told"), [(None, False), (timedelta(days=1), False), (timedelta(days=8), True)]
)
def test_what_is_said_on_topics_is_a_gateways_own_where_no_other_can_have_said_it(
    ago, told, admin_client, company
):
    gateway, _ = make_device(company=company)
    make_device(company=company, revoked_at=ago and now() - ago)
    make_device()  # of another company
    make_station("M1", company=company)
    mqtt(
        f"busroot/v2/{company.code}/signals/M1",
        '{"program": "before-it-was-there"}',
        now() - timedelta(hours=1),
    )
    mqtt(f"busroot/v2/{company.code}/signals/M1", '{"program": "its-own"}')
    page = said(admin_client, gateway)
    assert "its-own" in page
    assert ("before-it-was-there" not in page) == told
    assert ("There is no other gateway" in page) == told
    assert ("The broker does not tell which gateway speaks" in page) != told


def test_a_key_shows_what_was_sent_with_it(admin_client, company):
    key, token = make_api_key(company=company)
    make_station("M1", company=company)
    body = {"station": "M1", "line_speed": -1}
    Client().post("/api/signals", body, "application/json", headers={"X-API-KEY": token})
    page = said(admin_client, key)
    assert "1 of the last 1 are refused: line_speed" in page
    assert "M1" in page


def test_what_became_of_messages_is_told_in_the_readers_language(admin_client, administrator, company):
    administrator.language = "de"
    administrator.save()
    key, token = make_api_key(company=company)
    body = {"station": "M9", "line_speed": 1}
    answer = Client().post(
        "/api/signals", body, "application/json", headers={"X-API-KEY": token, "Accept-Language": "de"}
    )
    assert (
        answer.json()["detail"] == "No station has the code 'M9'. Add it in the admin, or correct the sender."
    )
    page = html.unescape(said(admin_client, key))
    told = "Keine Station hat den Code 'M9'. Legen Sie sie in der Verwaltung an"
    assert f"1 der letzten 1 wurden abgelehnt: {told}" in page
    assert f"</b> abgelehnt: {told}" in page
    assert "No station has" not in page


def test_where_what_an_agent_lost_lies_is_told_in_the_readers_language(admin_client, administrator, company):
    administrator.language = "de"
    administrator.save()
    station = make_station("M1", company=company)
    heard.note_lost(company.pk, "M1", whys_not.STARTED_ANEW.format(number=7), now())
    page = said(admin_client, station)
    assert (
        "warum er so lange nicht gefragt wurde. Der Agent wurde neu gestartet; was er ab Nummer 7 sagte"
        in page
    )
    assert "<td>MTConnect</td>" in page


def test_figures_of_clocks_are_written_as_the_language_writes_them():
    with translation.override("de"):
        assert (signed(timedelta(seconds=-0.4)), signed(timedelta(hours=2.5))) == ("−0,4 s", "+2,5 h")
        assert signed(timedelta(days=-9_457)) == "−9.457 d"
    with translation.override("en"):
        assert signed(timedelta(seconds=0.4)) == "+0.4 s"


def test_a_station_shows_what_was_said_of_it_by_whatever_way(admin_client, company):
    _, token = make_api_key(company=company)
    station = make_station("M1", company=company)
    make_station("M2", company=company)
    mqtt(f"busroot/v2/{company.code}/signals/M1", '{"program": "by-topic"}')
    mqtt(f"busroot/v2/{company.code}/signals/M2", '{"program": "another"}')
    body = {"station": "M1", "program": "by-key"}
    Client().post("/api/signals", body, "application/json", headers={"X-API-KEY": token})
    page = said(admin_client, station)
    assert "by-topic" in page
    assert "by-key" in page
    assert "another" not in page


def test_a_poll_gets_the_part_that_lives_only(admin_client, company):
    gateway, _ = make_device(company=company)
    part = page_of(admin_client, gateway, HX_Request="true").content.decode()
    assert part.strip().startswith('<div class="fl-connection"')


def test_another_companys_messages_are_not_shown(admin_client, company):
    theirs = make_station("M1")
    mqtt(f"busroot/v2/{theirs.company.code}/signals/M1", '{"program": "secret"}')
    ours, _ = make_device(company=company)
    station = make_station("M1", company=company)
    assert "secret" not in said(admin_client, ours) + said(admin_client, station)
    their_device, _ = make_device(company=theirs.company)
    their_key, _ = make_api_key(company=theirs.company)
    for row in (theirs, their_device, their_key):
        assert page_of(admin_client, row).status_code == 404


def test_tablets_have_no_such_page(admin_client, company):
    tablet, _ = make_device(Device.Kind.TABLET, company=company)
    assert page_of(admin_client, tablet).status_code == 404


@pytest.mark.parametrize("role", [Role.MEMBER, Role.READ_ONLY])
def test_who_may_not_see_devices_sees_no_connection_of_theirs(role, client):
    user = make_user(role)
    gateway, _ = make_device(company=user.company)
    client.force_login(user)
    assert page_of(client, gateway).status_code == 403
