"""POST /api/signals: an answer for each item, and a sentence for each mistake."""

import json

import pytest

from mesproject.accounts.models import ApiKey
from production.models import QuarantinedMessage, Signal
from tests.make import make_api_key, make_station

pytestmark = pytest.mark.django_db

NONSENSE = [
    b'{"production_complete": NaN}',
    b'{"production_complete": Infinity}',
    b'{"production_complete": 1e400}',
    b'{"production_complete": 1e13}',
    b'{"production_complete": -1}',
    b'{"production_complete": true}',
    b'{"production_complete": "1"}',
    b'{"production_complete": "1_000"}',
    b'{"production_complete": [1]}',
    b'{"production_complete": null}',
    '{"production_complete": "١٢"}'.encode(),
    b'{"production_count": 100000000000000000000000}',
    b'{"productive": 2}',
    b'{"productive": "yes"}',
    b'{"error_code": "a\\u0000b"}',
    b'{"error_code": "' + b"x" * 200 + b'"}',
    b'{"timestamp": "2026-03-11T11:00:00", "productive": 1}',
    b'{"timestamp": "2026-13-11T11:00:00Z", "productive": 1}',
    b'{"timestamp": 12, "productive": 1}',
    b'{"timestamp": "1970-01-01T00:00:00Z", "productive": 1}',
    b'{"timestamp": "2106-02-07T06:28:15Z", "productive": 1}',
    b'{"seq": -1, "productive": 1}',
    b'{"seq": 1.5, "productive": 1}',
    b'{"seq": 99999999999999999999, "productive": 1}',
    b'{"production_complete": 1, "production_complete_good": 2}',
    b"{}",
    b'{"unknown": 1}',
]
BROKEN = [
    b"",
    b"{",
    b"[",
    b'[{"station": "x"',
    b"nonsense",
    b"\xff\xfe",
    b"\x00",
    b"[" * 100_000,
    b"12",
    b'"x"',
]


@pytest.fixture
def station():
    return make_station(code="PRESS-4")


@pytest.fixture
def post(client, station):
    _, token = make_api_key(company=station.company)

    def post(body, token=token, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-API-KEY": token, **headers}
        return client.post("/api/signals", body, content_type="application/json", headers=headers)

    return post


def with_station(body: bytes, code: str = "PRESS-4") -> bytes:
    return b'{"station": "%s"%s' % (code.encode(), b"}" if body == b"{}" else b", " + body[1:])


def test_one_signal_is_answered_with_its_own_status(post):
    body = {"station": "PRESS-4", "production_complete": 1, "id": "a"}
    assert (post(body).status_code, post(body).status_code) == (201, 200)
    assert Signal.objects.count() == 1


def test_a_batch_is_answered_item_by_item(post):
    good = {"station": "PRESS-4", "production_complete": 1}
    answer = post([good, {"station": "NONE", "production_complete": 1}, {"production_complete": 1}, good])
    assert answer.status_code == 200
    assert [item["status"] for item in answer.json()["results"]] == [201, 422, 422, 201]
    assert "No station has the code 'NONE'" in answer.json()["results"][1]["detail"]
    assert "station" in answer.json()["results"][2]["detail"]
    assert Signal.objects.count() == 2


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_is_refused_with_a_sentence_and_the_next_message_is_unharmed(post, body):
    answer = post(with_station(body))
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")
    assert not Signal.objects.exists()
    assert not QuarantinedMessage.objects.exists()
    batch = b"[" + with_station(b'{"productive": 1}') + b"]"
    assert post(batch).json()["results"][0]["status"] == 201


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_inside_a_batch_never_harms_its_neighbours(post, body):
    good = with_station(b'{"productive": 1}')
    answer = post(b"[" + good + b"," + with_station(body) + b"," + good + b"]")
    # What is no JSON at all spoils the whole body, and says so; everything else only itself.
    if answer.status_code == 400:
        assert not Signal.objects.exists()
    else:
        assert [item["status"] for item in answer.json()["results"]] == [201, 422, 201]


@pytest.mark.parametrize("body", BROKEN)
def test_a_body_that_is_no_json_is_refused_whole(post, body):
    assert post(body).status_code in (400, 422)
    assert not Signal.objects.exists()


def test_too_much_at_once_is_refused(post):
    item = {"station": "PRESS-4", "productive": 1}
    assert post([item] * 10_001).status_code == 413
    assert post(b"[" + b" " * 10_000_000 + b"]").status_code == 413
    assert not Signal.objects.exists()


def test_ten_thousand_at_once_are_stored(post):
    items = [{"station": "PRESS-4", "production_complete": 1, "seq": n} for n in range(10_000)]
    assert post(items).status_code == 200
    assert Signal.objects.count() == 10_000


def test_a_wrong_token_is_401_and_a_key_without_the_scope_403(post, station, client):
    body = {"station": "PRESS-4", "productive": 1}
    for token in ("", "x", "x.y", "x" * 10_000):
        assert post(body, token=token).status_code == 401
    _, reader = make_api_key(ApiKey.Scope.READ, company=station.company)
    assert post(body, token=reader).status_code == 403
    assert post(body, token="", Authorization="Bearer nonsense").status_code == 401
    assert client.get("/api/signals").status_code in (401, 405)


def test_a_bearer_token_is_a_key_too(post, station):
    _, token = make_api_key(ApiKey.Scope.SIGNALS, company=station.company)
    body = {"station": "PRESS-4", "productive": 1}
    assert post(body, token="", Authorization=f"Bearer {token}").status_code == 201


def test_the_station_of_another_company_does_not_exist_for_a_key(post):
    foreign = make_station(code="THEIRS")
    assert post({"station": foreign.code, "productive": 1}).json()["code"] == "unknown_station"


def test_a_key_with_a_station_list_names_only_those(post, station):
    other = make_station(code="OTHER", group=station.group)
    _, token = make_api_key(company=station.company, station_codes=[other.code])
    assert post({"station": "PRESS-4", "productive": 1}, token=token).json()["code"] == "forbidden_station"
    assert post({"station": "OTHER", "productive": 1}, token=token).status_code == 201
