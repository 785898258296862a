"""People at the API: tokens that are short, renewed once, and end with whatever made them good."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.utils.timezone import now

from mesproject.accounts import tokens, tries
from mesproject.accounts.models import Login, Role, Tries
from production.models import Sku
from tests.make import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def post(client, address, body, **headers):
    return client.post(f"/api/{address}", json.dumps(body), "application/json", headers=headers)


def whoami(client, token):
    return client.get("/api/authenticate", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def ann():
    return make_user(Role.MEMBER)


@pytest.fixture
def pair(ann):
    return tokens.log_in(ann, at=now())


def test_a_name_and_a_password_are_changed_for_tokens_that_open_the_api(client):
    user = make_user(Role.SUPERVISOR, password=PASSWORD)
    answer = post(client, "authenticate", {"username": user.username, "password": PASSWORD})
    told = answer.json()["result"]
    assert answer["Cache-Control"] == "no-store"
    assert told["expiresIn"] == 600_000
    assert whoami(client, told["accessToken"]).json()["result"]["role"] == "supervisor"
    renewed = post(client, "authenticate/refresh", {"refreshToken": told["refreshToken"]}).json()["result"]
    assert whoami(client, renewed["accessToken"]).status_code == 200


def test_a_refresh_token_that_comes_twice_ends_the_login(client, pair):
    newer = post(client, "authenticate/refresh", {"refreshToken": pair.refresh}).json()["result"]
    assert post(client, "authenticate/refresh", {"refreshToken": pair.refresh}).status_code == 401
    assert post(client, "authenticate/refresh", {"refreshToken": newer["refreshToken"]}).status_code == 401
    assert whoami(client, newer["accessToken"]).status_code == 401


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"role": Role.READ_ONLY}, {"password": "another"}], ids=str
)
def test_tokens_end_with_the_account_the_role_and_the_password(client, ann, pair, change):
    assert whoami(client, pair.access).status_code == 200
    type(ann).objects.filter(pk=ann.pk).update(**change)
    assert whoami(client, pair.access).status_code == 401
    assert post(client, "authenticate/refresh", {"refreshToken": pair.refresh}).status_code == 401


def test_who_logs_out_is_out(client, pair):
    headers = {"Authorization": f"Bearer {pair.access}"}
    assert client.delete("/api/authenticate", headers=headers).status_code == 204
    assert whoami(client, pair.access).status_code == 401
    assert post(client, "authenticate/refresh", {"refreshToken": pair.refresh}).status_code == 401


def test_a_login_ends_after_two_weeks_without_use(ann):
    pair = tokens.log_in(ann, at=now() - timedelta(days=15))
    assert tokens.opened(pair.access, at=now()) is None
    tokens.log_in(ann, at=now())
    assert Login.objects.count() == 1  # what is over is forgotten


def forged(pair):
    """What others might send."""
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    head, body, signature = pair.access.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    ours = lambda **other: jwt.encode(claims | other, tokens._secret(), "HS256")  # noqa: E731
    past = int((now() - timedelta(minutes=1)).timestamp())
    return {
        "unsigned": f"{unsigned}.{body}.",
        "without signature": f"{head}.{body}.",
        "of another key": jwt.encode(claims, "x" * 40, "HS256"),
        "of another algorithm": jwt.encode(claims, tokens._secret(), "HS512"),
        "for another audience": ours(aud="csv"),
        "of another issuer": ours(iss="elsewhere"),
        "run out": ours(exp=past),
        "without an end": jwt.encode(
            {k: v for k, v in claims.items() if k != "exp"}, tokens._secret(), "HS256"
        ),
        "without an id": jwt.encode(
            {k: v for k, v in claims.items() if k != "jti"}, tokens._secret(), "HS256"
        ),
        "to refresh with": pair.refresh,
        "of another login": ours(login=claims["login"] + 1),
        "of no login": ours(login="1"),
        "of another stamp": ours(stamp="0" * 16),
        "long": "a." + "b" * 10_000 + ".c",
        "nonsense": "a.b.c",
        "changed": f"{head}.{body[:-2]}AA.{signature}",
    }


FORGERIES = [
    "unsigned", "without signature", "of another key", "of another algorithm", "for another audience",
    "of another issuer", "run out", "without an end", "without an id", "to refresh with", "of another login",
    "of no login", "of another stamp", "long", "nonsense", "changed",
]  # fmt: skip


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_token_that_is_not_ours_opens_nothing(client, pair, kind):
    token = forged(pair)[kind]
    assert whoami(client, token).status_code == 401
    if kind != "to refresh with":
        assert post(client, "authenticate/refresh", {"refreshToken": token}).status_code in (400, 401)


def test_what_a_person_changes_over_the_api_is_on_record_as_his(client, ann, pair):
    post(client, "sku", {"code": "A", "name": "x"}, Authorization=f"Bearer {pair.access}")
    entry = LogEntry.objects.get_for_model(Sku).get()
    assert (entry.actor, "by" in entry.additional_data) == (ann, False)


def guess(client, name, **headers):
    return post(client, "authenticate", {"username": name, "password": "nonsense"}, **headers).status_code


def test_guessing_a_password_ends_after_five_and_says_when_to_go_on(client):
    user = make_user(password=PASSWORD)
    assert [guess(client, user.username) for _ in range(6)] == [401] * 5 + [429]
    right = post(client, "authenticate", {"username": user.username, "password": PASSWORD})
    assert right.status_code == 429
    assert 0 < int(right["Retry-After"]) <= 900
    assert right.json()["message"] == "Too many tries. Try again in 15 minutes."
    page = client.post("/login/", {"username": user.username, "password": PASSWORD})
    assert (page.status_code, page["Retry-After"] != "") == (429, True)
    assert client.post("/admin/login/", {"username": user.username, "password": "x"}).status_code == 429
    # Others in the plant, behind the same address, go on.
    assert guess(client, "somebody-else") == 401
    Tries.objects.update(since=now() - timedelta(minutes=16))
    assert post(client, "authenticate", {"username": user.username, "password": PASSWORD}).status_code == 200


def test_who_logs_in_often_and_rightly_is_never_stopped(client):
    user = make_user(password=PASSWORD)
    for _ in range(7):
        answer = post(client, "authenticate", {"username": user.username, "password": PASSWORD})
        assert answer.status_code == 200


def test_an_address_that_is_only_said_is_not_believed(client, settings):
    user = make_user()
    said = [guess(client, user.username, **{"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(6)]
    assert said[-1] == 429
    settings.PROXIES = 1
    assert guess(client, user.username, **{"X-Forwarded-For": "1.2.3.4, 10.0.0.9"}) == 401


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_guesses_at_once_five_are_looked_at():
    def guess(_):
        try:
            tries.count("somebody", most=5, at=now())
        except tries.TooOften:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(guess, range(100))) == 5
