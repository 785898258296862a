"""Instructions of SKUs: put up, checked by their bytes, linked, fetched, and never run."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from production.models import File, Sku
from tests.make import make_api_key, make_company, make_sku
from tests.screens import enrolled

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%nothing more"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Office:
    """Somebody who puts files up."""

    def __init__(self):
        self.company = make_company()
        self.headers = {"X-API-KEY": make_api_key(company=self.company)[1]}

    def puts(self, called="Bracket A.pdf", content=PDF, to="file", **said):
        """The answer to a form."""
        sent = {"file": SimpleUploadedFile(called, content, "text/html"), **said}
        return Client().post(f"/api/{to}", sent, headers=self.headers)

    def gets(self, address, client=None):
        """The answer to a question."""
        return Client().get(f"/api/{address}", headers=self.headers)

    def changes(self, address, body):
        """The answer to a change."""
        return Client().patch(f"/api/{address}", body, "application/json", headers=self.headers)


@pytest.fixture
def office():
    return Office()


def test_a_file_is_put_up_listed_and_fetched_as_it_was(office):
    told = office.puts().json()["result"]
    assert told | {"createdAt": 0, "updatedAt": 0} == {
        "code": "Bracket-A", "name": "Bracket A.pdf", "contentType": "application/pdf", "size": len(PDF),
        "accountId": office.company.code, "createdAt": 0, "updatedAt": 0, "skuCodes": [],
    }  # fmt: skip
    assert [one["code"] for one in office.gets("file").json()["results"]] == ["Bracket-A"]
    fetched = office.gets("file/Bracket-A/content")
    assert (fetched.content, fetched["Content-Type"]) == (PDF, "application/pdf")
    assert fetched["X-Content-Type-Options"] == "nosniff"
    assert fetched["Content-Disposition"] == 'inline; filename="Bracket A.pdf"'


def test_it_belongs_to_skus_by_either_end(office):
    for code in ("A", "B", "C"):
        make_sku(code, company=office.company)
    assert office.puts(code="how", skuCodes="A,B").json()["result"]["skuCodes"] == ["A", "B"]
    assert office.gets("sku/A").json()["result"]["instructionsFileCode"] == "how"
    assert office.changes("sku/C", '{"instructionsFileCode": "how"}').status_code == 200
    assert office.changes("sku/A", '{"instructionsFileCode": null}').status_code == 200
    assert office.gets("file/how").json()["result"]["skuCodes"] == ["B", "C"]
    assert office.changes("file/how", '{"skuCodes": ["C"], "name": "How"}').json()["result"]["skuCodes"] == [
        "C"
    ]
    assert Client().delete("/api/file/how", headers=office.headers).status_code == 409
    office.changes("file/how", '{"skuCodes": []}')
    assert Client().delete("/api/file/how", headers=office.headers).status_code == 204
    assert File.objects.count() == 0


def test_another_content_takes_the_place_of_the_one_before(office):
    office.puts(code="how")
    told = office.puts("x", PNG, to="file/how/content").json()["result"]
    assert (told["contentType"], told["size"], told["name"]) == ("image/png", len(PNG), "Bracket A.pdf")
    assert office.gets("file/how/content").content == PNG


@pytest.mark.parametrize(
    ("content", "said", "expected"),
    [
        (b"<html><script>alert(1)</script>", {}, (400, "file")),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', {}, (400, "file")),
        (b"", {}, (400, "file")),
        (b"RIFF1234WAVE", {}, (400, "file")),
        (b"%PDF-" + b"x" * (12 * 1024 * 1024), {}, (400, "file")),
        (PDF, {"code": "a/b"}, (400, "code")),
        (PDF, {"code": "x" * 65}, (400, "code")),
        (PDF, {"name": "x" * 129}, (400, "name")),
        (PDF, {"name": "a\tb"}, (400, "name")),
        (PDF, {"skuCodes": "nothing"}, (400, "skuCodes")),
        (PDF, {"colour": "red"}, (400, "colour")),
        (PDF, {"code": "there"}, (409, "code")),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_kept(office, content, said, expected):
    office.puts(code="there")
    answer = office.puts(content=content, **said)
    assert (answer.status_code, answer.json().get("field")) == expected, answer.content
    assert File.objects.count() == 1


def test_a_form_without_a_file_and_json_are_refused_with_a_sentence(office):
    for content_type, body in (("application/json", "{}"), ("multipart/form-data; boundary=x", "--x--")):
        answer = Client().generic("POST", "/api/file", body, content_type, headers=office.headers)
        assert answer.status_code == 400
        assert answer.json()["message"]


def test_a_name_is_never_more_than_a_name(office):
    assert office.puts("../../etc/pass wd\r\nX: y.pdf").json()["result"]["code"]
    answer = office.gets(f"file/{File.objects.get().code}/content")
    assert "\n" not in answer["Content-Disposition"]
    assert "X" not in answer


def test_a_tablet_reads_its_company_s_files_and_no_others(office):
    sku = make_sku("A", company=office.company, instructions_url="https://example.com/a")
    assert Sku.objects.get(pk=sku.pk).instructions_address == "https://example.com/a"
    office.puts(code="how", skuCodes="A")
    address = Sku.objects.get(pk=sku.pk).instructions_address
    assert enrolled(office.company).get(address).content == PDF
    assert enrolled(make_company()).get(address).status_code == 404
    assert Client().get(address).status_code == 302
