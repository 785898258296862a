"""Secrets are made in the admin and shown once: on the answer to the POST, and nowhere else."""

import re

import pytest
from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as RecentAction
from django.utils.timezone import now
from django.utils.translation import override

from mesproject.accounts.models import ApiKey, Device, Endpoint
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import NOON, make_api_key, make_device, make_endpoint, make_station, make_user


def secret_on(response):
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return re.search(r'class="fl-token">([^<]+)<', response.content.decode())[1]


# Who has read what breaks, and goes on.
SURE = {"sure": "yes"}


def deed(model, row, name):
    return address(model, "deed", row.pk, name)


def assert_nowhere_else(client, secret, row):
    """Neither on the pages of the row, nor in what is kept of who did what."""
    model = type(row)
    for page in (
        address(model, "changelist"),
        address(model, "change", row.pk),
        address(model, "history", row.pk),
    ):
        assert secret not in client.get(page).content.decode()
    assert secret not in str(list(model.objects.filter(pk=row.pk).values()))
    assert secret not in str(list(LogEntry.objects.values("changes", "additional_data", "serialized_data")))
    assert secret not in str(list(RecentAction.objects.values("change_message", "object_repr")))
    assert secret not in str(dict(client.session))


def test_a_new_api_key_is_shown_once(admin_client, company):
    station = make_station("M1", company=company)
    response = send(admin_client, address(ApiKey, "add"), {"name": "ERP", "scopes": ["signals", "read"]})
    token, key = secret_on(response), ApiKey.objects.get(name="ERP")
    assert (key.company, key.scopes) == (company, ["signals", "read"])
    assert ApiKey.objects.matching(token, now()) == key
    assert station.code in response.content.decode()  # the example names one of the company's
    assert_nowhere_else(admin_client, token, key)
    assert_nowhere_else(admin_client, token.partition(".")[2], key)


def test_a_key_that_may_only_read_comes_without_an_example_of_sending(admin_client):
    response = send(admin_client, address(ApiKey, "add"), {"name": "BI", "scopes": ["read"]})
    assert "/api/signals" not in response.content.decode()


def test_a_key_without_a_scope_is_refused(admin_client):
    assert errors_of(send(admin_client, address(ApiKey, "add"), {"name": "BI"})) == [
        "This field is required."
    ]


def test_a_key_for_a_station_that_is_not_there_is_refused(admin_client, company):
    make_station("M1", company=company)
    make_station("THEIRS")
    new = {"name": "x", "scopes": ["read"], "station_codes": "M1,THEIRS"}
    assert errors_of(send(admin_client, address(ApiKey, "add"), new)) == ["No station has the code THEIRS."]


def test_the_secret_stays_when_a_key_is_changed(admin_client, company):
    key, token = make_api_key(company=company)
    assert send(admin_client, address(ApiKey, "change", key.pk), {"name": "new"}).status_code == 302
    assert ApiKey.objects.matching(token, now()).name == "new"


def test_a_key_is_rotated(admin_client, company):
    key, old = make_api_key(company=company)
    new = secret_on(admin_client.post(deed(ApiKey, key, "rotate")))
    assert ApiKey.objects.matching(old, now()) == key
    follower = ApiKey.objects.matching(new, now())
    assert follower != key
    assert_nowhere_else(admin_client, new, follower)


def test_a_key_is_revoked_at_once(admin_client, company):
    key, token = make_api_key(company=company)
    page = admin_client.post(deed(ApiKey, key, "revoke")).content.decode()
    assert "is refused from that moment on" in page
    assert ApiKey.objects.matching(token, now()) == key
    assert admin_client.post(deed(ApiKey, key, "revoke"), SURE).status_code == 302
    assert ApiKey.objects.matching(token, now()) is None


def done_last(row):
    """What Django says, in German, that was done last with a row in the admin."""
    with override("de"):
        return RecentAction.objects.filter(object_id=row.pk).latest("pk").get_change_message()


