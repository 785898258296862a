"""What programs are told where no view has spoken: never a page."""

import pytest
from django.db import OperationalError
from django.test import Client

from tests.make import make_api_key, make_station, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/api/", "/api/nothing", "/api/plant/", "/api/issue/nonsense", "/api/shift-pattern/-1"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_not_there_is_refused_in_the_envelope(client, path, method):
    answer = client.generic(method, path, "{}", "application/json")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.json()["isSuccess"] is False


def test_a_page_that_is_not_there_is_a_page(client):
    assert b"<h1>Not here</h1>" in client.get("/nothing").content


def test_an_error_of_ours_is_told_as_json_without_its_cause(monkeypatch):
    def breaks(*args, **kwargs):
        raise RuntimeError("secret")

    monkeypatch.setattr("mesproject.resources.Resource.asked", breaks)
    answer = Client(raise_request_exception=False).get("/api/sku", headers={"X-API-KEY": make_api_key()[1]})
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert b"secret" not in answer.content


@pytest.mark.parametrize(("address", "name"), [("/api/sku", "message"), ("/work-schedules/events", "detail")])
def test_without_the_database_a_program_is_told_to_come_back(monkeypatch, address, name):
    def gone(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("mesproject.accounts.models.ApiKey.objects.matching", gone)
    answer = Client().get(address, headers={"X-API-KEY": "k"})
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer.json()["code"] == "unavailable"
    assert answer.json()[name].startswith("The database cannot be reached.")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE"])
def test_a_method_that_is_not_there_is_refused_with_those_that_are(client, method):
    answer = client.generic(method, "/api/sku", headers={"X-API-KEY": make_api_key()[1]})
    assert answer.status_code == 405
    assert "GET, POST" in answer["Allow"]
    assert answer.json()["code"] == "method_not_allowed"


def test_what_no_text_can_hold_is_refused_wherever_it_is_sent(client):
    station, page = make_station(), {"Accept": "text/html"}
    client.force_login(make_user(company=station.company))
    said = client.get("/analysis/station/a%00b/", headers=page)
    assert (said.status_code, b"<html" in said.content) == (400, True)
    tapped = client.post(f"/operator/{station.uuid}/", {"badge": "\x00"}, headers={"HX-Request": "true"})
    assert (tapped.status_code, tapped.json()["code"]) == (400, "bad_value")


@pytest.mark.parametrize("number", ["9" * 5_000, "-1", "²", ""])
def test_a_number_that_no_row_has_is_nobody_s(client, number):
    station = make_station()
    client.force_login(make_user(company=station.company))
    assert client.post(f"/operator/{station.uuid}/", {"operator": number}).status_code == 404
