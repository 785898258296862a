"""What error codes mean, in the admin: one by one, and as a list."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from downtime.code_lists import BadList, Line, read
from downtime.models import AnswerBook, ErrorCode
from downtime.models.answers import in_force
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import make_cause, make_error_code, make_group, make_station

IMPORT = address(ErrorCode, "import")


@pytest.fixture
def jam(company):
    return make_cause("JAM", company=company, description="Jam")


@pytest.fixture
def door(company):
    return make_cause("DOOR", company=company)


def codes(company):
    return [(code.code, code.cause, code.station, code.group) for code in in_force(company).codes]


def test_a_code_is_in_force_with_its_answer(admin_client, company, jam):
    send(admin_client, address(ErrorCode, "add"), {"code": "E17", "cause": jam.pk})
    assert codes(company) == [("E17", jam.pk, None, None)]
    row = ErrorCode.objects.get()
    admin_client.post(address(ErrorCode, "delete", row.pk), {"post": "yes"})
    assert codes(company) == []
    assert [book.why for book in AnswerBook.objects.all()] == [
        "Error code E17 deleted",
        "Error code E17 added",
    ]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"code": "*"}, "Give a code, or the beginning of one"),
        ({"code": "E9"}, "This code has a cause there already."),
        ({"code": "x" * 129}, "at most 128 characters"),
    ],
)
def test_a_code_that_cannot_be_is_refused(admin_client, company, jam, said, sentence):
    make_error_code("E9", jam)
    refused = send(admin_client, address(ErrorCode, "add"), {"cause": jam.pk} | said)
    assert sentence in errors_of(refused)[0]


def test_a_code_is_of_one_place(admin_client, company, jam):
    station = make_station(company=company)
    both = {"code": "E1", "cause": jam.pk, "station": station.pk, "group": station.group.pk}
    assert errors_of(send(admin_client, address(ErrorCode, "add"), both)) == [
        "Choose a group or a station, not both."
    ]


def test_a_list_is_taken_whole_and_a_known_code_gets_its_new_cause(admin_client, company, jam, door):
    station = make_station("M1", company=company)
    group = make_group(code="LINE-1", company=company)
    make_error_code("E17", door)
    text = "code;cause;place\nE17;JAM;\n\nAL-*;DOOR;LINE-1\n204;DOOR;M1\n"
    page = admin_client.post(IMPORT, {"text": text}, follow=True).content.decode()
    assert "Error codes: 2 added, 1 changed." in page
    assert codes(company) == [
        ("204", door.pk, station.pk, None),
        ("AL-*", door.pk, None, group.pk),
        ("E17", jam.pk, None, None),
    ]
    assert AnswerBook.objects.first().why == "List of error codes: 2 added, 1 changed"


def test_a_file_is_taken_like_what_is_pasted(admin_client, company, jam):
    file = SimpleUploadedFile("codes.csv", "\ufeffE1,JAM\r\nE2,JAM\r\n".encode())
    admin_client.post(IMPORT, {"file": file})
    assert [code for code, *_ in codes(company)] == ["E1", "E2"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Paste a list, or choose a file."),
        ("E1;JAM\nE2", "Line 2: give a code and the code of its cause"),
        ("E1;NOPE", "Line 1: there is no cause NOPE in use."),
        ("E1;JAM;NOWHERE", "Line 1: there is no station or group NOWHERE."),
        ("E1;JAM;L", "Line 1: L is the code of several places."),
        ("E1;JAM\nE1;JAM", "Line 2: E1 stands in line 1 already."),
        ("*;JAM", "Line 1: a * alone is no code."),
        ("E1;JAM;;x", "Line 1: it has more than three columns"),
        ("E" * 200 + ";JAM", "Line 1: the code is longer than 128 characters."),
        ("E" * 2000, "Line 1: it is longer than 1,000 characters."),
    ],
)
def test_of_a_list_with_a_mistake_nothing_is_taken(admin_client, company, jam, text, sentence):
    make_station("L", company=company)
    make_group(code="L", company=company)
    page = admin_client.post(IMPORT, {"text": text})
    assert any(sentence in error for error in page.context["form"].non_field_errors())
    assert not ErrorCode.objects.exists()


def test_a_file_that_is_no_text_is_refused(admin_client, jam):
    page = admin_client.post(IMPORT, {"file": SimpleUploadedFile("x.xls", b"\xff\xfe\x00PK")})
    assert "The file is not in UTF-8" in page.content.decode()


def test_causes_and_places_of_another_company_are_unknown(admin_client, company, jam):
    make_cause("THEIRS")
    make_station("T1")
    page = admin_client.post(IMPORT, {"text": "E1;THEIRS\nE2;JAM;T1"})
    assert len(page.context["form"].non_field_errors()) == 2


def test_a_company_has_only_so_many_codes(admin_client, jam, monkeypatch):
    monkeypatch.setattr("downtime.admin.codes.MOST_CODES", 2)
    page = admin_client.post(IMPORT, {"text": "E1;JAM\nE2;JAM\nE3;JAM"})
    assert "at most 2 error codes" in page.content.decode()
    assert not ErrorCode.objects.exists()


@pytest.mark.parametrize(
    "text", ["E1\tJAM\tM1", "E1;JAM;M1", "E1,JAM,M1", '"E1","JAM","M1"', " E1 ; JAM ; M1 "]
)
def test_columns_are_parted_by_tabs_semicolons_or_commas(text):
    assert read(text) == [Line(1, "E1", "JAM", "M1")]


def test_every_line_that_is_wrong_has_a_sentence():
    with pytest.raises(BadList) as refused:
        read("E1\nE2;JAM\nE3")
    assert [str(sentence).partition(":")[0] for sentence in refused.value.sentences] == ["Line 1", "Line 3"]