def test_what_was_done_with_a_credential_is_told_in_the_readers_language(admin_client, company):
    key, _ = make_api_key(company=company)
    admin_client.post(deed(ApiKey, key, "rotate"))
    assert done_last(key) == "Läuft ab am geändert."
    admin_client.post(deed(ApiKey, key, "revoke"), SURE)
    assert done_last(key) == "Widerrufen am geändert."
    endpoint = make_endpoint(company=company)
    for name, field in (("rotate", "Geheimnis"), ("disable", "Ausgeschaltet"), ("enable", "Ausgeschaltet")):
        admin_client.post(deed(Endpoint, endpoint, name), SURE)
        assert done_last(endpoint) == f"{field} geändert."


def test_a_key_is_deleted_only_after_it_was_revoked(admin_client, company):
    key, _ = make_api_key(company=company)
    assert admin_client.post(address(ApiKey, "delete", key.pk), {"post": "yes"}).status_code == 403
    key.revoke(at=NOON)
    assert admin_client.post(address(ApiKey, "delete", key.pk), {"post": "yes"}).status_code == 302


def test_a_new_gateway_is_told_how_to_reach_the_broker(admin_client, company):
    make_station("M1", company=company)
    response = send(admin_client, address(Device, "add"), {"name": "gw1", "kind": "gateway"})
    token, device = secret_on(response), Device.objects.get(name="gw1")
    assert Device.objects.matching(token) == device
    text = response.content.decode()
    assert f"busroot/v2/{company.code}/signals/M1" in text
    assert f"busroot/v2/dau/{company.code}/gw1" in text
    assert f"{company.code}/gw1" in text
    assert_nowhere_else(admin_client, token, device)


def test_a_new_token_replaces_the_old_one(admin_client, company):
    device, old = make_device(company=company)
    new = secret_on(admin_client.post(deed(Device, device, "token"), SURE))
    assert Device.objects.matching(old) is None
    assert Device.objects.matching(new) == device


@pytest.mark.parametrize("kind", ["tablet", "display"])
def test_a_new_screen_gets_a_code_and_the_page_to_type_it_on(kind, admin_client):
    response = send(admin_client, address(Device, "add"), {"name": "hall", "kind": kind})
    code, device = secret_on(response), Device.objects.get(name="hall")
    assert "http://testserver/enrol/" in response.content.decode()
    assert Device.objects.enrolling(code, now()) == device
    assert_nowhere_else(admin_client, code, device)


def test_a_device_is_revoked_and_brought_back_by_a_new_secret(admin_client, company):
    device, token = make_device(company=company)
    admin_client.post(deed(Device, device, "revoke"), SURE)
    assert Device.objects.matching(token) is None
    new = secret_on(admin_client.post(deed(Device, device, "token")))
    assert Device.objects.matching(new) == device


def test_name_and_kind_of_a_device_are_fixed_once_it_exists(admin_client, company):
    device, _ = make_device(company=company, name="gw1")
    send(admin_client, address(Device, "change", device.pk), {"name": "gw2", "kind": "tablet"})
    device.refresh_from_db()
    assert (device.name, device.kind) == ("gw1", "gateway")


def test_a_device_name_that_is_taken_is_refused_with_a_sentence(admin_client, company):
    make_device(company=company, name="gw1")
    assert errors_of(send(admin_client, address(Device, "add"), {"name": "gw1", "kind": "gateway"})) == [
        "There is a device of this name already."
    ]


@pytest.mark.parametrize("name", ["rotate", "revoke", "token", "code", "nonsense", "delete"])
def test_deeds_are_posts_on_own_rows(name, admin_client, company):
    for model, make in ((ApiKey, make_api_key), (Device, make_device)):
        ours, theirs = make(company=company)[0], make()[0]
        assert admin_client.get(deed(model, ours, name)).status_code == 404
        assert admin_client.post(deed(model, theirs, name)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["read_only", "supervisor", "member"])
def test_nobody_else_makes_secrets(role, client):
    user = make_user(role)
    client.force_login(user)
    key, token = make_api_key(company=user.company)
    assert client.post(deed(ApiKey, key, "rotate")).status_code == 403
    assert client.post(deed(ApiKey, key, "revoke")).status_code == 403
    assert ApiKey.objects.matching(token, now()) == key


def test_a_forged_post_is_refused(administrator, company):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    key, _ = make_api_key(company=company)
    assert client.post(deed(ApiKey, key, "revoke")).status_code == 403
