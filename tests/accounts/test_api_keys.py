"""API keys: kept as a digest, good for what they are for, as long as they are good."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from django.utils.timezone import now
from rest_framework.test import APIRequestFactory

from mesproject.accounts import secrets
from mesproject.accounts.authentication import ApiKeyAuthentication
from mesproject.accounts.models import ApiKey
from tests.make import NOON, make_api_key, make_company, make_station

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def found(token, at=NOON):
    return ApiKey.objects.matching(token, at)


def authenticate(**headers):
    request = APIRequestFactory().get("/api/", headers=headers)
    return ApiKeyAuthentication().authenticate(request)


def test_only_a_digest_of_the_secret_is_kept():
    key, token = make_api_key()
    prefix, secret = token.split(".")
    key.refresh_from_db()
    assert key.prefix == prefix
    assert key.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(ApiKey.objects.filter(pk=key.pk).values().get())


def test_a_key_is_found_by_its_token():
    key, token = make_api_key()
    assert found(token) == key


@pytest.mark.parametrize(
    "change", [lambda t: t + "x", lambda t: t[:-1], lambda t: t.partition(".")[0], str.upper]
)
def test_a_token_that_is_not_quite_right_finds_nothing(change):
    _, token = make_api_key()
    assert found(change(token)) is None


@pytest.mark.parametrize("token", ["", ".", "x", "\x00", "a.b.c", "é.ü", "x" * 10_000])
def test_nonsense_finds_nothing(token):
    make_api_key()
    assert found(token.replace("\x00", "")) is None


def test_secrets_are_compared_in_constant_time(monkeypatch):
    compared = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    key, token = make_api_key()
    found(token)
    assert compared == [(key.digest, key.digest)]


def test_a_revoked_key_finds_nothing():
    key, token = make_api_key()
    key.revoke(at=NOON)
    assert found(token) is None


def test_a_key_is_good_up_to_its_expiry_and_no_longer():
    key, token = make_api_key(expires_at=NOON)
    assert found(token, NOON - timedelta(microseconds=1)) == key
    assert found(token, NOON) is None


def test_a_rotated_key_goes_on_for_a_week_beside_its_follower():
    old, token = make_api_key(ApiKey.Scope.SIGNALS, station_codes=["M1"])
    new, new_token = old.rotate(at=NOON)
    assert (list(new.scopes), new.station_codes, new.company) == (["signals"], ["M1"], old.company)
    assert (found(token), found(new_token)) == (old, new)
    assert (found(token, NOON + WEEK), found(new_token, NOON + WEEK)) == (None, new)


def test_rotation_does_not_prolong_a_key():
    old, _ = make_api_key(expires_at=NOON + timedelta(days=1))
    new, _ = old.rotate(at=NOON)
    assert old.expires_at == new.expires_at == NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("scopes", "signals", "read", "write"),
    [
        (["signals"], True, False, False),
        (["read"], False, True, False),
        (["write"], False, True, True),
        (["signals", "read"], True, True, False),
        ([], False, False, False),
    ],
)
def test_scopes_say_what_a_key_may_do(scopes, signals, read, write):
    key = ApiKey(scopes=scopes)
    assert (key.may("signals"), key.may("read"), key.may("write")) == (signals, read, write)


def test_a_key_may_name_the_stations_on_its_list_or_all_without_one():
    assert ApiKey(station_codes=["M1"]).may_name("M1")
    assert not ApiKey(station_codes=["M1"]).may_name("M2")
    assert ApiKey(station_codes=[]).may_name("anything")


@pytest.mark.parametrize("header", ["X-API-KEY", "Authorization"])
def test_both_headers_are_understood(header):
    key, token = make_api_key()
    _, auth = authenticate(**{header: token if header == "X-API-KEY" else f"Bearer {token}"})
    assert auth == key


def test_a_request_without_a_key_is_not_authenticated():
    assert authenticate() is None
    assert authenticate(Authorization="Basic abc") is None


def test_use_is_noted_to_the_minute():
    key, token = make_api_key()
    authenticate(**{"X-API-KEY": token})
    key.refresh_from_db()
    first = key.last_used_at
    authenticate(**{"X-API-KEY": token})
    key.refresh_from_db()
    assert first == key.last_used_at


@pytest.mark.parametrize("why", ["unknown", "revoked", "expired"])
def test_a_key_that_is_not_good_is_answered_401_with_a_sentence(why, client):
    key, token = make_api_key()
    if why == "revoked":
        key.revoke(at=now())
    elif why == "expired":
        ApiKey.objects.filter(pk=key.pk).update(expires_at=now())
    else:
        token = "ABCDEFGHJKMN.nonsense"
    response = client.post(
        "/api/signals", "{}", content_type="application/json", headers={"X-API-KEY": token}
    )
    assert response.status_code == 401
    assert "unknown, revoked or expired" in response.json()["detail"]


def test_a_key_names_only_stations_of_its_own_company(client):
    company = make_company()
    _, token = make_api_key(company=company)
    theirs = make_station("THEIRS")
    body = {"station": theirs.code, "production_complete_good": 1}
    response = client.post(
        "/api/signals", body, content_type="application/json", headers={"X-API-KEY": token}
    )
    assert response.status_code == 422
    assert response.json()["code"] == "unknown_station"


def test_codes_hold_no_letter_that_can_be_misread():
    assert not set("ILOU") & set("".join(secrets.new_code() for _ in range(100)))
