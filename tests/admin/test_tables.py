"""Rows go out as a table and come back: what is exported is what import takes, all of it or nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from downtime.models import Cause
from mesproject.accounts.models import Role
from production.models import Operator, Sku, Station, StationLive
from quality.models import RejectReason
from tests.admin.one_of_each import address
from tests.make import (
    NOON,
    make_cause,
    make_company,
    make_group,
    make_operator,
    make_plant,
    make_reject_reason,
    make_sku,
    make_station,
    make_user,
)

MODELS = [Station, Sku, Cause, RejectReason, Operator]
MAKE = {
    Station: lambda company: make_station(
        company=company, erp_id="E=1", heartbeat_ms=90_000, stop_multiplier=1.25
    ),
    Sku: lambda company: make_sku(company=company, name="=Bracket; “left”", value="1.50", cycle_time_ms=1500),
    Cause: lambda company: make_cause(parent=make_cause(company=company, archived_at=NOON)),
    RejectReason: lambda company: make_reject_reason(company=company, kind="rework"),
    Operator: lambda company: make_operator(company=company, name="Zoë, Ann", badge="0417"),
}
every_table = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def exported(client, model):
    return client.get(address(model, "export")).getvalue()


def sent(client, model, text, step="store"):
    return client.post(address(model, "import"), {"text": text, "step": step})


def faults_of(response):
    return {line.number: line.faults for line in response.context["lines"] if line.faults}


@every_table
def test_what_is_exported_is_taken_back_without_a_change(model, admin_client, company):
    MAKE[model](company)
    file = exported(admin_client, model).decode("utf-8-sig")
    page = sent(admin_client, model, file, step="check")
    assert {line.standing for line in page.context["lines"]} == {"same"}, faults_of(page)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_what_is_stored_is_what_was_shown_whatever_a_file_is_written_in(admin_client, encoding):
    file = SimpleUploadedFile("skus.csv", "code;name\r\nG1;Gehäuse grün\r\n".encode(encoding))
    page = admin_client.post(address(Sku, "import"), {"file": file, "step": "check"})
    sent(admin_client, Sku, page.context["text"])
    assert Sku.objects.get().name == "Gehäuse grün"


def test_a_table_with_faults_can_be_mended_where_they_are_told(admin_client):
    page = sent(admin_client, Sku, "code,name\nA 1,Bolt\n", step="check").content.decode()
    assert "A 1,Bolt\n</textarea>" in page
    assert (page.count('value="check"'), page.count('value="store"')) == (1, 0)


@every_table
def test_an_exported_table_makes_the_same_rows_in_another_company(model, admin_client, client, company):
    row = MAKE[model](company)
    file = exported(admin_client, model).decode("utf-8-sig")
    other = make_user()
    if model is Station:
        make_group(plant=make_plant(company=other.company, code=row.plant.code), code=row.group.code)
    client.force_login(other)
    assert sent(client, model, file).status_code == 302
    assert exported(client, model).decode("utf-8-sig") == file
    assert model.objects.of(other.company).count() == model.objects.of(company).count()


@every_table
def test_a_table_shows_one_company_only(model, admin_client):
    MAKE[model](make_company())
    assert len(exported(admin_client, model).splitlines()) == 1


def test_looking_at_a_table_stores_nothing(admin_client, company):
    page = sent(admin_client, Sku, "code,name\nA1,Bracket", step="check")
    assert b"Store all of them" in page.content
    assert not Sku.objects.of(company).exists()


def test_a_table_with_one_wrong_line_is_not_stored_and_says_where(admin_client, company):
    text = "code;name;cycle_time_seconds;value\nA1;Bracket;1,5;\nA 2;;fast;=1+1\nA1;Twice;;"
    page = sent(admin_client, Sku, text)
    assert faults_of(page) == {
        3: {"value": "This is a formula. Write what it stands for."},
        4: {"code": "This is on line 2 already."},
    }
    assert not Sku.objects.of(company).exists()
    page = sent(admin_client, Sku, "code;name;cycle_time_seconds\nA 2;;fast")
    assert set(faults_of(page)[2]) == {"code", "name", "cycle_time_seconds"}


def test_columns_that_are_left_out_stay_as_they_are(admin_client, company):
    sku = make_sku("A1", company=company, value="2.00")
    sent(admin_client, Sku, "code,name\nA1,Another name")
    sku.refresh_from_db()
    assert (sku.name, str(sku.value), sku.cycle_time_ms) == ("Another name", "2.00", 60_000)


def test_what_a_new_row_cannot_be_without_is_asked_for(admin_client, company):
    page = sent(admin_client, Station, "code,name\nM1,Mill")
    assert faults_of(page) == {2: {"group": "This field is required."}}
    assert b"group: This field is required." in page.content


def test_a_station_of_a_group_that_is_not_there_is_refused(admin_client, company):
    make_group(code="L1")
    page = sent(admin_client, Station, "code,name,group\nM1,Mill,L1")
    assert faults_of(page) == {2: {"group": "There is no group L1. Add it first."}}


def test_a_group_that_several_plants_have_needs_its_plant(admin_client, company):
    for code in ("P1", "P2"):
        make_group(plant=make_plant(company=company, code=code), code="L1")
    page = sent(admin_client, Station, "code,name,group\nM1,Mill,L1")
    assert faults_of(page) == {2: {"group": "Several plants have such a group. Name the plant, too."}}
    sent(admin_client, Station, "code,name,plant,group\nM1,Mill,P2,L1")
    assert Station.objects.get(code="M1").plant.code == "P2"


def test_an_erp_id_that_two_stations_have_is_refused(admin_client, company):
    make_group(plant=make_plant(company=company), code="L1")
    page = sent(admin_client, Station, "code,name,group,erp_id\nM1,Mill,L1,7\nM2,Mill,L1,7")
    assert faults_of(page) == {3: {"__all__": "Another station has this ERP id."}}


def test_badges_are_given_and_handed_on_by_a_table(admin_client, company):
    make_operator(company=company, initials="ANN", badge="0417")
    sent(admin_client, Operator, "initials,name,badge\nANN,Ann,0500\nBOB,Bob,0417\nCAT,Cat,\nDAN,Dan,")
    assert dict(Operator.objects.of(company).values_list("initials", "badge")) == {
        "ANN": "0500", "BOB": "0417", "CAT": "", "DAN": "",
    }  # fmt: skip


def test_a_badge_that_two_people_would_have_is_refused_by_line_and_field(admin_client, company):
    make_operator(company=company, initials="ANN", badge="0417")
    make_operator(initials="EVE", badge="0600")  # of another company
    page = sent(admin_client, Operator, "initials,badge\nBOB,0417\nCAT,0600\nDAN,0600")
    refused = {"badge": "Somebody else has this badge."}
    assert faults_of(page) == {2: refused, 4: refused}
    assert Operator.objects.of(company).count() == 1


def test_causes_may_stand_below_causes_of_the_same_table_in_any_order(admin_client, company):
    sent(admin_client, Cause, "code\tdescription\tparent\nA2\tBlunt\tA1\nA1\tTool\t")
    assert Cause.objects.get(company=company, code="A2").parent.code == "A1"


def test_causes_in_a_ring_are_refused(admin_client, company):
    page = sent(admin_client, Cause, "code,description,parent\nA1,Tool,A2\nA2,Blunt,A1")
    assert faults_of(page)
    assert not Cause.objects.exists()


def test_stations_that_are_imported_are_looked_at(admin_client, company):
    make_group(plant=make_plant(company=company), code="L1")
    sent(admin_client, Station, "code,name,group\nM1,Mill,L1")
    assert StationLive.objects.get(station__code="M1").deadline


def test_what_was_imported_is_on_record(admin_client, administrator, company):
    sku = make_sku("A1", company=company)
    sent(admin_client, Sku, "code,name,archived\nA1,Another name,yes")
    page = admin_client.get(address(Sku, "history", sku.pk)).content.decode()
    assert "Another name" in page
    assert str(administrator) in page


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04", "This is a spreadsheet or an archive"),
        (b"name\nx", "This column is missing"),
        (b"code,name\n", "The table has no lines."),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_a_sentence(content, said, admin_client, tmp_path):
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    with file.open("rb") as upload:
        page = admin_client.post(address(Sku, "import"), {"file": upload, "step": "check"})
    assert said in page.content.decode()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.READ_ONLY])
def test_who_may_not_add_stations_may_not_import_them(role, client, db):
    client.force_login(make_user(role))
    assert client.get(address(Station, "import")).status_code == 403
    assert client.get(address(Station, "export")).status_code == 200
    assert b"/import/" not in client.get(address(Station, "changelist")).content
