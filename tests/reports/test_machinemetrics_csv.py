"""A report as CSV: a link that expires, and a token that is good for one key's reports for five minutes."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.timezone import now

from mesproject.logs import WithoutSecrets
from mesproject.reports import csv_tokens
from mesproject.reports.csv_tokens import Opens
from mesproject.reports.models import StoredReport
from tests.make import make_api_key
from tests.reports.machinemetrics import ONE, Reader, store

pytestmark = pytest.mark.django_db

GOOD = {"startDay": "2017-07-19", "endDay": "2017-07-20", "data": [{"metric": "totalParts"}]}
SEED = {"error": "invalid_token", "error_description": "Invalid token: access token is invalid"}


@pytest.fixture
def reader():
    reader = Reader().settle()
    store(reader.machines[ONE], "2017-07-19", good=5)
    return reader


def link(reader, report="production", **fields):
    asked = GOOD if report == "production" else {k: GOOD[k] for k in ("startDay", "endDay")}
    return reader.report(report, asked, csv=True, **fields)["csv"]["url"].removeprefix("http://testserver")


def fetch(reader, path, token):
    return reader.client.get(path, {"token": token})


def test_a_report_is_fetched_with_a_token(reader):
    answer = reader.report("production", GOOD, csv=True, groupBy=[{"group": "machine"}])
    assert answer["csv"].keys() == {"url", "expires"}
    assert datetime.fromisoformat(answer["csv"]["expires"]) - datetime.now(UTC) > timedelta(hours=23)
    response = reader.csv(answer["csv"]["url"])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].endswith('.csv"')
    assert response["Cache-Control"] == "no-store"
    text = b"".join(response.streaming_content)
    assert text == (
        b'\xef\xbb\xbf"machine","machineId","totalParts"\r\n"MACHINE 1","' + ONE.encode() + b'",5\r\n'
    )


def test_a_program_may_use_its_key_instead(reader):
    response = reader.client.get(link(reader), headers=reader.headers)
    assert b"".join(response.streaming_content).endswith(b'"totalParts"\r\n5\r\n')


@pytest.mark.parametrize("report", ["downtime", "quality"])
def test_losses_are_fetched_in_the_same_way(reader, report):
    text = b"".join(reader.csv(link(reader, report)).streaming_content).decode()
    assert text.splitlines()[1] == "0,0"


def test_the_csv_is_computed_when_it_is_fetched(reader):
    path = link(reader)
    store(reader.machines[ONE], "2017-07-20", good=7)
    assert b"".join(reader.csv(path).streaming_content).endswith(b"\r\n12\r\n")


def test_a_question_asked_again_is_kept_once(reader):
    assert link(reader) == link(reader)
    assert link(reader) != link(reader, groupBy=[{"group": "day"}])
    assert StoredReport.objects.count() == 2


def test_an_expired_report_is_gone_and_forgotten(reader):
    path = link(reader)
    StoredReport.objects.update(expires_at=now() - timedelta(seconds=1))
    assert reader.csv(path).status_code == 404
    assert reader.csv(path).json().keys() == {"code", "message", "errors"}
    link(reader, groupBy=[{"group": "day"}])
    assert StoredReport.objects.count() == 1


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "²", "1.0"])
def test_what_is_not_there_is_404(reader, number):
    link(reader)
    assert reader.csv(f"/csv/production/{number}").status_code == 404


def test_the_address_names_the_report(reader):
    path = link(reader)
    assert reader.csv(path.replace("production", "downtime")).status_code == 404


def test_another_key_s_token_opens_nothing(reader):
    path = link(reader)
    stranger = Reader()
    assert fetch(reader, path, stranger.token()).status_code == 404
    colleague, _ = make_api_key("read", company=reader.company)
    token = csv_tokens.issue(Opens(colleague.pk, reader.company.pk), at=now())
    assert fetch(reader, path, token).status_code == 404


def test_a_token_for_one_report_opens_no_other(reader):
    first, second = link(reader), link(reader, groupBy=[{"group": "day"}])
    token = reader.token(report=first.rsplit("/", 1)[1])
    assert fetch(reader, first, token).status_code == 200
    refused = fetch(reader, second, token)
    assert (refused.status_code, refused.json()) == (401, SEED)


def test_a_token_of_a_revoked_key_is_refused(reader):
    path, token = link(reader), reader.token()
    reader.key.revoke(at=now())
    assert fetch(reader, path, token).json() == SEED


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(reader):
    """Tokens that look like ours."""
    at, good = now(), csv_tokens.issue(Opens(reader.key.pk, reader.company.pk), at=now())
    claims = jwt.decode(good, options={"verify_signature": False})
    head, body, signature = good.split(".")
    secret = csv_tokens._secret()

    def signed(changes, key=secret, algorithm="HS256", headers=None):
        return jwt.encode(
            {k: v for k, v in (claims | changes).items() if v is not None}, key, algorithm, headers
        )

    yield "nothing", ""
    yield "no token", "token"
    yield "no signature", f"{head}.{body}."
    yield "alg none", f"{part({'alg': 'none', 'typ': 'JWT'})}.{body}."
    yield "alg None", f"{part({'alg': 'None', 'typ': 'JWT'})}.{body}.{signature}"
    yield "another signature", f"{head}.{body}.{'A' * len(signature)}"
    yield "another body", f"{head}.{part(claims | {'sub': '1'})}.{signature}"
    yield "HS512", signed({}, key=secret * 2, algorithm="HS512")
    yield "our secret key itself", signed({}, key=hashlib.sha256(settings.SECRET_KEY.encode()).digest())
    yield "a kid", signed({}, key=b"x" * 32, headers={"kid": "../../dev/null"})
    yield "a jku", signed({}, key=b"x" * 32, headers={"jku": "http://evil/keys"})
    yield "expired", csv_tokens.issue(Opens(reader.key.pk, reader.company.pk), at=at - timedelta(minutes=6))
    yield "not yet", csv_tokens.issue(Opens(reader.key.pk, reader.company.pk), at=at + timedelta(minutes=6))
    yield "another audience", signed({"aud": "login"})
    yield "another issuer", signed({"iss": "evil"})
    for name in csv_tokens.CLAIMS:
        yield f"no {name}", signed({name: None})
    yield "another company", signed({"company": reader.company.pk + 1})
    yield "no such key", signed({"sub": "999999999"})
    yield "a key beyond numbers", signed({"sub": "9" * 40})
    yield "a name for a key", signed({"sub": "root"})
    yield "10 kB", signed({"more": "x" * 10_000})
    digest = hmac.new(b"", f"{head}.{body}".encode(), hashlib.sha256).digest()
    yield "an empty key", f"{head}.{body}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    yield "the api key", reader.headers["Authorization"].removeprefix("Bearer ")
    yield "a NUL", "\x00"


def test_forged_tokens_are_refused_in_the_words_of_the_reference(reader):
    path, count = link(reader), 0
    for name, token in forged(reader):
        response = fetch(reader, path, token)
        assert (response.status_code, response.json()) == (401, SEED), name
        count += 1
    assert count > 30
    assert reader.client.get(path).status_code == 401


def test_a_token_opens_nothing_but_downloads(reader):
    token = reader.token()
    for header in ({}, {"Authorization": f"Bearer {token}"}):
        for path in ("/user-token", "/work-schedules/events"):
            assert reader.client.get(path, {"token": token}, headers=header).status_code == 401


def test_tokens_stand_in_no_log(reader, caplog):
    path, token = link(reader), reader.token()
    with caplog.at_level(logging.DEBUG):
        fetch(reader, path, token)
        fetch(reader, path, token + "x")
    assert token not in caplog.text
    record = logging.LogRecord(
        "x", logging.INFO, "", 1, "GET %s?localize=true&token=%s HTTP", (path, token), None
    )
    WithoutSecrets().filter(record)
    assert record.getMessage() == f"GET {path}?localize=true&token=… HTTP"


def test_old_clients_may_ask_for_the_token_with_a_parameter(reader):
    assert reader.client.get("/user-token?graphql=1", headers=reader.headers).status_code == 200


@override_settings(CORS_ALLOWED_ORIGINS=["https://bi.example"])
@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://bi.example", True), ("https://evil.example", False)]
)
def test_web_apps_of_chosen_origins_may_ask(reader, origin, allowed):
    asks = {"Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type"}  # fmt: skip
    preflight = reader.client.options("/reports/production", headers=asks)
    assert (preflight.get("Access-Control-Allow-Origin") == origin) is allowed
    assert ("authorization" in preflight.get("Access-Control-Allow-Headers", "")) is allowed
    reader.headers["Origin"] = origin
    for answer in (reader.ask("production", GOOD), reader.ask("production", {}), reader.client.get(
            "/user-token", headers=reader.headers)):  # fmt: skip
        assert (answer.get("Access-Control-Allow-Origin") == origin) is allowed
        assert "Access-Control-Allow-Credentials" not in answer
    for path in ("/api/openapi.json", "/login/", "/work-schedules/events"):
        assert "Access-Control-Allow-Origin" not in reader.client.get(path, headers=reader.headers)


def test_the_answer_says_which_definition_it_used(reader):
    assert "definition" not in reader.report("production", GOOD)
    block = reader.report("production", GOOD, definition=True)["definition"]
    assert block.keys() == {"settings", "formulas"}
